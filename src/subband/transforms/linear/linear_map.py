"""Transforms as linear maps with forward, inverse, adjoint, norm and conversion to SciPy's `LinearOperator`."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from math import prod
from typing import TYPE_CHECKING, Any, final

import numpy as np

from subband.arrays.arguments import lengths, shown
from subband.arrays.axes import count_axes, plain_axes
from subband.arrays.deprecation import deprecated
from subband.arrays.namespace import Array, as_signal, namespace, widened
from subband.errors import InvalidInput
from subband.transforms.linear.views import PAIRS, Shape, Space, View

if TYPE_CHECKING:
    from scipy.sparse.linalg import LinearOperator

TOLERANCE = 1e-6
"""Relative tolerance of a norm computed by iteration."""

ANALYSES = {inverse: analysis for analysis, (inverse, _) in PAIRS.items() if inverse is not None}


def linear_map(
    transform: Callable[..., Any],
    shape: int | Sequence[int],
    /,
    *arguments: Any,
    dtype: Any = "float64",
    **keywords: Any,
) -> "LinearMap":
    """A transform of signals of a fixed shape as a linear map A, with its adjoint Aᴴ and norm ‖A‖.

    A map of an inverse transform, `sb.linear_map(sb.idwt, (256, 256), "db4", ...)`, takes coefficients to signals;
    the shape and arguments are those of the forward transform.

    Args:
        transform: `dwt`, `packets`, `swt`, `mra`, `dtcwt`, `cwt`, `stft`, `lift` (floating-point), `shift`,
            `rotate`, `resample`, `upsample`, `downsample`, `lowpass`, `lanczos_shift` or `lanczos_rotate`, or
            an inverse: `idwt`, `ipackets`, `iswt`, `imra`, `idtcwt`, `icwt`, `istft`, `unlift`.
        shape: Shape of the signals; arrays may have batch axes before these.
        arguments, keywords: Arguments of the transform after `x`; for an inverse, those of the forward transform.
            Windows and shifts must be numbers or NumPy arrays.
        dtype: Real or complex signals, and the precision of `scipy()`: a NumPy or PyTorch dtype, or a name such as
            "complex64". `forward` and `adjoint` compute in the precision of their argument.

    Returns:
        The map.

    Raises:
        InvalidInput: an unsupported transform or dtype, or as the transform.
        TypeError: unknown arguments of the transform.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> A = sb.linear_map(sb.dwt, 64, "db2", level=2, mode="symmetric")
        >>> rng = np.random.default_rng(0)
        >>> x, c = rng.standard_normal(A.input_shape), rng.standard_normal(A.output_shape)
        >>> bool(np.isclose(np.vdot(A.forward(x).array, c), np.vdot(x, A.adjoint(c))))
        True

    See also: `LinearMap`.
    """
    analysis = ANALYSES.get(transform, transform) if callable(transform) else transform
    if not callable(analysis) or analysis not in PAIRS:
        known = ", ".join(f.__name__ for f in (*PAIRS, *ANALYSES))
        name = getattr(transform, "__name__", None) or shown(transform)
        raise InvalidInput(f"{name} is not a linear transform known here: give one of subband's {known}")
    named = _named(analysis, arguments, keywords)
    axes_name = _axes_name(named)
    shape, axes = lengths("shape", shape, 0), plain_axes(named[axes_name], axes_name)
    # Negative axes, so that batch axes may be prepended.
    negative = [axis - len(shape) for axis in count_axes(axes, shape, axes_name)]
    named[axes_name] = negative[0] if isinstance(axes, int) else tuple(negative)
    result = LinearMap(transform, shape, _floating(dtype), named)
    result.input_shape  # noqa: B018, validates the arguments
    return result


def _named(analysis: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a transform after its array, by name and with defaults; former spellings are translated."""
    given, named = (None, *arguments), dict(keywords)
    if hasattr(analysis, "respelled"):
        current, named = analysis.respelled(given, keywords)
        if len(current) != len(given) or named.keys() != keywords.keys():
            spelling = ", ".join(f"{name}={_short(value)}" for name, value in named.items())
            deprecated(f"this spelling ends with the next release: type linear_map(…, {spelling})", 4)
        given = current
    bound = inspect.signature(analysis).bind(*given, **named)
    bound.apply_defaults()
    return dict(list(bound.arguments.items())[1:])


def _axes_name(named: Mapping[str, Any]) -> str:
    """Name of the transform's axes argument: "axis" or "axes"."""
    return "axes" if "axes" in named else "axis"


