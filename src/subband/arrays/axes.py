"""Which axes of an array are meant."""

from collections.abc import Sequence
from typing import Any

from subband.arrays.arguments import integer, shown
from subband.errors import InvalidInput


def plain_axes(axes: Any, name: str = "axes") -> int | tuple[int, ...]:
    """One axis as a Python int, or several as a tuple of these, whatever they came as.

    Raises:
        InvalidInput: anything but a whole number or several.
    """
    if type(axes) is int:
        return axes
    if isinstance(axes, str | bytes) or axes is None:
        raise InvalidInput(f"{name}={axes!r}: give a whole number such as -1, or several such as (-2, -1)")
    several = axes.tolist() if hasattr(axes, "tolist") else axes  # arrays and NumPy's numbers
    what = "a whole number such as -1, or several such as (-2, -1)"
    if not isinstance(several, list | tuple | range):
        return integer(name, several, what=what)
    return tuple([axis if type(axis) is int else integer(name, axis, what=what) for axis in several])


def count_axes(axes: int | Sequence[int], shape: Sequence[int], name: str = "axes") -> tuple[int, ...]:
    """The axes, counted from the front.

    Raises:
        InvalidInput: an axis that is missing, empty or named twice, or none at all, or no number.
    """
    ndim, plain = len(shape), plain_axes(axes, name)
    given = (plain,) if isinstance(plain, int) else plain
    for axis in given:
        if not -ndim <= axis < ndim:
            raise InvalidInput(
                f"axis {axis} does not exist in an array of {ndim} axes: give one of {-ndim} … {ndim - 1}"
            )
    counted = tuple(axis % ndim for axis in given)
    if not counted or len(set(counted)) != len(counted):
        raise InvalidInput(f"{name}={given} must name at least one axis, and none of them twice")
    for axis in counted:
        if shape[axis] == 0:
            raise InvalidInput(
                f"axis {axis} of an array of shape {tuple(shape)} is empty: nothing to transform"
            )
    return counted


def count_axis(axis: Any, shape: Sequence[int], name: str = "axis") -> int:
    """The only axis that a function takes, counted from the front; a sequence of one axis will do.

    Raises:
        InvalidInput: several axes, and what `count_axes` refuses.
    """
    counted = count_axes(axis, shape, name)
    if len(counted) != 1:
        raise InvalidInput(
            f"{name}={shown(axis)} are {len(counted)} axes: give one at a time, e.g. {name}=-1"
        )
    return counted[0]
