"""Diffusion of wavelet packets, pixels or latents of images: the generator and its training task."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.diffusion.consistency import consistency_errors
from subband.generate.diffusion.denoiser import Denoiser, Denoising, Projected
from subband.generate.diffusion.guidance import AutoGuidance, ClassifierFree, ClassifierGuidance
from subband.generate.diffusion.likelihood.bound import bound, hybrid_errors
from subband.generate.diffusion.likelihood.flow import bits_per_dimension, log_likelihood
from subband.generate.diffusion.noisy_classifier import NoisyClassifier
from subband.generate.diffusion.samplers.by_name import sampler
from subband.generate.diffusion.samplers.grids import time_grid
from subband.generate.diffusion.samplers.sample import sample
from subband.generate.families.diffusion_settings import DiffusionConfig, configure
from subband.generate.families.latents import LatentSpace
from subband.generate.family import Condition, GeneratorFamily, ImageNetwork, Rate
from subband.generate.pixels import LEVEL, to_signal
from subband.generate.spaces.packets import PacketSpace
from subband.generate.trained import load_family
from subband.nn import Conditioner
from subband.training import WEIGHTS, Moment, Precision, Trainable, fast_precision, normal_like


class ImageDiffusion(ImageNetwork):
    """A denoiser in a space where each channel has mean 0 and variance 1, with an optional classifier."""

    def __init__(self, config: DiffusionConfig):
        super().__init__()
        self.config = config
        self.space = config.make_space()
        net = config.make_network(self.space.channels)
        conditioner = (
            Conditioner(net.embedding, classes=len(config.classes), drop=config.drop)
            if config.classes
            else None
        )
        self.denoiser = Denoiser(
            net,
            config.make_path(),
            config.predict,
            conditioner=conditioner,
            learn_variance=config.learn_variance,
        )
        self.classifier = (
            NoisyClassifier(config.make_classifier(self.space.channels), self.denoiser.path)
            if config.classifier
            else None
        )

    def draw(self, count: int, random: torch.Generator, condition: Condition, config: Any) -> Tensor:
        """Images sampled from white noise, guided as the settings say: (count, channels, size, size)."""
        noise = normal_like(self.space.mean.new_empty(count, *self.space.shape(config.size)), random)
        denoiser = _guided(self, condition, config)
        if config.clip_denoised and isinstance(self.space, PacketSpace):
            denoiser = Projected(denoiser, self._clipped)
        grid = time_grid(config.sampling_steps, denoiser.path, shift=config.sampling_shift)
        options: dict[str, Any] = {"random": random} if sampler(config.sampler).draws else {}
        if config.sampler == "ancestral" and config.learn_variance:
            options["variance"] = "learned"
        precision = fast_precision()
        if config.sampler == "adaptive":  # rounding to bfloat16 would dominate its error estimates
            precision, options["tolerance"] = Precision(), 1e-3
        with precision.context(noise.device):
            channels = sample(denoiser, noise, config.sampler, grid=grid, **options)
        return self.space.decode(channels)

    def _clipped(self, channels: Tensor) -> Tensor:
        """The images with values clipped to [-1, 1], in the space."""
        return self.space.encode(self.space.decode(channels).clamp(-1, 1)).to(channels.dtype)

    @torch.no_grad()
    def bits(self, images: Tensor, random: torch.Generator, *, tolerance: float = 1e-3) -> Tensor:
        """Stochastic estimate of an upper bound on the bits per dimension of images, for test images.

        It is computed from the density of dequantised images, for which models are trained with
        `unround=True`. With learned variances it is the variational bound, otherwise the likelihood of the
        probability flow with Hutchinson's estimate of the trace.

        Args:
            images: uint8, (N, channels, size, size).
            random: generator of the dequantisation noise and of the estimates.
            tolerance: tolerance of the ODE solver.

        Returns:
            Shape (N,); a uniform distribution has 8.

        Raises:
            InvalidInput: if the determinant of the space is not available: non-orthogonal wavelets, latents.
        """
        volume = self.space.log_volume(self.config.size)
        x0 = self.space.encode(_unrounded(to_signal(images), random))
        if self.config.learn_variance:
            nats = -bound(self.denoiser, x0, random=random, variance="learned", pixel=None).total
        else:
            nats = log_likelihood(self.denoiser, x0, random=random, tolerance=tolerance)
        return bits_per_dimension(nats + volume, x0[0].numel())


class DiffusionTask(Trainable):
    """Training task of an `ImageDiffusion`, with a consistency-tuning stage and a classifier where set."""

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
    """`signal` dequantised: with uniform noise of the width of one level."""
    return signal + LEVEL * (torch.rand(signal.shape, generator=random).to(signal) - 0.5)


def _guided(network: ImageDiffusion, condition: Condition, config: DiffusionConfig) -> Denoising:
    """The denoiser conditioned on the classes and guided as the settings say.

    Raises:
        InvalidInput: if the model has no classes or no classifier, was trained without dropping conditions,
            or the weaker model is of other images.
        CheckpointError: if there is no weaker model in the folder, or a damaged one.
    """
    denoiser, w, interval = network.denoiser, config.guidance, config.interval
    if config.guide == "classifier":
        return _by_classifier(network, condition, w, config)
    conditional = _conditional(denoiser, condition)
    if config.guide == "auto" and w != 1:
        weak = _weaker(network, config.guide_with).denoiser
        return AutoGuidance(conditional, _conditional(weak, condition), w, interval)
    if not condition or w == 1:
        return conditional
    return ClassifierFree(denoiser, condition, w, interval)


def _conditional(denoiser: Denoiser, condition: Condition) -> Denoising:
    return denoiser.given(condition) if condition else denoiser


def _by_classifier(
    network: ImageDiffusion, condition: Condition, w: float, config: DiffusionConfig
) -> ClassifierGuidance:
    """The denoiser with the null label, guided by the gradient of log p(label | x_t)."""
    if network.classifier is None:
        raise InvalidInput(
            "can't guide by a classifier: this model was trained without one; train with --classifier "
            "(classifier=True) and drop=0.1, or take guide=classifier-free"
        )
    if not network.config.drop:
        raise InvalidInput(
            "can't guide a network trained without dropping conditions by a classifier: train it with drop=0.1"
        )
    labels = condition["label"]
    unconditional = network.denoiser.given({"label": torch.full_like(labels, -1)})
    return ClassifierGuidance(unconditional, network.classifier.log_probability(labels), w, config.interval)


def _weaker(network: ImageDiffusion, folder: str) -> ImageDiffusion:
    """The weaker model in a folder, checked to be of the same images, space and path."""
    if not folder:
        raise InvalidInput(
            "can't guide by a weaker model without one: name its folder by guide_with, e.g. one in snapshots/ "
            "of the same training"
        )
    weak = _loaded(folder, _changed(folder))
    names = ("size", "channels", "classes", "level", "wavelet", "latent")
    other = [name for name in names if getattr(network.config, name) != getattr(weak.config, name)]
    spaces = (model.space.state_dict().values() for model in (network, weak))
    if not other and not all(map(torch.equal, *spaces)):
        other = ["images"]
    if network.denoiser.path != weak.denoiser.path:
        other.append("path")
    if other:
        raise InvalidInput(
            f"can't guide by the model in {folder}, whose {', '.join(other)} differ: take a weaker model that was "
            "trained on the same images with the same path and packets"
        )
    return weak.to(network.space.mean.device)


def _changed(folder: str) -> int:
    """Modification time of the model in a folder, in ns; 0 if there is none."""
    file = Path(folder, WEIGHTS)
    return file.stat().st_mtime_ns if file.is_file() else 0


@lru_cache(maxsize=1)
def _loaded(folder: str, written: int) -> ImageDiffusion:
    """The network in a folder, cached by modification time, as every batch of samples uses it."""
    return load_family(FAMILY, folder).network  # pyright: ignore[reportReturnType]


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
    rates={32: Rate(200, 115), 64: Rate(180, 110)},
    lab_share=0.5,  # it needs the most training
)
