"""The quickest flight through checkpoints within the motors' limits, by sequential linear programming."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import pi, radians
from typing import Any

import numpy as np
import torch
from scipy import sparse
from scipy.optimize import linprog

from subband.control.quadcopter import STATES, Quadcopter
from subband.errors import InvalidInput

SCALE = np.repeat([1.5, 3.0, 0.35, 3.5], 3)
"""Trust region of a step of the programme: position (m), velocity, angles (rad), angular velocity."""
INPUT_SCALE, TIME_SCALE = 40.0, 0.25  # of an input, and of a duration relative to itself
TILT = radians(70)
"""Bound of roll and pitch, where Euler's angles are still far from singular."""

PENALTY = 10.0  # seconds for a unit of violated dynamics: more than any such unit can save
DONE = 1e-5  # violation of the dynamics at which a flight is feasible
CORRECTIONS = 2
SPARE = 2  # steps that each leg may be longer on the grid than planned
GAIN, PATIENCE = 2e-3, 5  # the search ends when so many programmes gain less, relative to the time


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
    iterations: int = 60,
    progress: Callable[[int, int], None] | None = None,
) -> Plan:
    """A locally time-optimal flight from rest at the origin through checkpoints, to rest at the last.

    Minimises Σ hₛ N over states, inputs and the step hₛ of each leg, subject to x_{k+1} = Φ(xₖ, uₖ, hₛ), the limits
    of the inputs, and the boxes of half-width `within` at the checkpoints. Each iteration solves the linear
    programme at the last flight, in a trust region, with an exact penalty of violated dynamics.

    Args:
        quad: The quadcopter.
        checkpoints: (M, 3) in the order of the flight, m.
        within: Half-width of the boxes. A flight through balls of this radius takes at least as long as one through
            boxes around them.
        nodes: Steps of a leg.
        limits: Least and greatest input; those of `quad` by default. Narrower ones leave some for feedback.
        tilt: Largest roll and pitch, rad, below π / 2. The less, the more thrust is left for the altitude.
        iterations: Most linear programmes.
        progress: Called with (done, total).

    Returns:
        A `Plan`.

    Raises:
        InvalidInput: checkpoints that are not (M, 3) and finite, fewer than 4 nodes, limits that can't carry the
            weight, or no feasible flight found.

    Source: Y. Mao, M. Szmuk, B. Açıkmeşe, Successive convexification of non-convex optimal control problems and its
    convergence properties, 2016.
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
    return _refine(
        quad,
        _Legs(points, within, (nodes,) * len(points), tilt),
        (low, high),
        None,
        iterations,
        progress,
        free=True,
    )


def on_grid(
    quad: Quadcopter, plan: Plan, dt: float, limits: tuple[float, float], within: float, tilt: float = TILT
) -> Plan:
    """A flight like `plan` whose steps all last `dt`, with whole numbers of steps for each leg.

    Args:
        quad: The quadcopter.
        plan: From `minimum_time`.
        dt: Sampling interval of the controller, s.
        limits: Of the inputs.
        within: Half-width of the boxes at the checkpoints.
        tilt: Largest roll and pitch, rad.

    Raises:
        InvalidInput: no feasible flight found.
    """
    ends = plan.times[plan.arrivals]
    # Rounded up as late as possible: a leg makes use of what those before were rounded up.
    counts = np.diff(np.ceil(ends / dt - 1e-9).astype(int), prepend=0)
    for spare in range(SPARE + 1):
        legs = _Legs(plan.checkpoints, within, tuple(int(n) for n in np.maximum(counts + spare, 1)), tilt)
        start = _resampled(plan, legs, dt, limits)
        try:
            return _refine(quad, legs, limits, start, 60, None, free=False)
        except InvalidInput:
            if spare == SPARE:
                raise
    raise AssertionError("unreachable")


def _resampled(
    plan: Plan, legs: "_Legs", dt: float, limits: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """States, inputs and steps of a plan at other times, leg by leg."""
    arrivals = np.concatenate([[0], legs.arrivals])
    ends = np.concatenate([[0.0], plan.times[plan.arrivals]])
    at = np.interp(np.arange(arrivals[-1] + 1), arrivals, ends)
    states = np.stack([np.interp(at, plan.times, column) for column in plan.states.T], axis=1)
    middles, now = (plan.times[1:] + plan.times[:-1]) / 2, (at[1:] + at[:-1]) / 2
    inputs = np.stack([np.interp(now, middles, column) for column in plan.inputs.T], axis=1)
    return states, np.clip(inputs, *limits), np.full(len(legs.counts), dt)


@dataclass(frozen=True)
class _Legs:
    points: np.ndarray
    within: float
    counts: tuple[int, ...]
    tilt: float

    @property
    def of_step(self) -> np.ndarray:
        """(K,) The leg of each step."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    @property
    def arrivals(self) -> np.ndarray:
        return np.cumsum(self.counts)


