"""Periodic fields: the periodic component, other resolutions, autocovariance and its spectrum on another grid."""

import numpy as np


def periodic_component(x: np.ndarray, ndim: int) -> np.ndarray:
    """A field without the jumps between its opposite ends: x minus the smooth field that has them.

    The smooth part s solves Δs = jumps at the ends, and has mean 0, so inside of the field little changes.

    Args:
        x: (…, *field).
        ndim: Number of axes of a field, 1 or 2.

    Source: L. Moisan, "Periodic plus smooth image decomposition", J. Math. Imaging Vis. 39 (2011), theorem 1.

    Example:
        >>> import numpy as np
        >>> bool(np.abs(np.diff(periodic_component(np.arange(8.0), 1))).max() < 1.1)
        True
    """
    axes = tuple(range(-ndim, 0))
    jumps, laplacian = np.zeros(x.shape), np.zeros(x.shape[-ndim:])
    for axis in axes:
        first, last = np.take(x, [0], axis), np.take(x, [-1], axis)
        ends = [slice(None)] * x.ndim
        ends[axis] = slice(0, 1)
        jumps[tuple(ends)] += last - first
        ends[axis] = slice(x.shape[axis] - 1, None)
        jumps[tuple(ends)] += first - last
        n = x.shape[axis]
        along = 2 * np.cos(2 * np.pi * np.arange(n) / n) - 2
        laplacian = laplacian + along.reshape([-1 if a == axis else 1 for a in axes])
    laplacian.flat[0] = 1
    smooth = np.fft.fftn(jumps, axes=axes) / laplacian
    smooth[(..., *(0,) * ndim)] = 0
    return x - np.fft.ifftn(smooth, axes=axes).real


def resampled(x: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Periodic fields (…, *field) on another grid, by cropping or zero-padding their Fourier transform.

    The values are kept: a constant stays what it is. Halving and doubling lose only the frequencies in between.
    """
    ndim = len(shape)
    axes = tuple(range(-ndim, 0))
    spectrum = np.fft.fftn(x, axes=axes)
    for axis, new in zip(axes, shape, strict=True):
        spectrum = np.moveaxis(_resized(np.moveaxis(spectrum, axis, -1), new), -1, axis)
    return np.fft.ifftn(spectrum, axes=axes).real * (np.prod(shape) / np.prod(x.shape[-ndim:]))


def _resized(spectrum: np.ndarray, new: int) -> np.ndarray:
    """(…, n) → (…, new) Fourier coefficients; the one at the Nyquist frequency stands for both of its signs."""
    n = spectrum.shape[-1]
    keep = min(n, new)
    low = np.arange(keep) - keep // 2
    made = np.zeros((*spectrum.shape[:-1], new), complex)
    made[..., low % new] = spectrum[..., low % n]
    half = keep // 2
    if keep % 2 == 0 and new < n:
        made[..., half] += spectrum[..., half]
    elif keep % 2 == 0 and new > n:
        made[..., -half] *= 0.5
        made[..., half] = made[..., -half]
    return made


def autocovariance(examples: np.ndarray, ndim: int) -> np.ndarray:
    """(m, *channels, *field) → (*channels, *field) circular autocovariance, mean over the examples."""
    axes = tuple(range(-ndim, 0))
    centred = examples - examples.mean(axis=axes, keepdims=True)
    power = np.abs(np.fft.fftn(centred, axes=axes)) ** 2 / np.prod(examples.shape[-ndim:])
    return np.fft.ifftn(power.mean(axis=0), axes=axes).real


def power_on_grid(covariance: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Power spectrum on the grid of another shape: the covariance cropped, or continued by zeros."""
    ndim = len(shape)
    made = np.zeros((*covariance.shape[:-ndim], *shape))
    lags = [
        np.arange(min(n, m)) - min(n, m) // 2 for n, m in zip(covariance.shape[-ndim:], shape, strict=True)
    ]
    there = np.ix_(*[lag % m for lag, m in zip(lags, shape, strict=True)])
    here = np.ix_(*[lag % n for lag, n in zip(lags, covariance.shape[-ndim:], strict=True)])
    made[(..., *there)] = covariance[(..., *here)]
    return np.maximum(np.fft.fftn(made, axes=tuple(range(-ndim, 0))).real, 0)
