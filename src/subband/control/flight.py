"""Flights of a batch of quadcopters with loads, wind and noisy sensors."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from subband.control.controllers import Controller
from subband.control.quadcopter import SEEN, STATES, SUBSTEPS, Quadcopter, tilt

NOISE = (5e-3, 8.7e-3)
"""Standard deviation of measured positions (m) and angles (rad) in the exercise."""


@dataclass(frozen=True)
class Disturbances:
    """What the controller doesn't know.

    Attributes:
        load: (batch,) additional mass, kg.
        wind: (batch, 3) constant force, N.
        gust: Standard deviation of the force's change in each step, N.
        noise: Standard deviations of measured position (m) and angles (rad).
        seed: Of gusts and noise.
    """

    load: np.ndarray
    wind: np.ndarray
    gust: float = 0.0
    noise: tuple[float, float] = (0.0, 0.0)
    seed: int = 0

    @staticmethod
    def none(batch: int = 1, noise: tuple[float, float] = (0.0, 0.0), seed: int = 0) -> "Disturbances":
        """No load and no wind."""
        return Disturbances(np.zeros(batch), np.zeros((batch, 3)), 0.0, noise, seed)

    @staticmethod
    def drawn(
        batch: int,
        *,
        load: float = 0.1,
        wind: float = 0.2,
        gust: float = 0.1,
        noise: tuple[float, float] = NOISE,
        seed: int = 0,
    ) -> "Disturbances":
        """Loads from U(0, load), winds from N(0, wind²) along each axis."""
        rng = np.random.default_rng(seed)
        return Disturbances(
            rng.uniform(0, load, batch), rng.normal(0, wind, (batch, 3)), gust, noise, seed + 1
        )


@dataclass(frozen=True, eq=False)
class Flight:
    """What a batch of quadcopters did.

    Attributes:
        dt: Sampling interval, s.
        states: (batch, K·substeps + 1, 12) also between samples.
        inputs: (batch, K, 4) after the limits.
        saturated: (batch,) share of inputs that were at a limit.
        substeps: States in a sampling interval.
    """

    dt: float
    states: np.ndarray
    inputs: np.ndarray
    saturated: np.ndarray
    substeps: int = SUBSTEPS

    @property
    def times(self) -> np.ndarray:
        """Of the states, s."""
        return np.arange(self.states.shape[1]) * self.dt / self.substeps

    def arrivals(self, checkpoints: np.ndarray, within: float = 0.08) -> np.ndarray:
        """(batch, M) seconds at which each checkpoint is reached, after those before; ∞ where it is missed.

        Args:
            checkpoints: (M, 3) m.
            within: Distance that counts, m.
        """
        found = np.full((len(self.states), len(checkpoints)), np.inf)
        for b, path in enumerate(self.states[:, :, :3]):
            since = 0
            for i, point in enumerate(checkpoints):
                # Between two states the path is a chord, whose nearest point counts.
                near = np.flatnonzero(_distance_to_chords(path[since:], point) <= within)
                if not len(near):
                    break
                since += int(near[0])
                found[b, i] = (since + 1) * self.dt / self.substeps
        return found

    def settled(self, point: np.ndarray, within: float = 0.08) -> np.ndarray:
        """(batch,) seconds from which on each flight stays near a point; ∞ where it is far at the end.

        Args:
            point: (3,) m.
            within: Distance that counts, m.
        """
        far = np.linalg.norm(self.states[:, :, :3] - point, axis=-1) > within
        left = far.shape[1] - np.argmax(far[:, ::-1], axis=1)  # first state after the last that is far
        left = np.where(far.any(axis=1), left, 0)
        return np.where(far[:, -1], np.inf, left * self.dt / self.substeps)

    def largest_tilt(self) -> np.ndarray:
        """(batch,) rad."""
        return tilt(torch.as_tensor(self.states)).amax(-1).numpy()


def simulate(
    quad: Quadcopter,
    controller: Controller,
    steps: int,
    dt: float,
    disturbances: Disturbances,
    *,
    start: np.ndarray | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Flight:
    """Fly the nonlinear model, with inputs held between samples and limited to what the motors can.

    Args:
        quad: The quadcopter.
        controller: New for each flight.
        steps: Samples.
        dt: Sampling interval, s.
        disturbances: One or several; the batch is theirs.
        start: (12,) or (batch, 12) first states; hover at the origin by default.
        progress: Called with (done, total).

    Returns:
        A `Flight`.
    """
    batch = len(disturbances.load)
    first = np.zeros(len(STATES)) if start is None else np.asarray(start)
    x = torch.as_tensor(np.broadcast_to(first, (batch, len(STATES))).copy(), dtype=torch.float64)
    load, wind = (torch.as_tensor(a, dtype=torch.float64) for a in (disturbances.load, disturbances.wind))
    random = torch.Generator().manual_seed(disturbances.seed)
    sd = torch.tensor(np.repeat(disturbances.noise, 3))
    states, inputs = [x[None]], []
    limited = x.new_zeros(batch)
    for k in range(steps):
        y = x[:, list(SEEN)] + sd * _normal(random, batch, len(SEEN))
        wanted = controller(k, x, y)
        u = wanted.clamp(quad.least, quad.most)
        limited += ((u <= quad.least) | (u >= quad.most)).double().mean(-1)
        force = wind + disturbances.gust * _normal(random, batch, 3)
        passed = quad.step(x, u, dt, load, force)
        states.append(passed)
        inputs.append(u)
        x = passed[-1]
        if progress is not None:
            progress(k + 1, steps)
    return Flight(
        dt,
        torch.cat(states).transpose(0, 1).numpy(),
        torch.stack(inputs, 1).numpy(),
        (limited / steps).numpy(),
    )


def _normal(random: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=random, dtype=torch.float64)


def _distance_to_chords(path: np.ndarray, point: np.ndarray) -> np.ndarray:
    """(T − 1,) distance of a point from each piece of a path (T, 3)."""
    a, along = path[:-1] - point, np.diff(path, axis=0)
    square = np.maximum((along**2).sum(1), 1e-300)
    t = np.clip(-(a * along).sum(1) / square, 0, 1)
    return np.linalg.norm(a + t[:, None] * along, axis=1)