def _refine(
    quad: Quadcopter,
    legs: _Legs,
    limits: tuple[float, float],
    start: tuple[np.ndarray, np.ndarray, np.ndarray] | None,
    iterations: int,
    progress: Callable[[int, int], None] | None,
    free: bool,
) -> Plan:
    """Linear programmes until the dynamics hold and the time no longer falls.

    If the trust region collapses before, violations are made dearer.
    """
    X, U, h = _straight(quad, legs) if start is None else start
    radius, price, weights = 1.0, PENALTY, np.asarray(legs.counts, dtype=float) * free

    def violation(X: np.ndarray, U: np.ndarray, h: np.ndarray) -> tuple[float, float]:
        gap = np.abs(X[1:] - _advance(quad, X[:-1], U, h[legs.of_step]))
        return float(gap.sum()), float(gap.max())

    total, defect = violation(X, U, h)
    times = [np.inf]
    for k in range(iterations):
        dX, dU, dh, predicted = _programme(quad, legs, limits, (X, U, h), radius, price, free)
        best: tuple[float, float, tuple[np.ndarray, np.ndarray, np.ndarray]] | None = None
        for trial in _restored(quad, legs, limits, (X + dX, U + dU, h + dh), radius, price):
            missed, gap = violation(*trial)
            value = float(weights @ trial[2]) + price * missed
            if best is None or value < best[0]:
                best = value, gap, trial
            if gap < DONE:
                break
        cost = float(weights @ h) + price * total
        assert best is not None
        value, gap, trial = best
        if value < cost:
            gain, expected = cost - value, cost - predicted
            (X, U, h), defect = trial, gap
            total = violation(X, U, h)[0]
            radius = min(
                2.0, radius * (1.6 if gain > 0.5 * expected else 1.0 if gain > 0.2 * expected else 0.5)
            )
        else:
            radius /= 3
        if progress is not None:
            progress(k + 1, iterations)
        times.append(float(weights @ h) if defect < DONE else np.inf)
        slow = len(times) > PATIENCE and times[-1 - PATIENCE] - times[-1] < GAIN * max(times[-1], 0.1)
        if defect < DONE and (slow or not free or radius < 1e-4):
            break
        if radius < 1e-4:
            radius, price = 0.3, 3 * price
    if defect > 1e-3:
        raise InvalidInput(
            f"no flight through these checkpoints was found within limits {limits}: the dynamics are violated by "
            f"{defect:.2g}; give more nodes, wider limits or nearer checkpoints"
        )
    return Plan(X, U, h[legs.of_step], legs.arrivals, legs.points, defect)


