"""Powers of two by which signals are scaled, so that squares neither overflow nor vanish.

A power of two changes no digit of a floating-point number, so a transform of a scaled signal is the scaled
transform, bit for bit.
"""

import numpy as np

from subband.arrays.compilers import static
from subband.arrays.namespace import Array, device_of, namespace, precision


def power_of_two(x: Array, axes: tuple[int, ...]) -> Array:
    """The power of two at or just below the largest modulus along some axes; 1 for zeros, infinities and NaN.

    Args:
        x: (…) real or complex, of single or double precision.
        axes: The axes of one signal, none of them empty.

    Returns:
        Real, of the shape of `x` with lengths of 1 along `axes`. No gradient flows into it.
    """
    xp = namespace(x)
    if xp.isdtype(x.dtype, "complex floating"):
        # Moduli could overflow themselves. The larger part is within √2 of it.
        sizes = xp.maximum(xp.abs(xp.real(x)), xp.abs(xp.imag(x)))
    else:
        sizes = xp.abs(x)
    largest = xp.max(sizes, axis=axes, keepdims=True)
    edges, found = (_like(table, largest) for table in _powers(precision(x)))
    rank = xp.searchsorted(edges, xp.reshape(largest, (-1,)), side="right")
    return xp.reshape(xp.take(found, rank, axis=0), largest.shape)


def _like(numbers: np.ndarray, like: Array) -> Array:
    device = device_of(like)
    return namespace(like).asarray(numbers, dtype=like.dtype, **device)


@static
def _powers(precision: str) -> tuple[np.ndarray, np.ndarray]:
    """All normal powers of two and infinity, and what is found below, between and beyond them."""
    info = np.finfo(precision)
    powers = np.ldexp(np.ones(1, precision), np.arange(info.minexp, info.maxexp))
    return np.append(powers, np.inf), np.concatenate([[1], powers, [1]])
