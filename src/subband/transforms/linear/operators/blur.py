"""Convolution with a kernel, with a choice of boundary."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np

from subband.arrays.arguments import choice, integer, lengths, number
from subband.arrays.namespace import Array, as_array, device_of, namespace, precision
from subband.errors import InvalidInput
from subband.transforms.linear.operator import Operator
from subband.transforms.linear.operators.lines import along
from subband.transforms.linear.spaces import Shape, Space, View, floating

MODES = {
    "periodic": "wrap",
    "zero": "constant",
    "constant": "edge",
    "symmetric": "symmetric",
    "reflect": "reflect",
}
"""Boundary modes, with PyWavelets' names as everywhere, and NumPy's names of them."""

METHODS = ("auto", "fft", "direct")
LARGEST = 1 << 26
"""Most samples of a Gaussian kernel."""

DIRECT = 32
"""Largest kernel that "auto" convolves directly."""


@final
@dataclass(frozen=True, eq=False)
class Blur(Operator):
    """Convolution with a kernel along the last axes, with the result's size that of the input.

    y[n] = Σₘ h[m] x[n + ⌊k/2⌋ − m] for a kernel of k samples along an axis: `scipy.ndimage.convolve` of the array.

    Args:
        shape: Shape of the array.
        kernel: h, with as many axes as are convolved: for images, (rows, columns).
        mode: Samples beyond the ends: "periodic" repeats the array, "zero", "constant" repeats the last sample,
            "symmetric" mirrors with it, "reflect" without it (SciPy's "wrap", "constant", "nearest", "reflect" and
            "mirror").
        method: "direct" sums over the kernel, "fft" multiplies Fourier transforms; "auto" takes the faster.
        dtype: As for `linear_map`.

    Raises:
        InvalidInput: a kernel with more axes than the array, with numbers that are not real and finite, or of zeros
            only; "reflect" for an axis of one sample.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> A = sb.Blur((32, 32), sb.gaussian_kernel(1.5, ndim=2), mode="symmetric")
        >>> bool(np.allclose(A(np.ones((32, 32))), 1))
        True
    """

    shape: Any
    kernel: Any
    mode: str = "symmetric"
    method: str = "auto"
    dtype: Any = "float64"

    def __post_init__(self) -> None:
        shape, kernel = lengths("shape", self.shape), as_array(self.kernel, "kernel")
        choice("mode", self.mode, MODES)
        choice("method", self.method, METHODS)
        if kernel.dtype.kind not in "biuf" or not np.isfinite(kernel).all():
            raise InvalidInput(f"a kernel of {kernel.dtype}: give real, finite numbers")
        if not 1 <= kernel.ndim <= len(shape) or not kernel.any():
            raise InvalidInput(
                f"kernel of shape {kernel.shape} for arrays of shape {shape}: give one with 1 … {len(shape)} "
                "axes, not all "
                "of it 0"
            )
        if self.mode == "reflect" and any(
            n == 1 < k for n, k in zip(shape[-kernel.ndim :], kernel.shape, strict=True)
        ):
            raise InvalidInput(f"one sample has no reflection (shape {shape}): type mode='symmetric'")
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "kernel", kernel.astype(np.float64))
        object.__setattr__(self, "dtype", floating(self.dtype))

    def _view(self, batch: Shape) -> View:
        space = Space((*batch, *self.shape), self.dtype.kind == "c")
        direct = self.method == "direct" or (self.method == "auto" and self.kernel.size <= DIRECT)
        convolve, correlate = (
            (self._direct, self._direct_adjoint) if direct else (self._fft, self._fft_adjoint)
        )
        cyclic = self.kernel.ndim if self.mode == "periodic" and not batch else 0
        return View(
            space,
            space,
            lambda x: convolve(self._extended(x)),
            lambda y: self._folded(correlate(y)),
            cyclic_axes=cyclic,
        )

    def _extended(self, x: Array) -> Array:
        """x with k − 1 more samples along each convolved axis."""
        for axis, k in self._axes():
            before, after = _ends(x.shape[axis], k, self.mode)
            x = along(x, axis, lambda rows, b=before, a=after: _with_ends(rows, b, a))
        return x

    def _folded(self, e: Array) -> Array:
        """The transpose of `_extended`."""
        for axis, k in self._axes():
            before, after = _ends(e.shape[axis] - k + 1, k, self.mode)
            e = along(e, axis, lambda rows, b=before, a=after: _ends_added(rows, b, a))
        return e

    def _axes(self) -> list[tuple[int, int]]:
        """(axis, kernel samples) of the convolved axes."""
        return list(zip(range(-self.kernel.ndim, 0), self.kernel.shape, strict=True))

    def _direct(self, e: Array) -> Array:
        """Convolution of what is there: k − 1 samples fewer."""
        sizes, kernel = [e.shape[axis] - k + 1 for axis, k in self._axes()], np.flip(self.kernel)
        return sum(
            float(kernel[at]) * e[(..., *(slice(i, i + n) for i, n in zip(at, sizes, strict=True)))]
            for at in np.ndindex(kernel.shape)
            if kernel[at]
        )

    def _direct_adjoint(self, y: Array) -> Array:
        return self._turned._direct(_zeros_around(y, self._axes()))

    @property
    def _turned(self) -> "Blur":
        """The blur with the kernel turned round, whose convolution is this one's correlation."""
        return Blur(self.shape, np.flip(self.kernel), self.mode, self.method, self.dtype)

    def _fft(self, e: Array) -> Array:
        """Circular convolution, of which those samples are kept that do not reach past the ends."""
        spectrum, inverse = self._transform(e)
        y = inverse(spectrum * self._response(e))
        return y[(..., *(slice(k - 1, e.shape[axis]) for axis, k in self._axes()))]

    def _fft_adjoint(self, y: Array) -> Array:
        zeros = y
        for axis, k in self._axes():
            zeros = along(zeros, axis, lambda rows, k=k: _with_zeros(rows, k - 1, 0))
        spectrum, inverse = self._transform(zeros)
        return inverse(spectrum * namespace(y).conj(self._response(zeros)))

    def _transform(self, e: Array) -> tuple[Array, Any]:
        """The Fourier transform, and the function that takes it back."""
        xp, axes = namespace(e), tuple(axis for axis, _ in self._axes())
        sizes = tuple(e.shape[axis] for axis in axes)
        wide = xp.astype(e, xp.float32) if xp.finfo(e.dtype).bits < 32 else e
        if xp.isdtype(e.dtype, "complex floating"):
            return xp.fft.fftn(wide, axes=axes), lambda s: xp.fft.ifftn(s, axes=axes)
        return (
            xp.fft.rfftn(wide, axes=axes),
            lambda s: xp.astype(xp.fft.irfftn(s, s=sizes, axes=axes), e.dtype),
        )

    def _response(self, e: Array) -> Array:
        """The kernel's Fourier transform, at the frequencies of e."""
        xp, sizes = namespace(e), [e.shape[axis] for axis, _ in self._axes()]
        is_complex = xp.isdtype(e.dtype, "complex floating")
        response = (np.fft.fftn if is_complex else np.fft.rfftn)(self.kernel, sizes, range(self.kernel.ndim))
        dtype = xp.complex64 if precision(e) == "float32" else xp.complex128
        return xp.asarray(response, dtype=dtype, **device_of(e))

    def __repr__(self) -> str:
        return f"Blur({self.shape}, kernel of {self.kernel.shape}, mode='{self.mode}', dtype='{self.dtype}')"


