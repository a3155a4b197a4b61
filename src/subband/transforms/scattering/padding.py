"""How many samples are put around a signal before it is scattered."""

from math import ceil, floor, log2

import numpy as np

from subband.errors import InvalidInput
from subband.transforms.scattering.banks import FilterBank

REACHES = 3
"""Lengths of the average that are put on either side of a signal of one axis."""
NEGLIGIBLE = 1e-3
"""Of the average's ℓ1 norm, what may lie beyond its length."""


def padding_of(
    shape: tuple[int, ...], bank: FilterBank, width: float, scale: int, coarsest: int, mode: str
) -> tuple[tuple[int, int], ...]:
    """Samples before and behind each axis; the same as kymatio's where it has the mode.

    One axis: three lengths of the average on either side, up to a power of two, as far as reflections reach (fewer
    than N samples a side). Two axes: 2^scale samples in all at least, up to a multiple of 2^scale. Periodic signals
    need none.

    Args:
        shape: Samples of the signal.
        bank: Whose average is meant.
        width: T, samples that are averaged.
        scale: log₂ of the largest scale, or of T if that is larger.
        coarsest: log₂ of the largest subsampling.
        mode: What is padded.

    Raises:
        InvalidInput: a periodic signal that the largest subsampling does not divide.
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
    """Samples on one side of 0 within which all but a thousandth of a filter lies."""
    half = np.abs(np.fft.ifft(lowpass))[: len(lowpass) // 2]
    beyond = np.cumsum(half[::-1])[::-1]
    short = np.flatnonzero(beyond <= NEGLIGIBLE)
    return int(short[0]) + 1 if len(short) else len(half)
