"""The primal–dual method of Chambolle and Pock for total variation."""

from typing import NamedTuple

from subband.arrays.namespace import Array, namespace
from subband.inverse.problem import Problem, Progress, norm
from subband.inverse.solvers.differences import gradient, gradient_transpose


class TvSolution(NamedTuple):
    """x, the iterations, whether they converged, and ‖p‖ of the dual variable of the data."""

    x: Array
    iterations: int
    converged: bool
    dual: float


def total_variation(
    problem: Problem,
    weight: float | None,
    bounds: tuple[float, float] | None,
    iterations: int,
    tolerance: float,
    progress: Progress | None = None,
) -> TvSolution:
    """min ½‖A x − y‖² + weight · TV(x), or for weight=None: min TV(x) with ‖A x − y‖ ≤ the expected misfit.

    TV is isotropic: the sum of the lengths of the gradients. The saddle point is that of K = (A / ‖A‖, ∇), with the step
    rule τ σ ‖K‖² = 1.

    Args:
        problem: A and y.
        weight: Of the total variation.
        bounds: Least and greatest value of x; None for any.
        iterations: The most steps.
        tolerance: Relative change of x over ten steps at which it stops.
        progress: Called with the steps done.

    Source: A. Chambolle, T. Pock, J. Math. Imaging Vis. 40 (2011), algorithm 1; E. Y. Sidky et al., Phys. Med. Biol. 57
    (2012), for the constrained form.
    """
    xp, axes = namespace(problem.y), min(2, len(problem.operator.input_shape))
    scale = problem.operator.norm()
    y, radius = problem.y / scale, problem.expected_misfit / scale
    x = problem.operator.adjoint(problem.y) * 0 if problem.start is None else problem.start
    p, q = y * 0, gradient(x, axes)
    q, smooth, before = q * 0, x, x
    # ‖K‖² ≤ 1 + 4 · axes. Images within [0, 1] want a longer primal step than gradients want dual ones.
    length = (1 + 4 * axes) ** 0.5
    tau, sigma = 1 / length, 1 / length
    limit = 1.0 if weight is None else weight / scale**2
    for k in range(iterations):
        u = p + sigma * (problem.operator.forward(smooth) / scale - y)
        if weight is None:  # the conjugate of the ball's indicator
            p = u * max(0.0, 1 - sigma * radius / max(norm(u), 1e-300))
        else:
            p = u / (1 + sigma)
        q = q + sigma * gradient(smooth, axes)
        lengths = xp.sqrt(xp.sum(xp.abs(q) ** 2, axis=0))
        q = q / xp.clip(lengths / limit, 1.0, None)
        new = x - tau * (problem.operator.adjoint(p) / scale + gradient_transpose(q))
        if bounds is not None:
            new = xp.clip(new, *bounds)
        smooth, x = 2 * new - x, new
        if progress is not None:
            progress(k + 1, iterations)
        if k % 10 == 9:
            if norm(x - before) <= tolerance * norm(x):
                return TvSolution(x, k + 1, True, norm(p) / scale)
            before = x
    return TvSolution(x, iterations, False, norm(p) / scale)
