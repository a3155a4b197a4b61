"""Elementwise shrinkage functions.

A threshold is a number, or an array that broadcasts against `x`, e.g. (batch, 1) for one per signal. The result
has the precision of `x`. Complex numbers are shrunk in magnitude, with unchanged phase; NaN is propagated. Values
set to zero have zero derivative, also at x = 0.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from subband.arrays.arguments import choice, number, shown
from subband.arrays.compilers import compiling, transforming
from subband.arrays.concrete import values
from subband.arrays.deprecation import keyword_only_after
from subband.arrays.labelled import labelled_alike
from subband.arrays.namespace import Array, as_array, as_signal, device_of, library, namespace
from subband.errors import InvalidInput

Threshold = float | Array


def soft(x: Array, value: Threshold) -> Array:
    """x/|x| · max(|x| − value, 0): the proximal operator of value · ‖x‖₁ (Donoho & Johnstone 1994).

    Args:
        x: (…) real or complex.
        value: The threshold, 0 or more.

    Returns:
        (…), as `x`.

    Raises:
        InvalidInput: a negative threshold, or an array of another library.
    """
    return _scale(x, value, lambda magnitude, t: 1 - t / magnitude)


def garrote(x: Array, value: Threshold) -> Array:
    """x · max(1 − value²/|x|², 0): soft near the threshold, hard far from it (Breiman 1995, Gao 1998).

    Arguments, result and errors as in `soft`.
    """
    return _scale(x, value, lambda magnitude, t: 1 - (t / magnitude) ** 2)


@labelled_alike
def threshold_firm(x: Array, low: float, high: float) -> Array:
    """Firm (semisoft) shrinkage: 0 for |x| ≤ low, x for |x| > high, and linear in between,

        x/|x| · high (|x| − low) / (high − low).

    It is hard thresholding for high = low and soft thresholding for high = ∞.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX; integers become floating.
        low, high: The thresholds, 0 ≤ low ≤ high.

    Returns:
        (…) array of the library, device and dtype of `x`.

    Raises:
        InvalidInput: thresholds that are negative or in the wrong order.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> sb.threshold_firm(np.array([1.0, -2.0, 4.0]), 1.0, 3.0).round(6).tolist()
        [0.0, -1.5, 4.0]

    See also: `subband.threshold`.

    Source: H.-Y. Gao, A. G. Bruce, WaveShrink with Firm Shrinkage (1997).
    """
    low = number("low", low, LARGE_ENOUGH, low=0, below=None)
    high = number("high", high, LARGE_ENOUGH, low=0, below=None)
    if low > high:
        raise InvalidInput(f"thresholds low={low}, high={high}: give 0 ≤ low ≤ high")
    if low == high:
        return hard(x, low)

    def gain(magnitude: Array, t: Threshold) -> Array:
        line = (1 - t / magnitude) / (1 - low / high)
        return namespace(line).where(magnitude > high, _full(line, 1), line)

    return _scale(x, low, gain)


def hard(x: Array, value: Threshold) -> Array:
    """x where |x| ≥ value, else 0 (Donoho & Johnstone 1994).

    Arguments, result and errors as in `soft`.
    """
    x = as_signal(x)
    xp = namespace(x)
    return xp.where(xp.abs(x) < _checked(value, x), _full(x, 0), x)


def greater(x: Array, value: Threshold) -> Array:
    """x where x ≥ value, else 0; for real `x` and any threshold.

    Raises:
        InvalidInput: if `x` is complex.
    """
    x = _real(x, "greater")
    return namespace(x).where(x < _read(value, x), _full(x, 0), x)


def less(x: Array, value: Threshold) -> Array:
    """x where x ≤ value, else 0; for real `x` and any threshold.

    Raises:
        InvalidInput: if `x` is complex.
    """
    x = _real(x, "less")
    return namespace(x).where(x > _read(value, x), _full(x, 0), x)


LARGE_ENOUGH = "a threshold, 0 or more"

SHRINKAGES: dict[str, Callable[[Array, Threshold], Array]] = {
    "soft": soft,
    "hard": hard,
    "garrote": garrote,
    "greater": greater,
    "less": less,
}
"""Shrinkage functions with one threshold, by name."""


@keyword_only_after("shrinkage", renamed={"mode": "shrinkage"})
@labelled_alike
def threshold(
    x: Array,
    value: Threshold,
    shrinkage: str = "soft",
) -> Array:
    """Shrink an array elementwise with threshold T = `value`:

        soft     x/|x| max(|x| − T, 0)    (Donoho & Johnstone 1994)
        hard     x if |x| ≥ T, else 0    (Donoho & Johnstone 1994)
        garrote  x max(1 − T²/|x|², 0)    (Breiman 1995; Gao 1998)
        greater  x if x ≥ T, else 0
        less     x if x ≤ T, else 0

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX; integers become floating.
        value: The threshold T, or an array of thresholds that broadcasts against `x`.
        shrinkage: Name of the function.

    Returns:
        (…) array of the library, device and dtype of `x`.

    Raises:
        InvalidInput: unknown shrinkage, a negative threshold (except for "greater" and "less"), complex numbers for
            "greater" and "less", or an array of thresholds of another library or that does not broadcast.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> sb.threshold(np.array([1.0, -3.0, 0.5, 2.0]), 1.0).tolist()
        [0.0, -2.0, 0.0, 1.0]
        >>> sb.threshold(np.array([1.0, -3.0, 0.5, 2.0]), 1.0, "hard").tolist()
        [1.0, -3.0, 0.0, 2.0]

    See also: `subband.threshold_firm`, with two thresholds; `subband.denoise`.
    """
    return SHRINKAGES[choice("shrinkage", shrinkage, SHRINKAGES, ", or call threshold_firm")](x, value)


def _scale(x: Array, value: Threshold, gain: Callable[[Array, Threshold], Array]) -> Array:
    """x · gain(|x|, t) where |x| > t, else 0; `gain` is evaluated at 1 elsewhere, to avoid division by zero."""
    x = as_signal(x)
    xp = namespace(x)
    magnitude, t = xp.abs(x), _checked(value, x)
    dropped = magnitude <= t
    factor = gain(xp.where(dropped, _full(magnitude, 1), magnitude), t)
    return x * xp.where(dropped, _full(magnitude, 0), factor)


def _checked(value: Threshold, x: Array) -> Threshold:
    """The validated threshold; traced values are not checked for sign."""
    t = _read(value, x)
    if t < 0 if isinstance(t, float) else some_negative(t):
        raise InvalidInput(f"threshold value={shown(value)} is negative: give 0 or more")
    return t


def _read(value: Any, x: Array) -> Threshold:
    """The threshold as a Python number, or as an array in the real precision of `x`."""
    if isinstance(value, int | float | np.generic) or not hasattr(value, "dtype"):
        value = as_array(value, "value") if isinstance(value, list | tuple) else value
        if not isinstance(value, np.ndarray):
            return number("value", value, "a threshold, or an array of these", below=None)
    xp, found = namespace(x), library(value)
    if found not in (library(x), "numpy"):
        raise InvalidInput(
            f"thresholds value={shown(value)} of {found} can't shrink an array of {library(x)}: give a number, or "
            f"an array of NumPy or {library(x)}"
        )
    if not namespace(value).isdtype(value.dtype, ("real floating", "integral")):
        raise InvalidInput(f"thresholds value={shown(value)} of {value.dtype}: give real numbers")
    _check_broadcast(tuple(value.shape), tuple(x.shape))
    real = xp.real(x).dtype if xp.isdtype(x.dtype, "complex floating") else x.dtype
    if found == "numpy" and library(x) != "numpy":
        return xp.asarray(value, dtype=real, **device_of(x))
    return xp.astype(value, real, copy=False)


def _check_broadcast(shape: tuple[int, ...], onto: tuple[int, ...]) -> None:
    aligned = zip(reversed(shape), reversed(onto), strict=False)
    if len(shape) > len(onto) or any(m not in (1, n) for m, n in aligned):
        raise InvalidInput(f"thresholds value of shape {shape} don't broadcast to {onto}")


def some_negative(value: Array) -> bool:
    """Whether any value is negative; False for traced arrays and arrays on other devices, which are not read."""
    if compiling() or (library(value) == "torch" and (transforming() or value.device.type != "cpu")):
        return False
    try:
        return bool((values(value) < 0).any())
    except InvalidInput:  # traced by JAX
        return False


def _real(x: Array, name: str) -> Array:
    x = as_signal(x)
    if namespace(x).isdtype(x.dtype, "complex floating"):
        raise InvalidInput(
            f"{name} compares with a threshold, and complex numbers have no order: give real ones"
        )
    return x


def _full(x: Array, value: int) -> Array:
    return namespace(x).full_like(x, value)
