"""A linear transform of arrays of one shape: forward, inverse, adjoint, norm, and SciPy's view of it."""

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
"""Relative error of a norm for which there is no formula."""

ANALYSES = {inverse: analysis for analysis, (inverse, _) in PAIRS.items() if inverse is not None}


def linear_map(
    transform: Callable[..., Any],
    shape: int | Sequence[int],
    /,
    *arguments: Any,
    dtype: Any = "float64",
    **keywords: Any,
) -> "LinearMap":
    """A transform of signals of one shape, as a linear map that knows its adjoint.

        A = sb.linear_map(sb.dwt, (256, 256), "db4", level=3, mode="symmetric", axes=(-2, -1))
        c = A.forward(x)  # sb.dwt(x, "db4", ...)
        y = A.adjoint(c)  # not the inverse: ⟨A x, c⟩ = ⟨x, A.adjoint(c)⟩
        step = 1 / A.norm() ** 2

    With an inverse transform, `sb.linear_map(sb.idwt, (256, 256), "db4", ...)`, signals come out and coefficients
    go in; shape and arguments are still those of the signal's transform.

    Args:
        transform: `dwt`, `packets`, `swt`, `mra`, `dtcwt`, `cwt`, `stft`, `lift` (of floating samples) or `shift`,
            or the inverse of one: `idwt`, `ipackets`, `iswt`, `imra`, `idtcwt`, `icwt`, `istft`, `unlift`.
        shape: Shape of the signals. Arrays may have more axes before these, which are a batch.
        arguments, keywords: Those of the transform after `x`; for an inverse, those of the transform it inverts.
            Windows and amounts to shift by are numbers or NumPy arrays.
        dtype: Real or complex signals, and the precision of `scipy()`: a NumPy or PyTorch dtype or a name, such
            as "complex64". Arrays are computed in their own precision.

    Returns:
        The map.

    Raises:
        InvalidInput: a transform that is not linear or not known here, another dtype, or what the transform raises.
        TypeError: arguments that the transform does not have.
    """
    analysis = ANALYSES.get(transform, transform) if callable(transform) else transform
    if not callable(analysis) or analysis not in PAIRS:
        known = ", ".join(f.__name__ for f in (*PAIRS, *ANALYSES))
        name = getattr(transform, "__name__", None) or shown(transform)
        raise InvalidInput(f"{name} is not a linear transform known here: give one of subband's {known}")
    named = _named(analysis, arguments, keywords)
    axes_name = _axes_name(named)
    shape, axes = lengths("shape", shape, 0), plain_axes(named[axes_name], axes_name)
    # Counted from the end, so that a batch may stand before.
    from_end = [axis - len(shape) for axis in count_axes(axes, shape, axes_name)]
    named[axes_name] = from_end[0] if isinstance(axes, int) else tuple(from_end)
    made = LinearMap(transform, shape, _floating(dtype), named)
    made.input_shape  # noqa: B018, raises what the transform would raise
    return made