def _restored(
    quad: Quadcopter,
    legs: _Legs,
    limits: tuple[float, float],
    flight: tuple[np.ndarray, np.ndarray, np.ndarray],
    radius: float,
    price: float,
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The flight, and after each Newton step back onto the dynamics, at the same durations.

    What a step violates is of second order in it. Without these corrections the penalty would allow but tiny steps.
    """
    X, U, h = flight
    for k in range(CORRECTIONS + 1):
        yield X, U, h
        if k < CORRECTIONS:
            dX, dU, _, _ = _programme(quad, legs, limits, (X, U, h), radius, price, free=False)
            X, U = X + dX, U + dU


def _straight(quad: Quadcopter, legs: _Legs) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A straight path at hover, two metres a second or slower."""
    ends = np.vstack([np.zeros(3), legs.points])
    lengths = np.linalg.norm(np.diff(ends, axis=0), axis=1)
    X = np.zeros((sum(legs.counts) + 1, len(STATES)))
    corners = np.concatenate([[0], legs.arrivals])
    X[:, :3] = np.stack([np.interp(np.arange(len(X)), corners, column) for column in ends.T], axis=1)
    h = np.maximum(lengths / 2.0, 1.0) / np.asarray(legs.counts)
    return X, np.tile(quad.hover, (len(X) - 1, 1)), h


def _advance(quad: Quadcopter, X: np.ndarray, U: np.ndarray, h: np.ndarray) -> np.ndarray:
    x, u, dt = (torch.as_tensor(a, dtype=torch.float64) for a in (X, U, h))
    return quad.step(x, u, dt[:, None], substeps=2)[-1].numpy()


def jacobians(
    quad: Quadcopter, X: np.ndarray, U: np.ndarray, h: np.ndarray, substeps: int = 2
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Φ (K, 12), ∂Φ/∂x (K, 12, 12), ∂Φ/∂u (K, 12, 4) and ∂Φ/∂h (K, 12) of the steps."""

    def advance(x: torch.Tensor, u: torch.Tensor, dt: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        after = quad.step(x, u, dt, substeps=substeps)[-1]
        return after, after

    given = tuple(torch.as_tensor(a, dtype=torch.float64) for a in (X, U, h))
    both = torch.func.jacfwd(advance, argnums=(0, 1, 2), has_aux=True)
    (A, B, c), after = torch.func.vmap(both)(*given)
    return after.numpy(), A.numpy(), B.numpy(), c.numpy()


def _programme(
    quad: Quadcopter,
    legs: _Legs,
    limits: tuple[float, float],
    flight: tuple[np.ndarray, np.ndarray, np.ndarray],
    radius: float,
    price: float,
    free: bool,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """The changes of states, inputs and steps that the linear programme gives, and the merit that it predicts.

    Variables: δX, δU, δh and ν⁺, ν⁻ ≥ 0, the violation of δx_{k+1} − A δxₖ − B δuₖ − c δh = Φ − x_{k+1} + ν⁺ − ν⁻.
    """
    X, U, h = flight
    K, n, M = len(U), X.shape[1], len(h)
    after, A, B, c = jacobians(quad, X[:-1], U, h[legs.of_step])
    blocks = sparse.block_diag
    to_next = sparse.hstack([sparse.csr_matrix((K * n, n)), sparse.eye(K * n)])
    from_last = sparse.hstack([blocks(list(A)), sparse.csr_matrix((K * n, n))])
    pick = np.zeros((K, n, M))
    pick[np.arange(K), :, legs.of_step] = c
    one = sparse.eye(K * n)
    equal = sparse.hstack(
        [to_next - from_last, -blocks(list(B)), sparse.csr_matrix(-pick.reshape(K * n, M)), -one, one]
    ).tocsr()
    bounds = _bounds(legs, limits, X, U, h, radius, free)
    free_bounds = np.tile([0.0, np.inf], (2 * K * n, 1))
    prices = np.concatenate(
        [np.zeros(X.size + U.size), np.asarray(legs.counts, float) * free, np.full(2 * K * n, price)]
    )
    solved = linprog(
        prices,
        A_eq=equal,
        b_eq=(after - X[1:]).ravel(),
        bounds=np.vstack([bounds, free_bounds]),
        method="highs",
    )
    if solved.x is None:
        raise InvalidInput(f"the linear programme of the flight has no solution ({solved.message})")
    dX, dU, dh, _ = np.split(solved.x, np.cumsum([X.size, U.size, M]))
    base = float(np.asarray(legs.counts, float) @ h) * free
    return dX.reshape(X.shape), dU.reshape(U.shape), dh, base + float(solved.fun)


def _bounds(
    legs: _Legs,
    limits: tuple[float, float],
    X: np.ndarray,
    U: np.ndarray,
    h: np.ndarray,
    radius: float,
    free: bool,
) -> np.ndarray:
    """(variables, 2) of δX, δU and δh: trust region, limits, tilt, checkpoints, rest at either end."""
    low, high = np.full(X.shape, -np.inf), np.full(X.shape, np.inf)
    low[:, 6:8], high[:, 6:8] = -legs.tilt, legs.tilt
    for k, point in zip(legs.arrivals, legs.points, strict=True):
        low[k, :3], high[k, :3] = point - legs.within, point + legs.within
    for k in (0, -1):
        low[k, 3:] = high[k, 3:] = 0
    low[0, :3] = high[0, :3] = 0
    lower, upper = _met(low - X, high - X, radius * SCALE)
    least, most = _met(limits[0] - U, limits[1] - U, radius * INPUT_SCALE)
    step = (np.full(len(h), 1.0) * free * radius * TIME_SCALE) * h
    step = np.minimum(step, 0.5 * h)
    return np.vstack(
        [
            np.stack([lower.ravel(), upper.ravel()], 1),
            np.stack([least.ravel(), most.ravel()], 1),
            np.stack([-step, step], 1),
        ]
    )


def _met(low: np.ndarray, high: np.ndarray, trust: Any) -> tuple[np.ndarray, np.ndarray]:
    """Bounds within the trust region; where they exclude each other, as near to the bounds as it allows."""
    lower, upper = np.clip(low, -trust, trust), np.clip(high, -trust, trust)
    return lower, upper
