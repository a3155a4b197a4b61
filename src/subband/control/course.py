"""A quadcopter through checkpoints as quickly as its motors allow."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import radians
from typing import Any

import numpy as np

from subband.control.controllers import Along
from subband.control.flight import NOISE, Disturbances, Flight, simulate
from subband.control.quadcopter import Quadcopter
from subband.control.quickest import Plan, minimum_time, on_grid
from subband.errors import InvalidInput

CHECKPOINTS: Sequence[tuple[float, float, float]] = (
    (0.0, 0.0, 3.0),
    (4.0, 0.0, 3.0),
    (4.0, 4.0, 4.0),
    (0.0, 4.0, 2.0),
    (-3.0, 1.0, 4.0),
    (-3.0, -3.0, 2.0),
    (1.0, -4.0, 3.0),
    (0.0, 0.0, 1.0),
)
"""Default course, m: eight legs of 3 to 5.1 m."""

WITHIN = 0.08
"""Distance at which a checkpoint counts as reached, m."""

STEEP, GENTLE = (0.05, radians(70)), (0.25, radians(30))
"""Share of the inputs' range that a plan leaves free at either end, and its largest roll and pitch: of a quick
flight with noisy sensors, and of one that withstands unknown loads and winds."""

AIM = 0.01
"""Half-width of the boxes that the flown plan aims at, m; the rest of `WITHIN` is for errors."""


@dataclass(frozen=True, eq=False)
class Flown:
    """Flights through checkpoints, and their plans.

    Attributes:
        bound: The quickest flight of the undisturbed model through boxes around the checkpoints, with all that the
            motors can.
        plan: What was followed: on the controller's grid, with some of the motors' range left for feedback.
        flight: The batch of flights.
        arrivals: (batch, M) s, ∞ for missed checkpoints.
        settled: (batch,) s from which on the last checkpoint is not left again; ∞ where it is far at the end.
    """

    bound: Plan
    plan: Plan
    flight: Flight
    arrivals: np.ndarray
    settled: np.ndarray

    @property
    def over_bound(self) -> np.ndarray:
        """(batch,) time until it stays at the last checkpoint, relative to the bound, minus 1."""
        return self.settled / self.bound.seconds - 1

    @property
    def legs(self) -> np.ndarray:
        """(batch, M) seconds from one checkpoint to the next."""
        return np.diff(self.arrivals, prepend=0.0, axis=1)


def fly(
    checkpoints: Any = CHECKPOINTS,
    *,
    quad: Quadcopter | None = None,
    disturbances: Disturbances | None = None,
    dt: float = 0.05,
    margin: float = STEEP[0],
    tilt: float = STEEP[1],
    hold: float = 1.0,
    bound: Plan | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Flown:
    """Plan the quickest flight through checkpoints, and fly it with noisy sensors and disturbances.

    Args:
        checkpoints: (M, 3) m.
        quad: The quadcopter, as the controller knows it.
        disturbances: What it doesn't know; sensor noise only by default.
        dt: Sampling interval of the controller, s.
        margin: Share of the inputs' range that the plan leaves free at either end, for feedback.
        tilt: Largest roll and pitch of the plan, rad. `GENTLE` is a margin and a tilt for unknown loads and winds.
        hold: Seconds of hover at the last checkpoint.
        bound: From an earlier call with these checkpoints, to save planning.
        progress: Called with (done, total) of the planning.

    Returns:
        `Flown`.

    Raises:
        InvalidInput: as `minimum_time`; a margin outside of 0 … 0.4.

    Example:
        >>> from subband.control import fly
        >>> flown = fly([(0.0, 0.0, 1.0)])  # doctest: +SKIP
        >>> bool(flown.over_bound[0] < 0.1)  # doctest: +SKIP
        True
    """
    quad = Quadcopter() if quad is None else quad
    if not 0 <= margin <= 0.4:
        raise InvalidInput(f"margin={margin} of the inputs' range: give 0 … 0.4")
    disturbances = Disturbances.none(noise=NOISE) if disturbances is None else disturbances
    room = margin * (quad.most - quad.least)
    limits = (quad.least + room, quad.most - room)
    slower = minimum_time(quad, checkpoints, within=AIM, limits=limits, tilt=tilt, progress=progress)
    if bound is None:
        starts = (None, slower)  # two local optima, often of different length
        found = (minimum_time(quad, checkpoints, within=WITHIN, start=s, progress=progress) for s in starts)
        bound = min(found, key=lambda flight: flight.seconds)
    plan = on_grid(quad, slower, dt, limits, AIM, tilt)
    controller = Along(quad, plan, hold=round(hold / dt), noise=_assumed(disturbances))
    flight = simulate(quad, controller, controller.steps, dt, disturbances)
    last = plan.checkpoints[-1]
    return Flown(bound, plan, flight, flight.arrivals(plan.checkpoints, WITHIN), flight.settled(last, WITHIN))


def _assumed(disturbances: Disturbances) -> tuple[float, float]:
    """The sensors' deviations that the filter assumes: never zero."""
    position, angle = disturbances.noise
    return max(position, 1e-4), max(angle, 1e-4)
