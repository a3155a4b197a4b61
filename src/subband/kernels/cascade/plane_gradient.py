"""Gradients of cascades over two axes, compiled for the CPU (`native/cascade/plane_gradient.h`)."""

import numpy as np

from subband.kernels.cascade.plane import items, parts
from subband.kernels.cascade.plane_tables import program
from subband.kernels.cascade.tree import Cascade
from subband.kernels.threads import share


def apply(x: np.ndarray, gradient: np.ndarray, tree: Cascade) -> np.ndarray:
    """(batch, *shape) signals and (batch, 1 + nodes, *out) gradients of their averages → those of the
    signals."""
    p = program(tree, x.dtype.name)
    flat, given = np.ascontiguousarray(x), np.ascontiguousarray(gradient)
    begins = parts(p, len(x))
    out = np.zeros((len(x), len(begins) - 1, *x.shape[1:]), x.dtype)

    def kernel(start: int, stop: int) -> None:
        p.kernels.gradient(flat, given, out, begins, start, stop)

    share(kernel, items(p, len(x), begins), x.size * len(tree.nodes))
    return out.sum(axis=1) if len(begins) > 2 else out.reshape(x.shape)


def tour(steps: np.ndarray) -> np.ndarray:
    """Which step is entered (k) and left (−1 − k) when, such that a step is left after its descendants.

    Args:
        steps: (steps, …) depth first; the first number of each is its generation.
    """
    way: list[int] = []
    inside: list[int] = []
    generations = steps[:, 0].tolist()
    for k, generation in enumerate(generations):
        while inside and generations[inside[-1]] >= generation:
            way.append(-1 - inside.pop())
        way.append(k)
        inside.append(k)
    return np.array([*way, *(-1 - k for k in reversed(inside))], np.int64)
