"""Translation and rotation of signals that end, by Lanczos' windowed sinc."""

from collections.abc import Sequence

from subband.arrays.arguments import choice, integer, number
from subband.arrays.axes import count_axes, plain_axes
from subband.arrays.labelled import labelled_alike
from subband.arrays.namespace import Array, as_signal, namespace
from subband.errors import InvalidInput
from subband.transforms.fourier.inputs import as_wide_signal, is_real
from subband.transforms.fourier.shift import per_axis
from subband.transforms.resample.tables import MODES, apply

WIDEST = 64
"""Largest half-width of the kernel, in samples."""

FARTHEST = 2.0**31


@labelled_alike
def lanczos_shift(
    x: Array,
    amount: float | Sequence[float],
    *,
    axes: int | Sequence[int] = -1,
    a: int = 3,
    mode: str = "zero",
) -> Array:
    """Shift y[n] = x[n − amount] by Lanczos' kernel L(t) = sinc(t) sinc(t/a), |t| < a; 2a samples are read.

    The weights of each sample are scaled to the sum 1, so a constant stays one. For periodic signals `shift` is
    exact.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX.
        amount: Samples, towards higher indices; one number, or one for each axis.
        axes: The axes to shift along.
        a: Half-width of the kernel in samples.
        mode: What lies outside: "zero", "constant", "symmetric", "reflect" or "periodic".

    Returns:
        The shifted array, of the shape and dtype of `x`.

    Raises:
        InvalidInput: amounts that are no finite numbers, another number of them than of axes, or an unknown mode.
        UnsupportedArray: an array of another library, or a dtype that can't be transformed.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> bool(np.allclose(sb.lanczos_shift(np.arange(6.0), 2), [0, 0, 0, 1, 2, 3]))
        True

    Source: C. E. Duchon, Lanczos filtering in one and two dimensions, J. Applied Meteorology 18, 1979.

    See also: `shift`, `lanczos_rotate`.
    """
    return moved(x, amount, axes, a, mode, transposed=False)


@labelled_alike
def lanczos_rotate(
    x: Array, angle: float, *, axes: Sequence[int] = (-2, -1), a: int = 3, mode: str = "zero"
) -> Array:
    """Rotation of images about their centre by Lanczos' kernel along both axes; (2a)² samples are read.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX.
        angle: Radians, counter-clockwise with the first axis downwards: π/2 is `numpy.rot90` of square images.
        axes: The two axes of the images, rows first.
        a: Half-width of the kernel in samples.
        mode: What lies outside: "zero", "constant", "symmetric", "reflect" or "periodic".

    Returns:
        The rotated array, of the shape and dtype of `x`.

    Raises:
        InvalidInput: as `lanczos_shift`, or if there are not two axes.
        UnsupportedArray: as `lanczos_shift`.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = np.arange(16.0).reshape(4, 4)
        >>> bool(np.allclose(sb.lanczos_rotate(x, np.pi / 2), np.rot90(x)))
        True

    See also: `rotate`, which wraps round, `lanczos_shift`.
    """
    return turned(x, angle, axes, a, mode, transposed=False)


def moved(
    x: Array,
    amount: float | Sequence[float],
    axes: int | Sequence[int],
    a: int,
    mode: str,
    *,
    transposed: bool,
) -> Array:
    """`lanczos_shift`, or its transpose."""
    a, mode = integer("a", a, 1, WIDEST, "a number of samples"), choice("mode", mode, MODES)
    dtype = as_signal(x).dtype
    x = as_wide_signal(x)
    axes = plain_axes(axes)
    counted = count_axes(axes, x.shape)
    amounts = (amount,) if isinstance(axes, int) else per_axis(amount, len(counted), "numpy")
    for axis, samples in zip(counted, amounts, strict=True):
        n, by = (
            int(x.shape[axis]),
            number("amount", samples, "a finite number for each axis", low=-FARTHEST, below=FARTHEST),
        )
        x = _by_parts(x, axis, ("lanczos", by, a, n, mode), n, transposed)
    return namespace(x).astype(x, dtype)


def turned(x: Array, angle: float, axes: Sequence[int], a: int, mode: str, *, transposed: bool) -> Array:
    """`lanczos_rotate`, or its transpose."""
    angle = number("angle", angle)
    a, mode = integer("a", a, 1, WIDEST, "a number of samples"), choice("mode", mode, MODES)
    dtype = as_signal(x).dtype
    x = as_wide_signal(x)
    xp, counted = namespace(x), count_axes(axes, x.shape)
    if len(counted) != 2:
        raise InvalidInput(f"axes={axes} are {len(counted)} axes: an image has two, e.g. axes=(-2, -1)")
    x = xp.moveaxis(x, counted, (-2, -1))
    rows, columns = int(x.shape[-2]), int(x.shape[-1])
    flat = xp.reshape(x, (*x.shape[:-2], rows * columns))
    y = _by_parts(
        flat, flat.ndim - 1, ("lanczos_turn", angle, a, rows, columns, mode), rows * columns, transposed
    )
    return xp.astype(xp.moveaxis(xp.reshape(y, x.shape), (-2, -1), counted), dtype)


def _by_parts(x: Array, axis: int, key: tuple, n: int, transposed: bool) -> Array:
    """A real matrix applied to real or complex samples."""
    if is_real(x):
        return apply(x, axis, key, (n, n), transposed=transposed)
    xp = namespace(x)
    parts = [apply(part, axis, key, (n, n), transposed=transposed) for part in (xp.real(x), xp.imag(x))]
    return parts[0] + 1j * parts[1]
