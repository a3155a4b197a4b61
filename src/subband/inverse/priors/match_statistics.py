"""An image with given statistics that explains the measurement; nothing is trained."""

from dataclasses import dataclass, field
from typing import Any, final

import numpy as np

from subband.arrays.arguments import integer, shown
from subband.errors import InvalidInput
from subband.inverse.priors.prior import Prior
from subband.inverse.priors.statistics import Statistics, check_size, check_statistics, values_of
from subband.inverse.priors.tikhonov import Tikhonov
from subband.inverse.problem import Problem, Progress, Solution
from subband.inverse.solvers.lbfgs import minimise
from subband.inverse.torch_arrays import in_torch, like, torch_module

FIRST = 0.1
"""Share of the data in the first round, relative to the statistics at the start."""

ROUNDS = 8
FACTOR = 4.0


@final
@dataclass(frozen=True)
class MatchStatistics(Prior):
    """min ‖S x − target‖² / ‖target‖² + weight · ‖A x − y‖², with the least weight that explains y to the noise.

    The weight starts where the data count a tenth of the statistics, and grows by a factor of four until
    ‖A x − y‖ is that of the noise.

    Args:
        statistics: S: `sb.Scattering(…, average="global")`, or a function such as
            `lambda x: sb.scattering_covariance(x, J=4, L=4)`.
        target: S of what x should look like, an array; or give `like`.
        like: An example image, whose statistics are the target; of any size if S averages over all of it.
        evaluations: The most evaluations of L-BFGS in a round.

    Raises:
        InvalidInput: no target, or one that is not finite.

    Source: L-BFGS on the statistics' error as in J. Bruna, S. Mallat, "Multiscale sparse microcanonical models"
    (2018), with the measurement as a further constraint.
    """

    statistics: Statistics
    target: Any = None
    like: Any = None
    evaluations: int = 60
    _target: Any = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        check_statistics(self.statistics)
        integer("evaluations", self.evaluations, 2)
        if (self.target is None) == (self.like is None):
            raise InvalidInput(
                "give either target=, statistics, or like=, an example image whose statistics they are"
            )
        if self.like is not None:
            check_size(self.statistics, np.shape(self.like))
        found = self.target if self.like is None else values_of(self.statistics, np.asarray(self.like, float))
        found = np.asarray(getattr(found, "array", found))
        if found.dtype.kind not in "iuf" or not np.isfinite(found).all():
            raise InvalidInput(
                f"a target statistic is not a finite real number ({shown(found.dtype)}): look for samples "
                "that are NaN "
                "in the example"
            )
        object.__setattr__(self, "_target", found.astype(np.float64))

    @property
    def name(self) -> str:
        return "match statistics"

    def solve(self, problem: Problem, progress: Progress | None = None) -> Solution:
        check_size(self.statistics, problem.operator.input_shape)
        begun = problem.start if problem.start is not None else Tikhonov().solve(problem).x
        here, torch = in_torch(Problem(problem.operator, problem.y, problem.noise, begun)), torch_module()
        target = torch.asarray(self._target).to(here.y.device)
        start: Any = here.start
        y, x = here.y.to(torch.promote_types(here.y.dtype, torch.float64)), start.double()
        first = values_of(self.statistics, x)
        if tuple(first.shape[-target.ndim :]) != tuple(target.shape):
            raise InvalidInput(
                f"the statistics of x have shape {tuple(first.shape)}, the target {tuple(target.shape)}: "
                "average over all "
                "of the image (average='global'), or give an example of x's size"
            )
        size = target.square().sum()

        def statistics_error(x: Any) -> Any:
            return (values_of(self.statistics, x) - target).square().sum() / size

        def data_error(x: Any) -> Any:
            return (problem.operator.forward(x) - y).abs().square().sum()

        goal = problem.expected_misfit**2
        weight = FIRST * float(statistics_error(x).detach()) / max(float(data_error(x).detach()), goal)
        total, explained = 0, False
        for k in range(ROUNDS):
            w = weight
            found = minimise(lambda x, w=w: statistics_error(x) + w * data_error(x), x, self.evaluations)
            x, total = found.x, total + found.evaluations
            if progress is not None:
                progress(k + 1, ROUNDS)
            explained = float(data_error(x)) <= goal * 1.05
            if explained:
                break
            weight *= FACTOR
        reason = (
            "the misfit is that of the noise"
            if explained
            else "all rounds done, and the data are not explained"
        )
        return Solution(like(x.to(here.y.abs().dtype), problem.y), total, reason, 1 / weight)
