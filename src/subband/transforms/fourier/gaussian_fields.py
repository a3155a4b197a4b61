"""Periodic Gaussian fields of a given power spectrum."""

import numpy as np

from subband.errors import InvalidInput


def gaussian_fields(power: np.ndarray, n: int, ndim: int, rng: np.random.Generator) -> np.ndarray:
    """(n, *power.shape) periodic Gaussian fields of mean 0 whose power spectrum is given on the grid of the FFT.

    Args:
        power: (*channels, *field) E|x̂(k)|² / N, not negative; white noise of variance 1 has 1.
        n: Number of fields.
        ndim: Number of axes of a field.
        rng: Of the noise.

    Raises:
        InvalidInput: a power that is negative or not finite.
    """
    if not (np.isfinite(power).all() and (power >= 0).all()):
        raise InvalidInput("a power spectrum must be finite and nowhere negative")
    axes = tuple(range(-ndim, 0))
    white = rng.standard_normal((n, *power.shape))
    return np.fft.ifftn(np.fft.fftn(white, axes=axes) * np.sqrt(power), axes=axes).real
