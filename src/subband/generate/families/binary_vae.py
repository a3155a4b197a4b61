"""Variational autoencoders of black-and-white images whose likelihood is known: VampPrior, β-VAE, CVAE."""

import math
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot, softplus

from subband.errors import InvalidInput
from subband.generate.family import Condition, GeneratorFamily, ImageNetwork, Rate, check_config
from subband.training import Moment, Trainable, check_choices, from_data, normal_like

_CHUNK = 64


@dataclass(frozen=True)
class BinaryVAEConfig:
    """Settings of a variational autoencoder with Bernoulli pixels.

    Attributes:
        size: height and width of the images.
        channels: number of image channels.
        classes: class names; those of a conditional autoencoder, else empty.
        prior: "standard", N(0, 1), or "vamp", the mixture of the posteriors of learnt pseudo-inputs.
        levels: of latent variables, 1 or 2.
        components: pseudo-inputs of the prior "vamp".
        latent: length of the code at each level.
        hidden: width of the gated layers.
        beta: weight of the divergence from the prior; 1 is the evidence lower bound.
        warmup: fraction of the training over which the weight rises from 0.
        batch: images per training step.
        rate: learning rate of Adam.
        average: width of the power-function average of the weights.
    """

    size: int = from_data()
    channels: int = from_data(1)
    classes: tuple[str, ...] = from_data(())
    prior: Literal["standard", "vamp"] = "vamp"
    levels: int = 1
    components: int = 500
    latent: int = 40
    hidden: int = 300
    beta: float = 1.0
    warmup: float = 0.2
    batch: int = 100
    rate: float = 1e-3
    average: float = 0.1

    def __post_init__(self) -> None:
        check_config(
            self.size,
            components=self.components,
            latent=self.latent,
            hidden=self.hidden,
            beta=self.beta,
            warmup=self.warmup,
            batch=self.batch,
            rate=self.rate,
        )
        check_choices(self)
        if self.levels not in (1, 2):
            raise InvalidInput(f"can't use levels={self.levels}: 1 or 2")
        if self.classes and self.prior == "vamp":
            raise InvalidInput("a conditional autoencoder has prior='standard': pseudo-inputs have no class")


