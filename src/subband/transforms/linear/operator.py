"""Linear maps with exact adjoints, their products, sums, multiples and stacks."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property, partial
from math import prod
from typing import TYPE_CHECKING, Any, final

import numpy as np

from subband.arrays.arguments import integer, number
from subband.arrays.namespace import Array, as_signal, namespace, widened
from subband.errors import InvalidInput
from subband.transforms.linear.spaces import (
    Shape,
    Space,
    View,
    apply_plain,
    bytes_of,
    columns,
    double,
    draw,
    floating,
    inner,
    plain,
    size,
    without_container,
)

if TYPE_CHECKING:
    from scipy.sparse.linalg import LinearOperator

TOLERANCE = 1e-6
"""Relative tolerance of a norm computed by iteration."""


class Operator(ABC):
    """A linear map A between arrays of fixed shapes, with its adjoint Aᴴ and norm ‖A‖.

    It applies to arrays of NumPy, PyTorch and JAX, with any batch axes before the shape, and can be pickled.
    Both maps are differentiable any number of times. The adjoint satisfies Re Σ (A x) y* = Re Σ x (Aᴴy)*.

    Operators combine: `A @ B` applies B first, `A + B`, `A - B`, `2 * A`, `-A`, and `stack_maps([A, B])` gives both
    results in one vector.

    Attributes:
        dtype: NumPy dtype of the input: real or complex, and the precision of `scipy()`. `forward` and `adjoint`
            compute in the precision of their argument.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> A = sb.Downsample((64, 64), 2) @ sb.Blur((64, 64), np.ones((3, 3)) / 9)
        >>> A.input_shape, A.output_shape
        ((64, 64), (32, 32))
        >>> A.check() < 1e-12
        True

    See also: `linear_map`, for the transforms.
    """

    dtype: np.dtype

    @property
    def maker(self) -> str:
        """The function that makes the operator, for messages."""
        return type(self).__name__

    @abstractmethod
    def _view(self, batch: Shape) -> View:
        """The map of arrays with these batch axes."""

    def __call__(self, x: Any) -> Any:
        """A x, the same as `forward`."""
        return self.forward(x)

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

    def norm(self) -> float:
        """Largest singular value, max ‖A x‖ / ‖x‖; 1/norm² is a stable step of gradient descent on ½‖A x − y‖².

        By a formula for isometries, tight frames of the dual tree, stft of complex signals, shifts, masks and
        samples of Fourier transforms; from the impulse response for swt, its mra, periodic cwt and periodic
        blur; otherwise by Lanczos iteration, to a relative tolerance of 10⁻⁶. Cached.
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
    def H(self) -> "Operator":
        """The adjoint as a map: A.H.forward = A.adjoint and A.H.adjoint = A.forward."""
        return Adjoint(self)

    def scipy(self) -> "LinearOperator":
        """The map as a `scipy.sparse.linalg.LinearOperator`, e.g. for lsqr, svds and eigsh.

        Arrays are flattened in C order. For real signals with complex coefficients the operator is a real matrix,
        and a coefficient vector is the concatenation of all real and all imaginary parts.
        """
        return self._operator(self._single, self.dtype)

    def check(self, dtype: Any = "float64", seed: int = 0) -> float:
        """Relative error of the dot test, |⟨A x, y⟩ − ⟨x, Aᴴy⟩| / (‖A x‖ ‖y‖), for random x and y.

        Args:
            dtype: Precision of x and y: "float32" or "float64", or a complex dtype of this precision.
            seed: Of the generator of x and y.

        Returns:
            The largest of three draws, and of both denominators, ‖A x‖ ‖y‖ and ‖x‖ ‖Aᴴy‖. Rounding gives up to
            10⁻⁶ in float32 and 10⁻¹² in float64.

        Raises:
            InvalidInput: another dtype.
        """
        precision = bytes_of(floating(dtype))
        rng, worst = np.random.default_rng(integer("seed", seed, 0)), 0.0
        for _ in range(3):
            x, y = (draw(space, precision, rng) for space in (self._single.input, self._single.output))
            there, back = plain(self.forward(x)), plain(self.adjoint(y))
            difference = abs(inner(there, y) - inner(x, back))
            scale = min(size(there) * size(y), size(x) * size(back))
            worst = max(worst, difference / scale if scale > 0 else (0.0 if difference == 0 else np.inf))
        return worst

    def __matmul__(self, other: Any) -> "Operator":
        return Product(self, other) if isinstance(other, Operator) else NotImplemented

    def __add__(self, other: Any) -> "Operator":
        return Sum(self, other) if isinstance(other, Operator) else NotImplemented

    def __sub__(self, other: Any) -> "Operator":
        return Sum(self, -other) if isinstance(other, Operator) else NotImplemented

    def __mul__(self, factor: Any) -> "Operator":
        if isinstance(factor, Operator):
            raise InvalidInput("A * B of two operators is ambiguous: type A @ B for their composition")
        return Multiple(self, number("factor", factor, "a finite real number"))

    __rmul__ = __mul__

    def __neg__(self) -> "Operator":
        return Multiple(self, -1.0)

    def __truediv__(self, divisor: Any) -> "Operator":
        found = number("divisor", divisor, "a finite real number")
        if found == 0:
            raise InvalidInput("can't divide an operator by 0")
        return Multiple(self, 1 / found)

    @cached_property
    def _norm(self) -> float:
        # Imported here, as SciPy's import is slow.
        from subband.transforms.linear.norm import norm_by_impulse, norm_by_lanczos

        view = self._single
        if view.norm is not None:
            return view.norm
        if view.cyclic_axes:
            return norm_by_impulse(view)
        return norm_by_lanczos(self._operator(view, double(self.dtype)), TOLERANCE)

    @cached_property
    def _single(self) -> View:
        """The map without batch axes."""
        return self._view(())

    def __getstate__(self) -> dict[str, Any]:
        # Views contain functions that can't be pickled, and are recomputed on demand.
        return {name: value for name, value in self.__dict__.items() if name != "_single"}

    def _receive(self, given: Any, end: str) -> tuple[View, Any]:
        """The validated vector of a space ("input" or "output"), and the view for its batch axes."""
        space: Space = getattr(self._single, end)
        array = self._numbers(given, space, end)
        batch = tuple(array.shape[: array.ndim - len(space.shape)])
        view = self._view(batch) if batch else self._single
        vector = getattr(view, end).wrap(array)
        if hasattr(given, "array") and space.container and space.static(given) != space.static(vector):
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
                f"complex numbers as {end} of a map with real {end}: give {self.maker}(…, dtype='complex128')"
            )
        return array if is_complex or not space.is_complex else widened(array) + 0j

    def _operator(self, view: View, precision: np.dtype) -> "LinearOperator":
        # Imported here, as the import is slow; Any, since the stubs lack the constructor's arguments.
        from scipy.sparse import linalg

        operator: Any = linalg.LinearOperator
        paired = view.input.is_complex != view.output.is_complex
        real = paired or not view.input.is_complex
        dtype = np.dtype(f"{'f' if real else 'c'}{bytes_of(precision) * (1 if real else 2)}")
        matmat, rmatmat = (
            partial(columns, apply=apply, source=source, paired=paired, dtype=dtype)
            for apply, source in ((self.forward, view.input), (self.adjoint, view.output))
        )
        sizes = [
            prod(space.shape) * (2 if paired and space.is_complex else 1)
            for space in (view.output, view.input)
        ]
        return operator(
            tuple(sizes), matvec=matmat, rmatvec=rmatmat, matmat=matmat, rmatmat=rmatmat, dtype=dtype
        )


