"""The quickest flight through checkpoints within the motors' limits, by direct multiple shooting and IPOPT."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from math import pi, radians
from typing import Any

import numpy as np
import torch

from subband.control.quadcopter import STATES, Quadcopter
from subband.errors import InvalidInput, MissingDependency

TILT = radians(80)
"""Bound of roll and pitch, below a right angle, where Euler's angles are singular."""

SUBSTEPS = 2
"""Runge–Kutta steps in a step of a plan."""

DONE = 1e-5
"""Violation of the dynamics that a plan may have, in the states' units."""

SLOWER = (1.0, 1.01, 1.02, 1.04, 1.08)
"""Durations on the grid relative to the plan's, the first that there is a flight for."""

SHORTEST, LONGEST = 2e-3, 2.0  # s, of a step


@dataclass(frozen=True, eq=False)
class Plan:
    """A flight through checkpoints that obeys the nonlinear dynamics.

    Attributes:
        states: (K + 1, 12) as in `subband.control.STATES`.
        inputs: (K, 4) constant within each step.
        steps: (K,) durations, s.
        arrivals: (M,) index of the state at each checkpoint.
        checkpoints: (M, 3) m.
        defect: Largest violation of the dynamics, in the states' units.
    """

    states: np.ndarray
    inputs: np.ndarray
    steps: np.ndarray
    arrivals: np.ndarray
    checkpoints: np.ndarray
    defect: float

    @property
    def seconds(self) -> float:
        """Duration of the flight."""
        return float(self.steps.sum())

    @property
    def times(self) -> np.ndarray:
        """(K + 1,) of the states, s."""
        return np.concatenate([[0.0], np.cumsum(self.steps)])


