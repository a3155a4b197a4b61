"""Ridge extraction from a time-frequency representation, by dynamic programming."""

from math import log
from typing import Any

import numpy as np

from subband.arrays.arguments import integer, number
from subband.arrays.blocks import time_blocks
from subband.arrays.compilers import uncompiled
from subband.arrays.concrete import known
from subband.arrays.namespace import Array, namespace
from subband.errors import InvalidInput
from subband.kernels.best_path import BestPath
from subband.transforms.continuous.coefficients import ContinuousCoefficients
from subband.transforms.continuous.cwt import constant
from subband.transforms.continuous.mothers import Mother
from subband.transforms.continuous.synchrosqueezing import SynchrosqueezedCoefficients

FLOOR = 1e-3
"""Added to every cell's share of the energy, so that a ridge may be interrupted."""

MOST_RIDGES = 1000
"""Largest number of ridges of one signal."""


@uncompiled
def extract_ridge(
    c: ContinuousCoefficients | SynchrosqueezedCoefficients, *, penalty: float = 1.0, reach: int = 8
) -> Array:
    """Instantaneous frequency of the dominant component: the smooth path of largest energy.

    The path k(t) of frequency indices that maximises Σₜ ln(p(k(t), t) + 10⁻³) − penalty Σₜ (k(t) − k(t−1))²,
    where p(k, t) = |c(k, t)|² / Σⱼ |c(j, t)|²: a maximum a posteriori estimate with Gaussian increments. The global
    maximum is found by dynamic programming, and is independent of the signal's amplitude. Not differentiable.

    Args:
        c: (*batch, S, N) coefficients of `cwt`, or preferably of `synchrosqueeze`, at dense frequencies.
        penalty: Cost in nats of a step of one index per sample. At 0 only `reach` constrains the path; 0.3 to 3
            suit a chirp in noise of equal power.
        reach: Largest step per sample, in indices.

    Returns:
        (*batch, N) frequencies in hertz, in the library and on the device of `c`; of a labelled signal, with its
        axes and coordinates.

    Raises:
        InvalidInput: coefficients of another type or not finite; a negative penalty; a reach below 1; or traced
            coefficients, as inside `jax.jit` and `torch.func.vmap`.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = np.cos(2 * np.pi * 0.125 * np.arange(256))
        >>> ridge = sb.extract_ridge(sb.cwt(x, "morse", frequencies=[0.0625, 0.125, 0.25]))
        >>> ridge.shape, float(ridge[128])
        ((256,), 0.125)

    Source: R. Carmona, W. Hwang, B. Torrésani, Characterization of Signals by the Ridges of Their Wavelet
    Transforms (1997), with logarithms of energy shares in place of energies.

    See also: `extract_ridges`, `instantaneous_frequency`, `isynchrosqueeze`.
    """
    ridge = _ridges(c, 1, penalty, reach, 0.0)[..., 0, :]
    if c.labels is None:
        return ridge
    return c.with_labels(c.spec.scatter(namespace(ridge).reshape(ridge, (-1, ridge.shape[-1]))))


@uncompiled
def extract_ridges(
    c: ContinuousCoefficients | SynchrosqueezedCoefficients,
    *,
    n: int = 2,
    penalty: float = 1.0,
    reach: int = 8,
    bandwidth: float | None = None,
) -> Array:
    """Instantaneous frequencies of several components: one ridge after the other, each without those before.

    The first is that of `extract_ridge`. Then the coefficients around it count as zero, as far as the wavelet
    spreads a sinusoid over frequencies, and the ridge of the others is searched for; and so on. Where components
    cross or come nearer than that, a later ridge loses its energy and passes straight on.

    Args:
        c: (*batch, S, N) coefficients of `cwt` or `synchrosqueeze`, at dense frequencies.
        n: Number of ridges. If there are fewer components, the last ridges follow noise, even that of
            rounding: their coefficients are small.
        penalty, reach: As in `extract_ridge`.
        bandwidth: Half-width of the neighbourhood of a ridge that is removed, relative to the wavelet's: at 1 it
            ends at the frequencies at which the coefficients of a sinusoid have fallen to 1/10, and at b its
            logarithm is b times as wide. By default 1 for `cwt` and ½ for `synchrosqueeze`, which narrows ridges.

    Returns:
        (*batch, n, N) frequencies in hertz, in the library and on the device of `c`, in the order of the ridges'
        energies Σₜ |c(k(t), t)|², largest first. What an earlier ridge has removed does not count.

    Raises:
        InvalidInput: n out of range, a bandwidth not positive; otherwise as `extract_ridge`.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> t = np.arange(512)
        >>> x = np.cos(2 * np.pi * 0.03 * t) + 2 * np.cos(2 * np.pi * 0.2 * t)
        >>> ridges = sb.extract_ridges(sb.synchrosqueeze(sb.cwt(x, "morse", voices=32)), n=2)
        >>> ridges.shape, ridges[:, 256].round(2).tolist()
        ((2, 512), [0.2, 0.03])

    Source: R. Carmona, W. Hwang, B. Torrésani, Multiridge Detection and Time–Frequency Reconstruction (1999), with
    a greedy search; D. Iatsenko, P. McClintock, A. Stefanovska, Extraction of instantaneous frequencies from ridges
    in time–frequency representations of signals (2016), §2.

    See also: `extract_ridge`, `isynchrosqueeze`.
    """
    n = integer("n", n, 1, MOST_RIDGES, "a whole number of ridges")
    if bandwidth is None:
        bandwidth = 0.5 if isinstance(c, SynchrosqueezedCoefficients) else 1.0
    else:
        bandwidth = number("bandwidth", bandwidth, "a positive number of the wavelet's bandwidths", above=0)
    return _ridges(c, n, penalty, reach, bandwidth)


