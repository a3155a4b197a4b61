"""What the settings of variational families have in common."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

from subband.errors import InvalidInput
from subband.generate.family import check_config
from subband.generate.variational.networks import VariationalNet
from subband.generate.variational.observation import Observation, observation
from subband.training import check_choices, fitted, from_data, sampling


@dataclass(frozen=True)
class VariationalSettings(ABC):
    """Settings of a variational autoencoder of gated layers; a family adds its prior, or its condition.

    Attributes:
        size: height and width of the images.
        channels: number of image channels, 3 or 1.
        classes: class names; without any it is a model of no condition.
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
        check_choices(self)
        check_config(self.size, latent=self.latent, hidden=self.hidden, batch=self.batch, rate=self.rate)
        if self.temperature <= 0:
            raise InvalidInput(f"can't use temperature={self.temperature}: it must be above 0")
        if self.beta < 0 or not 0 <= self.warmup < 1:
            raise InvalidInput(
                f"can't use beta={self.beta} and warmup={self.warmup}: the first must be 0 or more, the last a "
                "part below 1"
            )

    @property
    def values(self) -> int:
        """Values of an image."""
        return self.channels * self.size**2

    def make_observation(self) -> Observation:
        """The distribution of the pixels."""
        return observation(self.observation, self.binarise)

    @abstractmethod
    def make_network(self) -> VariationalNet:
        """Encoder, prior and decoder, untrained."""
