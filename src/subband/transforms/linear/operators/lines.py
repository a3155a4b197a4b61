"""Functions of the last axis, along any other."""

from collections.abc import Callable

from subband.arrays.namespace import Array, namespace


def along(x: Array, axis: int, f: Callable[[Array], Array]) -> Array:
    """f of x with a negative `axis` exchanged with the last."""
    xp, order = namespace(x), list(range(x.ndim))
    order[axis], order[-1] = order[-1], order[axis]
    return xp.permute_dims(f(xp.permute_dims(x, tuple(order))), tuple(order))
