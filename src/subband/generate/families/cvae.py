"""A conditional variational autoencoder: encoder and decoder are told the class."""

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.family import GeneratorFamily, Rate, check_config
from subband.generate.variational.model import VariationalAutoencoder, VariationalTask
from subband.generate.variational.networks import OneLevel
from subband.generate.variational.observation import Observation, observation
from subband.training import check_choices, fitted, from_data, generator, sampling


@dataclass(frozen=True)
class ConditionalConfig:
    """Settings of a conditional variational autoencoder.

    Attributes:
        size: height and width of the images.
        channels: number of image channels, 3 or 1.
        classes: class names; without any it is a variational autoencoder of no condition.
        latent: length of the code.
        hidden: widths of the gated layers of the encoder; the decoder has them in reverse.
        observation: distribution of the pixels: bernoulli (black and white) or logistic (256 levels).
        binarise: how bernoulli makes images black and white: drawn (levels are probabilities) or threshold.
        beta: final weight of the KL divergence; 1 gives the evidence lower bound, 0 a plain autoencoder.
        warmup: fraction of the training over which that weight rises from 0.
        batch: images per training step.
        rate: peak learning rate of Adam.
        average: width of the power-function average of the weights.
        pixels: what is drawn of each pixel's distribution, its mean or a sample.
        temperature: factor of the deviations of the codes that are drawn; below 1 images are more typical.
    """

    size: int = from_data()
    channels: int = from_data(3)
    classes: tuple[str, ...] = from_data(())
    latent: int = 16
    hidden: tuple[int, ...] = (300, 300)
    observation: Literal["bernoulli", "logistic"] = fitted("bernoulli")
    binarise: Literal["drawn", "threshold"] = "drawn"
    beta: float = 1.0
    warmup: float = 0.2
    batch: int = 64
    rate: float = 2e-3
    average: float = 0.05
    pixels: Literal["mean", "sample"] = sampling("mean")
    temperature: float = sampling(1.0)

    def __post_init__(self) -> None:
        check_variational(self)

    @property
    def values(self) -> int:
        """Values of an image."""
        return self.channels * self.size**2

    def make_observation(self) -> Observation:
        """The distribution of the pixels."""
        return observation(self.observation, self.binarise)

    def make_network(self) -> OneLevel:
        """Encoder and decoder, untrained."""
        outputs = self.values * self.make_observation().parameters
        return OneLevel(self.values, outputs, self.hidden, self.latent, classes=len(self.classes))


def check_variational(config: Any) -> None:
    """Raise InvalidInput unless the settings that variational families share are possible."""
    check_choices(config)
    check_config(
        config.size, latent=config.latent, hidden=config.hidden, batch=config.batch, rate=config.rate
    )
    if config.temperature <= 0:
        raise InvalidInput(f"can't use temperature={config.temperature}: it must be above 0")
    if config.beta < 0 or not 0 <= config.warmup < 1:
        raise InvalidInput(
            f"can't use beta={config.beta} and warmup={config.warmup}: the first must be 0 or more, the last a "
            "part below 1"
        )


def configure(
    size: int, *, channels: int = 3, classes: tuple[str, ...] = (), **chosen: Any
) -> ConditionalConfig:
    """Settings for images: grey ones become black and white, coloured ones keep their levels."""
    fitting: dict[str, Any] = {"observation": "bernoulli" if channels == 1 else "logistic"} | chosen
    return ConditionalConfig(size, channels, classes, **fitting)


class ConditionalAutoencoder(VariationalAutoencoder):
    """The network, which also tells the class of an image, as the one under which its bound is highest."""

    @torch.no_grad()
    def bounds(self, images: Tensor, *, seed: int = 0) -> Tensor:
        """Evidence lower bound of images in [-1, 1] under each class, one sample each: (N, classes) in nats."""
        x = self.target(images, generator(seed))
        columns = []
        for label in range(len(self.config.classes)):
            extra = self.classes_of(torch.full((len(x),), label, device=x.device), len(x))
            drawn = self.net.draws(x, extra, generator(seed, 1), closed=True)
            columns.append((self.observation.log_prob(drawn.parameters, x) - drawn.divergence)[0])
        return torch.stack(columns, dim=1)

    def reconstruct(self, images: Tensor) -> Tensor:
        """Images in [-1, 1], of the class of the highest bound, encoded and decoded: the same shape."""
        condition = {"label": self.bounds(images).argmax(dim=1)} if self.config.classes else {}
        return self.decode(self.posterior(images, condition).mean, condition)


FAMILY = GeneratorFamily(
    name="cvae",
    config=ConditionalConfig,
    configure=configure,
    build=ConditionalAutoencoder,
    task=VariationalTask,
    title="Conditional variational autoencoder of gated layers",
    channels=(1, 3),
    conditional=True,
    rates={32: Rate(4000, 20000), 64: Rate(1000, 5000)},
)
