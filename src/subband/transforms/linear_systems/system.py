"""Linear time-invariant systems in state space."""

from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from subband.arrays.arguments import LONGEST, choice, integer, number, shown
from subband.arrays.matrix_functions import eigenvalues
from subband.arrays.namespace import Array, as_signal, device_of, library, namespace, widened
from subband.arrays.pytree import pytree
from subband.errors import InvalidInput
from subband.transforms.linear_systems import balanced, responses
from subband.transforms.linear_systems.discretise import METHODS, tustin, zero_order_hold
from subband.transforms.linear_systems.matrices import dense


@final
@pytree("A", "B", "C", "D")
@dataclass(frozen=True, eq=False)
class LinearSystem:
    """x[k+1] = A x[k] + B u[k], y[k] = C x[k] + D u[k]; or x' = A x + B u, y = C x + D u if `dt` is None.

    Made by `subband.linear_system`; a pytree of four arrays. All methods keep the arrays' library, and those that
    return arrays are differentiable, save `poles`.

    Attributes:
        A: (…, n, n), or (…, n) for a diagonal state matrix.
        B: (…, n, m) with m inputs.
        C: (…, p, n) with p outputs.
        D: (…, p, m).
        dt: Sampling interval in seconds; None for a continuous system.
    """

    A: Array
    B: Array
    C: Array
    D: Array
    dt: float | None

    @property
    def is_diagonal(self) -> bool:
        """Whether `A` is stored as its diagonal."""
        return len(self.A.shape) < len(self.B.shape)

    @property
    def order(self) -> int:
        """n, the number of states."""
        return int(self.B.shape[-2])

    @property
    def inputs(self) -> int:
        """m."""
        return int(self.B.shape[-1])

    @property
    def outputs(self) -> int:
        """p."""
        return int(self.C.shape[-2])

    def poles(self) -> np.ndarray:
        """(…, n) complex eigenvalues of `A`, a NumPy array.

        Raises:
            InvalidInput: a system that is being traced.
        """
        return eigenvalues(dense(self.A, self.is_diagonal))

    def is_stable(self) -> bool:
        """Whether all poles are inside the unit circle; for a continuous system, left of the imaginary axis.

        Raises:
            InvalidInput: a system that is being traced.
        """
        poles = self.poles()
        return bool(np.all(np.real(poles) < 0) if self.dt is None else np.all(np.abs(poles) < 1))

    def states(self, u: Array, x0: Array | None = None) -> Array:
        """The states before each input and after the last, by a parallel scan.

        Args:
            u: (…, T, m) inputs.
            x0: (…, n) the first state; zero by default.

        Returns:
            (…, T + 1, n).

        Raises:
            InvalidInput: a continuous system, or shapes that don't fit.
            UnsupportedArray: arrays of another library.
        """
        self._check_discrete("states")
        u, x0 = self._inputs(u, x0)
        A, B = self._as(u.dtype, self.A, self.B)
        return responses.states(A, B, u, x0, self.is_diagonal)

    def simulate(self, u: Array, x0: Array | None = None) -> Array:
        """The outputs for some inputs.

        Args:
            u: (…, T, m) inputs, held constant from one sample to the next.
            x0: (…, n) the first state; zero by default.

        Returns:
            (…, T, p) outputs.

        Raises:
            InvalidInput: a continuous system, or shapes that don't fit.
            UnsupportedArray: arrays of another library.

        Example:
            >>> import numpy as np
            >>> import subband as sb
            >>> decay = sb.linear_system(A=[[0.5]], B=[[1.0]], C=[[1.0]], dt=1.0)
            >>> decay.simulate(np.array([[1.0], [0.0], [0.0], [0.0]]))[:, 0].tolist()
            [0.0, 1.0, 0.5, 0.25]
        """
        self._check_discrete("simulate")
        u, x0 = self._inputs(u, x0)
        A, B, C, D = self._as(u.dtype, self.A, self.B, self.C, self.D)
        x = responses.states(A, B, u, x0, self.is_diagonal)
        return responses.outputs(C, D, x[..., :-1, :], u)

    def impulse_response(self, count: int) -> Array:
        """The outputs after a unit impulse at each input: D, C B, C A B, C A² B, …

        Args:
            count: Samples, 1 or more.

        Returns:
            (…, count, p, m).

        Raises:
            InvalidInput: a continuous system, or a count below 1.
        """
        self._check_discrete("impulse_response")
        count = integer("count", count, 1, LONGEST, "a number of samples")
        return responses.impulse_response(self.A, self.B, self.C, self.D, count, self.is_diagonal)

    def frequency_response(self, frequencies: Array) -> Array:
        """H(f) = C (z 1 − A)⁻¹ B + D with z = exp(2πi f dt), or z = 2πi f for a continuous system.

        Args:
            frequencies: (F,) in hertz.

        Returns:
            (…, F, p, m) complex.

        Raises:
            InvalidInput: frequencies that are not real or not in one row.
            UnsupportedArray: frequencies of another library.
        """
        f = self._own("frequencies", frequencies)
        if f.ndim != 1 or not namespace(f).isdtype(f.dtype, "real floating"):
            raise InvalidInput(f"frequencies={shown(frequencies)} must be one row of real numbers, in hertz")
        xp = namespace(f)
        if xp.finfo(self.A.dtype).bits != xp.finfo(f.dtype).bits:
            f = xp.astype(f, xp.float32 if xp.finfo(self.A.dtype).bits == 32 else xp.float64)
        s = responses.points(f, self.dt)
        return responses.frequency_response(self.A, self.B, self.C, self.D, s, self.is_diagonal)

    def discretise(self, dt: float, method: str = "zoh") -> "LinearSystem":
        """The discrete system with the same states at multiples of `dt`.

        Args:
            dt: Sampling interval in seconds.
            method: "zoh", exact for inputs that are constant in between samples; "tustin", the bilinear transform.

        Raises:
            InvalidInput: a discrete system, dt not positive, or an unknown method.
        """
        dt = number("dt", dt, "a positive number of seconds", above=0)
        if self.dt is not None:
            raise InvalidInput(f"can't discretise with dt={dt}: the system is discrete, with dt={self.dt}")
        if choice("method", method, METHODS) == "zoh":
            A, B = zero_order_hold(self.A, self.B, dt, self.is_diagonal)
            return replace(self, A=A, B=B, dt=dt)
        A, B, C, D = tustin(self.A, self.B, self.C, self.D, dt, self.is_diagonal)
        return replace(self, A=A, B=B, C=C, D=D, dt=dt)

    def gramians(self) -> tuple[Array, Array]:
        """(…, n, n) twice: the controllability and the observability Gramian.

        Raises:
            InvalidInput: an unstable system, whose Gramians are infinite.
        """
        self._check_stable("Gramians")
        return balanced.gramians(self.A, self.B, self.C, self.dt, self.is_diagonal)

    def hankel_singular_values(self) -> Array:
        """(…, n) in decreasing order: how much each state of the balanced system takes from inputs to outputs.

        Raises:
            InvalidInput: an unstable system.
        """
        return balanced.balancing(*self.gramians())[0]

    def balanced_truncation(self, order: int) -> "LinearSystem":
        """A system of lower order, of the states with the largest Hankel singular values σ.

        The error of its frequency response is at most 2 Σ σₖ over the states that are left out, at any frequency
        and in the spectral norm.

        Args:
            order: Number of states to keep.

        Returns:
            A stable system with dense `A`; a real one if this one is real.

        Raises:
            InvalidInput: an unstable system, or an order that is not in 1 … n.

        Example:
            >>> import numpy as np
            >>> import subband as sb
            >>> s = sb.linear_system([-1.0, -2.0, -50.0], np.ones((3, 1)), np.ones((1, 3)))
            >>> small = s.balanced_truncation(2)
            >>> h, g = s.frequency_response(np.array([0.0])), small.frequency_response(np.array([0.0]))
            >>> bool(abs(h - g).max() <= 2 * s.hankel_singular_values()[2] + 1e-12)
            True

        Source: B. C. Moore, Principal component analysis in linear systems, IEEE Trans. Automatic Control 26(1),
        1981; K. Glover, All optimal Hankel-norm approximations of linear multivariable systems, Int. J. Control
        39(6), 1984, for the bound.
        """
        order = integer("order", order, 1, self.order, "a number of states")
        _, T, inverse = balanced.balancing(*self.gramians())
        T, inverse = T[..., :order], inverse[..., :order, :]
        xp, A = namespace(self.A), dense(self.A, self.is_diagonal)
        return LinearSystem(
            xp.matmul(xp.matmul(inverse, A), T),
            xp.matmul(inverse, self.B),
            xp.matmul(self.C, T),
            self.D,
            self.dt,
        )

    def _inputs(self, u: Array, x0: Array | None) -> tuple[Array, Array]:
        """The inputs and the first state, in the dtype of the states."""
        u = self._own("u", u)
        if u.ndim < 2 or u.shape[-1] != self.inputs:
            raise InvalidInput(
                f"u of shape {tuple(u.shape)} doesn't fit a system of {self.inputs} inputs: give (…, T, "
                f"{self.inputs})" + (", e.g. u[..., None]" if self.inputs == 1 else "")
            )
        self._check_batch("u", u.shape[:-2])
        xp = namespace(u)
        dtype = xp.result_type(u.dtype, self.A.dtype, self.B.dtype)
        if x0 is None:
            start = xp.zeros((self.order,), dtype=dtype, **device_of(u))
        else:
            start = self._own("x0", x0)
            if start.shape[-1] != self.order:
                raise InvalidInput(
                    f"x0 of shape {tuple(start.shape)} doesn't fit a system of {self.order} states: "
                    f"give (…, {self.order})"
                )
            self._check_batch("x0", start.shape[:-1], u.shape[:-2])
            dtype = xp.result_type(dtype, start.dtype)
        return xp.astype(u, dtype, copy=False), xp.astype(start, dtype, copy=False)

    def _own(self, name: str, x: Array) -> Array:
        """An array of the system's library: lists and NumPy's arrays are converted."""
        x = widened(as_signal(x, name))
        if library(x) == "numpy" and library(self.A) != "numpy":
            xp = namespace(self.A)
            single = xp.finfo(self.A.dtype).bits == 32
            if xp.isdtype(namespace(self.A).asarray(x).dtype, "complex floating"):
                return xp.asarray(x, dtype=xp.complex64 if single else xp.complex128, **device_of(self.A))
            return xp.asarray(x, dtype=xp.float32 if single else xp.float64, **device_of(self.A))
        if library(x) != library(self.A):
            raise InvalidInput(
                f"{name} of {library(x)} doesn't fit a system of {library(self.A)}: convert one of them"
            )
        return x

    def _as(self, dtype: Any, *arrays: Array) -> tuple[Array, ...]:
        """The arrays in a dtype, complex ones in the complex dtype."""
        xp = namespace(self.A)
        return tuple([xp.astype(a, xp.result_type(a.dtype, dtype), copy=False) for a in arrays])

    def _check_batch(self, name: str, *batches: tuple[int, ...]) -> None:
        try:
            np.broadcast_shapes(*map(tuple, batches), tuple(self.B.shape[:-2]))
        except ValueError as error:
            raise InvalidInput(
                f"{name} has batch axes {tuple(batches[0])} that don't broadcast to {tuple(self.B.shape[:-2])}, "
                f"those "
                "of the system"
            ) from error

    def _check_discrete(self, what: str) -> None:
        if self.dt is None:
            raise InvalidInput(
                f"{what} needs a discrete system: give linear_system(…).discretise(dt) or linear_system(…, dt=…)"
            )

    def _check_stable(self, what: str) -> None:
        try:
            poles = self.poles()
        except InvalidInput:  # traced: there are no numbers to look at
            return
        outside = poles[np.real(poles) >= 0] if self.dt is None else poles[np.abs(poles) >= 1]
        if outside.size:
            raise InvalidInput(
                f"{what} of an unstable system don't exist: it has the pole {outside[0]:.4g}"
                f"{'' if self.dt is None else f' of modulus {abs(outside[0]):.4g}'}; stabilise it first, e.g. by "
                "subband.control.lqr"
            )