@final
@dataclass(frozen=True, eq=False)
class Adjoint(Operator):
    """Aᴴ as a map."""

    of: Operator

    @property
    def dtype(self) -> np.dtype:
        kind = "c" if self.of._single.output.is_complex else "f"
        return np.dtype(f"{kind}{bytes_of(self.of.dtype) * (2 if kind == 'c' else 1)}")

    @property
    def H(self) -> Operator:
        return self.of

    @cached_property
    def _norm(self) -> float:
        return self.of.norm()

    def _view(self, batch: Shape) -> View:
        return self.of._view(batch).reversed

    def __repr__(self) -> str:
        return f"{self.of!r}.H"


@final
@dataclass(frozen=True, eq=False)
class Product(Operator):
    """A B: B first, then A."""

    outer: Operator
    inner: Operator

    def __post_init__(self) -> None:
        a, b = self.outer._single.input, self.inner._single.output
        if a.shape != b.shape:
            raise InvalidInput(
                f"can't apply {self.outer!r} after {self.inner!r}: that gives arrays of shape {b.shape}, "
                "this takes "
                f"{a.shape}"
            )
        if b.is_complex and not a.is_complex:
            raise InvalidInput(
                f"can't apply {self.outer!r} after {self.inner!r}: that gives complex numbers, this takes "
                "real ones; "
                "make it with dtype='complex128'"
            )

    @property
    def dtype(self) -> np.dtype:
        return self.inner.dtype

    def _view(self, batch: Shape) -> View:
        a, b = self.outer._view(batch), self.inner._view(batch)
        return View(
            without_container(b.input),
            without_container(a.output),
            lambda x: apply_plain(a, apply_plain(b, x)),
            lambda y: apply_plain(b.reversed, apply_plain(a.reversed, y)),
        )

    def __repr__(self) -> str:
        return f"({self.outer!r} @ {self.inner!r})"


@final
@dataclass(frozen=True, eq=False)
class Sum(Operator):
    """A + B."""

    first: Operator
    second: Operator

    def __post_init__(self) -> None:
        for end in ("input", "output"):
            a, b = getattr(self.first._single, end), getattr(self.second._single, end)
            if (a.shape, a.is_complex) != (b.shape, b.is_complex):
                raise InvalidInput(
                    f"can't add {self.first!r} and {self.second!r}: their {end}s are {a.words} and {b.words}"
                )

    @property
    def dtype(self) -> np.dtype:
        return self.first.dtype

    def _view(self, batch: Shape) -> View:
        a, b = self.first._view(batch), self.second._view(batch)
        return View(
            without_container(a.input),
            without_container(a.output),
            lambda x: apply_plain(a, x) + apply_plain(b, x),
            lambda y: apply_plain(a.reversed, y) + apply_plain(b.reversed, y),
        )

    def __repr__(self) -> str:
        return f"({self.first!r} + {self.second!r})"


@final
@dataclass(frozen=True, eq=False)
class Multiple(Operator):
    """c A for a real number c."""

    of: Operator
    factor: float

    @property
    def dtype(self) -> np.dtype:
        return self.of.dtype

    @cached_property
    def _norm(self) -> float:
        return abs(self.factor) * self.of.norm()

    def _view(self, batch: Shape) -> View:
        a, c = self.of._view(batch), self.factor
        return View(
            without_container(a.input),
            without_container(a.output),
            lambda x: c * apply_plain(a, x),
            lambda y: c * apply_plain(a.reversed, y),
        )

    def __repr__(self) -> str:
        return f"({self.factor:g} * {self.of!r})"
