"""Separable filter banks: pyramids and trees, forward and transposed."""

from subband.kernels.filterbank.dispatch import (
    pyramid_analysis,
    pyramid_synthesis,
    tree_analysis,
    tree_synthesis,
)

__all__ = ["pyramid_analysis", "pyramid_synthesis", "tree_analysis", "tree_synthesis"]
