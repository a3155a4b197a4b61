"""Variational autoencoders of one and of two levels of codes, on images as vectors."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Literal, NamedTuple

import torch
from jaxtyping import Float
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.generate.variational.priors import (
    Gaussian,
    PseudoInputs,
    mixture_log_prob,
    standard_normal,
)
from subband.nn import gated_layers, gaussian_divergence
from subband.training import normal_like

Pixels = Float[Tensor, "n values"]
Extra = Float[Tensor, "n classes"]
"""One-hot classes, or no columns."""


class Drawn(NamedTuple):
    """Codes drawn from the posteriors of images.

    Attributes:
        parameters: of the distributions of pixels, (S, N, outputs).
        divergence: of the posterior from the prior in nats, (S, N): log q(z|x) - log p(z) of each sample, or in
            closed form, equal for all samples.
    """

    parameters: Float[Tensor, "s n outputs"]
    divergence: Float[Tensor, "s n"]


class GaussianHead(nn.Module):
    """Linear maps to mean and log-variance; the latter is clipped to [-6, 2], as in the source."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.both = nn.Linear(inputs, 2 * outputs)

    def forward(self, h: Tensor) -> Gaussian:
        mean, log_variance = self.both(h).float().chunk(2, dim=-1)
        return Gaussian(mean, log_variance.clamp(-6.0, 2.0))


class Prior(nn.Module):
    """p(z) of the top level: the standard normal, or a VampPrior of an encoder.

    Args:
        kind: "standard" or "vamp".
        components: number of pseudo-inputs of a VampPrior.
        values: values of an image.
    """

    def __init__(self, kind: Literal["standard", "vamp"], components: int, values: int):
        super().__init__()
        if kind not in ("standard", "vamp"):
            raise InvalidInput(f"no prior {kind!r}: choose standard or vamp")
        self.pseudo = PseudoInputs(components, values) if kind == "vamp" else None

    def log_prob(self, z: Tensor, network: "VariationalNet") -> Tensor:
        """log p(z) in nats: (..., d) -> (...)."""
        if self.pseudo is None:
            return standard_normal(z)
        return mixture_log_prob(z, network.encode(self.pseudo(), self._no_class()))

    def sample(
        self, count: int, width: int, random: torch.Generator, network: "VariationalNet", temperature: float
    ) -> Tensor:
        """Codes of the top level, (count, width), with deviations times the temperature."""
        if self.pseudo is None:
            return temperature * normal_like(network.anchor.new_zeros(count, width), random)
        chosen = torch.randint(len(self.pseudo.inputs), (count,), generator=random)
        component = network.encode(self.pseudo()[chosen], self._no_class(count))
        return component.narrowed(temperature).sample(random)

    def _no_class(self, count: int | None = None) -> Tensor:
        assert self.pseudo is not None
        return self.pseudo.inputs.new_zeros(len(self.pseudo.inputs) if count is None else count, 0)


class VariationalNet(nn.Module, ABC):
    """Encoder, prior and decoder.

    Attributes:
        width: length of a whole code.
        prior: of the top level.
    """

    width: int
    prior: Prior

    @property
    def anchor(self) -> Tensor:
        """A weight, for device and dtype."""
        return next(self.parameters())

    @abstractmethod
    def encode(self, x: Pixels, extra: Extra) -> Gaussian:
        """q(z|x) of the top level: mean and log-variance (N, d)."""

    @abstractmethod
    def posterior(self, x: Pixels, extra: Extra) -> Gaussian:
        """Mean and log-variance of all units, (N, width); of lower levels given the means of the top one."""

    @abstractmethod
    def decode(self, code: Float[Tensor, "n width"], extra: Extra) -> Float[Tensor, "n outputs"]:
        """Codes of all levels -> parameters of the distributions of pixels."""

    @abstractmethod
    def draws(
        self, x: Pixels, extra: Extra, random: torch.Generator, samples: int = 1, *, closed: bool = False
    ) -> Drawn:
        """Samples from the posteriors of images, decoded; `closed` takes divergences in closed form where there is
        one."""

    @abstractmethod
    def generate(
        self, count: int, extra: Extra, random: torch.Generator, *, temperature: float = 1.0
    ) -> Float[Tensor, "count outputs"]:
        """Parameters of the distributions of pixels, of codes drawn from the prior with deviations times the
        temperature."""


