"""Variance-preserving paths in discrete steps, and their beta schedules."""

import math
from dataclasses import dataclass

import numpy as np
import scipy
import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.diffusion.paths.continuous import VariancePreserving


@dataclass(frozen=True)
class StepPath(VariancePreserving):
    """Variance preserving in T steps: x_k = sqrt(1 - beta_k) x_{k-1} + sqrt(beta_k) eps, k = 1..T, t = k / T.

    Between the steps log alpha is a monotone cubic interpolant (PCHIP), for continuous-time samplers.

    Attributes:
        betas: beta_1..beta_T, each above 0 and below 1.

    Source: Sohl-Dickstein et al. 2015; Ho et al. 2020, equation 2.
    """

    betas: tuple[float, ...]

    def __post_init__(self) -> None:
        betas = np.asarray(self.betas, dtype=np.float64)
        if betas.ndim != 1 or not len(betas) or not (np.all(betas > 0) and np.all(betas < 1)):
            raise InvalidInput("can't diffuse by these betas: give one or more, each above 0 and below 1")
        table = np.concatenate([[0.0], np.cumsum(np.log1p(-betas)) / 2])
        # Polynomial coefficients in the offset from each step, highest power first: (4, T).
        steps, curve = np.arange(len(table)), scipy.interpolate.PchipInterpolator
        pieces = curve(steps, table).c if len(betas) > 1 else _line(table)
        object.__setattr__(self, "_pieces", torch.from_numpy(np.ascontiguousarray(pieces)))

    @property
    def steps(self) -> int:
        """Number of steps T."""
        return len(self.betas)

    @property
    def near(self) -> float:
        return 1 / self.steps

    def times(self) -> Tensor:
        """1/T, 2/T, ..., 1: float64, shape (T,)."""
        return torch.arange(1, self.steps + 1, dtype=torch.float64) / self.steps

    def snap(self, t: Tensor) -> Tensor:
        return (t * self.steps).round() / self.steps

    def log_alpha(self, t: Tensor) -> Tensor:
        (a, b, c, d), past = self._piece(t)
        return (((a * past + b) * past + c) * past + d).to(t.dtype)

    def rate(self, t: Tensor) -> Tensor:
        (a, b, c, _), past = self._piece(t)
        return (-2 * self.steps * ((3 * a * past + 2 * b) * past + c)).to(t.dtype)

    def _piece(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Coefficients of the cubic piece at each time, (4, N), and the offset into it, in steps."""
        position = (t.double() * self.steps).clamp(0, self.steps)
        step = position.floor().clamp(max=self.steps - 1)
        pieces: Tensor = self._pieces.to(t.device)  # pyright: ignore[reportAttributeAccessIssue]
        return pieces[:, step.long()], position - step

    def draw_times(self, count: int, source: torch.Generator) -> Tensor:
        return torch.randint(1, self.steps + 1, (count,), generator=source) / self.steps


def linear_betas(steps: int = 1000, first: float = 1e-4, last: float = 0.02) -> tuple[float, ...]:
    """Linear betas of Ho et al. 2020, scaled by 1000 / steps to keep the final noise level; at most 0.999."""
    _some_steps(steps)
    scale = 1000 / steps
    return tuple(np.linspace(scale * first, scale * last, steps).clip(max=0.999).tolist())


def cosine_betas(steps: int = 1000, offset: float = 0.008, most: float = 0.999) -> tuple[float, ...]:
    """1 - alpha_k^2 / alpha_{k-1}^2 of `CosinePath`, at most `most`: Nichol and Dhariwal 2021, section 3.2."""
    _some_steps(steps)
    angle = math.pi / 2 * (np.linspace(0, 1, steps + 1) + offset) / (1 + offset)
    power = np.cos(angle) ** 2
    return tuple((1 - power[1:] / power[:-1]).clip(max=most).tolist())


def root_betas(steps: int = 1000, first: float = 0.00085, last: float = 0.012) -> tuple[float, ...]:
    """Betas whose square roots are linear, the schedule of latent diffusion (Rombach et al. 2022)."""
    _some_steps(steps)
    return tuple((np.linspace(first**0.5, last**0.5, steps) ** 2).tolist())


def _line(ends: np.ndarray) -> np.ndarray:
    return np.array([[0.0], [0.0], [ends[1] - ends[0]], [ends[0]]])


def _some_steps(steps: int) -> None:
    if steps < 1:
        raise InvalidInput(f"can't diffuse in {steps} steps: take 1 or more")
