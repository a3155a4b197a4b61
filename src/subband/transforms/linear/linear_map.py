"""Transforms as linear maps with forward, inverse, adjoint, norm and conversion to SciPy's `LinearOperator`."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any, final

import numpy as np

from subband.arrays.arguments import lengths, shown
from subband.arrays.axes import count_axes, plain_axes
from subband.arrays.deprecation import deprecated
from subband.errors import InvalidInput
from subband.transforms.linear.operator import TOLERANCE, Operator
from subband.transforms.linear.spaces import Shape, Space, View, double, floating
from subband.transforms.linear.views import PAIRS

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
    result = LinearMap(transform, shape, floating(dtype), named)
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
class LinearMap(Operator):
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

    @property
    def maker(self) -> str:
        return "linear_map"

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

    @property
    def H(self) -> "LinearMap":
        """The adjoint as a map: A.H.forward = A.adjoint and A.H.adjoint = A.forward."""
        return replace(self, reversed=not self.reversed)

    @cached_property
    def _norm(self) -> float:
        # Imported here, as SciPy's import is slow.
        from subband.transforms.linear.norm import norm_by_impulse, norm_by_lanczos

        view = self._single
        if view.norm is not None:
            return view.norm
        # The norm does not depend on the untransformed axes.
        axes = count_axes(self.arguments[_axes_name(self.arguments)], self.shape)
        sizes = tuple(n if axis in axes else 1 for axis, n in enumerate(self.shape))
        one = replace(self, shape=sizes, dtype=double(self.dtype))
        view = one._single
        if view.cyclic_axes:
            return norm_by_impulse(view)
        return norm_by_lanczos(one.scipy(), TOLERANCE)

    def _view(self, batch: Shape) -> View:
        """The map of signals with these batch axes."""
        analysis = ANALYSES.get(self.transform, self.transform)
        signal = Space((*batch, *self.shape), self.dtype.kind == "c")
        forward = partial(analysis, **self.arguments)
        analysis_view, inverse_view = PAIRS[analysis][1](signal, forward, **self.arguments)
        view = analysis_view if inverse_view is None or self.transform is analysis else inverse_view
        return view.reversed if self.reversed else view

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


def _short(value: Any) -> str:
    """Short representation of an argument; wavelets and schemes by name."""
    return getattr(value, "name", None) or (repr(value) if len(repr(value)) < 40 else type(value).__name__)
