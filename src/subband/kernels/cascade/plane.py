"""Cascades over two axes compiled for the CPU (`native/cascade/plane.h`): the fast implementation for real
arrays and filters.

Here is how images, and parts of their trees, are shared between threads.
"""

import numpy as np

from subband.kernels.cascade.plane_tables import Program, program
from subband.kernels.cascade.tree import Cascade
from subband.kernels.threads import share, threads


def apply(x: np.ndarray, tree: Cascade) -> np.ndarray:
    """(batch, *shape) float32 or float64 → (batch, 1 + nodes, *out)."""
    p = program(tree, x.dtype.name)
    out = np.empty((len(x), 1 + len(tree.nodes), *p.out), x.dtype)
    flat = np.ascontiguousarray(x)
    begins = parts(p, len(x))

    def kernel(start: int, stop: int) -> None:
        p.kernels.apply(flat, out, begins, start, stop)

    share(kernel, items(p, len(x), begins), x.size * len(tree.nodes))
    return out


def parts(p: Program, batch: int) -> np.ndarray:
    """(parts + 1,) stacks at which shares of the work begin: a large batch is shared by images, a small one by
    branches of the tree as well."""
    alone = -(-batch // p.together) >= 2 * threads()
    return np.array([0, p.parts[-1]] if alone else p.parts, np.int64)


def items(p: Program, batch: int, begins: np.ndarray) -> int:
    """Groups of images, times parts of the tree."""
    return -(-batch // p.together) * (len(begins) - 1)


def aligned(n: int, dtype: np.dtype) -> np.ndarray:
    """n zeros that start where a cache line does."""
    raw = np.zeros(n * dtype.itemsize + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + n * dtype.itemsize].view(dtype)
