"""Which axes of an array are meant."""

from collections.abc import Sequence

from subband.errors import InvalidInput


def count_axes(axes: int | Sequence[int], shape: Sequence[int]) -> tuple[int, ...]:
    """The axes, counted from the front.

    Raises:
        InvalidInput: an axis that is missing, empty or named twice, or none at all.
    """
    ndim, given = len(shape), (axes,) if isinstance(axes, int) else tuple(axes)
    for axis in given:
        if not -ndim <= axis < ndim:
            raise InvalidInput(
                f"axis {axis} does not exist in an array of {ndim} axes: give one of {-ndim} … {ndim - 1}"
            )
    counted = tuple(axis % ndim for axis in given)
    if not counted or len(set(counted)) != len(counted):
        raise InvalidInput(f"axes={given} must name at least one axis, and none of them twice")
    for axis in counted:
        if shape[axis] == 0:
            raise InvalidInput(
                f"axis {axis} of an array of shape {tuple(shape)} is empty: nothing to transform"
            )
    return counted
