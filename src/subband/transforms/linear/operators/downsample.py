"""Fewer samples, after a filter against aliasing."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, final

import numpy as np

from subband.arrays.arguments import choice, integer, lengths
from subband.arrays.axes import count_axes
from subband.arrays.namespace import Array, device_of, namespace
from subband.errors import InvalidInput
from subband.transforms.linear.operator import Operator
from subband.transforms.linear.operators.blur import MODES
from subband.transforms.linear.operators.lines import along
from subband.transforms.linear.spaces import Shape, Space, View, floating


def _cubic(t: np.ndarray) -> np.ndarray:
    a = np.abs(t)
    near, far = (1.5 * a - 2.5) * a * a + 1, ((2.5 - 0.5 * a) * a - 4) * a + 2
    return np.where(a < 1, near, np.where(a < 2, far, 0.0))


def _lanczos(t: np.ndarray) -> np.ndarray:
    return np.where(np.abs(t) < 3, np.sinc(t) * np.sinc(t / 3), 0.0)


KERNELS: dict[str, tuple[float, Callable[[np.ndarray], np.ndarray]]] = {
    "box": (0.5, lambda t: np.where((t >= -0.5) & (t < 0.5), 1.0, 0.0)),
    "linear": (1.0, lambda t: np.maximum(0.0, 1 - np.abs(t))),
    "cubic": (2.0, _cubic),
    "lanczos": (3.0, _lanczos),
    "gaussian": (2.0, lambda t: np.exp(-2 * t * t)),
}
"""Kernels by name: half their width, and the function; distances are in samples of the result.

"cubic" is R. G. Keys' (a = −1/2), as in MATLAB's `imresize`; "lanczos" has three lobes.
"""


@final
@dataclass(frozen=True, eq=False)
class Downsample(Operator):
    """Every `factor`-th sample along some axes, after a filter that removes what would alias.

    Sample i of the result is the mean of the array around (i + ½) · factor − ½, weighted by the kernel, `factor`
    times as wide as for interpolation, and normalised to sum 1: as MATLAB's `imresize` and Pillow's `resize` do
    it, but for Pillow's ends.

    Args:
        shape: Shape of the array.
        factor: A whole number, or one for each axis.
        kernel: "cubic", "lanczos", "linear", "box" or "gaussian" (of standard deviation factor / 2); "none"
            takes the sample nearest to the middle, with all aliasing.
        axes: The axes with fewer samples; the last two (of lines, the last) if None.
        mode: Samples beyond the ends, as for `Blur`.
        dtype: As for `linear_map`.

    Raises:
        InvalidInput: a factor below 1 or above the length of an axis, an unknown kernel, or as `Blur`.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> A = sb.Downsample((64, 96), 4)
        >>> A.output_shape
        (16, 24)
    """

    shape: Any
    factor: Any
    kernel: str = "cubic"
    axes: Any = None
    mode: str = "symmetric"
    dtype: Any = "float64"

    def __post_init__(self) -> None:
        shape = lengths("shape", self.shape)
        choice("kernel", self.kernel, (*KERNELS, "none"))
        choice("mode", self.mode, MODES)
        last = tuple(range(-min(2, len(shape)), 0))
        axes = count_axes(last if self.axes is None else self.axes, shape)
        factors = lengths("factor", self.factor)
        factors = factors * len(axes) if len(factors) == 1 else factors
        if len(factors) != len(axes):
            raise InvalidInput(
                f"factor={self.factor!r} for {len(axes)} axes: give one number, or one for each axis"
            )
        sizes = [shape[axis] for axis in axes]
        found = [integer("factor", f, 1, n, "a whole number") for f, n in zip(factors, sizes, strict=True)]
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "factor", tuple(found))
        object.__setattr__(self, "axes", tuple(axis - len(shape) for axis in axes))
        object.__setattr__(self, "dtype", floating(self.dtype))

    def _view(self, batch: Shape) -> View:
        is_complex, shape = self.dtype.kind == "c", list(self.shape)
        matrices = []
        for axis, factor in zip(self.axes, self.factor, strict=True):
            matrices.append((axis, _matrix(shape[axis], factor, self.kernel, self.mode)))
            shape[axis] = len(matrices[-1][1])

        def forward(x: Array) -> Array:
            for axis, matrix in matrices:
                x = _multiplied(x, matrix, axis)
            return x

        def adjoint(y: Array) -> Array:
            for axis, matrix in matrices:
                y = _multiplied(y, matrix.T, axis)
            return y

        norm = float(np.prod([np.linalg.norm(matrix, 2) for _, matrix in matrices])) if not batch else None
        given, made = Space((*batch, *self.shape), is_complex), Space((*batch, *shape), is_complex)
        return View(given, made, forward, adjoint, norm=norm)

    def __repr__(self) -> str:
        return f"Downsample({self.shape}, {self.factor}, kernel='{self.kernel}', dtype='{self.dtype}')"


@lru_cache(maxsize=64)
def _matrix(n: int, factor: int, kernel: str, mode: str) -> np.ndarray:
    """(⌈n / factor⌉, n): one axis's filter and selection of samples."""
    m = -(-n // factor)
    middle = (np.arange(m) + 0.5) * factor - 0.5
    if kernel == "none":
        return np.eye(n)[np.minimum(np.floor(middle).astype(int), n - 1)]
    half, weigh = KERNELS[kernel]
    reach = int(np.ceil(half * factor)) + factor
    at = np.arange(-reach, n + reach)
    weight = weigh((at - middle[:, None]) / factor)
    extension: Any = np.pad(np.eye(n), ((0, 0), (reach, reach)), mode=MODES[mode])  # pyright: ignore[reportCallIssue, reportArgumentType]
    return (weight / weight.sum(axis=1, keepdims=True)) @ extension.T


def _multiplied(x: Array, matrix: np.ndarray, axis: int) -> Array:
    """The matrix times each line along an axis."""
    xp = namespace(x)
    constant = xp.asarray(np.ascontiguousarray(matrix.T), dtype=x.dtype, **device_of(x))
    return along(x, axis, lambda rows: rows @ constant)
