"""Shrinkage functions, of any array and element by element.

A threshold is a number, or an array that broadcasts against `x`, e.g. (batch, 1) for one of each signal. NaN
stays NaN. Complex numbers are shrunk in magnitude and keep their phase. Values that a function sets to zero have
zero derivative, also at x = 0.
"""

from collections.abc import Callable

from subband.arrays.namespace import Array, as_signal, namespace
from subband.errors import InvalidInput

Threshold = float | Array


def soft(x: Array, value: Threshold) -> Array:
    """x/|x| · max(|x| − value, 0): the prox of value · ‖x‖₁ (Donoho & Johnstone 1994).

    Args:
        x: (…) real or complex.
        value: The threshold, 0 or more.

    Returns:
        (…), as `x`.

    Raises:
        InvalidInput: a negative threshold.
    """
    return _scale(x, value, lambda magnitude: 1 - value / magnitude)


def garrote(x: Array, value: Threshold) -> Array:
    """x · max(1 − value²/|x|², 0): soft near the threshold, hard far from it (Breiman 1995, Gao 1998).

    Arguments, result and errors as in `soft`.
    """
    return _scale(x, value, lambda magnitude: 1 - (value / magnitude) ** 2)


def firm(x: Array, low: float, high: float) -> Array:
    """0 up to `low`, x beyond `high`, a straight line between; also called semisoft (Gao & Bruce 1997).

    It is hard for high = low and soft for high = ∞.

    Args:
        x: (…) real or complex.
        low, high: The thresholds, 0 ≤ low ≤ high.

    Returns:
        (…), as `x`.

    Raises:
        InvalidInput: thresholds that are negative or in the wrong order.
    """
    if not 0 <= low <= high:
        raise InvalidInput(f"thresholds low={low}, high={high}: give 0 ≤ low ≤ high")
    if low == high:
        return _scale(x, low, lambda magnitude: _full(magnitude, 1))

    def gain(magnitude: Array) -> Array:
        line = (1 - low / magnitude) / (1 - low / high)
        return namespace(line).where(magnitude > high, _full(line, 1), line)

    return _scale(x, low, gain)


def hard(x: Array, value: Threshold) -> Array:
    """x where |x| ≥ value, else 0 (Donoho & Johnstone 1994).

    Arguments, result and errors as in `soft`.
    """
    x = as_signal(x)
    xp = namespace(x)
    return xp.where(xp.abs(x) < _checked(value), _full(x, 0), x)


def greater(x: Array, value: Threshold) -> Array:
    """x where x ≥ value, else 0; for real `x` and any threshold.

    Raises:
        InvalidInput: if `x` is complex.
    """
    x = _real(x, "greater")
    return namespace(x).where(x < value, _full(x, 0), x)


def less(x: Array, value: Threshold) -> Array:
    """x where x ≤ value, else 0; for real `x` and any threshold.

    Raises:
        InvalidInput: if `x` is complex.
    """
    x = _real(x, "less")
    return namespace(x).where(x > value, _full(x, 0), x)


SHRINKAGES: dict[str, Callable[[Array, Threshold], Array]] = {
    "soft": soft,
    "hard": hard,
    "garrote": garrote,
    "greater": greater,
    "less": less,
}
"""Shrinkage functions of one threshold."""


def threshold(x: Array, value: Threshold, mode: str = "soft") -> Array:
    """Shrink `x` by the function that `mode` names: "soft", "hard", "garrote", "greater" or "less".

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX; integers become floating.
        value: The threshold, or an array of thresholds that broadcasts against `x`.
        mode: The shrinkage function; `firm` has two thresholds and is called by itself.

    Returns:
        (…), of the library, device and dtype of `x`.

    Raises:
        InvalidInput: unknown mode, a negative threshold, or complex numbers for "greater" and "less".
    """
    if mode not in SHRINKAGES:
        raise InvalidInput(f"mode {mode!r} is unknown: give one of {', '.join(SHRINKAGES)}, or call firm")
    return SHRINKAGES[mode](x, value)


def _scale(x: Array, value: Threshold, gain: Callable[[Array], Array]) -> Array:
    """x · gain(|x|) where |x| > value, else 0; `gain` never sees what it must not divide by."""
    x = as_signal(x)
    xp = namespace(x)
    magnitude = xp.abs(x)
    dropped = magnitude <= _checked(value)
    kept = gain(xp.where(dropped, _full(magnitude, 1), magnitude))
    return x * xp.where(dropped, _full(magnitude, 0), kept)


def _checked(value: Threshold) -> Threshold:
    # What an array holds isn't known while a function is being traced.
    if isinstance(value, int | float) and value < 0:
        raise InvalidInput(f"threshold {value} is negative: give 0 or more")
    return value


def _real(x: Array, name: str) -> Array:
    x = as_signal(x)
    if namespace(x).isdtype(x.dtype, "complex floating"):
        raise InvalidInput(
            f"{name} compares with a threshold, and complex numbers have no order: give real ones"
        )
    return x


def _full(x: Array, value: int) -> Array:
    return namespace(x).full_like(x, value)
