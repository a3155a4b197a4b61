"""Compiled cascades on memory: over one axis or two, and their gradients."""

import numpy as np

from subband.kernels.cascade import line as cascade_line
from subband.kernels.cascade import plane as cascade_plane
from subband.kernels.cascade import plane_gradient as cascade_plane_gradient
from subband.kernels.cascade.tree import Cascade


def apply(x: np.ndarray, tree: Cascade) -> np.ndarray:
    """(batch, *shape) float32 or float64 → (batch, 1 + nodes, *out), or (batch, 1 + nodes) where it is
    pooled."""
    return held(x, tree, hold=False)[0]


def held(x: np.ndarray, tree: Cascade, *, hold: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """As `apply`, and what `gradient` may need again: (signals, numbers), empty over two axes."""
    if len(tree.shape) == 1:
        out, rest = cascade_line.apply(x, tree, hold=hold)
    else:
        out, rest = cascade_plane.apply(x, tree), np.empty((0, 0), x.dtype)
    return out.reshape(out.shape[:2]) if tree.pooled else out, rest


def gradient(x: np.ndarray, given: np.ndarray, tree: Cascade, rest: np.ndarray | None = None) -> np.ndarray:
    """The gradient of Σ given · cascade(x) by x, in the shape of x; 0 comes from moduli that are 0.

    Args:
        x: (batch, *shape).
        given: the gradients of the output.
        tree: the cascade.
        rest: what `held` gave for x, if it was asked.
    """
    if len(tree.shape) == 1:
        return cascade_line.gradient(x, given, rest, tree)
    return cascade_plane_gradient.apply(x, given, tree)
