"""StyleGAN3, configurations T and R, and the steps to them from a StyleGAN2-like generator (B to H)."""

import math
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional as F

from subband.errors import InvalidInput
from subband.generate.adversarial.labels import drawn_labels
from subband.generate.adversarial.task import AdversarialSettings, AdversarialTask, Augment, LossName
from subband.generate.equivariance import Moved
from subband.generate.family import Condition, GeneratorFamily, ImageNetwork, Rate, check_config
from subband.generate.stylegan3 import LADDER, StyleCritic, Synthesis, schedule
from subband.generate.stylegan3.mapping import Mapping
from subband.training import Moment, check_choices, fitted, from_data, generator, sampling


@dataclass(frozen=True)
class StyleConfig:
    """Settings of a StyleGAN3.

    Attributes:
        size: height and width of the images.
        channels: number of image channels.
        classes: class names; empty for an unconditional model.
        configuration: T (translations), R (rotations too), or a step before these, B to H, as in the paper.
        latent: length of noise and of the latent.
        mapping: dense layers of the mapping network; 0 for 2, and 8 in B and C.
        layers: layers of T and R before the one that makes the image; about two for each doubling of the side.
        critical: of these, critically sampled ones at the end.
        margin: samples that feature maps go on beyond the image on each side.
        base: channels times the side: a map with cutoff f has base / 2f channels.
        most: the most channels; twice as many in R.
        loss: of both networks.
        penalty: weight gamma of R1, the penalty on the critic's gradient.
        every: interval in steps of the penalty, whose weight is multiplied by it.
        augment: of what the critic sees: none, diff (DiffAugment) or ada (adaptive).
        blur: standard deviation in pixels of the blur that the critic sees images through at first; fitting R.
        blurred: part of the training in which the blur goes to 0.
        batch: real images per training step, and as many generated ones.
        rate: learning rate of the generator.
        critic_rate: learning rate of the critic.
        average: width of the power-function average of the generator's weights.
        truncation: psi of the latents, below 1 for less varied and more typical images.
    """

    size: int = from_data()
    channels: int = from_data(3)
    classes: tuple[str, ...] = from_data(())
    configuration: Literal["B", "C", "D", "E", "F", "G", "H", "T", "R"] = "T"
    latent: int = 64
    mapping: int = 0
    layers: int = fitted(14)
    critical: int = 2
    margin: int = fitted(10)
    base: int = fitted(2048)
    most: int = fitted(64)
    loss: LossName = "non-saturating"
    penalty: float = fitted(1.0)
    every: int = 8
    augment: Augment = "none"
    blur: float = fitted(0.0)
    blurred: float = 0.1
    batch: int = 16
    rate: float = 2.5e-3
    critic_rate: float = 2e-3
    average: float = 0.1
    truncation: float = sampling(1.0)

    def __post_init__(self) -> None:
        check_choices(self)
        check_config(
            self.size, latent=self.latent, layers=self.layers, critical=self.critical, margin=self.margin,
            base=self.base, most=self.most, every=self.every, batch=self.batch, rate=self.rate,
            critic_rate=self.critic_rate,
        )  # fmt: skip
        if min(self.mapping, self.penalty, self.blur, self.blurred, self.truncation) < 0 or self.blurred > 1:
            raise InvalidInput(
                f"can't use mapping={self.mapping}, penalty={self.penalty}, blur={self.blur}, "
                f"blurred={self.blurred}, truncation={self.truncation}: each must be 0 or more, and blurred "
                "a part, at most 1"
            )
        planned(self)


def configure(size: int, *, channels: int = 3, classes: tuple[str, ...] = (), **chosen: Any) -> StyleConfig:
    """Settings for an image size: fewer layers, margins and channels for small images."""
    doublings = max(math.log2(size / 8), 1)
    fitting: dict[str, Any] = {
        "layers": max(min(round(2 * doublings) + 2, 14), 4),
        "margin": 10,
        "base": 16 * size,
        "most": 64,
        "penalty": max(3.1e-5 * size**2, 0.5),
        "blur": 10 * size / 256 if chosen.get("configuration") == "R" else 0.0,
    }
    return StyleConfig(size, channels, classes, **(fitting | chosen))


def planned(config: StyleConfig):
    """The grid of the input, and the layers."""
    return schedule(
        config.size,
        LADDER[config.configuration],
        layers=config.layers,
        critical=config.critical,
        margin=config.margin,
        base=config.base,
        most=config.most,
        channels=config.channels,
    )


