"""Leaky ReLU of images between two changes of rate."""

from math import inf
from typing import Any

import numpy as np

from subband.arrays.arguments import implementation, integer, number, shown
from subband.arrays.compilers import uncompiled
from subband.arrays.namespace import Array, as_array, as_signal, library, namespace
from subband.errors import InvalidInput
from subband.kernels.filtered_relu import ReluPlan, filtered_relu
from subband.kernels.filtered_relu.plan import Filter

LONGEST_FILTER = 256
FINEST = 64


def filtered_leaky_relu(
    x: Array,
    bias: Array | None = None,
    *,
    up_filter: Any,
    down_filter: Any,
    up: int = 2,
    down: int = 2,
    pad: int | tuple[int, int, int, int] | None = None,
    gain: float = 2**0.5,
    slope: float = 0.2,
    clamp: float | None = None,
    impl: str | None = None,
) -> Array:
    """y = down(f(up(x + bias))), f(z) = gain · z for z > 0 and gain · slope · z elsewhere, clipped to ±clamp.

    Up: zeros between the samples and around them, then `up_filter`, times up². Down: `down_filter`, then every
    `down`-th sample. Filters lie inside the padded grid; samples outside the image are zero. On the CPU one
    compiled kernel does all of it row by row, so that no image of the fine grid is ever held, not even for the
    gradient, which is computed from x; gradients of any order are exact.

    Args:
        x: (N, C, H, W) real array of NumPy, PyTorch or JAX; of PyTorch also with channels last.
        bias: (C,), of the same library.
        up_filter, down_filter: Taps of separable filters, (n,), or of filters of the plane, (n, n), of sum 1.
        up, down: Factors of the rate, of which the smaller divides the larger.
        pad: Zeros on the fine grid, for each side or as (top, bottom, left, right); negative numbers crop. By
            default so many that H · up/down rows and W · up/down columns come out, in the middle of the grid.
        gain, slope, clamp: Of f; None does not clip.
        impl: "fast" for the compiled kernel, "reference" for matrix products, None for the best.

    Returns:
        (N, C, H', W'), of the dtype of `x`.

    Raises:
        InvalidInput: shapes, factors or filters that don't fit, a filter longer than the grid.
        UnsupportedArray: an array of another library, or a dtype that can't be transformed.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = np.random.default_rng(0).standard_normal((1, 3, 8, 8))
        >>> h = sb.kaiser_filter(12, cutoff=0.2, width=0.15)
        >>> sb.filtered_leaky_relu(x, np.zeros(3), up_filter=h, down_filter=h).shape
        (1, 3, 8, 8)

    Source: T. Karras et al., Alias-free generative adversarial networks, NeurIPS 2021, section 3.1.

    See also: `filtered_nonlinearity`, `kaiser_filter`, `jinc_filter`.
    """
    implementation(impl)
    x = as_signal(x)
    up, down = (integer(name, n, 1, FINEST, "a factor") for name, n in (("up", up), ("down", down)))
    filters = [
        as_filter(name, taps) for name, taps in (("up_filter", up_filter), ("down_filter", down_filter))
    ]
    first, second = scaled(filters[0], up**2), filters[1]
    if x.ndim != 4:
        raise InvalidInput(f"x of shape {tuple(x.shape)} is no batch of images: give (N, C, H, W)")
    sides = padding(pad, (int(x.shape[2]), int(x.shape[3])), len(first), len(second), up, down)
    plan = ReluPlan(
        first,
        second,
        up,
        down,
        sides,
        number("gain", gain, "a positive number", above=0),
        number("slope", slope, "a number from 0 to 1", low=0, below=1 + 1e-9),
        inf if clamp is None else number("clamp", clamp, "a positive number, or None", above=0),
    )
    if bias is not None:
        bias = _bias(as_signal(bias, "bias"), x)
    return filtered_relu(x, bias, plan, impl=impl)


def _bias(bias: Array, x: Array) -> Array:
    """The bias, if it fits the images.

    Raises:
        InvalidInput: another library, shape or kind of numbers.
    """
    if library(bias) != library(x):
        raise InvalidInput(
            f"bias of {library(bias)} can't be added to x of {library(x)}: give both of one library"
        )
    if tuple(bias.shape) != (x.shape[1],) or not namespace(bias).isdtype(bias.dtype, "real floating"):
        raise InvalidInput(
            f"bias of shape {tuple(bias.shape)} and {bias.dtype}: give {x.shape[1]} real numbers, one a channel"
        )
    return bias


@uncompiled
def as_filter(name: str, taps: Any) -> Filter:
    """Taps as a tuple, or as a tuple of rows.

    Raises:
        InvalidInput: no finite numbers of shape (n,) or (n, n).
    """
    if hasattr(taps, "detach"):
        taps = taps.detach()
    h = as_array(taps, name)
    square = h.ndim == 2 and h.shape[0] == h.shape[1]
    if h.dtype.kind not in "iuf" or not (h.ndim == 1 or square) or h.size == 0 or not np.isfinite(h).all():
        raise InvalidInput(f"{name}={shown(taps)} is no filter: give finite taps of shape (n,) or (n, n)")
    if h.shape[0] > LONGEST_FILTER:
        raise InvalidInput(f"{name} of {h.shape[0]} taps is too long: give at most {LONGEST_FILTER}")
    rows = h.astype(float).tolist()
    return tuple(map(tuple, rows)) if square else tuple(rows)


def scaled(taps: Filter, factor: float) -> Filter:
    """A filter times the gain of zeros along both axes: its root for each axis, if it is separable."""
    if isinstance(taps[0], tuple):
        return tuple([tuple([factor * tap for tap in row]) for row in taps])  # pyright: ignore[reportGeneralTypeIssues, reportOptionalIterable]
    return tuple([factor**0.5 * tap for tap in taps])  # pyright: ignore[reportOperatorIssue]


def padding(
    pad: Any, size: tuple[int, int], up_taps: int, down_taps: int, up: int, down: int
) -> tuple[int, int, int, int]:
    """Zeros at the top, the bottom, the left and the right."""
    if pad is None:
        sides = [centred(n, n * up // down, up_taps, down_taps, up, down) for n in size]
        return *sides[0], *sides[1]
    several = pad.tolist() if isinstance(pad, np.ndarray) else pad
    if not isinstance(several, list | tuple):
        several = (several,) * 4
    what = "a whole number of samples, or one for each of top, bottom, left and right"
    if len(several) != 4:
        raise InvalidInput(f"pad={shown(pad)} must be {what}")
    top, bottom, left, right = (integer("pad", n, -(1 << 20), 1 << 20, what) for n in several)
    return top, bottom, left, right


def centred(inputs: int, outputs: int, up_taps: int, down_taps: int, up: int, down: int) -> tuple[int, int]:
    """Zeros before and behind an axis, so that `outputs` samples come out with the same middle."""
    total = (outputs - 1) * down + 1 - inputs * up + up_taps + down_taps - 2
    before = (total + up) // 2
    return before, total - before
