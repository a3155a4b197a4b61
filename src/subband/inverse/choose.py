"""Weights of priors, chosen by the data: by the discrepancy principle, by an unbiased estimate of the risk, or
on images.

Nothing here looks at the true image of the measurement.
"""

from collections.abc import Callable
from math import exp, isfinite, log

import numpy as np

from subband.arrays.namespace import Array, namespace
from subband.inverse.problem import Problem, Solution, dot, norm

Solve = Callable[[Problem, float, Array | None], Solution]
"""(problem, weight, where to start) → the solution with this weight."""

GOLDEN = (5**0.5 - 1) / 2


def by_discrepancy(solve: Solve, problem: Problem, first: float, *, tries: int = 14) -> Solution:
    """The largest weight whose misfit ‖A x − y‖ is that of the noise (V. A. Morozov, 1966).

    The misfit grows with the weight: the weight is bracketed by factors of ten, then found by regula falsi in
    logarithms, to 2 % of the misfit. Each try starts from the last.
    """
    goal, steps, last = problem.expected_misfit, 0, None
    low: tuple[float, float] | None = None
    high: tuple[float, float] | None = None
    weight, best = first, None
    for _ in range(tries):
        last = solve(problem, weight, None if last is None else last.x)
        steps += last.iterations
        misfit = max(problem.misfit(last.x), 1e-300)
        if misfit <= goal * 1.02:
            best = Solution(last.x, steps, "the misfit is that of the noise", weight)
            low = (log(weight), log(misfit / goal))
        else:
            high = (log(weight), log(misfit / goal))
        if abs(misfit / goal - 1) <= 0.02:
            return Solution(last.x, steps, "the misfit is that of the noise", weight)
        if low is None or high is None:
            weight *= 10 if high is None else 0.1
            if not 1e-14 * first < weight < 1e14 * first:
                break
            continue
        share = low[1] / (low[1] - high[1])
        weight = exp(low[0] + min(max(share, 0.1), 0.9) * (high[0] - low[0]))
    assert last is not None
    if best is not None:
        return Solution(best.x, steps, best.reason, best.weight)
    return Solution(last.x, steps, "the data can't be fitted to the noise: is noise too small?", weight)


def by_sure(solve: Solve, problem: Problem, first: float, *, span: float = 1e4, tries: int = 12) -> Solution:
    """The weight with the least unbiased estimate of the risk ‖A x̂ − A x‖², by golden section in logarithms.

    ‖A x̂(y) − y‖² + 2 σ² div A x̂(y), with the divergence along one random direction of signs.

    Source: C. M. Stein, Ann. Statist. 9 (1981); S. Ramani, T. Blu, M. Unser, IEEE Trans. Image Process. 17 (2008).
    """
    xp, rng = namespace(problem.y), np.random.default_rng(0)
    signs = (
        xp.asarray(rng.choice([-1.0, 1.0], tuple(problem.y.shape)), dtype=xp.abs(problem.y).dtype)
        + 0 * problem.y
    )
    sigma = max(problem.noise, 1e-6 * norm(problem.y) / max(1, problem.count) ** 0.5)
    epsilon = 0.1 * sigma
    moved = Problem(problem.operator, problem.y + epsilon * signs, problem.noise, problem.start)
    steps, found = 0, dict[float, tuple[float, Solution]]()

    def risk(position: float) -> float:
        nonlocal steps
        weight = exp(position)
        here, there = solve(problem, weight, None), solve(moved, weight, None)
        steps += here.iterations + there.iterations
        fitted = problem.operator.forward(here.x)
        divergence = dot(signs, problem.operator.forward(there.x) - fitted) / epsilon
        value = norm(fitted - problem.y) ** 2 + 2 * sigma**2 * divergence
        found[position] = (value if isfinite(value) else float("inf"), here)
        return found[position][0]

    best = golden_section(risk, log(first / span), log(first * span), tries)
    return Solution(found[best][1].x, steps, "least estimate of the risk", exp(best))


def golden_section(f: Callable[[float], float], low: float, high: float, tries: int) -> float:
    """Where a function with one valley is least, of the points tried (J. Kiefer, Proc. AMS 4, 1953)."""
    a, b = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    values = {a: f(a), b: f(b)}
    for _ in range(max(0, tries - 2)):
        if values[a] <= values[b]:
            high, b = b, a
            a = high - GOLDEN * (high - low)
            values.setdefault(a, f(a))
        else:
            low, a = a, b
            b = low + GOLDEN * (high - low)
            values.setdefault(b, f(b))
    return min(values, key=lambda x: values[x])
