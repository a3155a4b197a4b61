"""The primal–dual method of Chambolle and Pock for total variation."""

from typing import NamedTuple

from subband.arrays.namespace import Array, namespace
from subband.inverse.problem import Problem, Progress, norm
from subband.inverse.solvers.differences import gradient, gradient_transpose

RATIO = 0.03
"""Of the primal step to the dual one, where x has a contrast of 1 and gradients weigh 1: the fastest of 0.003 …
30, for blurred, small, masked and projected images alike."""


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

    TV is isotropic: the sum of the lengths of the gradients. The saddle point is that of K = (A / ‖A‖, ∇), with
    the step rule τ σ ‖K‖² = 1.

    Args:
        problem: A and y.
        weight: Of the total variation.
        bounds: Least and greatest value of x; None for any.
        iterations: The most steps.
        tolerance: Relative change of x over ten steps at which it stops.
        progress: Called with the steps done.

    Source: A. Chambolle, T. Pock, J. Math. Imaging Vis. 40 (2011), algorithm 1; E. Y. Sidky et al., Phys. Med.
    Biol. 57 (2012), for the constrained form.
    """
    xp, axes = namespace(problem.y), min(2, len(problem.operator.input_shape))
    scale = problem.operator.norm()
    y, radius = problem.y / scale, problem.expected_misfit / scale
    back = problem.operator.adjoint(y) / scale
    x = back * 0 if problem.start is None else problem.start
    limit = 1.0 if weight is None else weight / scale**2
    p, q = y * 0, gradient(x, axes) * 0
    smooth, before = x, x
    # ‖K‖² ≤ 1 + 4 · axes. Steps are in the ratio of the sizes of x, its contrast, and of the dual variable, the
    # limit.
    contrast = float(xp.max(xp.real(back)) - xp.min(xp.real(back)))
    ratio = RATIO * contrast / limit if contrast > 0 else 1.0
    length = (1 + 4 * axes) ** 0.5
    tau, sigma = ratio / length, 1 / (ratio * length)
    for k in range(iterations):
        u = p + sigma * (problem.operator.forward(smooth) / scale - y)
        # The proximal maps of the conjugates of the ball's indicator, and of the quadratic.
        inside = max(0.0, 1 - sigma * radius / max(norm(u), 1e-300))
        p = u * (inside if weight is None else 1 / (1 + sigma))
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
