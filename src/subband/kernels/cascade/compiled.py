"""Compiled cascades on memory: over one axis or two, and their gradients."""

import numpy as np

from subband.kernels.cascade import line as cascade_line
from subband.kernels.cascade import plane as cascade_plane
from subband.kernels.cascade import plane_gradient as cascade_plane_gradient
from subband.kernels.cascade.tree import Cascade


def apply(x: np.ndarray, tree: Cascade) -> np.ndarray:
    """(batch, *shape) float32 or float64 → (batch, 1 + nodes, *out), or (batch, 1 + nodes) where it is
    pooled."""
    out = (cascade_line if len(tree.shape) == 1 else cascade_plane).apply(x, tree)
    return out.reshape(out.shape[:2]) if tree.pooled else out


def gradient(x: np.ndarray, given: np.ndarray, tree: Cascade) -> np.ndarray:
    """The gradient of Σ given · cascade(x) by x, in the shape of x; 0 comes from moduli that are 0."""
    if len(tree.shape) == 1:
        return cascade_line.gradient(x, given, tree)
    return cascade_plane_gradient.apply(x, given, tree)
