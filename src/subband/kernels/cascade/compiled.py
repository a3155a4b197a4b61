"""Compiled cascades on memory: over one axis or two, and their gradients."""

import numpy as np

from subband.kernels.cascade import line as cascade_line
from subband.kernels.cascade import plane as cascade_plane
from subband.kernels.cascade import plane_gradient as cascade_plane_gradient
from subband.kernels.cascade.tree import Cascade


def apply(x: np.ndarray, tree: Cascade) -> np.ndarray:
    """(batch, *shape) float32 or float64 → (batch, 1 + nodes, *out), or (batch, 1 + nodes) where it is
    pooled."""
    return forward(x, tree, hold=False)[0]


def forward(x: np.ndarray, tree: Cascade, *, hold: bool) -> tuple[np.ndarray, np.ndarray]:
    """As `apply`; and convolutions, (signals, numbers), that `gradient` need not compute again.

    With `hold` those of as many signals as there is room for; none without it, and over two axes.
    """
    if len(tree.shape) == 1:
        out, held = cascade_line.forward(x, tree, hold=hold)
    else:
        out, held = cascade_plane.apply(x, tree), np.empty((0, 0), x.dtype)
    return out.reshape(out.shape[:2]) if tree.pooled else out, held


def gradient(x: np.ndarray, given: np.ndarray, tree: Cascade, held: np.ndarray | None = None) -> np.ndarray:
    """The gradient of Σ given · cascade(x) by x, in the shape of x; 0 comes from moduli that are 0.

    Args:
        x: (batch, *shape).
        given: the gradients of the output.
        tree: the cascade.
        held: the convolutions that `forward` gave for x, if it was asked.
    """
    if len(tree.shape) == 1:
        return cascade_line.gradient(x, given, tree, held)
    return cascade_plane_gradient.apply(x, given, tree)
