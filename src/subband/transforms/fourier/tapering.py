"""Windows over non-periodic signals, fixed ones and those that cover what two displaced signals share."""

from typing import Any

import numpy as np

from subband.arrays.arguments import shown
from subband.arrays.namespace import Array, namespace
from subband.errors import InvalidInput
from subband.transforms.fourier.inputs import constant
from subband.transforms.fourier.resample import neighbours
from subband.transforms.fourier.windows import WINDOWS, window

Name = tuple[Any, ...] | None
"""(name, parameter) of a window, or None."""

NARROWEST = 0.25
"""Smallest width of a window that follows a displacement, relative to the signal."""


def plain_window(given: Any, size: tuple[int, ...]) -> Name:
    """A window's name and parameter, which can be hashed.

    Raises:
        InvalidInput: samples, and what `window` refuses.
    """
    if given is None:
        return None
    if not isinstance(given, str | list | tuple):
        raise InvalidInput(
            f"window={shown(given)}: give one of {', '.join(WINDOWS)}, or (name, parameter), or None; samples of "
            "your own are best multiplied by the signals"
        )
    window(given, max(size))
    return (str(given),) if isinstance(given, str) else (str(given[0]), *[float(p) for p in given[1:]])


def weights(name: Name, size: tuple[int, ...]) -> np.ndarray:
    """(n₁, …, n_d) product of one window along each axis; ones for None."""
    product = np.ones(())
    for n in size:
        product = product[..., None] * (np.ones(n) if name is None else window(name, n))
    return product


def following(name: Name, shift: Array, size: tuple[int, ...], side: int) -> Array:
    """(batch, n₁, …, n_d) window W((n ± s/2 − N/2) N/(N − |s|)), over what two signals displaced by s share.

    a[n] W(n + s/2) and b[n] W(n − s/2) differ by the displacement s alone, whatever the window, so the window does
    not draw its estimate towards 0, as a fixed one does.

    Args:
        name: Window.
        shift: (batch, d) displacement s.
        size: Lengths N.
        side: 1 for `a`, −1 for `b`.
    """
    xp, d = namespace(shift), len(size)
    product = None
    for axis, n in enumerate(size):
        s = shift[:, axis : axis + 1]
        table = constant(window(name, n), shift)
        width = xp.clip(n - xp.abs(s), min=NARROWEST * n)
        u = (constant(np.arange(n) - n / 2, shift) + side * s / 2) * (n / width) + n / 2
        inside = xp.astype((u >= 0) & (u <= n), u.dtype)
        index, terms = neighbours(u, n)
        terms = terms * xp.reshape(xp.take(table, xp.reshape(index, (-1,)), axis=0), index.shape)
        w = inside * xp.sum(terms, axis=0)
        w = xp.reshape(w, (s.shape[0], *(n if i == axis else 1 for i in range(d))))
        product = w if product is None else product * w
    return product


def tapered(x: Array, weights: Array, axes: tuple[int, ...]) -> Array:
    """Signals minus their weighted mean, times the weights: the window itself must not correlate."""
    xp = namespace(x)
    mean = xp.sum(weights * x, axis=axes, keepdims=True) / xp.sum(weights, axis=axes, keepdims=True)
    return (x - mean) * weights
