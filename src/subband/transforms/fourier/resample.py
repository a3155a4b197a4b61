"""Images read between their samples."""

from math import prod

import numpy as np

from subband.arrays.namespace import Array, namespace
from subband.transforms.fourier.inputs import constant


def read_between(x: Array, rows: Array, columns: Array) -> Array:
    """Cubic convolution (Keys 1981, a = −½) of images at fractional places, periodic beyond the ends.

    Args:
        x: (batch, h, w).
        rows, columns: Where to read, in samples, of one shape (batch or 1, *places).

    Returns:
        (batch, *places), differentiable in the image and in the places.
    """
    xp = namespace(x)
    h, w = x.shape[1:]
    places = tuple(rows.shape[1:])
    flat = xp.reshape(x, (x.shape[0], h * w))
    total = None
    for i, down in _neighbours(rows, h):
        for j, across in _neighbours(columns, w):
            index = xp.broadcast_to(xp.reshape(i * w + j, (-1, prod(places))), (x.shape[0], prod(places)))
            value = xp.reshape(xp.take_along_axis(flat, index, axis=1), (x.shape[0], *places))
            term = down * across * value
            total = term if total is None else total + term
    return total


def _neighbours(place: Array, n: int) -> list[tuple[Array, Array]]:
    """The four samples around a place, and Keys's weight of each (eq. 15)."""
    xp = namespace(place)
    start = xp.floor(place)
    t = place - start
    weights = (
        ((-0.5 * t + 1) * t - 0.5) * t,
        (1.5 * t - 2.5) * t * t + 1,
        ((-1.5 * t + 2) * t + 0.5) * t,
        (0.5 * t - 0.5) * t * t,
    )
    whole = xp.astype(start, xp.__array_namespace_info__().default_dtypes()["integral"])
    return [(xp.remainder(whole + d, n), weight) for d, weight in zip((-1, 0, 1, 2), weights, strict=True)]


def grid(like: Array, *lengths: int) -> list[Array]:
    """Coordinates of each sample from the middle, as (1, n, 1) and (1, 1, m)."""
    made = np.meshgrid(*(np.arange(n) - (n - 1) / 2 for n in lengths), indexing="ij", sparse=True)
    return [constant(c[None], like) for c in made]
