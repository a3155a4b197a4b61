"""Padding of signals before scattering."""

from math import ceil, floor, log2

import numpy as np

from subband.errors import InvalidInput
from subband.transforms.scattering.banks import FilterBank

REACHES = 3
"""Padding on either side of a one-dimensional signal, in lengths of the low-pass."""
NEGLIGIBLE = 1e-3
"""Fraction of the ℓ1 norm of the low-pass beyond its length."""


def padding_of(
    shape: tuple[int, ...], bank: FilterBank, width: float, scale: int, coarsest: int, mode: str
) -> tuple[tuple[int, int], ...]:
    """Number of samples before and after each axis, as in kymatio where it has the mode.

    One axis: three lengths of the low-pass on either side, rounded up to a total that is a power of two, with fewer
    than N samples per side, as reflection requires. Two axes: at least 2^scale samples in total, rounded up to a
    multiple of 2^scale. Periodic signals are not padded.

    Args:
        shape: Number of samples of the signal along each axis.
        bank: The bank of the low-pass.
        width: Width T of the low-pass in samples.
        scale: log₂ of the maximum of the largest scale and T.
        coarsest: log₂ of the largest subsampling factor.
        mode: Padding mode.

    Raises:
        InvalidInput: a periodic signal whose length is not a multiple of the largest subsampling factor.
    """
    if mode == "periodic":
        step = 2**coarsest
        if any(n % step for n in shape):
            near = tuple(max(1, round(n / step)) * step for n in shape)
            raise InvalidInput(
                f"a periodic signal of {shape} can't be subsampled by {step}: give {near}, another pad_mode, or "
                "a larger oversampling"
            )
        return ((0, 0),) * len(shape)
    if len(shape) == 1:
        (n,) = shape
        wanted = n + 2 * REACHES * _length(bank.lowpass(n, width))
        to_add = 2 ** min(ceil(log2(wanted)), floor(log2(3 * n - 2))) - n
        return ((to_add // 2, to_add - to_add // 2),)
    step = 2**scale
    added = [((n + step) // step + 1) * step - n for n in shape]
    return tuple((more // 2, more - more // 2) for more in added)


def _length(lowpass: np.ndarray) -> int:
    """One-sided length of a filter, beyond which the fraction `NEGLIGIBLE` of its ℓ1 norm remains."""
    half = np.abs(np.fft.ifft(lowpass))[: len(lowpass) // 2]
    beyond = np.cumsum(half[::-1])[::-1]
    short = np.flatnonzero(beyond <= NEGLIGIBLE)
    return int(short[0]) + 1 if len(short) else len(half)
