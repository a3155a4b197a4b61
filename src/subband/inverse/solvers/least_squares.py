"""Linear least squares: conjugate gradients, and simultaneous iterative reconstruction."""

from collections.abc import Callable
from typing import Any

from subband.arrays.arguments import integer, number
from subband.arrays.namespace import Array, namespace
from subband.inverse.problem import dot, make_problem, norm
from subband.transforms.linear import Operator


def conjugate_gradients(
    apply: Callable[[Array], Array], b: Array, x: Array, iterations: int, tolerance: float
) -> tuple[Array, int]:
    """Solve M x = b for a symmetric, positive M, until ‖M x − b‖ ≤ tolerance · ‖b‖.

    Returns:
        x, and the number of iterations.

    Source: M. R. Hestenes, E. Stiefel, J. Res. Nat. Bur. Stand. 49 (1952).
    """
    r = b - apply(x)
    p, rr, goal = r, dot(r, r), (tolerance * norm(b)) ** 2
    for k in range(iterations):
        if rr <= goal:
            return x, k
        q = apply(p)
        step = rr / dot(p, q)
        x, r = x + step * p, r - step * q
        before, rr = rr, dot(r, r)
        p = r + (rr / before) * p
    return x, iterations


def cgls(
    operator: Operator, y: Any, iterations: int = 30, *, noise: float | None = None, start: Any = None
) -> Array:
    """Conjugate gradients on AᵀA x = Aᵀy, stopped early: each step adds detail, and later ones noise.

    Args:
        operator: A.
        y: The measurement, (*batch, *output_shape).
        iterations: The most steps.
        noise: Standard deviation of y's noise: stops at ‖A x − y‖ = noise · √(numbers measured), the discrepancy
            principle. None for all iterations.
        start: x to begin with; zeros if None.

    Returns:
        (*batch, *input_shape).

    Raises:
        InvalidInput: as `invert`.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> from subband.inverse import cgls
        >>> A = sb.Radon((16, 16))
        >>> x = np.ones((16, 16))
        >>> float(np.abs(cgls(A, A(x), 200) - x).max()) < 1e-4
        True

    Source: Å. Björck, Numerical Methods for Least Squares Problems (1996), algorithm 7.4.1.
    """
    problem = make_problem(operator, y, 0.0 if noise is None else noise, start)
    iterations = integer("iterations", iterations, 1)
    x = operator.adjoint(problem.y) * 0 if problem.start is None else problem.start
    r = problem.y - operator.forward(x)
    s = p = operator.adjoint(r)
    gamma = first = dot(s, s)
    for _ in range(iterations):
        if gamma <= 1e-28 * first or (noise is not None and norm(r) <= problem.expected_misfit):
            break
        q = operator.forward(p)
        step = gamma / dot(q, q)
        x, r = x + step * p, r - step * q
        s = operator.adjoint(r)
        before, gamma = gamma, dot(s, s)
        p = s + (gamma / before) * p
    return x


def sirt(
    operator: Operator,
    y: Any,
    iterations: int = 100,
    *,
    bounds: tuple[float, float] | None = None,
    noise: float | None = None,
) -> Array:
    """Simultaneous iterative reconstruction: x ← x + C Aᵀ R (y − A x), with R and C the inverse sums of A's
    rows, columns.

    Args:
        operator: A, with real, mostly non-negative weights, e.g. a `Radon`.
        y: The measurement, (*batch, *output_shape).
        iterations: The most steps.
        bounds: Least and greatest value of x, to which each step is clipped.
        noise: As for `cgls`.

    Returns:
        (*batch, *input_shape).

    Raises:
        InvalidInput: as `invert`.

    Source: J. Gregor, T. Benson, IEEE Trans. Med. Imaging 27 (2008), equation 4; steps are shortened so that they
    converge for weights of any sign.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> from subband.inverse import sirt
        >>> A, x = sb.Radon((16, 16)), np.zeros((16, 16))
        >>> x[4:12, 5:9] = 1
        >>> found = sirt(A, A(x), 200, bounds=(0, 1))
        >>> bool(np.abs(found - x).mean() < 0.05), float(found.min()) >= 0
        (True, True)
    """
    problem = make_problem(operator, y, 0.0 if noise is None else noise)
    xp = namespace(problem.y)
    x = operator.adjoint(problem.y) * 0
    rows = _inverse(operator.forward(x + 1))
    columns = _inverse(operator.adjoint(problem.y * 0 + 1))
    step = min(1.0, 1.9 / _largest(lambda v: columns * operator.adjoint(rows * operator.forward(v)), x))
    for _ in range(integer("iterations", iterations, 1)):
        r = problem.y - operator.forward(x)
        if noise is not None and norm(r) <= problem.expected_misfit:
            break
        x = x + step * columns * operator.adjoint(rows * r)
        if bounds is not None:
            x = xp.clip(x, *bounds)
    return x


def power_norm(operator: Operator, like: Any = None, iterations: int = 50, tolerance: float = 1e-4) -> float:
    """‖A‖ by the power method on AᵀA, on any array library and device; `operator.norm()` is more accurate.

    Args:
        operator: A.
        like: An array (*input_shape) that says the library, device and precision; NumPy in double precision if
            None.
        iterations: The most steps.
        tolerance: Relative change of a step at which it stops.

    Returns:
        A lower bound of ‖A‖, near it.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> from subband.inverse import power_norm
        >>> A = sb.Radon((16, 16))
        >>> abs(power_norm(A) / A.norm() - 1) < 1e-3
        True
    """
    import numpy as np

    number("tolerance", tolerance, "a number above 0", above=0)
    x = np.zeros(operator.input_shape) if like is None else like * 0
    gram = _largest(
        lambda v: operator.adjoint(operator.forward(v)), x, integer("iterations", iterations, 1), tolerance
    )
    return gram**0.5


def _largest(
    apply: Callable[[Array], Array], zeros: Array, iterations: int = 30, tolerance: float = 1e-3
) -> float:
    """Largest eigenvalue by the power method, from a fixed positive vector."""
    import numpy as np

    xp = namespace(zeros)
    start = 1 + np.random.default_rng(0).random(tuple(zeros.shape))
    x, value = zeros + xp.asarray(start, dtype=zeros.dtype), 0.0
    for _ in range(iterations):
        x = apply(x / norm(x))
        before, value = value, norm(x)
        if abs(value - before) <= tolerance * value:
            break
    return max(value, 1e-300)


def _inverse(sums: Array) -> Array:
    """1 / sums, and 0 where the sums vanish."""
    xp = namespace(sums)
    size = xp.abs(sums)
    small = size <= 1e-6 * xp.max(size)
    return xp.where(small, xp.zeros_like(sums), 1 / xp.where(small, xp.ones_like(sums), size))