class Gated(nn.Module):
    """(N, a) -> (N, b): (W x + b) σ(V x + c)."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.both = nn.Linear(inputs, 2 * outputs)

    def forward(self, x: Tensor) -> Tensor:
        value, gate = self.both(x).chunk(2, dim=-1)
        return value * gate.sigmoid()


class GaussianLayers(nn.Module):
    """(N, inputs) -> mean and log-variance of a normal distribution, each (N, latent)."""

    def __init__(self, inputs: int, hidden: int, latent: int):
        super().__init__()
        self.body = nn.Sequential(Gated(inputs, hidden), Gated(hidden, hidden))
        self.head = nn.Linear(hidden, 2 * latent)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_variance = self.head(self.body(x)).chunk(2, dim=-1)
        return mean, log_variance.clamp(-8, 4)


def normal_log_density(z: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """log N(z; mean, variance), summed over the last axis, in nats."""
    terms = log_variance + (z - mean).square() / log_variance.exp() + math.log(2 * math.pi)
    return -0.5 * terms.sum(dim=-1)


class BinaryVAE(ImageNetwork):
    """Encoder, decoder and prior over one or two levels of codes.

    One level: p(z) p(x|z), q(z|x). Two: p(z2) p(z1|z2) p(x|z1, z2), q(z2|x) q(z1|x, z2). The prior of the top
    level is N(0, 1), or (1/K) Σ q(z|u_k) over K learnt pseudo-inputs u_k. With classes, all of these are given the
    class too.

    Source: Kingma and Welling 2014; Tomczak and Welling 2018, "VAE with a VampPrior", equations 9 and 11 to 14;
    Sohn, Lee and Yan 2015 (classes).
    """

    def __init__(self, config: BinaryVAEConfig):
        super().__init__()
        self.config = config
        values, extra = config.channels * config.size**2, len(config.classes)
        code, hidden = config.latent, config.hidden
        self.top = GaussianLayers(values + extra, hidden, code)  # q(z|x), or q(z2|x)
        if config.levels == 2:
            self.lower = GaussianLayers(values + code + extra, hidden, code)  # q(z1|x, z2)
            self.lower_prior = GaussianLayers(code + extra, hidden, code)  # p(z1|z2)
        self.decoder = nn.Sequential(
            Gated(config.levels * code + extra, hidden), Gated(hidden, hidden), nn.Linear(hidden, values)
        )
        if config.prior == "vamp":
            self.pseudo = nn.Parameter(torch.randn(config.components, values) * 0.5 - 2)

    def values(self, images: Tensor, random: torch.Generator) -> Tensor:
        """Images in [-1, 1] -> (N, values) of 0 and 1: each is 1 with the probability of its brightness."""
        shares = (images.flatten(1).float() + 1) / 2
        return (torch.rand(shares.shape, generator=random).to(shares) < shares).to(shares)

    def given(self, labels: Tensor | None, count: int) -> Tensor:
        """(N, classes) of 0 and 1; no columns without classes."""
        device = next(self.parameters()).device
        if not self.config.classes:
            return torch.zeros(count, 0, device=device)
        assert labels is not None
        return one_hot(labels.to(device), len(self.config.classes)).float()

    def log_prior(self, z: Tensor) -> Tensor:
        """log p(z) of the top level, (N,) nats."""
        if self.config.prior == "standard":
            return normal_log_density(z, torch.zeros_like(z), torch.zeros_like(z))
        mean, log_variance = self.top(self.pseudo.sigmoid())
        each = normal_log_density(z[:, None], mean, log_variance)
        return each.logsumexp(dim=1) - math.log(len(mean))

    def terms(self, x: Tensor, given: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor]:
        """One sample of the codes: log p(x|z), and log p(z) - log q(z|x), each (N,) nats."""
        top = self.top(torch.cat([x, given], dim=1))
        z = top[0] + (top[1] / 2).exp() * normal_like(top[0], random)
        relative = self.log_prior(z) - normal_log_density(z, *top)
        if self.config.levels == 2:
            low = self.lower(torch.cat([x, z, given], dim=1))
            z1 = low[0] + (low[1] / 2).exp() * normal_like(low[0], random)
            prior = self.lower_prior(torch.cat([z, given], dim=1))
            relative = relative + normal_log_density(z1, *prior) - normal_log_density(z1, *low)
            z = torch.cat([z1, z], dim=1)
        logits = self.decoder(torch.cat([z, given], dim=1))
        return (x * logits - softplus(logits)).sum(dim=1), relative

    @torch.no_grad()
    def log_likelihood(
        self, images: Tensor, random: torch.Generator, *, samples: int = 500, labels: Tensor | None = None
    ) -> Tensor:
        """Importance-sampled log p(x) of images, which it approaches from below as the samples grow.

        Args:
            images: in [-1, 1], (N, channels, size, size); made black and white first.
            random: generator of that, and of the codes.
            samples: of the codes for each image, S; 1 gives the evidence lower bound's own estimate.
            labels: (N,) classes, of a conditional autoencoder.

        Returns:
            (N,) nats.

        Source: Burda, Grosse and Salakhutdinov 2016, "Importance weighted autoencoders", equation 8.
        """
        x = self.values(images.to(next(self.parameters()).device), random)
        given = self.given(labels, len(x))
        weights = [
            torch.stack([torch.stack(self.terms(part, known, random)).sum(dim=0) for _ in range(samples)])
            for part, known in zip(x.split(_CHUNK), given.split(_CHUNK), strict=True)
        ]
        return torch.cat([w.logsumexp(dim=0) for w in weights]) - math.log(samples)

    @torch.no_grad()
    def information(self, images: Tensor, labels: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """What each unit of the top level knows of images in [-1, 1]: a collapsed one has 0 of both.

        Returns:
            (latent,) mean KL(q(z|x) || N(0, 1)), nats, and (latent,) variance over images of the posterior's
            mean; a
            unit is called active if that is above 0.01 (Burda et al. 2016).
        """
        shares = (images.flatten(1).float().to(next(self.parameters()).device) + 1) / 2
        mean, log_variance = self.top(torch.cat([shares, self.given(labels, len(shares))], dim=1))
        nats = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)
        return nats.mean(dim=0), mean.var(dim=0)

    def reconstruct(self, images: Tensor) -> Tensor:
        """What the mean codes leave of images in [-1, 1]; of a conditional one, for an even mix of classes."""
        x = (images.flatten(1).float() + 1) / 2
        given = self.given(None, len(x)) if not self.config.classes else self._even(len(x)).to(x)
        z = self.top(torch.cat([x, given], dim=1))[0]
        if self.config.levels == 2:
            z = torch.cat([self.lower(torch.cat([x, z, given], dim=1))[0], z], dim=1)
        return self._images(z, given)

    def draw(self, count: int, random: torch.Generator, condition: Condition, config: Any) -> Tensor:
        """Brightness of images of codes from the prior: (count, channels, size, size)."""
        labels = condition.get("label")
        if labels is not None:
            any_class = torch.randint(len(self.config.classes), labels.shape, generator=random)
            labels = torch.where(labels < 0, any_class, labels)
        given = self.given(labels, count)
        noise = normal_like(given.new_empty(count, self.config.latent), random)
        if self.config.prior == "vamp":
            chosen = torch.randint(self.config.components, (count,), generator=random).to(noise.device)
            mean, log_variance = self.top(self.pseudo[chosen].sigmoid())
            z = mean + (log_variance / 2).exp() * noise
        else:
            z = noise
        if self.config.levels == 2:
            mean, log_variance = self.lower_prior(torch.cat([z, given], dim=1))
            z = torch.cat([mean + (log_variance / 2).exp() * normal_like(mean, random), z], dim=1)
        return self._images(z, given)

    def _images(self, z: Tensor, given: Tensor) -> Tensor:
        shares = self.decoder(torch.cat([z, given], dim=1)).sigmoid()
        return 2 * shares.reshape(len(z), self.config.channels, self.config.size, self.config.size) - 1

    def _even(self, count: int) -> Tensor:
        return torch.full((count, len(self.config.classes)), 1 / len(self.config.classes))


class BinaryVAETask(Trainable):
    """Training task of a `BinaryVAE`: minus the evidence lower bound, in nats for each value."""

    def __init__(self, network: BinaryVAE, config: BinaryVAEConfig, images: Tensor):
        super().__init__()
        self.network = network
        self.config = config

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {"main": torch.optim.Adam(self.parameters(), self.config.rate, fused=True)}

    def step(self, batch: dict[str, Tensor], k: Moment) -> dict[str, Tensor]:
        """batch["image"] (N, channels, size, size) in [-1, 1]; the images are black and white anew in each step."""
        x = self.network.values(batch["image"], k.random)
        fidelity, relative = self.network.terms(x, self.network.given(batch.get("label"), len(x)), k.random)
        weight = self.config.beta * min(k.progress / self.config.warmup, 1.0)
        loss = -(fidelity + weight * relative).mean() / x.shape[1]
        return {"loss": loss, "nats": -(fidelity + relative).mean(), "divergence": -relative.mean()}


def configure(
    size: int, *, channels: int = 3, classes: tuple[str, ...] = (), **chosen: Any
) -> BinaryVAEConfig:
    """Settings for an image size."""
    check_config(size)
    return BinaryVAEConfig(size, channels, classes, **chosen)


def configure_conditional(
    size: int, *, channels: int = 3, classes: tuple[str, ...] = (), **chosen: Any
) -> BinaryVAEConfig:
    """Settings of an autoencoder that is told classes."""
    return configure(size, channels=channels, classes=classes, **({"prior": "standard"} | chosen))


VAMPPRIOR = GeneratorFamily(
    name="vampprior",
    config=BinaryVAEConfig,
    configure=configure,
    build=BinaryVAE,
    task=BinaryVAETask,
    title="Autoencoder with a learnt prior, of black-and-white images",
    channels=(1, 3),
    rates={32: Rate(4000, 8000)},
)
CVAE = GeneratorFamily(
    name="cvae",
    config=BinaryVAEConfig,
    configure=configure_conditional,
    build=BinaryVAE,
    task=BinaryVAETask,
    title="Autoencoder that is told a class, of black-and-white images",
    channels=(1, 3),
    conditional=True,
    rates={32: Rate(4000, 8000)},
)