@final
@dataclass(frozen=True, eq=False)
class LinearMap:
    """A linear map A between signals of a fixed shape and a transform's coefficients; made by `linear_map`.

    It applies to arrays of NumPy, PyTorch and JAX, and can be pickled.

    The adjoint Aᴴ satisfies Σ (A x) c* = Σ x (Aᴴc)*. For real signals with complex coefficients (dtcwt, stft, cwt
    with analytic wavelets) the map is linear over the real numbers, and the adjoint is that of the real inner
    product: Re Σ (A x) c* = Σ x Aᴴc, with Aᴴc real.

    Attributes:
        transform: The function applied.
        shape: Shape of the signals, without batch axes.
        dtype: NumPy dtype of the signals.
        arguments: Arguments of the transform by name.
        reversed: Whether the map is the adjoint of the transform.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> A = sb.linear_map(sb.swt, 32, "haar", level=2)
        >>> A.input_shape, A.output_shape
        ((32,), (3, 32))
        >>> x = np.random.default_rng(0).standard_normal(32)
        >>> bool(np.allclose(A.inverse(A.forward(x)), x))
        True
        >>> A.scipy().shape
        (96, 32)
    """

    transform: Callable[..., Any]
    shape: Shape
    dtype: np.dtype
    arguments: Mapping[str, Any]
    reversed: bool = False

    def forward(self, x: Any) -> Any:
        """A x.

        Args:
            x: An array (*batch, *input_shape), or the transform's container of such an array; real if the input
                space is real.

        Returns:
            The output of the transform: its container, or an array.

        Raises:
            InvalidInput: another shape, complex numbers for a real space, or coefficients of another transform.
            UnsupportedArray: an array of another library, or a dtype that can't be transformed.
        """
        view, vector = self._receive(x, "input")
        return view.forward(vector)

    def adjoint(self, y: Any) -> Any:
        """Aᴴ y, the adjoint, exact for every boundary mode. In general this is not the inverse.

        Args:
            y: The transform's container, or an array (*batch, *output_shape).

        Returns:
            An array (*batch, *input_shape), or for an inverse transform the coefficients' container.

        Raises:
            As `forward`.
        """
        view, vector = self._receive(y, "output")
        return view.adjoint(vector)

    def inverse(self, y: Any) -> Any:
        """The transform's inverse: x for y = A x; for a cwt without the mean and frequencies out of its range.

        Args:
            y: As for `adjoint`.

        Returns:
            An array (*batch, *input_shape).

        Raises:
            InvalidInput: if there is no inverse; otherwise as `forward`.
        """
        view, vector = self._receive(y, "output")
        if view.inverse is None:
            raise InvalidInput(f"{self!r} has no inverse: {self._no_inverse_reason()}")
        return view.inverse(vector)

    def norm(self) -> float:
        """Largest singular value, max ‖A x‖ / ‖x‖; 1/norm² is a stable step of gradient descent on ½‖A x − y‖².

        By a formula for isometries, tight frames of the dual tree, stft of complex signals, and shifts; from the
        impulse response for swt, its mra, and periodic cwt; otherwise by Lanczos iteration, to a relative tolerance
        of 10⁻⁶. Cached.
        """
        return self._norm

    @property
    def input_shape(self) -> Shape:
        """Shape of the input arrays, without batch axes."""
        return self._single.input.shape

    @property
    def output_shape(self) -> Shape:
        """Shape of the output arrays, without batch axes."""
        return self._single.output.shape

    @property
    def H(self) -> "LinearMap":
        """The adjoint as a map: A.H.forward = A.adjoint and A.H.adjoint = A.forward."""
        return replace(self, reversed=not self.reversed)

    def scipy(self) -> "LinearOperator":
        """The map as a `scipy.sparse.linalg.LinearOperator`, e.g. for lsqr, svds and eigsh.

        Arrays are flattened in C order. For real signals with complex coefficients the operator is a real matrix,
        and a coefficient vector is the concatenation of all real and all imaginary parts.
        """
        return self._operator(self._single)

    @cached_property
    def _norm(self) -> float:
        # Imported here, as SciPy's import is slow.
        from subband.transforms.linear.norm import norm_by_impulse, norm_by_lanczos

        view = self._single
        if view.norm is not None:
            return view.norm
        # The norm does not depend on the untransformed axes.
        axes = count_axes(self.arguments[_axes_name(self.arguments)], self.shape)
        one = replace(self, shape=tuple(n if axis in axes else 1 for axis, n in enumerate(self.shape)))
        view = one._single
        if view.cyclic_axes:
            return norm_by_impulse(view)
        return norm_by_lanczos(replace(one, dtype=_double(self.dtype)).scipy(), TOLERANCE)

    @cached_property
    def _single(self) -> View:
        """The map without batch axes."""
        return self._view(())

    def __getstate__(self) -> dict[str, Any]:
        # Views contain functions that can't be pickled, and are recomputed on demand.
        return {name: value for name, value in self.__dict__.items() if name != "_single"}

    def _view(self, batch: Shape) -> View:
        """The map of signals with these batch axes."""
        analysis = ANALYSES.get(self.transform, self.transform)
        signal = Space((*batch, *self.shape), self.dtype.kind == "c")
        forward = partial(analysis, **self.arguments)
        analysis_view, inverse_view = PAIRS[analysis][1](signal, forward, **self.arguments)
        view = analysis_view if inverse_view is None or self.transform is analysis else inverse_view
        return view.reversed if self.reversed else view

    def _receive(self, given: Any, end: str) -> tuple[View, Any]:
        """The validated vector of a space ("input" or "output"), and the view for its batch axes."""
        space: Space = getattr(self._single, end)
        array = self._numbers(given, space, end)
        batch = tuple(array.shape[: array.ndim - len(space.shape)])
        view = self._view(batch) if batch else self._single
        vector = getattr(view, end).wrap(array)
        if hasattr(given, "array") and space.static(given) != space.static(vector):
            raise InvalidInput(f"these coefficients are of another transform: {given!r} don't fit {self!r}")
        return view, vector

    def _numbers(self, given: Any, space: Space, end: str) -> Array:
        is_container = space.container is not None and isinstance(given, space.container)
        if not is_container and hasattr(given, "array"):
            expected = space.container.__name__ if space.container else "array"
            raise InvalidInput(
                f"the {end} of {self!r} is of type {expected}, not {type(given).__name__}: give a {expected}"
                + (" or its array" if space.container else "")
            )
        array = as_signal(given.array if is_container else given)
        if tuple(array.shape[max(0, array.ndim - len(space.shape)) :]) != space.shape:
            raise InvalidInput(
                f"an array of shape {tuple(array.shape)} is no {end} of {self!r}: give {space.shape}, "
                "with any batch axes before these"
            )
        xp = namespace(array)
        is_complex = xp.isdtype(array.dtype, "complex floating")
        if is_complex and not space.is_complex:
            raise InvalidInput(
                f"complex numbers as {end} of a map with real {end}: give linear_map(…, dtype='complex128')"
            )
        return array if is_complex or not space.is_complex else widened(array) + 0j

    def _operator(self, view: View) -> "LinearOperator":
        # Imported here, as the import is slow; Any, since the stubs lack the constructor's arguments.
        from scipy.sparse import linalg

        operator: Any = linalg.LinearOperator
        paired = view.input.is_complex != view.output.is_complex
        real = paired or not view.input.is_complex
        dtype = np.dtype(f"{'f' if real else 'c'}{_bytes(self.dtype) * (1 if real else 2)}")
        matmat, rmatmat = (
            partial(_columns, apply=apply, source=source, paired=paired, dtype=dtype)
            for apply, source in ((self.forward, view.input), (self.adjoint, view.output))
        )
        sizes = [
            prod(space.shape) * (2 if paired and space.is_complex else 1)
            for space in (view.output, view.input)
        ]
        return operator(
            tuple(sizes), matvec=matmat, rmatvec=rmatmat, matmat=matmat, rmatmat=rmatmat, dtype=dtype
        )

    def _no_inverse_reason(self) -> str:
        if self.reversed:
            return "it is an adjoint; the adjoint's own adjoint is .H.forward"
        if self.transform in ANALYSES:
            analysis = ANALYSES[self.transform].__name__
            return f"different coefficients have the same signal; subband.{analysis} gives one choice of them"
        if self.transform.__name__ == "shift":
            return "a fractional shift attenuates the frequency N/2 of even lengths; give odd lengths or whole ones"
        return "it takes frequencies out of the signal"

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={_short(value)}" for name, value in self.arguments.items())
        name = f"linear_map({self.transform.__name__}, {self.shape}, {given}, dtype='{self.dtype}')"
        return f"{name}.H" if self.reversed else name


