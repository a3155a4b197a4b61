"""Which arrays the compiled undecimated filter banks take."""

from subband.arrays.namespace import Array, library
from subband.kernels.build import compiled

AXES = 3
"""The most transformed axes."""


def fits(x: Array, axes: int) -> bool:
    """Whether the compiled loops take arrays like x, transformed along so many axes."""
    return library(x) == "numpy" and compiled() and axes <= AXES and x.dtype.char in "fdFD" and x.size > 0
