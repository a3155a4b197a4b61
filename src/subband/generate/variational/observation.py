"""Distributions of pixels given a code: black or white, or 256 levels."""

from abc import ABC, abstractmethod
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

from subband.errors import InvalidInput

Values = Float[Tensor, "*n values"]
Parameters = Float[Tensor, "*n parameters"]


class Observation(ABC):
    """Independent distributions of the values of an image, p(x|z).

    Attributes:
        parameters: parameters of each value.
    """

    parameters: int

    @abstractmethod
    def target(self, images: Tensor, random: torch.Generator) -> Values:
        """What is modelled of images in [-1, 1]: (N, ...) -> (N, values), from 0 to 1."""

    @abstractmethod
    def log_prob(self, parameters: Parameters, x: Float[Tensor, "*m values"]) -> Float[Tensor, "*n"]:
        """log p(x) in nats, summed over the values: (..., values * self.parameters), (..., values) -> (...).

        The leading axes are broadcast, those of x to those of the parameters.
        """

    @abstractmethod
    def mean(self, parameters: Parameters) -> Values:
        """Expected values, from 0 to 1."""

    @abstractmethod
    def sample(self, parameters: Parameters, random: torch.Generator) -> Values:
        """Values drawn from the distributions, from 0 to 1."""


class Bernoulli(Observation):
    """Values of 0 or 1; the parameters are logits.

    Args:
        binarise: how images become black and white: "drawn" takes each value as the probability of white, anew
            each time, "threshold" compares it with 1/2.
    """

    parameters = 1

    def __init__(self, binarise: Literal["drawn", "threshold"] = "drawn"):
        self.binarise = binarise

    def target(self, images: Tensor, random: torch.Generator) -> Values:
        light = ((images.float() + 1) / 2).clamp(0, 1).flatten(1)
        if self.binarise == "threshold":
            return (light >= 0.5).float()
        return (torch.rand(light.shape, generator=random).to(light) < light).float()

    def log_prob(self, parameters: Parameters, x: Float[Tensor, "*m values"]) -> Float[Tensor, "*n"]:
        return (x * parameters - F.softplus(parameters)).sum(dim=-1)

    def mean(self, parameters: Parameters) -> Values:
        return parameters.sigmoid()

    def sample(self, parameters: Parameters, random: torch.Generator) -> Values:
        return (torch.rand(parameters.shape, generator=random).to(parameters) < parameters.sigmoid()).float()


class DiscretisedLogistic(Observation):
    """256 levels, each the integral of a logistic density over its interval; the outermost ones reach to infinity.

    The parameters are the logits of the means, followed by the log-scales.

    Source: Salimans et al. 2017, "PixelCNN++", equation 2, with one component.
    """

    parameters = 2
    LEVELS = 256

    def target(self, images: Tensor, random: torch.Generator) -> Values:
        return ((images.float() + 1) / 2).clamp(0, 1).flatten(1)

    def log_prob(self, parameters: Parameters, x: Float[Tensor, "*m values"]) -> Float[Tensor, "*n"]:
        mean, scale = self._mean_and_scale(parameters)
        half = 0.5 / (self.LEVELS - 1)
        below, above = (x - half - mean) / scale, (x + half - mean) / scale
        # log(s(b) - s(a)) = -softplus(-b) - softplus(a) + log(1 - exp(a - b)), s being the sigmoid.
        lowest, highest = x < half, x > 1 - half
        upper = F.softplus(-above).masked_fill(highest, 0.0)
        lower = F.softplus(below).masked_fill(lowest, 0.0)
        between = torch.log(-torch.expm1(-2 * half / scale)).masked_fill(lowest | highest, 0.0)
        return (between - upper - lower).sum(dim=-1)

    def mean(self, parameters: Parameters) -> Values:
        return self._mean_and_scale(parameters)[0]

    def sample(self, parameters: Parameters, random: torch.Generator) -> Values:
        mean, scale = self._mean_and_scale(parameters)
        drawn = mean + scale * torch.rand(mean.shape, generator=random).to(mean).logit(eps=1e-6)
        return (drawn.clamp(0, 1) * (self.LEVELS - 1)).round() / (self.LEVELS - 1)

    def _mean_and_scale(self, parameters: Parameters) -> tuple[Values, Values]:
        logits, log_scale = parameters.chunk(2, dim=-1)
        return logits.sigmoid(), log_scale.clamp(-7.0, 1.0).exp()


def observation(name: str, binarise: Literal["drawn", "threshold"] = "drawn") -> Observation:
    """The distribution of a name, bernoulli or logistic.

    Raises:
        InvalidInput: if the name is another.
    """
    if name == "bernoulli":
        return Bernoulli(binarise)
    if name == "logistic":
        return DiscretisedLogistic()
    raise InvalidInput(f"no pixel distribution {name!r}: choose bernoulli or logistic")