def _named(analysis: Any, arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a transform after its array, by name and with defaults."""
    given, named = (None, *arguments), dict(keywords)
    if hasattr(analysis, "respelled"):
        now, named = analysis.respelled(given, keywords)
        if len(now) != len(given) or named.keys() != keywords.keys():
            said = ", ".join(f"{name}={_short(value)}" for name, value in named.items())
            deprecated(f"this spelling ends with the next release: type linear_map(…, {said})", 4)
        given = now
    bound = inspect.signature(analysis).bind(*given, **named)
    bound.apply_defaults()
    return dict(list(bound.arguments.items())[1:])


def _axes_name(named: Mapping[str, Any]) -> str:
    """What the transform calls its axes: "axis" if it has one."""
    return "axes" if "axes" in named else "axis"


@final
@dataclass(frozen=True, eq=False)
class LinearMap:
    """A linear map between signals of one shape and a transform's coefficients; made by `linear_map`.

    It has no arrays of its own but what it was given, works on NumPy, PyTorch and JAX alike, and can be pickled.

    The adjoint is the conjugate transpose: Σ (A x) c* = Σ x (Aᴴc)*. Some transforms make complex coefficients of
    real signals (dtcwt, stft, cwt with analytic wavelets); as maps of real signals these are linear over the real
    numbers, and the adjoint is that of the real inner product: Re Σ (A x) c* = Σ x Aᴴc, which is real.

    Attributes:
        transform: The function that the map applies.
        shape: Shape of the signals.
        dtype: Their NumPy dtype.
        arguments: The arguments by name.
        reversed: Whether this is the adjoint seen as a map.
    """

    transform: Callable[..., Any]
    shape: Shape
    dtype: np.dtype
    arguments: Mapping[str, Any]
    reversed: bool = False

    def forward(self, x: Any) -> Any:
        """A x.

        Args:
            x: An array (*batch, *input_shape), or a container of the same; real or complex as the map says.

        Returns:
            What the transform returns: its container, or an array.

        Raises:
            InvalidInput: another shape, complex numbers for a real map, or coefficients of another transform.
            UnsupportedArray: an array of another library or of a dtype that can't be transformed.
        """
        view, vector = self._receive(x, "input")
        return view.forward(vector)

    def adjoint(self, y: Any) -> Any:
        """Aᴴy, the conjugate transpose, exact for every boundary mode.

        Args:
            y: The transform's container, or an array (*batch, *output_shape).

        Returns:
            An array (*batch, *input_shape), or for an inverse transform its container.

        Raises:
            As `forward`.
        """
        view, vector = self._receive(y, "output")
        return view.adjoint(vector)

    def inverse(self, y: Any) -> Any:
        """What the transform's inverse makes of `y`: x for y = A x.

        Of a cwt, what lies outside its frequencies, such as the mean, does not come back.

        Args:
            y: As for `adjoint`.

        Raises:
            InvalidInput: if there is no inverse; otherwise as `forward`.
        """
        view, vector = self._receive(y, "output")
        if view.inverse is None:
            raise InvalidInput(f"{self!r} has no inverse: {self._why_not()}")
        return view.inverse(vector)

    def norm(self) -> float:
        """The largest singular value, max ‖A x‖ / ‖x‖: 1/norm² is a safe step for gradients of ½‖A x − y‖².

        By formula for orthonormal wavelets where even lengths wrap round or lines end in zeros, tight dual trees,
        complex stft and shifts; by one impulse for swt, its mra, and periodic cwt; else by Lanczos iteration to a
        relative error of 10⁻⁶. Computed once.
        """
        return self._norm

    @property
    def input_shape(self) -> Shape:
        """Shape of the arrays that go in, without a batch."""
        return self._single.input.shape

    @property
    def output_shape(self) -> Shape:
        """Shape of the arrays that come out, without a batch."""
        return self._single.output.shape

    @property
    def H(self) -> "LinearMap":
        """The adjoint as a map: its forward is this map's adjoint, and the other way round."""
        return replace(self, reversed=not self.reversed)

    def scipy(self) -> "LinearOperator":
        """This map as a `scipy.sparse.linalg.LinearOperator`, for lsqr, svds, eigsh and the like.

        Arrays are flattened in C order. Where signals are real and coefficients complex, a coefficient vector has
        the real parts of all, then the imaginary parts, so that the operator is a real matrix.
        """
        return self._operator(self._single)

    @cached_property
    def _norm(self) -> float:
        # Heavy to import, and only needed here.
        from subband.transforms.linear.norm import norm_by_lanczos, norm_on_rings

        view = self._single
        if view.norm is not None:
            return view.norm
        # All signals of a batch are transformed alike.
        axes = count_axes(self.arguments[_axes_name(self.arguments)], self.shape)
        one = replace(self, shape=tuple(n if axis in axes else 1 for axis, n in enumerate(self.shape)))
        view = one._single
        if view.rings:
            return norm_on_rings(view)
        return norm_by_lanczos(replace(one, dtype=_double(self.dtype)).scipy(), TOLERANCE)

    @cached_property
    def _single(self) -> View:
        """The map of one signal."""
        return self._view(())

    def __getstate__(self) -> dict[str, Any]:
        # A view has functions that can't be pickled, and is made again where it is needed.
        return {name: value for name, value in self.__dict__.items() if name != "_single"}

    def _view(self, batch: Shape) -> View:
        """The map of signals with these axes before theirs."""
        analysis = ANALYSES.get(self.transform, self.transform)
        signal = Space((*batch, *self.shape), self.dtype.kind == "c")
        forward = partial(analysis, **self.arguments)
        there, back = PAIRS[analysis][1](signal, forward, **self.arguments)
        view = there if back is None or self.transform is analysis else back
        return view.reversed if self.reversed else view

    def _receive(self, given: Any, end: str) -> tuple[View, Any]:
        """A vector at one end ("input" or "output") and the view that its batch needs."""
        space: Space = getattr(self._single, end)
        array = self._numbers(given, space, end)
        batch = tuple(array.shape[: array.ndim - len(space.shape)])
        view = self._view(batch) if batch else self._single
        vector = getattr(view, end).wrap(array)
        if hasattr(given, "array") and space.static(given) != space.static(vector):
            raise InvalidInput(f"these coefficients are of another transform: {given!r} don't fit {self!r}")
        return view, vector

    def _numbers(self, given: Any, space: Space, end: str) -> Array:
        held = space.container is not None and isinstance(given, space.container)
        if not held and hasattr(given, "array"):
            wanted = space.container.__name__ if space.container else "array"
            raise InvalidInput(
                f"the {end} of {self!r} is of type {wanted}, and a {type(given).__name__} came: give a {wanted}"
                + (" or its array" if space.container else "")
            )
        array = as_signal(given.array if held else given)
        if tuple(array.shape[max(0, array.ndim - len(space.shape)) :]) != space.shape:
            raise InvalidInput(
                f"an array of shape {tuple(array.shape)} is no {end} of {self!r}: give {space.shape}, "
                "with any batch axes before these"
            )
        xp = namespace(array)
        is_complex = xp.isdtype(array.dtype, "complex floating")
        if is_complex and not space.is_complex:
            raise InvalidInput(
                f"complex numbers came as {end} of a map of real ones: give linear_map(…, dtype='complex128')"
            )
        return array if is_complex or not space.is_complex else widened(array) + 0j

    def _operator(self, view: View) -> "LinearOperator":
        # Heavy to import, and only needed here; its types do not know that the class makes a subclass's object.
        from scipy.sparse import linalg

        operator: Any = linalg.LinearOperator
        paired = view.input.is_complex != view.output.is_complex
        real = paired or not view.input.is_complex
        dtype = np.dtype(f"{'f' if real else 'c'}{_bytes(self.dtype) * (1 if real else 2)}")
        there, back = (
            partial(_columns, apply=apply, source=source, paired=paired, dtype=dtype)
            for apply, source in ((self.forward, view.input), (self.adjoint, view.output))
        )
        sizes = [
            prod(space.shape) * (2 if paired and space.is_complex else 1)
            for space in (view.output, view.input)
        ]
        return operator(tuple(sizes), matvec=there, rmatvec=back, matmat=there, rmatmat=back, dtype=dtype)

    def _why_not(self) -> str:
        if self.reversed:
            return "it is an adjoint; the adjoint's own adjoint is .H.forward"
        if self.transform in ANALYSES:
            analysis = ANALYSES[self.transform].__name__
            return f"different coefficients give one signal; subband.{analysis} gives one choice of them"
        return (
            "a fraction of a sample takes from the frequency N/2 of an even length; give odd lengths or whole "
            "amounts"
        )

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={_short(value)}" for name, value in self.arguments.items())
        name = f"linear_map({self.transform.__name__}, {self.shape}, {given}, dtype='{self.dtype}')"
        return f"{name}.H" if self.reversed else name


def _columns(
    columns: np.ndarray, *, apply: Callable[[Any], Any], source: Space, paired: bool, dtype: np.dtype
) -> np.ndarray:
    """A map on the columns of a matrix, or on one vector."""
    rows = np.asarray(columns, dtype).reshape(len(columns), -1).T
    if paired and source.is_complex:
        half = rows.shape[1] // 2
        rows = rows[:, :half] + 1j * rows[:, half:]
    answer = apply(np.ascontiguousarray(rows).reshape(-1, *source.shape))
    flat: Any = np.asarray(getattr(answer, "array", answer)).reshape(len(rows), -1)
    if paired and not source.is_complex:
        flat = np.concat([flat.real, flat.imag], axis=1)
    return flat.T.reshape(-1) if columns.ndim == 1 else flat.T


def _short(value: Any) -> str:
    """An argument in a message: a wavelet or a scheme by its name, not by its numbers."""
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