def linear_system(A: Any, B: Any, C: Any, D: Any = None, dt: float | None = None) -> LinearSystem:
    """A linear system: x[k+1] = A x[k] + B u[k], y[k] = C x[k] + D u[k], or its continuous form x' = A x + B u.

    Args:
        A: (…, n, n) state matrix, or (…, n), one axis less than `B`, for a diagonal one; real or complex.
        B: (…, n, m) input matrix.
        C: (…, p, n) output matrix.
        D: (…, p, m) direct term; zero by default.
        dt: Sampling interval in seconds; None for a continuous system.

    Returns:
        A `LinearSystem`, with methods `simulate`, `impulse_response`, `frequency_response`, `discretise`,
        `balanced_truncation`. Axes before the last two are a batch of systems.

    Raises:
        InvalidInput: shapes that don't fit, or dt not positive.
        UnsupportedArray: arrays of different libraries, or of an unsupported one.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> oscillator = sb.linear_system([[0.0, 1.0], [-1.0, -0.1]], [[0.0], [1.0]], [[1.0, 0.0]])
        >>> sampled = oscillator.discretise(0.1)
        >>> sampled.impulse_response(4)[:, 0, 0].round(4).tolist()
        [0.0, 0.005, 0.0148, 0.0244]
        >>> abs(oscillator.frequency_response(np.array([1 / (2 * np.pi)]))).round(6).item()
        10.0

    Source: T. Kailath, Linear Systems, 1980.

    See also: `subband.control.lqr`, `subband.nn.LRU`, `subband.nn.S4D`.
    """
    A, B, C = (widened(as_signal(x, name)) for name, x in (("A", A), ("B", B), ("C", C)))
    given = [A, B, C]
    if D is not None:
        given.append(widened(as_signal(D, "D")))
    libraries = {library(x) for x in given}
    if len(libraries) > 1:
        raise InvalidInput(
            f"A, B, C and D are of {' and '.join(sorted(libraries))}: give arrays of one library"
        )
    if dt is not None:
        dt = number("dt", dt, "a positive number of seconds, or None for a continuous system", above=0)
    _check_shapes(A, B, C, None if D is None else given[3])
    xp = namespace(A)
    dtype = xp.result_type(*[x.dtype for x in given])
    A, B, C, *more = (xp.astype(x, dtype, copy=False) for x in given)
    D = more[0] if more else xp.zeros((C.shape[-2], B.shape[-1]), dtype=dtype, **device_of(A))
    return LinearSystem(A, B, C, D, dt)


def _check_shapes(A: Array, B: Array, C: Array, D: Array | None) -> None:
    shapes = ", ".join(
        f"{name} {tuple(x.shape)}" for name, x in zip("ABCD", (A, B, C, D), strict=True) if x is not None
    )
    advice = "give A (…, n, n) or (…, n), B (…, n, m), C (…, p, n) and D (…, p, m)"
    if B.ndim < 2 or C.ndim < 2 or (D is not None and D.ndim < 2):
        raise InvalidInput(f"shapes {shapes} are no system: {advice}")
    n, m, p = B.shape[-2], B.shape[-1], C.shape[-2]
    state = (n, n) if A.ndim >= B.ndim else (n,)
    fits = tuple(A.shape[A.ndim - len(state) :]) == state and C.shape[-1] == n
    fits = fits and (D is None or tuple(D.shape[-2:]) == (p, m)) and min(n, m, p) > 0
    batches = [A.shape[: A.ndim - len(state)], B.shape[:-2], C.shape[:-2], () if D is None else D.shape[:-2]]
    try:
        np.broadcast_shapes(*map(tuple, batches))
    except ValueError:
        fits = False
    if not fits:
        raise InvalidInput(f"shapes {shapes} don't fit together: {advice}")
