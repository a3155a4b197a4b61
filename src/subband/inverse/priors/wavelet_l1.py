"""Sparse coefficients in a wavelet frame."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, final

from subband.arrays.arguments import integer, number, shown
from subband.arrays.namespace import Array, namespace
from subband.errors import InvalidInput
from subband.inverse.priors.prior import Weighted
from subband.inverse.problem import Problem, Solution
from subband.inverse.solvers.fista import fista
from subband.transforms.dualtree import idtcwt
from subband.transforms.linear import LinearMap, Operator, linear_map
from subband.transforms.linear.linear_map import ANALYSES
from subband.transforms.linear.views import PAIRS
from subband.transforms.stationary import iswt


@final
@dataclass(frozen=True)
class L1(Weighted):
    """min ½‖A W⁻¹c − y‖² + weight · Σ |c| over the coefficients c of a wavelet frame; x = W⁻¹c.

    Shrinking is the exact proximal map for coefficients in any frame, redundant ones too. Approximations are not
    penalised.

    Args:
        transform: The inverse transform: `idwt`, `iswt`, `idtcwt`, `ipackets`, …
        wavelet: Its wavelet; None for transforms without one (`idtcwt`).
        level: Its levels.
        weight: See `Weighted`.
        iterations: The most steps of FISTA for a weight.
        tolerance: Relative change at which it stops.
        options: Other arguments of the transform by name, e.g. {"mode": "symmetric"}.

    Raises:
        InvalidInput: another transform or weight.

    Source: I. Daubechies, M. Defrise, C. De Mol, Comm. Pure Appl. Math. 57 (2004); `solvers.fista`.
    """

    transform: Callable[..., Any] = iswt
    wavelet: Any = "sym4"
    level: int = 3
    weight: Any = "discrepancy"
    iterations: int = 200
    tolerance: float = 1e-4
    options: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.check_weight()
        if self.transform in PAIRS and PAIRS[self.transform][0] is not None:
            object.__setattr__(self, "transform", PAIRS[self.transform][0])
        if self.transform not in ANALYSES:
            known = ", ".join(inverse.__name__ for inverse in ANALYSES)
            raise InvalidInput(f"transform={shown(self.transform)}: give one of subband's {known}")
        integer("level", self.level, 1)
        integer("iterations", self.iterations, 1)
        number("tolerance", self.tolerance, "a number above 0", above=0)

    @property
    def name(self) -> str:
        return f"L1 ({ANALYSES[self.transform].__name__})"

    def maps(self, problem: Problem) -> tuple[LinearMap, Operator]:
        """W⁻¹ for the images of a problem, and A W⁻¹."""
        return _maps(problem.operator, self.transform, self.wavelet, self.level, tuple(self.options.items()))

    def scale(self, problem: Problem) -> float:
        return max(problem.noise, 1e-4) * self.maps(problem)[1].norm()

    def with_weight(self, problem: Problem, weight: float, start: Array | None) -> Solution:
        W, S = self.maps(problem)
        begun = problem.operator.adjoint(problem.y) * 0 if start is None else start
        analysis = replace(W, transform=ANALYSES[W.transform])
        c = analysis.forward(begun)
        weights = weight * _penalised(analysis.forward(begun * 0))
        largest = S.norm() ** 2
        found, steps, converged = fista(
            S.forward, S.adjoint, problem.y, c.array, weights, largest, self.iterations, self.tolerance
        )
        return Solution(W.forward(found), steps, "converged" if converged else "all iterations done", weight)


@lru_cache(maxsize=8)
def _maps(
    operator: Operator, transform: Any, wavelet: Any, level: int, options: tuple[tuple[str, Any], ...]
) -> tuple[LinearMap, Operator]:
    shape = operator.input_shape
    named = {"level": level, "axes": tuple(range(-min(2, len(shape)), 0))} | dict(options)
    given = () if wavelet is None or transform is idtcwt else (wavelet,)
    W = linear_map(transform, shape, *given, dtype=operator.dtype, **named)
    return W, operator @ W


def _penalised(zeros: Any) -> Array:
    """1 for details, 0 for approximations; packets have no approximation."""
    xp = namespace(zeros.array)
    if not hasattr(zeros, "map"):
        return xp.ones_like(xp.abs(zeros.array))
    return xp.abs(zeros.map(lambda band: band * 0 + 1, approx=False).array)
