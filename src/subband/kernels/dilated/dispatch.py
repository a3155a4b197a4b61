"""Which arrays the compiled undecimated filter banks take."""

from subband.arrays.namespace import Array, library
from subband.kernels.build import compiled

AXES = 3
"""The most transformed axes."""


def fits(x: Array, axes: int) -> bool:
    """Whether the compiled loops take arrays like x, transformed along so many axes."""
    if library(x) != "numpy" or not compiled() or axes > AXES:
        return False
    return x.dtype.char in "fdFD" and x.dtype.isnative and x.size > 0