def _columns(
    columns: np.ndarray, *, apply: Callable[[Any], Any], source: Space, paired: bool, dtype: np.dtype
) -> np.ndarray:
    """A map applied to the columns of a matrix, or to one vector."""
    rows = np.asarray(columns, dtype).reshape(len(columns), -1).T
    if paired and source.is_complex:
        half = rows.shape[1] // 2
        rows = rows[:, :half] + 1j * rows[:, half:]
    result = apply(np.ascontiguousarray(rows).reshape(-1, *source.shape))
    flat: Any = np.asarray(getattr(result, "array", result)).reshape(len(rows), -1)
    if paired and not source.is_complex:
        flat = np.concat([flat.real, flat.imag], axis=1)
    return flat.T.reshape(-1) if columns.ndim == 1 else flat.T


def _short(value: Any) -> str:
    """Short representation of an argument; wavelets and schemes by name."""
    return getattr(value, "name", None) or (repr(value) if len(repr(value)) < 40 else type(value).__name__)


def _floating(dtype: Any) -> np.dtype:
    try:
        found = np.dtype(dtype)
    except (TypeError, ValueError):
        name = str(dtype).rpartition(".")[2]  # of PyTorch: torch.float32
        found = np.dtype(name) if name in np.sctypeDict else np.dtype(object)
    if found.kind not in "fc" or _bytes(found) not in (4, 8):
        raise InvalidInput(f"dtype={shown(dtype)}: give 'float32', 'float64', 'complex64' or 'complex128'")
    return found


def _bytes(dtype: np.dtype) -> int:
    """Bytes of a real number of this precision."""
    return dtype.itemsize // (2 if dtype.kind == "c" else 1)


def _double(dtype: np.dtype) -> np.dtype:
    return np.dtype(complex if dtype.kind == "c" else float)
