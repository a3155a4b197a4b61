"""Total variation."""

from dataclasses import dataclass
from typing import Any, final

from subband.arrays.arguments import integer, number
from subband.arrays.namespace import Array
from subband.errors import InvalidInput
from subband.inverse.priors.prior import Weighted
from subband.inverse.problem import Problem, Progress, Solution
from subband.inverse.solvers.chambolle_pock import TvSolution, total_variation


@final
@dataclass(frozen=True)
class TV(Weighted):
    """min ½‖A x − y‖² + weight · Σ |∇x|, for images with few edges and flat parts.

    For weight="discrepancy" it is solved in one run as min Σ |∇x| with ‖A x − y‖ ≤ noise · √(numbers measured); the
    weight reported is that of the equivalent penalty.

    Args:
        weight: See `Weighted`.
        bounds: Least and greatest value of x, e.g. (0, 1); None for any.
        iterations: The most steps.
        tolerance: Relative change of x over ten steps at which it stops.

    Raises:
        InvalidInput: another weight, or bounds that are not increasing.

    Source: L. I. Rudin, S. Osher, E. Fatemi, Physica D 60 (1992); `solvers.chambolle_pock`.
    """

    weight: Any = "discrepancy"
    bounds: tuple[float, float] | None = None
    iterations: int = 1000
    tolerance: float = 2e-4

    def __post_init__(self) -> None:
        self.check_weight()
        integer("iterations", self.iterations, 1)
        number("tolerance", self.tolerance, "a number above 0", above=0)
        if self.bounds is not None and not (len(self.bounds) == 2 and self.bounds[0] < self.bounds[1]):
            raise InvalidInput(f"bounds={self.bounds!r}: give the least and the greatest value, e.g. (0, 1)")

    def scale(self, problem: Problem) -> float:
        return max(problem.noise, 1e-3) * problem.operator.norm()

    def solve(self, problem: Problem, progress: Progress | None = None) -> Solution:
        if self.weight != "discrepancy":
            return super().solve(problem, progress)
        found = total_variation(problem, None, self.bounds, self.iterations, self.tolerance, progress)
        # At the solution the dual of the data is (A x − y) / weight, and ‖A x − y‖ is the radius.
        weight = problem.expected_misfit / found.dual if found.dual > 0 else None
        return Solution(found.x, found.iterations, _reason(found), weight)

    def with_weight(self, problem: Problem, weight: float, start: Array | None) -> Solution:
        begun = Problem(problem.operator, problem.y, problem.noise, start)
        found = total_variation(begun, weight, self.bounds, self.iterations, self.tolerance)
        return Solution(found.x, found.iterations, _reason(found), weight)


def _reason(found: TvSolution) -> str:
    return "converged" if found.converged else "all iterations done"