def gaussian_kernel(sigma: float, *, ndim: int = 2, truncate: float = 4.0) -> np.ndarray:
    """A Gaussian that sums to one, for `Blur`.

    Args:
        sigma: Standard deviation, in samples.
        ndim: Number of axes.
        truncate: Where it ends, in standard deviations.

    Returns:
        (2r + 1, …) with r = ⌈truncate · sigma⌉.

    Raises:
        InvalidInput: sigma or truncate not above 0.

    Example:
        >>> import subband as sb
        >>> sb.gaussian_kernel(1.0).shape
        (9, 9)
    """
    sigma = number("sigma", sigma, "a number above 0", above=0)
    reach = int(np.ceil(min(number("truncate", truncate, "a number above 0", above=0) * sigma, 1e9)))
    axes = integer("ndim", ndim, 1, 4, "a number of axes")
    if (2 * reach + 1) ** axes > LARGEST:
        raise InvalidInput(
            f"sigma={sigma:g} and truncate={truncate:g} make a kernel of {2 * reach + 1} samples along "
            f"{axes} axes: give "
            "smaller ones"
        )
    line = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    kernel = np.ones(())
    for _ in range(axes):
        kernel = np.multiply.outer(kernel, line / line.sum())
    return kernel


def _ends(n: int, k: int, mode: str) -> tuple[np.ndarray, np.ndarray]:
    """(n, before) and (n, after) matrices from n samples to those beyond their ends, for a kernel of k."""
    before, after = (k - 1) // 2, k // 2
    whole: Any = np.pad(np.eye(n), ((0, 0), (before, after)), mode=MODES[mode])  # pyright: ignore[reportCallIssue, reportArgumentType]
    return whole[:, :before], whole[:, before + n :]


def _with_ends(rows: Array, before: np.ndarray, after: np.ndarray) -> Array:
    xp = namespace(rows)
    return xp.concat([rows @ _matrix(before, rows), rows, rows @ _matrix(after, rows)], axis=-1)


def _ends_added(rows: Array, before: np.ndarray, after: np.ndarray) -> Array:
    low, high = before.shape[1], rows.shape[-1] - after.shape[1]
    first, middle, last = rows[..., :low], rows[..., low:high], rows[..., high:]
    return middle + first @ _matrix(before.T, rows) + last @ _matrix(after.T, rows)


def _zeros_around(y: Array, axes: Sequence[tuple[int, int]]) -> Array:
    for axis, k in axes:
        y = along(y, axis, lambda rows, k=k: _with_zeros(rows, k - 1, k - 1))
    return y


def _with_zeros(rows: Array, before: int, after: int) -> Array:
    xp = namespace(rows)
    a, b = (xp.zeros((*rows.shape[:-1], n), dtype=rows.dtype, **device_of(rows)) for n in (before, after))
    return xp.concat([a, rows, b], axis=-1)


def _matrix(values: np.ndarray, like: Array) -> Array:
    return namespace(like).asarray(np.ascontiguousarray(values), dtype=like.dtype, **device_of(like))
