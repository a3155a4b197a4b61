"""A variational autoencoder on the Haar packets of images."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal

from subband.errors import InvalidInput
from subband.generate.family import Condition, GeneratorFamily, ImageNetwork, Rate, check_config, halvings
from subband.generate.pixels import LEVEL, sample_of
from subband.generate.spaces.packets import from_packets, to_packets
from subband.generate.variational.likelihood import CODES, PIXELS, LogLikelihood, log_likelihood
from subband.generate.variational.priors import Gaussian
from subband.nn import Analysis, Synthesis, gaussian_divergence
from subband.training import Moment, Trainable, fitted, from_data, generator, normal_like


@dataclass(frozen=True)
class AutoencoderConfig:
    """Settings of a variational autoencoder.

    Attributes:
        size: height and width of the images.
        channels: number of image channels.
        classes: class names; empty, as this family is unconditional.
        latent: length of the code.
        widths: channels of encoder and decoder on each grid, finest first; the finest grid is size / 2.
        beta: final weight of the KL divergence; 1 gives the evidence lower bound, 0 a plain autoencoder.
        warmup: fraction of the training over which that weight rises from 0.
        batch: images per training step.
        rate: peak learning rate of AdamW.
        average: width of the power-function average of the weights.
    """

    size: int = from_data()
    channels: int = from_data(3)
    classes: tuple[str, ...] = from_data(())
    latent: int = 96
    widths: tuple[int, ...] = fitted((16, 48, 64, 96))
    beta: float = 1.0
    warmup: float = 0.3
    batch: int = 16
    rate: float = 2e-3
    average: float = 0.1

    def __post_init__(self) -> None:
        check_config(self.size, latent=self.latent, warmup=self.warmup, batch=self.batch, rate=self.rate)
        if self.beta < 0:
            raise InvalidInput(f"can't use beta={self.beta}: it must be 0 or more")


def configure(
    size: int, *, channels: int = 3, classes: tuple[str, ...] = (), **chosen: Any
) -> AutoencoderConfig:
    """Settings for an image size: grids from size / 2 down to about 4 x 4, coarser ones wider."""
    check_config(size)
    coarse_first = (96, 64, 48, 16, 16, 16)[: 1 + halvings(size // 2, 5)]
    fitting: dict[str, Any] = {"widths": coarse_first[::-1]} | chosen
    return AutoencoderConfig(size, channels, classes, **fitting)


class PacketVAE(ImageNetwork):
    """Encoder, decoder, and a Gaussian fitted to the aggregated posterior of the training images.

    Samples are decoded from this Gaussian, with the aggregated posterior's mean and covariance, not from the
    prior N(0, 1): after short training the two differ, and the decoder is trained on the former (Tomczak and
    Welling 2018, "VAE with a VampPrior", section 2).

    Attributes:
        centre: mean of the Gaussian, shape (latent,).
        factor: Cholesky factor of its covariance, shape (latent, latent).
    """

    centre: Tensor
    factor: Tensor

    def __init__(self, config: AutoencoderConfig):
        super().__init__()
        self.latent = config.latent
        self.encoder = Analysis(12, config.size // 2, 2 * config.latent, config.widths)
        self.decoder = Synthesis(config.latent, 12, config.size // 2, config.widths)
        self.register_buffer("centre", torch.zeros(config.latent))
        self.register_buffer("factor", torch.eye(config.latent))

    def encode(self, packets: Tensor) -> tuple[Tensor, Tensor]:
        """Packets (N, 12, size/2, size/2) -> mean and log-variance of q(z|x), each (N, latent), float32."""
        mean, log_variance = self.encoder(packets).float().chunk(2, dim=1)
        return mean, log_variance.clamp(-8, 4)

    def reconstruct(self, images: Tensor) -> Tensor:
        """Images in [-1, 1] -> images decoded from their mean codes, (N, 3, size, size)."""
        mean, _ = self.encode(to_packets(images))
        return from_packets(self.decoder(mean))

    def posterior(self, images: Tensor, condition: Condition) -> Gaussian:
        """Mean and log-variance of q(z|x) of images in [-1, 1], each (N, latent)."""
        return Gaussian(*self.encode(to_packets(images.to(self.centre.device))))

    def decode(self, codes: Tensor, condition: Condition) -> Tensor:
        """Codes (N, latent) -> images, about in [-1, 1], (N, 3, size, size)."""
        return from_packets(self.decoder(codes))

    def log_likelihood(
        self,
        images: Tensor,
        condition: Condition,
        *,
        samples: int,
        seed: int = 0,
        progress: Callable[[int, int], None] | None = None,
    ) -> LogLikelihood:
        """Importance-sampled log p(x) of 8-bit images in [-1, 1], under the Gaussian that `draw` samples.

        Uniform noise of one level makes the values continuous, which gives a lower bound for the levels. As in
        training, the decoder's variance is the mean squared error of these images.

        Raises:
            InvalidInput: if there are fewer than two samples.

        Source: Theis et al. 2016, "A note on the evaluation of generative models", section 3.1; Rybkin et al. 2021.
        """
        dither = torch.rand(images.shape, generator=generator(seed, PIXELS)) - 0.5
        x = to_packets((images.cpu().float() + LEVEL * dither).to(self.centre.device))
        q, random, values = Gaussian(*self.encode(x)), generator(seed, CODES), x[0].numel()
        prior = MultivariateNormal(self.centre, scale_tril=self.factor)
        variance = self._errors(q.sample(random, 1), x).mean() / values

        def weigh(count: int) -> Tensor:
            z = q.sample(random, count)
            density = -0.5 * (self._errors(z, x) / variance + values * (2 * math.pi * variance).log())
            return density + values * math.log(LEVEL) + prior.log_prob(z) - q.log_prob(z)

        return log_likelihood(weigh, samples, values, progress=progress)

    def _errors(self, z: Tensor, packets: Tensor) -> Tensor:
        """Squared errors of images decoded from codes (S, N, latent), summed over their values: (S, N)."""
        each = [
            (self.decoder(codes).float() - packets[k]).square().flatten(1).sum(dim=1)
            for k, codes in enumerate(z.unbind(dim=1))
        ]
        return torch.stack(each, dim=1)

    def settle(self, images: Tensor) -> None:
        """Fit the Gaussian to the codes of training images, uint8 (N, 3, size, size).

        Its mean is E[mu] and its covariance Cov[mu] + E[sigma^2].
        """
        signal = sample_of(images).to(self.centre.device)
        codes = [self.encode(to_packets(part)) for part in signal.split(64)]
        mean, variance = torch.cat([m for m, _ in codes]), torch.cat([v.exp() for _, v in codes])
        self.centre.copy_(mean.mean(dim=0))
        self.factor.copy_(torch.linalg.cholesky(torch.cov(mean.T) + variance.mean(dim=0).diag()))

    def draw(self, count: int, random: torch.Generator, condition: Condition, config: Any) -> Tensor:
        """Images decoded from samples of the fitted Gaussian: (count, 3, size, size)."""
        noise = normal_like(self.centre.new_empty(count, self.latent), random)
        return from_packets(self.decoder(self.centre + noise @ self.factor.T))


class VariationalInference(Trainable):
    """Training task of a `PacketVAE`: the evidence lower bound with the optimal decoder variance.

    -ELBO = n/2 (log(2 pi s^2) + 1) + KL, with n the number of values in an image and s^2 the batch's mean
    squared error, which is the minimising variance. The weight of the KL term relative to the error thus
    needs no tuning; beta multiplies it (Higgins et al. 2017, "beta-VAE", equation 4).

    Source: Kingma and Welling 2014; Rybkin et al. 2021, "Simple and effective VAE training with calibrated
    decoders", section 3.
    """

    def __init__(self, network: PacketVAE, config: AutoencoderConfig, images: Tensor):
        super().__init__()
        self.network = network
        self.config = config

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {"main": torch.optim.AdamW(self.parameters(), self.config.rate, betas=(0.9, 0.99), fused=True)}

    def step(self, batch: dict[str, Tensor], k: Moment) -> dict[str, Tensor]:
        """batch["image"] (N, 3, size, size) in [-1, 1]; the loss is in nats per dimension."""
        packets = to_packets(batch["image"])
        mean, log_variance = self.network.encode(packets)
        z = mean + (log_variance / 2).exp() * normal_like(mean, k.random)
        error = (self.network.decoder(z).float() - packets).square().mean()
        dimensions = packets[0].numel()
        fidelity = 0.5 * ((2 * math.pi * error).log() + 1)
        divergence = gaussian_divergence(mean, log_variance).mean() / dimensions
        weight = self.config.beta * min(k.progress / self.config.warmup, 1.0)
        return {"loss": fidelity + weight * divergence, "error": error, "divergence": divergence}


FAMILY = GeneratorFamily(
    name="vae",
    config=AutoencoderConfig,
    configure=configure,
    build=PacketVAE,
    task=VariationalInference,
    settle=PacketVAE.settle,
    rates={32: Rate(690, 2500), 64: Rate(530, 1500)},
    lab_share=0.2,
    title="Variational autoencoder on wavelet packets",
)