def minimum_time(
    quad: Quadcopter,
    checkpoints: Any,
    *,
    within: float = 0.08,
    nodes: int = 16,
    limits: tuple[float, float] | None = None,
    tilt: float = TILT,
    start: Plan | None = None,
    iterations: int = 1000,
    progress: Callable[[int, int], None] | None = None,
) -> Plan:
    """A locally time-optimal flight from rest at the origin through checkpoints, to rest at the last.

    Minimises Σ N hᵢ over states, inputs and the step hᵢ of each leg, subject to x_{k+1} = Φ(xₖ, uₖ, hᵢ), the limits
    of inputs and angles, and boxes of half-width `within` around the checkpoints.

    Args:
        quad: The quadcopter.
        checkpoints: (M, 3) in the order of the flight, m.
        within: Half-width of the boxes. A flight through balls of this radius takes at least as long as one through
            boxes around them.
        nodes: N, steps of a leg.
        limits: Least and greatest input; those of `quad` by default. Narrower ones leave some for feedback.
        tilt: Largest roll and pitch, rad, below π / 2. The less, the more thrust is left for the altitude.
        start: A plan through the same number of checkpoints with as many nodes, to begin with; a straight path by
            default.
        iterations: Most steps of IPOPT.
        progress: Called with (done, total).

    Returns:
        A `Plan`.

    Raises:
        InvalidInput: checkpoints that are not (M, 3) and finite, fewer than 4 nodes, limits that can't carry the
            weight, a start of another size, or no feasible flight found.
        MissingDependency: CasADi is not installed.

    Source: H. G. Bock, K. J. Plitt, A multiple shooting algorithm for direct solution of optimal control problems,
    1984; J. A. E. Andersson et al., CasADi, 2019; A. Wächter, L. T. Biegler, IPOPT, 2006.

    Example:
        >>> from subband.control import Quadcopter, minimum_time
        >>> plan = minimum_time(Quadcopter(), [(0.0, 0.0, 0.5)], nodes=8)
        >>> plan.states.shape, plan.defect < 1e-6, plan.seconds < 1.5
        ((9, 12), True, True)
    """
    points = np.asarray(checkpoints, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 3 or not len(points) or not np.isfinite(points).all():
        raise InvalidInput(f"checkpoints of shape {points.shape}: give finite positions, (M, 3), in metres")
    if nodes < 4:
        raise InvalidInput(f"nodes={nodes}: give 4 steps of a leg or more")
    if not 0 < tilt < pi / 2:
        raise InvalidInput(
            f"tilt={tilt:g}: give the largest roll and pitch in radians, above 0 and below π / 2"
        )
    low, high = (quad.least, quad.most) if limits is None else limits
    if not quad.least <= low < quad.hover[0] < high <= quad.most:
        raise InvalidInput(
            f"limits={limits} can't carry the weight: give {quad.least} <= low < {quad.hover[0]:.4g} < high <= "
            f"{quad.most}"
        )
    arrivals = nodes * np.arange(1, len(points) + 1)
    if start is not None and not np.array_equal(start.arrivals, arrivals):
        raise InvalidInput(
            f"start reaches its checkpoints at steps {start.arrivals.tolist()}, this flight at "
            f"{arrivals.tolist()}: plan the start with as many checkpoints and nodes"
        )
    first = _straight(quad, points, nodes) if start is None else (start.states, start.inputs, start.steps)
    bounds = Bounds(points, within, arrivals, (low, high), tilt)
    return _solved(quad, bounds, first, True, iterations, progress)


def on_grid(
    quad: Quadcopter, plan: Plan, dt: float, limits: tuple[float, float], within: float, tilt: float = TILT
) -> Plan:
    """A flight like `plan` whose steps all last `dt`, with whole numbers of steps for each leg.

    Of the flights of its duration it is the one whose inputs change least.

    Args:
        quad: The quadcopter.
        plan: From `minimum_time`.
        dt: Sampling interval of the controller, s.
        limits: Of the inputs.
        within: Half-width of the boxes at the checkpoints.
        tilt: Largest roll and pitch, rad.

    Raises:
        InvalidInput: no feasible flight found.
        MissingDependency: CasADi is not installed.
    """
    for slower in SLOWER:
        # Rounded up as late as possible: a leg makes use of what those before were rounded up.
        ends = np.ceil(slower * plan.times[plan.arrivals] / dt - 1e-9).astype(int)
        arrivals = np.cumsum(np.maximum(np.diff(ends, prepend=0), 1))
        bounds = Bounds(plan.checkpoints, within, arrivals, limits, tilt)
        try:
            return _solved(quad, bounds, _resampled(plan, arrivals, dt), False)
        except InvalidInput:
            if slower == SLOWER[-1]:
                raise
    raise AssertionError("unreachable")


@dataclass(frozen=True)
class Bounds:
    """What a flight must keep to.

    Attributes:
        points: (M, 3) checkpoints, m.
        within: Half-width of the boxes around them, m.
        arrivals: (M,) states that are in them.
        limits: Least and greatest input.
        tilt: Largest roll and pitch, rad.
    """

    points: np.ndarray
    within: float
    arrivals: np.ndarray
    limits: tuple[float, float]
    tilt: float

    @property
    def legs(self) -> np.ndarray:
        """(K,) The leg of each step."""
        return np.repeat(np.arange(len(self.points)), np.diff(self.arrivals, prepend=0))

    def of_states(self) -> tuple[np.ndarray, np.ndarray]:
        """(K + 1, 12) lower and upper bounds: at rest at either end, in the boxes, not too steep."""
        high = np.full((self.arrivals[-1] + 1, len(STATES)), np.inf)
        high[:, 6:8] = self.tilt
        high[0], high[-1, 3:] = 0, 0
        low = -high
        low[self.arrivals, :3], high[self.arrivals, :3] = self.points - self.within, self.points + self.within
        return low, high


Flight = tuple[np.ndarray, np.ndarray, np.ndarray]  # states, inputs, steps


def _solved(
    quad: Quadcopter,
    bounds: Bounds,
    start: Flight,
    free: bool,
    iterations: int = 1000,
    progress: Callable[[int, int], None] | None = None,
) -> Plan:
    """The quickest flight, or (unless `free`) the smoothest of the given steps."""
    ca = _casadi()
    legs, (X0, U0, steps) = bounds.legs, start
    K, M = len(legs), len(bounds.points)
    problem = ca.Opti()
    X, U = problem.variable(len(STATES), K + 1), problem.variable(4, K)
    h = problem.variable(M) if free else ca.DM(steps[np.searchsorted(legs, np.arange(M))])
    problem.subject_to(X[:, 1:] == _advance(ca, quad).map(K)(X[:, :-1], U, h[legs].T))
    low, high = bounds.of_states()
    for k, column in enumerate(low.T):
        bounded = np.flatnonzero(np.isfinite(column))
        problem.subject_to(problem.bounded(column[bounded], X[k, bounded.tolist()].T, high[bounded, k]))
    problem.subject_to(problem.bounded(bounds.limits[0], ca.vec(U), bounds.limits[1]))
    if free:
        problem.subject_to(problem.bounded(SHORTEST, h, LONGEST))
        problem.minimize(ca.dot(ca.DM(np.bincount(legs)), h))
        problem.set_initial(h, steps[np.searchsorted(legs, np.arange(M))])
    else:
        problem.minimize(ca.sumsqr(U[:, 1:] - U[:, :-1]) / 1e4)
    problem.set_initial(X, X0.T)
    problem.set_initial(U, np.clip(U0, *bounds.limits).T)
    if progress is not None:
        problem.callback(lambda k: progress(min(k + 1, iterations), iterations))
    # A barrier that falls monotonically converges on more courses than an adaptive one.
    options = {"max_iter": iterations, "print_level": 0, "sb": "yes", "mu_strategy": "monotone"}
    problem.solver("ipopt", {"expand": True, "print_time": False}, options)
    with suppress(RuntimeError):  # whether there is a flight is seen below
        problem.solve()
    values, status = problem.debug.value, problem.stats()
    X1, U1, h1 = np.array(values(X)).T, np.array(values(U)).T, np.array(values(h)).reshape(-1)[legs]
    defect = _defect(quad, X1, U1, h1)
    if not (status["success"] and defect < DONE):
        raise InvalidInput(
            f"no flight through these checkpoints was found within limits {bounds.limits}, "
            f"{status['return_status']} with the dynamics violated by {defect:.2g}: give more nodes, wider "
            "limits or nearer checkpoints"
        )
    return Plan(X1, np.clip(U1, *bounds.limits), h1, bounds.arrivals, bounds.points, defect)


def _casadi() -> Any:
    try:
        import casadi
    except ImportError as error:
        raise MissingDependency("planning flights needs CasADi: pip install 'subband[control]'") from error
    return casadi


def _advance(ca: Any, quad: Quadcopter) -> Any:
    """Φ(x, u, h) as a function of symbols."""
    x, u, h = ca.SX.sym("x", len(STATES)), ca.SX.sym("u", 4), ca.SX.sym("h")

    def rate(x: Any) -> Any:
        return ca.vertcat(*quad.motion(ca.vertsplit(x), ca.vertsplit(u), ca))

    after, step = x, h / SUBSTEPS
    for _ in range(SUBSTEPS):
        a = rate(after)
        b = rate(after + step / 2 * a)
        c = rate(after + step / 2 * b)
        d = rate(after + step * c)
        after = after + step / 6 * (a + 2 * b + 2 * c + d)
    return ca.Function("advance", [x, u, h], [after])


def _defect(quad: Quadcopter, X: np.ndarray, U: np.ndarray, steps: np.ndarray) -> float:
    """Largest violation of the dynamics as the simulation has them."""
    x, u, h = (torch.as_tensor(a, dtype=torch.float64) for a in (X, U, steps))
    return float((x[1:] - quad.step(x[:-1], u, h[:, None], substeps=SUBSTEPS)[-1]).abs().max())


def _straight(quad: Quadcopter, points: np.ndarray, nodes: int) -> Flight:
    """A straight path at hover, two metres a second or slower."""
    ends = np.vstack([np.zeros(3), points])
    corners = nodes * np.arange(len(ends))
    X = np.zeros((corners[-1] + 1, len(STATES)))
    X[:, :3] = np.stack([np.interp(np.arange(len(X)), corners, column) for column in ends.T], axis=1)
    lengths = np.linalg.norm(np.diff(ends, axis=0), axis=1)
    h = np.maximum(lengths / 2.0, 1.0) / nodes
    return X, np.tile(quad.hover, (len(X) - 1, 1)), np.repeat(h, nodes)


def _resampled(plan: Plan, arrivals: np.ndarray, dt: float) -> Flight:
    """States, inputs and steps of a plan at other times, leg by leg."""
    corners = np.concatenate([[0], arrivals])
    ends = np.concatenate([[0.0], plan.times[plan.arrivals]])
    at = np.interp(np.arange(arrivals[-1] + 1), corners, ends)
    states = np.stack([np.interp(at, plan.times, column) for column in plan.states.T], axis=1)
    middles, now = (plan.times[1:] + plan.times[:-1]) / 2, (at[1:] + at[:-1]) / 2
    inputs = np.stack([np.interp(now, middles, column) for column in plan.inputs.T], axis=1)
    return states, inputs, np.full(len(inputs), dt)
