"""Fourier transforms along last axes: compiled for NumPy, like `numpy.fft`, else the library's own."""

from typing import Any

from subband.arrays.namespace import Array, library, namespace
from subband.kernels.build import compiled


def rfft(x: Array) -> Array:
    """(…, n) real → (…, n // 2 + 1) complex."""
    return rfftn(x, 1)


def irfft(spectrum: Array, n: int) -> Array:
    """The inverse of `rfft` for signals of n samples."""
    return irfftn(spectrum, (n,))


def rfftn(x: Array, ndim: int) -> Array:
    """(…, N₁ … N_d) real → (…, N₁ … N_d // 2 + 1) complex, along the last `ndim` axes."""
    if (fast := _compiled_for(x, "fd")) is not None:
        return fast.rfftn(x, ndim)
    return namespace(x).fft.rfftn(x, axes=tuple(range(-ndim, 0)))


def irfftn(spectrum: Array, shape: tuple[int, ...]) -> Array:
    """The inverse of `rfftn` for signals whose last axes have this shape."""
    if (fast := _compiled_for(spectrum, "FD")) is not None:
        return fast.irfftn(spectrum, shape)
    return namespace(spectrum).fft.irfftn(spectrum, s=shape, axes=tuple(range(-len(shape), 0)))


def fft(x: Array) -> Array:
    """(…, n) complex → (…, n) complex."""
    return fast.fft(x) if (fast := _compiled_for(x, "FD")) is not None else namespace(x).fft.fft(x)


def ifft(x: Array) -> Array:
    """The inverse of `fft`."""
    return (
        fast.fft(x, inverse=True)
        if (fast := _compiled_for(x, "FD")) is not None
        else namespace(x).fft.ifft(x)
    )


def _compiled_for(x: Array, kinds: str) -> Any:
    """The compiled transforms, if x is an array of NumPy of one of these types of numbers."""
    if (
        library(x) != "numpy"
        or not compiled()
        or x.dtype.char not in kinds
        or not x.dtype.isnative
        or not x.size
    ):
        return None
    from subband.kernels.fourier import transforms

    return transforms
