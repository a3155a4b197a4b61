"""Averages of products of continuous coefficients over time and scale, as wavelet coherence needs them.

Both averages have non-negative weights that sum to 1, so |S(ab*)|² ≤ S|a|² S|b|² holds as for any mean.
"""

from functools import partial
from math import ceil, pi, sqrt

import numpy as np

from subband.arrays.compilers import static
from subband.arrays.fft import for_any_batch
from subband.arrays.namespace import Array, namespace
from subband.transforms.continuous.cwt import constant
from subband.transforms.continuous.spec import ContinuousSpec, Numbers, from_numbers


def smooth(w: Array, spec: ContinuousSpec, octaves: float) -> Array:
    """(*batch, S, N) → (*batch, S, N): the mean over time with the wavelet's envelope, then over scales."""
    xp, n = namespace(w), spec.samples
    is_complex = xp.isdtype(w.dtype, "complex floating")
    forward, inverse = (xp.fft.fft, xp.fft.ifft) if is_complex else (xp.fft.rfft, xp.fft.irfft)
    size = _period(spec)
    extended = w if size == n else xp.concat([w, xp.flip(w, axis=-1)], axis=-1)
    response = constant(_time_response(spec.numbers, is_complex), w)
    spectrum = for_any_batch(forward)(extended, n=size) * response
    averaged = for_any_batch(inverse)(spectrum, n=size)[..., :n]
    return xp.matmul(constant(_boxcar(spec.frequencies, octaves), w, is_complex), averaged)


def _period(spec: ContinuousSpec) -> int:
    """Samples after which the smoothed products repeat: mirrored beyond the ends, unless they are periodic."""
    return spec.samples if spec.mode == "periodic" else 2 * spec.samples


@partial(static, large=True)
def _time_response(numbers: Numbers, two_sided: bool) -> np.ndarray:
    """(S, K) frequency response of the normalised Gaussian exp(−t²/2σ²), sampled, with the envelope's σ.

    The sum over aliases makes it that of the samples (Poisson), which are positive at any scale; the continuous
    Gaussian's alone would have negative side lobes where σ is below a sample.
    """
    spec = from_numbers(numbers)
    size = _period(spec)
    if two_sided:
        half = _time_response(numbers, False)
        return np.concatenate([half, half[:, 1 : size - half.shape[1] + 1][:, ::-1]], axis=1)
    omega = 2 * pi * np.fft.rfftfreq(size)
    deviation = spec.wavelet.e_folding / sqrt(2) * spec.fs * spec.scales
    response = np.zeros((len(deviation), len(omega)))
    for row, sigma in zip(response, deviation, strict=True):
        # Terms below exp(−40) are left out.
        reach = sqrt(80) / sigma
        for k in range(min(64, ceil((reach + pi) / (2 * pi)))):
            for shifted in (omega + 2 * pi * k, omega - 2 * pi * k)[: 1 + (k > 0)]:
                near = slice(*np.searchsorted(shifted, (-reach, reach)))
                row[near] += np.exp(-0.5 * (sigma * shifted[near]) ** 2)
    return response / response[:, :1]


@static
def _boxcar(frequencies: tuple[float, ...], octaves: float) -> np.ndarray:
    """(S, S) weights of the mean over log scale within octaves/2 of each, on any grid of frequencies.

    A frequency stands for the cell that reaches half-way to its neighbours; the outermost cells are symmetric.
    Averages near the ends of the grid are one-sided.
    """
    position = np.log2(np.abs(frequencies))
    weight = np.zeros((len(position), len(position)))
    for side in (1, -1):
        (rows,) = np.nonzero(side * np.asarray(frequencies) > 0)
        if len(rows) == 0:
            continue
        low, high = _cells(position[rows])
        centre = position[rows, None]
        overlap = np.minimum(high, centre + octaves / 2) - np.maximum(low, centre - octaves / 2)
        weight[np.ix_(rows, rows)] = np.maximum(overlap, 0)
    # Without a neighbour near enough a frequency is its own mean.
    np.fill_diagonal(weight, np.where(weight.sum(axis=1) > 0, np.diag(weight), 1.0))
    return weight / weight.sum(axis=1, keepdims=True)


def _cells(position: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower and upper ends of the cell around each position."""
    order = np.argsort(position, kind="stable")
    edges = (position[order][1:] + position[order][:-1]) / 2
    if len(edges) == 0:
        return position - 1, position + 1
    first, last = 2 * position[order[0]] - edges[0], 2 * position[order[-1]] - edges[-1]
    low, high = np.empty(len(position)), np.empty(len(position))
    low[order], high[order] = np.append(first, edges), np.append(edges, last)
    return low, high
