"""PyWavelets' continuous wavelet transform: cwt.

PyWavelets samples the integrated wavelet at steps given by the scale; the filters are neither exactly even
nor analytic. Their spectra are complex, so that the banks of real multipliers of `subband.cwt` do not apply.
"""

from functools import lru_cache
from math import floor, prod
from numbers import Integral
from typing import Any

import numpy as np
from numpy.exceptions import AxisError

from subband.arrays.namespace import Array, library, namespace, widened
from subband.compat.pywt.arguments import as_samples, continuous, count_from_front, tables
from subband.kernels.fourier.dispatch import ifft, irfft
from subband.kernels.fourier.lengths import fast_length
from subband.kernels.threads import share
from subband.transforms.continuous.cwt import constant

__all__ = ["cwt"]

ROWS = 16
"""Rows per FFT call: pairs of real ones for each lane of a register."""

CHUNK = 1 << 21
"""Spectral coefficients in memory at a time, for PyTorch and JAX."""


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
    """Continuous wavelet transform of real or complex samples; see `pywt.cwt`.

    Both methods are computed by FFT and agree with PyWavelets' to rounding. Non-finite samples therefore
    affect all coefficients of their signal.

    Args:
        data: (…) array of NumPy, PyTorch or JAX.
        scales: One number, or (S,), in samples.
        wavelet: Name of a continuous wavelet ("morl", "cmor1.5-1.0", …), or a `pywt.ContinuousWavelet`.
        sampling_period: Seconds between samples; affects the frequencies only.
        method: "conv" or "fft".
        axis: The axis to transform.
        precision: The wavelet is integrated over 2^precision samples.

    Returns:
        (coefficients, frequencies): (S, …), complex if the wavelet or the samples are; (S,) hertz, as NumPy
        array.

    Raises:
        ValueError: a non-positive or too small scale, an unknown or discrete wavelet, an unknown method.
    """
    x = widened(as_samples(data))
    xp = namespace(x)
    wavelet = continuous(wavelet)
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
    """`_filtered` for NumPy: multithreaded, in groups of `ROWS` rows, which SIMD transforms together."""
    batch, samples = x.shape
    spectrum: Any = (np.fft.rfft if half else np.fft.fft)(x, n=period)
    out = np.empty((len(bank), batch, samples), x.dtype if half else bank.dtype)

    def rows(start: int, stop: int) -> None:
        for first in range(start, stop, ROWS):
            scale, line = np.divmod(np.arange(first, min(first + ROWS, stop)), batch)
            products = spectrum[line] * bank[scale]
            filtered = irfft(products, period) if half else ifft(products)
            out[scale, line] = filtered[:, :samples]

    share(rows, len(bank) * batch, out.size)
    return out


@lru_cache(maxsize=4)
def _bank(
    wavelet: Any, kind: str, scales: tuple[float, ...], precision: int, samples: int, wide: type, half: bool
) -> tuple[np.ndarray, int]:
    """(S, K) filter spectra of all scales, and their period L, without wrap-around in `samples` outputs.

    K is L // 2 + 1 for half spectra, otherwise L.
    """
    integral, x = tables.integrate_wavelet(wavelet, precision=precision)
    # In single precision PyWavelets rounds the positions before it counts the samples of a scale.
    x = x.astype(np.float32 if wide is np.complex64 else np.float64)
    taps = [_taps(np.conj(integral), x, scale, samples) for scale in np.array(scales, kind)]
    reach = max(max(centre, len(g) - 1 - centre) for g, centre in taps)
    period = fast_length(samples + reach)
    transform = np.fft.rfft if half else np.fft.fft
    bank = np.empty((len(taps), period // 2 + 1 if half else period), wide)
    for row, (g, centre) in zip(bank, taps, strict=True):
        line = np.zeros(period, g.dtype)
        line[: len(g) - centre], line[period - centre :] = g[centre:], g[:centre]
        spectrum: Any = transform(line)
        row[:] = spectrum
    return bank, period


def _taps(integral: np.ndarray, x: np.ndarray, scale: Any, samples: int) -> tuple[np.ndarray, int]:
    """Filter of one scale and the index of its centre, truncated to the length of the signal on both sides.

    W(s, n) = −√s Δ(x * h)[n + d], where h is the time-reversed integral of the wavelet with s samples per
    unit of its axis. Differencing commutes with convolution: the filter is g = −√s Δh, with the differences
    at both ends.
    """
    indices = (np.arange(scale * (x[-1] - x[0]) + 1) / (scale * (x[1] - x[0]))).astype(int)
    h = integral[indices[indices < len(integral)]][::-1]
    if len(h) < 2:
        raise ValueError(f"Selected scale of {scale} too small.")
    g = -np.sqrt(scale) * np.diff(h, prepend=0, append=0)
    centre = 1 + floor((len(h) - 2) / 2)
    first = max(0, centre - samples + 1)
    return g[first : centre + samples], centre - first
