"""The fractal codec's loops: nearest domains, the code of a quadtree's leaves, and the attractor."""

from subband.kernels.fractal.dispatch import Domains, draw, read, write
from subband.kernels.fractal.plane import (
    FRACTION,
    LEAF,
    SIZES,
    SMALLEST,
    TERMS,
    TILE,
    Drawing,
    Leaves,
    PlaneHeader,
    cosine_basis,
    first_domain,
    mean_step,
)

__all__ = [
    "FRACTION",
    "LEAF",
    "SIZES",
    "SMALLEST",
    "TERMS",
    "TILE",
    "Domains",
    "Drawing",
    "Leaves",
    "PlaneHeader",
    "cosine_basis",
    "draw",
    "first_domain",
    "mean_step",
    "read",
    "write",
]
