"""Diffusion of images' wavelet packets, pixels or latents: the network that draws, and the task that trains it."""

from typing import Any

import torch
from torch import Tensor

from subband.generate.autoencoders import LatentSpace
from subband.generate.diffusion.bound import bound, hybrid_errors
from subband.generate.diffusion.classifier import NoisyClassifier
from subband.generate.diffusion.denoiser import Denoiser
from subband.generate.diffusion.flow import bits_per_dimension, log_likelihood
from subband.generate.diffusion.grids import time_grid
from subband.generate.diffusion.guides import guided
from subband.generate.diffusion.sampling import sample, sampler
from subband.generate.diffusion.settings import DiffusionConfig, configure
from subband.generate.diffusion.tuning import consistency_errors
from subband.generate.family import Condition, GeneratorFamily, ImageNetwork
from subband.generate.images import LEVEL, to_signal
from subband.nn import Conditioner
from subband.training import Moment, Precision, Trainable, fast_precision, normal_like


class ImageDiffusion(ImageNetwork):
    """A denoiser of images in a space where each channel has mean 0 and variance 1."""

    def __init__(self, config: DiffusionConfig):
        super().__init__()
        self.config = config
        self.space = config.make_space()
        net = config.make_network(self.space.channels)
        told = (
            Conditioner(net.embedding, classes=len(config.classes), drop=config.drop)
            if config.classes
            else None
        )
        self.denoiser = Denoiser(
            net, config.make_path(), config.predict, conditioner=told, learn_variance=config.learn_variance
        )
        self.classifier = (
            NoisyClassifier(config.make_classifier(self.space.channels), self.denoiser.path)
            if config.classifier
            else None
        )

    def draw(self, count: int, random: torch.Generator, condition: Condition, config: Any) -> Tensor:
        """Noise, then the sampler, then the image: (count, channels, size, size)."""
        noise = normal_like(self.space.mean.new_empty(count, *self.space.shape(config.size)), random)
        denoiser = guided(self, condition, config)
        grid = time_grid(config.sampling_steps, denoiser.path, shift=config.sampling_shift)
        options: dict[str, Any] = {"random": random} if sampler(config.sampler).draws else {}
        if config.sampler == "ancestral" and config.learn_variance:
            options["variance"] = "learned"
        precision = fast_precision()
        if config.sampler == "adaptive":  # rounding to bfloat16 would look like errors of its steps
            precision, options["tolerance"] = Precision(), 1e-3
        with precision.context(noise.device):
            channels = sample(denoiser, noise, config.sampler, grid=grid, **options)
        return self.space.decode(channels)

    @torch.no_grad()
    def bits(self, images: Tensor, random: torch.Generator, *, tolerance: float = 1e-3) -> Tensor:
        """Bits for each number of images that the model was not trained on: an upper bound, by chance estimates.

        Train with `unround=True` for it, since what is counted is the density of unrounded images. If variances
        were learnt it is the variational bound, else the likelihood of the probability flow with Hutchinson's
        estimate of the trace.

        Args:
            images: uint8, (N, channels, size, size).
            random: of the noise and of the estimates.
            tolerance: of the flow's solution.

        Returns:
            Shape (N,); uniform guesses cost 8.

        Raises:
            InvalidInput: if the space has no formula for volumes: wavelets that are not orthogonal, latents.
        """
        volume = self.space.log_volume(self.config.size)
        x0 = self.space.encode(_unrounded(to_signal(images), random))
        if self.config.learn_variance:
            nats = -bound(self.denoiser, x0, random=random, variance="learned", pixel=None).total
        else:
            nats = log_likelihood(self.denoiser, x0, random=random, tolerance=tolerance)
        return bits_per_dimension(nats + volume, x0[0].numel())


class DiffusionTask(Trainable):
    """The task of training an `ImageDiffusion`."""

    def __init__(self, network: ImageDiffusion, config: DiffusionConfig, images: Tensor):
        super().__init__()
        self.network = network
        self.config = config
        if isinstance(network.space, LatentSpace):
            network.space.fill(config.autoencoder)
        network.space.take_statistics(images)

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        parts = {"main": self.network.denoiser, "classifier": self.network.classifier}
        return {
            name: torch.optim.AdamW(part.parameters(), self.config.rate, betas=(0.9, 0.99), fused=True)
            for name, part in parts.items()
            if part is not None
        }

    def step(self, batch: dict[str, Tensor], k: Moment) -> dict[str, Tensor]:
        """batch["image"] (N, channels, size, size) in [-1, 1]; batch["label"] (N,) where there are classes."""
        denoiser, config = self.network.denoiser, self.config
        image = _unrounded(batch["image"], k.random) if config.unround else batch["image"]
        x0 = self.network.space.encode(image)
        t = denoiser.path.draw_times(len(x0), k.random).to(x0)
        eps = normal_like(x0, k.random)
        if k.phase == "classifier" and self.network.classifier is not None:
            return {"loss": self.network.classifier.loss(x0, batch["label"], eps, t)}
        condition, keep = None, None
        if denoiser.conditioner is not None:
            condition = {"label": batch["label"]}
            keep = denoiser.conditioner.drawn_keep(len(x0), k.random).to(x0.device)
        tuned = (k.progress - (1 - config.consistency)) / config.consistency if config.consistency else -1.0
        if tuned >= 0:
            errors = consistency_errors(denoiser, x0, eps, t, condition, keep, progress=tuned)
        elif config.learn_variance:
            errors = hybrid_errors(denoiser, x0, eps, t, condition, keep, pixel=None)
        else:
            errors = denoiser.errors(x0, eps, t, condition, keep, measure=config.measure or None)
        return {"loss": errors.mean()}


def _unrounded(signal: Tensor, random: torch.Generator) -> Tensor:
    """With uniform noise of one level added, which makes a density of the law of levels."""
    return signal + LEVEL * (torch.rand(signal.shape, generator=random).to(signal) - 0.5)


FAMILY = GeneratorFamily(
    name="diffusion",
    config=DiffusionConfig,
    configure=configure,
    build=ImageDiffusion,
    task=DiffusionTask,
    averaged=lambda network: network.denoiser,
    title="Diffusion of wavelet packets, pixels or latents",
    channels=(1, 3),
    conditional=True,
)
