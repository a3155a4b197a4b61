"""TransGAN: a generator and a critic of transformers, with WGAN-GP and DiffAugment."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.adversarial.task import AdversarialSettings, AdversarialTask, Augment, LossName
from subband.generate.family import Condition, GeneratorFamily, ImageNetwork, Rate, check_config, halvings
from subband.nn.transgan import TransCritic, TransGenerator
from subband.training import check_choices, fitted, from_data


@dataclass(frozen=True)
class TransConfig:
    """Settings of a TransGAN.

    Attributes:
        size: height and width of the images.
        channels: number of image channels.
        classes: class names; empty, as this family is unconditional.
        latent: length of the noise vector.
        widths: length of the generator's tokens on each grid, coarsest first; the finest has one for each pixel.
        depths: the generator's blocks on each grid.
        heads: of attention.
        critic_width: length of the critic's tokens.
        critic_depths: the critic's blocks on each of its grids, finest first.
        patch: side of the patches of the critic's finest grid.
        loss: of both networks.
        penalty: weight gamma of R1; with the wasserstein loss that of WGAN-GP.
        every: interval in steps of the penalty, whose weight is multiplied by it.
        augment: of what the critic sees: none, diff (DiffAugment) or ada (adaptive).
        batch: real images per training step, and as many generated ones.
        rate: learning rate of Adam for both networks.
        average: width of the power-function average of the generator's weights.
    """

    size: int = from_data()
    channels: int = from_data(3)
    classes: tuple[str, ...] = from_data(())
    latent: int = 64
    widths: tuple[int, ...] = fitted((128, 64, 32))
    depths: tuple[int, ...] = fitted((2, 2, 1))
    heads: int = 4
    critic_width: int = 96
    critic_depths: tuple[int, ...] = fitted((2, 2))
    patch: int = fitted(4)
    loss: LossName = "relativistic"
    penalty: float = 1.0
    every: int = 4
    augment: Augment = "diff"
    batch: int = 32
    rate: float = 5e-4
    average: float = 0.1

    def __post_init__(self) -> None:
        check_choices(self)
        check_config(
            self.size, latent=self.latent, widths=self.widths, depths=self.depths, heads=self.heads,
            critic_width=self.critic_width, critic_depths=self.critic_depths, patch=self.patch, every=self.every,
            batch=self.batch, rate=self.rate,
        )  # fmt: skip
        if self.penalty < 0:
            raise InvalidInput(f"can't use penalty={self.penalty}: it must be 0 or more")


def configure(size: int, *, channels: int = 3, classes: tuple[str, ...] = (), **chosen: Any) -> TransConfig:
    """Settings for an image size: grids from about 8 x 8 up to one token for each pixel."""
    check_config(size)
    times = max(halvings(size, 5, coarsest=6), 1)
    fitting: dict[str, Any] = {
        "widths": tuple(max(128 // 2**i, 32) for i in range(times + 1)),
        "depths": (2,) * times + (1,),
        "critic_depths": (2, 2),
        "patch": 4 if size >= 32 else 2,
    }
    return TransConfig(size, channels, (), **(fitting | chosen))


class TransGAN(ImageNetwork):
    """The generator: noise vector -> image."""

    def __init__(self, config: TransConfig):
        super().__init__()
        self.latent = config.latent
        self.body = TransGenerator(
            config.latent,
            config.channels,
            config.size,
            widths=config.widths,
            depths=config.depths,
            heads=config.heads,
        )

    def images(self, z: Tensor, label: Tensor | None, random: torch.Generator) -> Tensor:
        """z (N, latent) -> (N, channels, size, size)."""
        return self.body(z)

    def draw(self, count: int, random: torch.Generator, condition: Condition, config: Any) -> Tensor:
        """Images generated from noise vectors: (count, channels, size, size)."""
        return self.body(torch.randn(count, self.latent, generator=random).to(self.body.out.weight))


def task(network: TransGAN, config: TransConfig, images: Tensor) -> AdversarialTask:
    """The generator against a critic of transformers.

    The paper's loss is WGAN-GP, and its critic learns in four steps for each of the generator's; here the
    relativistic loss with R1 and R2 is the default, which needs one.
    """
    critic = TransCritic(
        config.channels,
        config.size,
        width=config.critic_width,
        depths=config.critic_depths,
        heads=config.heads,
        patch=config.patch,
    )
    wasserstein = config.loss == "wasserstein"
    gamma = 0.0 if wasserstein else config.penalty
    settings = AdversarialSettings(
        loss=config.loss,
        rate=config.rate,
        critic_rate=config.rate,
        r1=gamma,
        r2=gamma if config.loss == "relativistic" else 0.0,
        interpolated=config.penalty if wasserstein else 0.0,
        every=1 if wasserstein else config.every,
        augment=config.augment,
    )
    return AdversarialTask(network, critic, settings)


FAMILY = GeneratorFamily(
    name="transgan",
    config=TransConfig,
    configure=configure,
    build=TransGAN,
    task=task,
    title="TransGAN: two transformers",
    channels=(1, 3),
    rates={32: Rate(60, 400), 64: Rate(12, 80)},
    lab_share=0.5,
    lab_default=False,
)
