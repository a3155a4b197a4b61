"""L-BFGS with a strong Wolfe line search, as a coroutine that asks for values and gradients.

Written so that many independent searches can share each evaluation: a search yields the point at which it wants
f and ∇f, and is sent both.
"""

from collections.abc import Generator
from dataclasses import dataclass, field
from math import isfinite, sqrt

import numpy as np

Asked = Generator[np.ndarray, tuple[float, np.ndarray], str]
"""Yields points, receives (f, ∇f), returns why it stopped."""

HISTORY = 20
SUFFICIENT, CURVATURE = 1e-4, 0.9
LONGEST_SEARCH = 20


@dataclass
class Memory:
    """All that an L-BFGS search knows between two steps; enough to continue it.

    Attributes:
        x: (D,) the last point accepted.
        f, g: Value and gradient there.
        steps, changes: The last differences of points and of gradients, oldest first.
        count: Steps taken.
    """

    x: np.ndarray
    f: float = np.inf
    g: np.ndarray = field(default_factory=lambda: np.zeros(0))
    steps: list[np.ndarray] = field(default_factory=list)
    changes: list[np.ndarray] = field(default_factory=list)
    count: int = 0

    def direction(self) -> np.ndarray:
        """−H g by the two-loop recursion (Nocedal & Wright, algorithm 7.4)."""
        q, alphas = self.g.copy(), []
        for s, y in zip(reversed(self.steps), reversed(self.changes), strict=True):
            alphas.append(float(s @ q) / float(y @ s))
            q -= alphas[-1] * y
        if self.steps:
            s, y = self.steps[-1], self.changes[-1]
            q *= float(s @ y) / float(y @ y)
        for s, y, alpha in zip(self.steps, self.changes, reversed(alphas), strict=True):
            q += (alpha - float(y @ q) / float(y @ s)) * s
        return -q

    def learn(self, x: np.ndarray, f: float, g: np.ndarray) -> None:
        """Move to x and remember the curvature along the way, if it is positive."""
        s, y = x - self.x, g - self.g
        if float(s @ y) > 1e-10 * sqrt(float(s @ s) * float(y @ y)):
            self.steps.append(s)
            self.changes.append(y)
            del self.steps[:-HISTORY], self.changes[:-HISTORY]
        self.x, self.f, self.g, self.count = x, f, g, self.count + 1


def lbfgs(memory: Memory) -> Asked:
    """Minimise until there is no descent left; whoever drives it stops it earlier.

    Args:
        memory: Where to start, or to go on; kept up to date.

    Source: J. Nocedal, S. Wright, Numerical Optimization (2006), algorithm 7.5.
    """
    if not memory.g.size:
        memory.f, memory.g = yield memory.x
    while True:
        if not np.any(memory.g):
            return "the gradient is zero"
        d = memory.direction()
        slope = float(d @ memory.g)
        if not slope < 0:
            memory.steps.clear()
            memory.changes.clear()
            d, slope = -memory.g, -float(memory.g @ memory.g)
        # Without curvature, a step after which a linear f would be 0: f is a sum of squares.
        first = 1.0 if memory.steps else memory.f / -slope
        found = yield from strong_wolfe(memory.x, memory.f, slope, d, first)
        if found is None:
            if not memory.steps:
                return "no step along the gradient decreases the energy further"
            memory.steps.clear()
            memory.changes.clear()
            continue
        memory.learn(*found)


Point = tuple[np.ndarray, float, np.ndarray]


def strong_wolfe(
    x: np.ndarray, f0: float, slope0: float, d: np.ndarray, first: float
) -> Generator[np.ndarray, tuple[float, np.ndarray], Point | None]:
    """A point x + a d with f ≤ f₀ + c₁ a f₀′ and |f′| ≤ c₂ |f₀′|; the best found, or None without decrease.

    Source: Nocedal & Wright, algorithms 3.5 and 3.6, with cubic interpolation (3.59).
    """
    a_before, f_before, slope_before = 0.0, f0, slope0
    low: tuple[float, float, float] | None = None
    high: tuple[float, float, float] | None = None
    best: Point | None = None
    a = first
    for k in range(LONGEST_SEARCH):
        point = x + a * d
        f, g = yield point
        slope = float(g @ d)
        good = isfinite(f) and isfinite(slope)
        if good and f < (best[1] if best else f0):
            best = (point, f, g)
        enough = good and f <= f0 + SUFFICIENT * a * slope0
        if enough and abs(slope) <= -CURVATURE * slope0:
            return point, f, g
        if low is None or high is None:  # bracket
            if not good:
                low, high = (a_before, f_before, slope_before), (a, np.inf, np.inf)
            elif not enough or (k > 0 and f >= f_before):
                low, high = (a_before, f_before, slope_before), (a, f, slope)
            elif slope >= 0:
                low, high = (a, f, slope), (a_before, f_before, slope_before)
            else:
                a_before, f_before, slope_before = a, f, slope
                a *= 4.0 if k else 2.0
                continue
        elif not enough or f >= low[1]:  # zoom
            high = (a, f, slope)
        else:
            if slope * (high[0] - low[0]) >= 0:
                high = low
            low = (a, f, slope)
        if abs(high[0] - low[0]) * sqrt(float(d @ d)) < 1e-12 * (1 + sqrt(float(x @ x))):
            break
        a = _between(low, high)
    return best


def _between(low: tuple[float, float, float], high: tuple[float, float, float]) -> float:
    """The minimum of the cubic through two points with slopes, kept off the ends of the interval."""
    (a, fa, ga), (b, fb, gb) = low, high
    middle = 0.5 * (a + b)
    if not (isfinite(fb) and isfinite(gb)):
        return a + 0.1 * (b - a)
    d1 = ga + gb - 3 * (fa - fb) / (a - b)
    square = d1 * d1 - ga * gb
    if square < 0:
        return middle
    d2 = sqrt(square) * (1 if b > a else -1)
    under = gb - ga + 2 * d2
    found = b - (b - a) * (gb + d2 - d1) / under if under else middle
    margin = 0.1 * abs(b - a)
    return found if min(a, b) + margin <= found <= max(a, b) - margin else middle
