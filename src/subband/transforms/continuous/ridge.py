"""Ridge extraction from a time-frequency representation, by dynamic programming."""

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
from subband.transforms.continuous.synchrosqueezing import SynchrosqueezedCoefficients

FLOOR = 1e-3
"""Added to every cell's share of the energy, so that a ridge may be interrupted."""


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

    See also: `instantaneous_frequency`, `isynchrosqueeze`.
    """
    if not isinstance(c, ContinuousCoefficients | SynchrosqueezedCoefficients):
        raise InvalidInput(
            f"can't follow a ridge through a {type(c).__name__}: give what cwt or synchrosqueeze returned"
        )
    penalty = number("penalty", penalty, "a number of nats, 0 or more", low=0)
    # No step is longer than the number of frequencies.
    reach = min(integer("reach", reach, 1, what="a whole number of cells"), max(1, len(c.spec.frequencies)))
    frequencies = np.asarray(c.spec.frequencies)
    order = np.argsort(frequencies, kind="stable")
    batch, (cells, samples) = tuple(c.array.shape[:-2]), tuple(c.array.shape[-2:])
    planes = namespace(c.array).reshape(c.array, (-1, cells, samples))
    ridge = np.empty((planes.shape[0], samples))
    for plane in range(planes.shape[0]):
        search = BestPath(samples, cells, penalty, int(reach))
        for block, *_ in time_blocks((cells, samples)):
            search.advance(_log_share(known(planes[plane, :, block])[order]))
        ridge[plane] = frequencies[order][search.path()]
    if c.labels is not None:
        return c.with_labels(c.spec.scatter(constant(ridge, c.array)))
    return constant(np.reshape(ridge, (*batch, samples)), c.array)


def _log_share(w: np.ndarray) -> np.ndarray:
    """(S, t) coefficients → (t, S) ln(p + FLOOR), with p the share of the energy at each time."""
    modulus = np.abs(w).astype(np.float64)
    largest = modulus.max(axis=0)
    if not np.isfinite(largest).all():
        raise InvalidInput("the coefficients are not all finite: give those of a finite signal")
    # Scaled by the maximum, so that squares neither overflow nor underflow.
    modulus /= np.where(largest > 0, largest, 1.0)
    power = modulus * modulus
    power /= np.maximum(power.sum(axis=0), 1.0)
    return np.log(power + FLOOR).T
