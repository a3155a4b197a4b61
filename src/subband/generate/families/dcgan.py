"""DCGAN, and the same with classes: a conditional GAN."""

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.adversarial.labels import drawn_labels
from subband.generate.adversarial.task import AdversarialSettings, AdversarialTask, Augment, LossName
from subband.generate.family import Condition, GeneratorFamily, ImageNetwork, Rate, check_config
from subband.generate.unlabelled import by_tone
from subband.nn.dcgan import DCCritic, DCGenerator, measured_again
from subband.training import check_choices, from_data, generator

_BATCHES = 8  # of 64 images, from which normalisation is measured again


@dataclass(frozen=True)
class DCGANConfig:
    """Settings of a DCGAN.

    Attributes:
        size: height and width of the images.
        channels: number of image channels.
        classes: class names; empty, as this family is unconditional.
        latent: length of the noise vector.
        width: channels of the finest grid; coarser ones have twice as many each, at most eight times.
        loss: of both networks.
        penalty: weight gamma of R1; above 0 the critic has no batch normalisation.
        augment: of what the critic sees: none, diff (DiffAugment) or ada (adaptive).
        batch: real images per training step, and as many generated ones.
        rate: learning rate of Adam for both networks.
        average: width of the power-function average of the generator's weights.
    """

    size: int = from_data()
    channels: int = from_data(3)
    classes: tuple[str, ...] = from_data(())
    latent: int = 64
    width: int = 32
    loss: LossName = "non-saturating"
    penalty: float = 0.0
    augment: Augment = "none"
    batch: int = 64
    rate: float = 2e-4
    average: float = 0.1

    def __post_init__(self) -> None:
        check_choices(self)
        check_config(self.size, latent=self.latent, width=self.width, batch=self.batch, rate=self.rate)
        if self.penalty < 0:
            raise InvalidInput(f"can't use penalty={self.penalty}: it must be 0 or more")


@dataclass(frozen=True)
class ConditionalConfig(DCGANConfig):
    """Settings of a conditional GAN.

    Attributes:
        classes: class names, which this family needs.
        condition: how the critic is told the class: by projection or by concatenation.
    """

    condition: Literal["projection", "concatenation"] = "projection"
    loss: LossName = "hinge"
    penalty: float = 1.0
    rate: float = 5e-4


def configure_dcgan(
    size: int, *, channels: int = 3, classes: tuple[str, ...] = (), **chosen: Any
) -> DCGANConfig:
    """Settings for an image size."""
    return DCGANConfig(size, channels, (), **chosen)


def configure_conditional(
    size: int, *, channels: int = 3, classes: tuple[str, ...] = (), **chosen: Any
) -> ConditionalConfig:
    """Settings for an image size."""
    return ConditionalConfig(size, channels, classes, **chosen)


class DCGAN(ImageNetwork):
    """The generator: noise vector, and class -> image."""

    def __init__(self, config: DCGANConfig):
        super().__init__()
        self.latent, self.classes = config.latent, len(config.classes)
        self.body = DCGenerator(
            config.latent, config.channels, config.size, width=config.width, classes=self.classes
        )

    def images(self, z: Tensor, label: Tensor | None, random: torch.Generator) -> Tensor:
        """z (N, latent), label (N,) -> (N, channels, size, size)."""
        return self.body(z, label)

    def draw(self, count: int, random: torch.Generator, condition: Condition, config: Any) -> Tensor:
        """Images generated from noise vectors: (count, channels, size, size)."""
        z = torch.randn(count, self.latent, generator=random).to(self.body.project.weight)
        return self.body(z, drawn_labels(count, self.classes, random, condition, z.device))


def settle(network: DCGAN, images: Tensor) -> None:
    """Measure the statistics of the batch normalisations for the averaged weights."""
    random = generator(0, 0)
    weight = network.body.project.weight
    noise = [torch.randn(64, network.latent, generator=random).to(weight) for _ in range(_BATCHES)]

    def draw(z: Tensor) -> None:
        label = torch.arange(len(z), device=z.device) % network.classes if network.classes else None
        network.body(z, label)

    measured_again(network, noise, draw)


def task(network: DCGAN, config: DCGANConfig, images: Tensor) -> AdversarialTask:
    """The generator against its mirror image, a critic of strided convolutions."""
    critic = DCCritic(
        config.channels,
        config.size,
        width=config.width,
        classes=len(config.classes),
        condition=config.condition if isinstance(config, ConditionalConfig) else "projection",
        normalised=not config.penalty,
    )
    settings = AdversarialSettings(
        loss=config.loss,
        rate=config.rate,
        critic_rate=config.rate,
        betas=(0.5, 0.999) if not config.penalty else (0.0, 0.99),
        r1=config.penalty,
        every=4,
        augment=config.augment,
    )
    return AdversarialTask(network, critic, settings)


DCGAN_FAMILY = GeneratorFamily(
    name="dcgan",
    config=DCGANConfig,
    configure=configure_dcgan,
    build=DCGAN,
    task=task,
    settle=settle,
    title="DCGAN: strided convolutions with batch normalisation",
    channels=(1, 3),
    rates={32: Rate(600, 3000), 64: Rate(150, 800)},
    lab_share=0.3,
    lab_default=False,
)
CONDITIONAL_FAMILY = GeneratorFamily(
    name="cgan",
    config=ConditionalConfig,
    configure=configure_conditional,
    build=DCGAN,
    task=task,
    settle=settle,
    title="Conditional GAN: class by projection or concatenation",
    channels=(1, 3),
    conditional=True,
    labelled=True,
    unlabelled=by_tone,
    rates={32: Rate(500, 3000), 64: Rate(120, 800)},
    lab_share=0.3,
    lab_default=False,
)
