"""PyWavelets' continuous transform: cwt.

Its wavelets are sums of samples, read at steps that the scale gives, and neither even nor analytic to rounding. So
their spectra are complex, and Subband's own bank of real multipliers (`subband.cwt`) can't stand in for them.
"""

from functools import lru_cache
from math import floor, prod
from numbers import Integral
from typing import Any

import numpy as np
from numpy.exceptions import AxisError

from subband.arrays.namespace import Array, library, namespace, widened
from subband.compat.pywt.arguments import as_samples, count_from_front, tables
from subband.kernels.threads import share, threads
from subband.transforms.continuous.cwt import constant

__all__ = ["cwt"]

LANES = 4
"""Rows that are transformed together: numbers of single precision in the smallest registers."""

CHUNK = 1 << 21
"""Coefficients of PyTorch and JAX that are in memory as spectra at a time."""


def cwt(
    data: Array,
    scales: Any,
    wavelet: Any,
    sampling_period: float = 1.0,
    method: str = "conv",
    axis: int = -1,
    *,
    precision: int = 12,
) -> tuple[Array, np.ndarray]:
    """(coefficients, frequencies) of real or complex samples; see `pywt.cwt`.

    Both methods are computed as products of spectra and agree to rounding with PyWavelets' sums. So a sample that
    is not finite reaches every coefficient of its signal.

    Args:
        data: (…) array of NumPy, PyTorch or JAX.
        scales: One number, or (S,), in samples.
        wavelet: The name of a continuous wavelet ("morl", "cmor1.5-1.0", …), or a `pywt.ContinuousWavelet`.
        sampling_period: Seconds between samples; it changes the frequencies only.
        method: "conv" or "fft".
        axis: The axis to transform.
        precision: The wavelet is integrated over 2^precision samples.

    Returns:
        (coefficients, frequencies): (S, …), complex where the wavelet or the samples are; (S,) hertz, NumPy's.

    Raises:
        ValueError: a scale that is not positive or too small, an unknown wavelet or method.
    """
    x = widened(as_samples(data))
    xp = namespace(x)
    if not isinstance(wavelet, tables.ContinuousWavelet | tables.Wavelet):
        wavelet = tables.DiscreteContinuousWavelet(wavelet)
    scales = np.atleast_1d(scales)
    if np.any(scales <= 0):
        raise ValueError("`scales` must only include positive values")
    if not isinstance(axis, Integral):
        raise AxisError("axis must be a scalar.")
    if method not in ("conv", "fft"):
        raise ValueError("method must be 'conv' or 'fft'")
    axis = count_from_front(int(axis), x.ndim) if x.ndim > 1 else 0
    lines = xp.moveaxis(x, (axis,), (-1,))
    batch, samples = lines.shape[:-1], lines.shape[-1]
    wide = np.complex64 if xp.finfo(x.dtype).bits == 32 else np.complex128
    half = not (wavelet.complex_cwt or xp.isdtype(x.dtype, "complex floating"))
    bank, period = _bank(wavelet, scales.dtype.str, tuple(scales.tolist()), precision, samples, wide, half)
    filtered = _filtered(xp.reshape(lines, (prod(batch), samples)), bank, period, half)
    filtered = xp.reshape(filtered, (len(scales), *batch, samples))
    frequencies = tables.scale2frequency(wavelet, scales, precision) / sampling_period
    return xp.moveaxis(filtered, (-1,), (1 + axis,)), frequencies


def _filtered(x: Array, bank: np.ndarray, period: int, half: bool) -> Array:
    """(batch, N) samples and (S, K) spectra of filters → (S, batch, N) filtered samples."""
    xp = namespace(x)
    samples = x.shape[-1]
    if library(x) == "numpy":
        return _filtered_rows(x, bank, period, half)
    spectrum, back = (
        (xp.fft.rfft(x, n=period), xp.fft.irfft) if half else (xp.fft.fft(x, n=period), xp.fft.ifft)
    )
    at_once = max(1, CHUNK // max(1, x.shape[0] * period))
    parts = []
    for start in range(0, len(bank), at_once):
        filters = constant(bank[start : start + at_once, None, :], x, is_complex=True)
        parts.append(back(spectrum * filters, n=period)[..., :samples])
    return xp.concat(parts, axis=0)


def _filtered_rows(x: np.ndarray, bank: np.ndarray, period: int, half: bool) -> np.ndarray:
    """The same, a few rows at a time while they are in cache, shared among threads.

    As many rows as a register has lanes are transformed in the time of one.
    """
    from scipy import fft

    batch, samples = x.shape
    forth, back = (fft.rfft, fft.irfft) if half else (fft.fft, fft.ifft)
    spectrum: Any = forth(x, n=period, workers=threads())
    out = np.empty((len(bank), batch, samples), x.dtype if half else bank.dtype)

    def rows(start: int, stop: int) -> None:
        for first in range(start, stop, LANES):
            scale, line = np.divmod(np.arange(first, min(first + LANES, stop)), batch)
            filtered: Any = back(spectrum[line] * bank[scale], n=period, overwrite_x=True)
            out[scale, line] = filtered[:, :samples]

    share(rows, len(bank) * batch, out.size)
    return out


@lru_cache(maxsize=4)
def _bank(
    wavelet: Any, kind: str, scales: tuple[float, ...], precision: int, samples: int, wide: type, half: bool
) -> tuple[np.ndarray, int]:
    """(S, K) spectra of all scales' filters and their period L, at which `samples` outputs see no wrapping round.

    Half a spectrum has K = L // 2 + 1 bins, a whole one L.
    """
    # Heavy to import, and only needed here.
    from scipy import fft

    integral, x = tables.integrate_wavelet(wavelet, precision=precision)
    # In single precision PyWavelets rounds the places before it counts the samples of a scale.
    x = x.astype(np.float32 if wide is np.complex64 else np.float64)
    taps = [_taps(np.conj(integral), x, scale, samples) for scale in np.array(scales, kind)]
    reach = max(max(centre, len(g) - 1 - centre) for g, centre in taps)
    period: Any = fft.next_fast_len(samples + reach, real=True)
    transform = fft.rfft if half else fft.fft
    bank = np.empty((len(taps), period // 2 + 1 if half else period), wide)
    for row, (g, centre) in zip(bank, taps, strict=True):
        line = np.zeros(period, g.dtype)
        line[: len(g) - centre], line[period - centre :] = g[centre:], g[:centre]
        spectrum: Any = transform(line)
        row[:] = spectrum
    return bank, period


def _taps(integral: np.ndarray, x: np.ndarray, scale: Any, samples: int) -> tuple[np.ndarray, int]:
    """The filter of one scale and the place of its centre, without what lies further than the signal is long.

    W(s, n) = −√s Δ(x * h)[n + d], where h is the wavelet's integral, from right to left, in s samples for each
    unit of its axis. The difference of a sum is a sum with differences, g = −√s Δh, those at the ends included.
    """
    places = (np.arange(scale * (x[-1] - x[0]) + 1) / (scale * (x[1] - x[0]))).astype(int)
    h = integral[places[places < len(integral)]][::-1]
    if len(h) < 2:
        raise ValueError(f"Selected scale of {scale} too small.")
    g = -np.sqrt(scale) * np.diff(h, prepend=0, append=0)
    centre = 1 + floor((len(h) - 2) / 2)
    first = max(0, centre - samples + 1)
    return g[first : centre + samples], centre - first
