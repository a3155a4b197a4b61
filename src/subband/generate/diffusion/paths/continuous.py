"""Forward processes in continuous time: straight flow, variance preserving, variance exploding, EDM."""

import math
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.diffusion.paths.path import Path


@dataclass(frozen=True)
class FlowPath(Path):
    """The straight path: alpha = 1 - t, sigma = t, trained at logit-normal times.

    Attributes:
        mean: mean of logit t; negative values weight the training towards low noise.
        spread: standard deviation of logit t.

    Source: Lipman et al. 2023, "Flow matching for generative modeling"; times from Esser et al. 2024,
    "Scaling rectified flow transformers", section 3.1.
    """

    mean: float = 0.0
    spread: float = 1.0

    @property
    def far(self) -> float:
        return 0.999

    def coefficients(self, t: Tensor) -> tuple[Tensor, Tensor]:
        return 1 - t, t

    def rates(self, t: Tensor) -> tuple[Tensor, Tensor]:
        return -torch.ones_like(t), torch.ones_like(t)

    def draw_times(self, count: int, source: torch.Generator) -> Tensor:
        return (self.mean + self.spread * torch.randn(count, generator=source)).sigmoid()


class VariancePreserving(Path):
    """alpha^2 + sigma^2 = 1, which preserves unit variance: dx = -beta/2 x dt + sqrt(beta) dw.

    Subclasses define log alpha and beta, its derivative being -beta/2. Training times are uniform.

    Source: Song et al. 2021, "Score-based generative modeling through SDEs", equation 11.
    """

    @abstractmethod
    def log_alpha(self, t: Tensor) -> Tensor:
        """log alpha(t) = -1/2 of the integral of beta from 0 to t, of t's shape."""

    @abstractmethod
    def rate(self, t: Tensor) -> Tensor:
        """beta(t), of t's shape."""

    def coefficients(self, t: Tensor) -> tuple[Tensor, Tensor]:
        log = self.log_alpha(t)
        return log.exp(), (-torch.expm1(2 * log)).clamp(min=0).sqrt()

    def rates(self, t: Tensor) -> tuple[Tensor, Tensor]:
        a, s = self.coefficients(t)
        half = self.rate(t) / 2
        return -half * a, half * a**2 / s

    def draw_times(self, count: int, source: torch.Generator) -> Tensor:
        return self.near + (self.end - self.near) * torch.rand(count, generator=source)


@dataclass(frozen=True)
class LinearPath(VariancePreserving):
    """beta(t) = first + (last - first) t, the continuous limit of Ho et al. 2020's schedule.

    Source: Song et al. 2021, equation 32.
    """

    first: float = 0.1
    last: float = 20.0

    def log_alpha(self, t: Tensor) -> Tensor:
        return -0.5 * self.first * t - 0.25 * (self.last - self.first) * t**2

    def rate(self, t: Tensor) -> Tensor:
        return self.first + (self.last - self.first) * t


@dataclass(frozen=True)
class CosinePath(VariancePreserving):
    """alpha(t) = cos(pi/2 (t + offset) / (1 + offset)) / cos(pi/2 offset / (1 + offset)).

    Source: Nichol and Dhariwal 2021, "Improved denoising diffusion probabilistic models", equation 17.
    """

    offset: float = 0.008

    @property
    def far(self) -> float:
        return 0.999

    def _angle(self, t: Tensor) -> Tensor:
        return math.pi / 2 * (t + self.offset) / (1 + self.offset)

    def log_alpha(self, t: Tensor) -> Tensor:
        start = math.cos(math.pi / 2 * self.offset / (1 + self.offset))
        return self._angle(t).cos().clamp(min=1e-30).log() - math.log(start)

    def rate(self, t: Tensor) -> Tensor:
        return math.pi / (1 + self.offset) * self._angle(t).tan()


@dataclass(frozen=True)
class RatePath(VariancePreserving):
    """Any smooth beta(t) > 0 on [0, 1]; its integral is computed by Gauss-Legendre quadrature.

    Attributes:
        beta: t -> beta(t), tensors of one shape.
        nodes: number of quadrature nodes; exact for polynomials up to degree 2 nodes - 1.
    """

    beta: Callable[[Tensor], Tensor]
    nodes: int = 32

    def log_alpha(self, t: Tensor) -> Tensor:
        node, weight = (torch.from_numpy(v).to(t) for v in np.polynomial.legendre.leggauss(self.nodes))
        inside = t[..., None] * (1 + node) / 2
        return -0.25 * t * (weight * self.beta(inside)).sum(dim=-1)

    def rate(self, t: Tensor) -> Tensor:
        return self.beta(t)


@dataclass(frozen=True)
class ExplodingPath(Path):
    """Variance exploding: alpha = 1, sigma(t)^2 = least^2 ((most / least)^(2t) - 1).

    The -1 makes sigma(0) = 0, as in the SDE itself. Noise conditional score networks are trained on this path
    with `predict="score"`.

    Attributes:
        least, most: parameters of sigma(t); sigma(1) is about `most`.

    Source: Song et al. 2021, equation 31; levels from Song and Ermon 2019 (`least` = 0.01).
    """

    least: float = 0.01
    most: float = 50.0

    def __post_init__(self) -> None:
        _rising(self.least, self.most)

    def coefficients(self, t: Tensor) -> tuple[Tensor, Tensor]:
        growth = 2 * math.log(self.most / self.least)
        return torch.ones_like(t), self.least * torch.expm1(growth * t).clamp(min=0).sqrt()

    def rates(self, t: Tensor) -> tuple[Tensor, Tensor]:
        growth = 2 * math.log(self.most / self.least)
        s = self.coefficients(t)[1]
        return torch.zeros_like(t), (s**2 + self.least**2) * growth / (2 * s)

    def draw_times(self, count: int, source: torch.Generator) -> Tensor:
        return self.near + (self.end - self.near) * torch.rand(count, generator=source)


@dataclass(frozen=True)
class EdmPath(Path):
    """alpha = 1 and sigma = t, the time being the noise level; training levels are log-normal.

    Attributes:
        least, most: lowest and highest noise level in sampling; `most` is the end of the path.
        mean, spread: mean and standard deviation of ln sigma in training.

    With `Denoiser(net, EdmPath(), "v", data_deviation=0.5)` it is the model of Karras et al. 2022, "Elucidating
    the design space of diffusion-based generative models", table 1, last column: preconditioning, loss
    weight, training times and grid.
    """

    least: float = 0.002
    most: float = 80.0
    mean: float = -1.2
    spread: float = 1.2
    spacing = "karras"

    def __post_init__(self) -> None:
        _rising(self.least, self.most)

    @property
    def end(self) -> float:
        return self.most

    @property
    def near(self) -> float:
        return self.least

    def label(self, t: Tensor) -> Tensor:
        return t.log() / 4

    def coefficients(self, t: Tensor) -> tuple[Tensor, Tensor]:
        return torch.ones_like(t), t

    def rates(self, t: Tensor) -> tuple[Tensor, Tensor]:
        return torch.zeros_like(t), torch.ones_like(t)

    def draw_times(self, count: int, source: torch.Generator) -> Tensor:
        return (self.mean + self.spread * torch.randn(count, generator=source)).exp()


def _rising(least: float, most: float) -> None:
    if not 0 < least < most:
        raise InvalidInput(f"can't add noise from {least} to {most}: take 0 < least < most")