class StyleGAN3(ImageNetwork):
    """The generator: noise vector, and class -> latent -> image."""

    def __init__(self, config: StyleConfig):
        super().__init__()
        self.latent, self.classes = config.latent, len(config.classes)
        rung = LADDER[config.configuration]
        depth = config.mapping or (8 if rung.skips else 2)
        self.mapping = Mapping(config.latent, depth, len(config.classes))
        self.synthesis = Synthesis(*planned(config), config.latent, rung)

    def images(self, z: Tensor, label: Tensor | None, random: torch.Generator) -> Tensor:
        """z (N, latent), label (N,) -> (N, channels, size, size); random is of the noise, which B adds."""
        return self.synthesis(self.mapping(z, label), random=random)

    def draw(self, count: int, random: torch.Generator, condition: Condition, config: Any) -> Tensor:
        """Images generated from noise vectors: (count, channels, size, size)."""
        return self._plane(count, random, condition, config.truncation)(None)

    def of_plane(self, count: int, random: torch.Generator, condition: Condition) -> Moved:
        """Draw latents; their images as a function of the transform of the plane that they show."""
        return self._plane(count, random, condition, 1.0)

    def _plane(self, count: int, random: torch.Generator, condition: Condition, truncation: float) -> Moved:
        weight = self.synthesis.input.weight
        z = torch.randn(count, self.latent, generator=random).to(weight)
        label = drawn_labels(count, self.classes, random, condition, z.device)
        w = self.mapping(z, label, truncation)
        noise = int(torch.randint(0, 2**31, (), generator=random))

        def moved(transform: Tensor | None) -> Tensor:
            return self.synthesis(w, None if transform is None else transform.to(weight), generator(noise))

        return moved

    @torch.no_grad()
    def calibrate(self, count: int = 64, seed: int = 0) -> None:
        """Set the running mean squares of all layers to those of some images, as a training would.

        Untrained layers then have inputs of mean square 1, whatever their number.
        """
        label = torch.arange(count) % self.classes if self.classes else None
        w = self.mapping(torch.randn(count, self.latent, generator=generator(seed)), label)
        x = self.synthesis.input(w)
        for layer in self.synthesis.layers:
            layer.magnitude.copy_(x.square().mean())  # type: ignore[operator, union-attr]
            x = layer(x, w)


def task(network: StyleGAN3, config: StyleConfig, images: Tensor) -> AdversarialTask:
    """The generator against StyleGAN2's critic, with R1, and in R with the blur that fades.

    Source: Karras et al. 2021, section 3 and appendix G.
    """
    critic = StyleCritic(
        config.channels, config.size, base=config.base, most=2 * config.most, classes=len(config.classes)
    )
    settings = AdversarialSettings(
        loss=config.loss,
        rate=config.rate,
        critic_rate=config.critic_rate,
        r1=config.penalty,
        every=config.every,
        augment=config.augment,
    )
    return AdversarialTask(network, critic, settings, partial(_through_blur, config=config))


def _through_blur(images: Tensor, k: Moment, config: StyleConfig) -> Tensor:
    """Images blurred by a Gaussian that narrows from `blur` pixels to nothing while the training begins."""
    if not config.blur or not config.blurred or k.progress >= config.blurred:
        return images
    sigma = config.blur * (1 - k.progress / config.blurred)
    reach = min(math.floor(3 * sigma), config.size - 1)
    if reach == 0:
        return images
    at = torch.arange(-reach, reach + 1, device=images.device)
    h = torch.exp(-((at / sigma) ** 2) / 2).to(images)
    h = (h / h.sum()).expand(images.shape[1], 1, 1, -1)
    x = F.conv2d(F.pad(images, (reach, reach, 0, 0), mode="reflect"), h, groups=len(h))
    return F.conv2d(F.pad(x, (0, 0, reach, reach), mode="reflect"), h.mT, groups=len(h))


FAMILY = GeneratorFamily(
    name="stylegan3",
    config=StyleConfig,
    configure=configure,
    build=StyleGAN3,
    task=task,
    title="StyleGAN3: alias-free, equivariant to translation (T) and rotation (R)",
    channels=(1, 3),
    conditional=True,
    rates={32: Rate(60, 250), 64: Rate(20, 90)},
    lab_share=0.5,
    lab_default=False,
)
