"""Arguments as they come, read once where a public function is entered.

What passes is a plain Python number, string or tuple, so that caches and hashable specs see nothing else. What does
not is refused in words that say what came, what is allowed, and what to type. Plain numbers and strings pass in
about 0.1 µs, since a small transform takes no more than 20.
"""

from collections.abc import Collection
from math import inf
from operator import index
from typing import Any

import numpy as np

from subband.arrays.compilers import compiling
from subband.errors import InvalidInput

LONGEST = 2**31 - 1
"""Samples of a window, a hop or a shape, beyond which nothing fits in memory."""

IMPLS = ("fast", "reference")
"""Implementations of a kernel: compiled, or on the array API."""


def integer(
    name: str, value: Any, low: int | None = None, high: int | None = None, what: str = "a whole number"
) -> int:
    """A whole number: of Python, NumPy, a 0-d array of any library, or a float without a fraction.

    Args:
        name: The argument's name, for the message.
        value: What came.
        low, high: The least and the greatest that is allowed.
        what: What the number counts, for the message.

    Raises:
        InvalidInput: anything else, truth values included.
    """
    found = value if type(value) is int else _index(value)
    if found is not None and (low is None or found >= low) and (high is None or found <= high):
        return found
    bounds = "" if low is None else f", {low} or more" if high in (None, LONGEST) else f", {low} … {high}"
    raise InvalidInput(f"{name}={shown(value)} must be {what}{bounds}")


def number(
    name: str,
    value: Any,
    what: str = "a finite number",
    *,
    low: float = -inf,
    above: float | None = None,
    below: float | None = inf,
) -> float:
    """A real number: of Python, NumPy, or a 0-d array of any library that needs no gradient.

    Args:
        name: The argument's name, for the message.
        value: What came.
        what: What it must be, for the message.
        low, above, below: low ≤ value and above < value < below; below=None allows infinity.

    Raises:
        InvalidInput: anything else, NaN included.
    """
    found = value if type(value) is float else _real(name, value)
    if (
        found is not None
        and low <= found
        and (above is None or above < found)
        and (below is None or found < below)
    ):
        return found
    raise InvalidInput(f"{name}={shown(value)} must be {what}")


def choice(name: str, value: Any, allowed: Collection[str], also: str = "") -> str:
    """One of some names.

    Args:
        name: The argument's name, for the message.
        value: What came.
        allowed: The names.
        also: What else may be given, for the message.

    Raises:
        InvalidInput: anything else, with the names that come nearest.
    """
    if isinstance(value, str) and value in allowed:
        return value if type(value) is str else str(value)
    raise InvalidInput(
        f"{name} {shown(value)} is unknown: give one of {', '.join(allowed)}{also}{nearest(value, allowed)}"
    )


def flag(name: str, value: Any) -> bool:
    """True or False, also as NumPy's truth value or as 1 or 0.

    Raises:
        InvalidInput: anything else.
    """
    if type(value) is bool:
        return value
    if isinstance(value, np.bool_ | int | np.integer) and value in (0, 1):
        return bool(value)
    raise InvalidInput(f"{name}={shown(value)}: give True or False")


def lengths(name: str, value: Any, low: int = 1) -> tuple[int, ...]:
    """Numbers of samples along some axes: a whole number, or several.

    Raises:
        InvalidInput: anything else.
    """
    if compiling():  # lengths may still be open while a program is exported
        return (value,) if isinstance(value, int) else tuple(value)
    several = value.tolist() if isinstance(value, np.ndarray) else value
    if not isinstance(several, list | tuple):
        several = (several,)
    what = "one whole number, or a whole number for each axis"
    if not several:
        raise InvalidInput(f"{name}={value!r} must be {what}")
    return tuple([integer(name, n, low, LONGEST, what) for n in several])


def implementation(impl: Any) -> None:
    """Raise InvalidInput unless `impl` is None or names one of a kernel's implementations."""
    if impl is not None:
        choice("impl", impl, IMPLS, ", or None for the best")


def shown(value: Any) -> str:
    """A value in a message: itself if that is short, else its type."""
    text = repr(value)
    if len(text) <= 60 and "\n" not in text:
        return text
    shape = getattr(value, "shape", None)
    return f"<{type(value).__name__}>" if shape is None else f"<{type(value).__name__}, shape {tuple(shape)}>"


def _index(value: Any) -> int | None:
    if isinstance(value, bool | np.bool_):
        return None
    if isinstance(value, float | np.floating):
        return int(value) if value.is_integer() else None
    try:
        return int(index(value))
    except (TypeError, ValueError, RuntimeError):  # RuntimeError is PyTorch's, of several numbers
        return None


def _real(name: str, value: Any) -> float | None:
    if getattr(value, "requires_grad", False):
        raise InvalidInput(f"{name} requires a gradient, and none flows to it: give {name}.item()")
    if isinstance(value, str | bytes | bytearray | bool | np.bool_) or getattr(value, "ndim", 0) != 0:
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        return None


def nearest(value: Any, names: Collection[str]) -> str:
    """For messages: "; did you mean …?", with the names that resemble the value; empty if none does."""
    if not isinstance(value, str) or not value:
        return ""
    from difflib import get_close_matches  # only errors need it

    near = [n for n in names if n.startswith(value.lower())] or get_close_matches(value.lower(), names, 2)
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