def _ridges(c: Any, n: int, penalty: Any, reach: Any, bandwidth: float) -> Array:
    """(*batch, n, N) frequencies of the ridges, by energy."""
    if not isinstance(c, ContinuousCoefficients | SynchrosqueezedCoefficients):
        raise InvalidInput(
            f"can't follow a ridge through a {type(c).__name__}: give what cwt or synchrosqueeze returned"
        )
    penalty = number("penalty", penalty, "a number of nats, 0 or more", low=0)
    # No step is longer than the number of frequencies.
    reach = min(integer("reach", reach, 1, what="a whole number of cells"), max(1, len(c.spec.frequencies)))
    frequencies = np.asarray(c.spec.frequencies)
    order = np.argsort(frequencies, kind="stable")
    around = _neighbourhoods(frequencies[order], c.spec.wavelet, bandwidth)
    batch, (cells, samples) = tuple(c.array.shape[:-2]), tuple(c.array.shape[-2:])
    planes = namespace(c.array).reshape(c.array, (-1, cells, samples))
    ridges = np.empty((planes.shape[0], n, samples))
    for plane in range(planes.shape[0]):
        paths, heights = np.empty((n, samples), np.intp), np.empty((n, samples))
        for ridge in range(n):
            search = BestPath(samples, cells, penalty, int(reach))
            for block, *_ in time_blocks((cells, samples)):
                modulus = _remaining(planes[plane, :, block], order, paths[:ridge, block], around)
                search.advance(_log_share(modulus))
            paths[ridge] = search.path()
            for block, *_ in time_blocks((cells, samples)) if n > 1 else ():
                modulus = _remaining(planes[plane, :, block], order, paths[:ridge, block], around)
                heights[ridge, block] = np.take_along_axis(modulus, paths[ridge, None, block], axis=0)[0]
        ridges[plane] = frequencies[order][paths[_by_energy(heights) if n > 1 else ...]]
    return constant(np.reshape(ridges, (*batch, n, samples)), c.array)


def _neighbourhoods(f: np.ndarray, wavelet: Mother, bandwidth: float) -> tuple[np.ndarray, np.ndarray]:
    """First and last index, for each of the ascending frequencies, of those that a sinusoid there reaches.

    A sinusoid of f₀ hertz has coefficients response(ω_peak f₀/f) at f.
    """
    below, above = (bandwidth * log(edge) for edge in wavelet.band)
    with np.errstate(over="ignore"):
        ends = np.sort(np.stack([f * np.exp(-above), f * np.exp(-below)]), axis=0)
    return np.searchsorted(f, ends[0], side="left"), np.searchsorted(f, ends[1], side="right") - 1


def _remaining(
    w: Array, order: np.ndarray, paths: np.ndarray, around: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """(S, t) coefficients → (S, t) moduli as float64, by frequency, with zeros around the (r, t) paths found."""
    modulus = np.abs(known(w)[order]).astype(np.float64)
    if not np.isfinite(modulus.max(initial=0.0)):
        raise InvalidInput("the coefficients are not all finite: give those of a finite signal")
    cells = np.arange(len(order))[:, None]
    for path in paths:
        first, last = (end[path] for end in around)
        modulus[(first <= cells) & (cells <= last)] = 0
    return modulus


def _log_share(modulus: np.ndarray) -> np.ndarray:
    """(S, t) moduli → (t, S) ln(p + FLOOR), with p the share of the energy at each time."""
    # Scaled by the maximum, so that squares neither overflow nor underflow.
    largest = modulus.max(axis=0)
    modulus /= np.where(largest > 0, largest, 1.0)
    power = modulus * modulus
    power /= np.maximum(power.sum(axis=0), 1.0)
    return np.log(power + FLOOR).T


def _by_energy(heights: np.ndarray) -> np.ndarray:
    """Order of the (n, N) moduli along ridges by the sums of their squares, largest first."""
    shares = heights / (heights.max(initial=0.0) or 1.0)
    return np.argsort(-np.sum(shares * shares, axis=1), kind="stable")
