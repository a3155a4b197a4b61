"""Cubic interpolation of images."""

from math import prod
from typing import Any

import numpy as np

from subband.arrays.jit import summed
from subband.arrays.namespace import Array, device_of, namespace
from subband.transforms.fourier.inputs import constant


def interpolate(x: Array, rows: Array, columns: Array) -> Array:
    """Cubic convolution (Keys 1981, a = −½) of periodic images at fractional coordinates.

    Args:
        x: (batch, h, w).
        rows, columns: Coordinates in samples, both of shape (batch or 1, *shape).

    Returns:
        (batch, *shape), differentiable in the image and in the coordinates.
    """
    xp = namespace(x)
    h, w = x.shape[1:]
    shape = tuple(rows.shape[1:])
    flat = xp.reshape(x, (x.shape[0], h * w))
    (i, down), (j, across) = neighbours(rows, h), neighbours(columns, w)

    def term(k: Any) -> Array:
        index = i[k // 4, ...] * w + j[k % 4, ...]
        index = xp.broadcast_to(xp.reshape(index, (-1, prod(shape))), (x.shape[0], prod(shape)))
        value = xp.reshape(xp.take_along_axis(flat, index, axis=1), (x.shape[0], *shape))
        return down[k // 4, ...] * across[k % 4, ...] * value

    return summed(term, 16, xp.zeros((x.shape[0], *shape), dtype=x.dtype, **device_of(x)))


def neighbours(coordinate: Array, n: int) -> tuple[Array, Array]:
    """(4, …) indices modulo n of the samples around each coordinate, and their weights (Keys 1981, eq. 15)."""
    xp = namespace(coordinate)
    start = xp.floor(coordinate)
    t = coordinate - start
    weights = (
        ((-0.5 * t + 1) * t - 0.5) * t,
        (1.5 * t - 2.5) * t * t + 1,
        ((-1.5 * t + 2) * t + 0.5) * t,
        (0.5 * t - 0.5) * t * t,
    )
    whole = xp.astype(start, xp.__array_namespace_info__().default_dtypes()["integral"])
    return xp.stack([xp.remainder(whole + d, n) for d in (-1, 0, 1, 2)]), xp.stack(weights)


def grid(like: Array, *lengths: int) -> list[Array]:
    """Coordinates of the samples relative to the centre, as (1, n, 1) and (1, 1, m)."""
    coordinates = np.meshgrid(*(np.arange(n) - (n - 1) / 2 for n in lengths), indexing="ij", sparse=True)
    return [constant(c[None], like) for c in coordinates]