class OneLevel(VariationalNet):
    """p(z) p(x|z, y) and q(z|x, y), each of gated layers; y are classes, if there are any.

    Args:
        values: values of an image.
        outputs: parameters of all pixel distributions together.
        hidden: widths of the layers of encoder and decoder, encoder first to last.
        latent: length of a code.
        classes: number of classes that encoder and decoder are given; 0 for none.
        prior: "standard" or "vamp".
        components: number of pseudo-inputs.

    Source: Kingma and Welling 2014; Sohn et al. 2015, "Learning structured output representation using deep
    conditional generative models" (classes); Tomczak and Welling 2018 (gated layers and prior).
    """

    def __init__(
        self,
        values: int,
        outputs: int,
        hidden: Sequence[int],
        latent: int,
        *,
        classes: int = 0,
        prior: Literal["standard", "vamp"] = "standard",
        components: int = 500,
    ):
        super().__init__()
        if classes and prior == "vamp":
            raise InvalidInput("can't give pseudo-inputs classes: take the standard prior, or no classes")
        self.width = latent
        self.encoder = nn.Sequential(gated_layers(values + classes, hidden), GaussianHead(hidden[-1], latent))
        self.decoder = nn.Sequential(
            gated_layers(latent + classes, hidden[::-1]), nn.Linear(hidden[0], outputs)
        )
        self.prior = Prior(prior, components, values)

    def encode(self, x: Pixels, extra: Extra) -> Gaussian:
        return self.encoder(torch.cat([x, extra], dim=-1))

    def posterior(self, x: Pixels, extra: Extra) -> Gaussian:
        return self.encode(x, extra)

    def decode(self, code: Tensor, extra: Extra) -> Tensor:
        return self.decoder(torch.cat([code, extra.expand(*code.shape[:-1], -1)], dim=-1)).float()

    def draws(
        self, x: Pixels, extra: Extra, random: torch.Generator, samples: int = 1, *, closed: bool = False
    ) -> Drawn:
        q = self.encode(x, extra)
        z = q.sample(random, samples)
        if closed and self.prior.pseudo is None:
            divergence = gaussian_divergence(*q).expand(samples, -1)
        else:
            divergence = q.log_prob(z) - self.prior.log_prob(z, self)
        return Drawn(self.decode(z, extra), divergence)

    def generate(
        self, count: int, extra: Extra, random: torch.Generator, *, temperature: float = 1.0
    ) -> Tensor:
        return self.decode(self.prior.sample(count, self.width, random, self, temperature), extra)


class TwoLevel(VariationalNet):
    """p(z2) p(z1|z2) p(x|z1, z2) and q(z2|x) q(z1|x, z2), each of gated layers.

    A whole code is z2 followed by z1.

    Args:
        values, outputs, hidden, prior, components: as for `OneLevel`.
        latent: length of each of z1 and z2.

    Source: Tomczak and Welling 2018, section 3.2 and figure 1.
    """

    def __init__(
        self,
        values: int,
        outputs: int,
        hidden: Sequence[int],
        latent: int,
        *,
        prior: Literal["standard", "vamp"] = "vamp",
        components: int = 500,
    ):
        super().__init__()
        self.latent, self.width = latent, 2 * latent
        first, last = hidden[0], hidden[-1]
        self.top = nn.Sequential(gated_layers(values, hidden), GaussianHead(last, latent))
        self.low_of_image = gated_layers(values, hidden[:1])
        self.low_of_code = gated_layers(latent, hidden[:1])
        self.low = nn.Sequential(gated_layers(2 * first, (last,)), GaussianHead(last, latent))
        self.low_prior = nn.Sequential(gated_layers(latent, hidden), GaussianHead(last, latent))
        self.decoder_of_low = gated_layers(latent, hidden[:1])
        self.decoder_of_top = gated_layers(latent, hidden[:1])
        self.decoder = nn.Sequential(gated_layers(2 * first, (last,)), nn.Linear(last, outputs))
        self.prior = Prior(prior, components, values)

    def encode(self, x: Pixels, extra: Extra) -> Gaussian:
        return self.top(x)

    def _low(self, x: Pixels, z2: Tensor) -> Gaussian:
        h = self.low_of_image(x)
        return self.low(torch.cat([h.expand(*z2.shape[:-1], -1), self.low_of_code(z2)], dim=-1))

    def posterior(self, x: Pixels, extra: Extra) -> Gaussian:
        q2 = self.encode(x, extra)
        q1 = self._low(x, q2.mean)
        return Gaussian(*(torch.cat(pair, dim=-1) for pair in zip(q2, q1, strict=True)))

    def decode(self, code: Tensor, extra: Extra) -> Tensor:
        z2, z1 = code.split(self.latent, dim=-1)
        return self.decoder(torch.cat([self.decoder_of_low(z1), self.decoder_of_top(z2)], dim=-1)).float()

    def draws(
        self, x: Pixels, extra: Extra, random: torch.Generator, samples: int = 1, *, closed: bool = False
    ) -> Drawn:
        q2 = self.encode(x, extra)
        z2 = q2.sample(random, samples)
        q1, p1 = self._low(x, z2), self.low_prior(z2)
        z1 = q1.sample(random)
        top = q2.log_prob(z2) - self.prior.log_prob(z2, self)
        parameters = self.decode(torch.cat([z2, z1], dim=-1), extra)
        return Drawn(parameters, top + q1.log_prob(z1) - p1.log_prob(z1))

    def generate(
        self, count: int, extra: Extra, random: torch.Generator, *, temperature: float = 1.0
    ) -> Tensor:
        z2 = self.prior.sample(count, self.latent, random, self, temperature)
        return self.decode(
            torch.cat([z2, self.low_prior(z2).narrowed(temperature).sample(random)], dim=-1), extra
        )
