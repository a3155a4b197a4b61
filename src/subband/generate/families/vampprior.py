"""A variational autoencoder whose prior is the mixture of the posteriors of learnt pseudo-inputs (VampPrior)."""

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.families.cvae import check_variational
from subband.generate.family import GeneratorFamily, Rate, check_config
from subband.generate.pixels import sample_of
from subband.generate.variational.model import VariationalAutoencoder, VariationalTask
from subband.generate.variational.networks import OneLevel, TwoLevel
from subband.generate.variational.observation import Observation, observation
from subband.training import check_choices, fitted, from_data, sampling


@dataclass(frozen=True)
class VampPriorConfig:
    """Settings of a variational autoencoder with a VampPrior.

    Attributes:
        size: height and width of the images.
        channels: number of image channels, 3 or 1.
        classes: class names; empty, as this family is unconditional.
        prior: prior of the top level, vamp or standard.
        levels: levels of codes, 1 or 2.
        components: number of pseudo-inputs.
        pseudo: what pseudo-inputs begin as: data (training images) or noise.
        latent: length of the code of each level.
        hidden: widths of the gated layers of the encoder; the decoder has them in reverse.
        observation: distribution of the pixels: bernoulli (black and white) or logistic (256 levels).
        binarise: how bernoulli makes images black and white: drawn (levels are probabilities) or threshold.
        beta: final weight of the KL divergence; 1 gives the evidence lower bound.
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
    prior: Literal["vamp", "standard"] = "vamp"
    levels: int = 1
    components: int = 500
    pseudo: Literal["data", "noise"] = "data"
    latent: int = 40
    hidden: tuple[int, ...] = (300, 300)
    observation: Literal["bernoulli", "logistic"] = fitted("bernoulli")
    binarise: Literal["drawn", "threshold"] = "drawn"
    beta: float = 1.0
    warmup: float = 0.2
    batch: int = 100
    rate: float = 2e-3
    average: float = 0.05
    pixels: Literal["mean", "sample"] = sampling("mean")
    temperature: float = sampling(1.0)

    def __post_init__(self) -> None:
        check_choices(self)
        check_variational(self)
        check_config(self.size, components=self.components)
        if self.levels not in (1, 2):
            raise InvalidInput(f"can't build {self.levels} levels of codes: choose 1 or 2")

    @property
    def values(self) -> int:
        """Values of an image."""
        return self.channels * self.size**2

    def make_observation(self) -> Observation:
        """The distribution of the pixels."""
        return observation(self.observation, self.binarise)

    def make_network(self) -> OneLevel | TwoLevel:
        """Encoder, prior and decoder, untrained."""
        outputs = self.values * self.make_observation().parameters
        build = OneLevel if self.levels == 1 else TwoLevel
        return build(
            self.values, outputs, self.hidden, self.latent, prior=self.prior, components=self.components
        )


def configure(
    size: int, *, channels: int = 3, classes: tuple[str, ...] = (), **chosen: Any
) -> VampPriorConfig:
    """Settings for images: grey ones become black and white, coloured ones keep their levels."""
    fitting: dict[str, Any] = {"observation": "bernoulli" if channels == 1 else "logistic"} | chosen
    return VampPriorConfig(size, channels, classes, **fitting)


class VampPriorAutoencoder(VariationalAutoencoder):
    """The network; codes have no class."""

    def reconstruct(self, images: Tensor) -> Tensor:
        """Images in [-1, 1] decoded from the means of their codes, the same shape."""
        return self.decode(self.posterior(images, {}).mean, {})

    def pseudo_inputs(self) -> Tensor:
        """The learnt pseudo-inputs as images in [-1, 1]: (components, channels, size, size).

        Raises:
            InvalidInput: if the prior is the standard one.
        """
        pseudo = self.net.prior.pseudo
        if pseudo is None:
            raise InvalidInput("no pseudo-inputs in a model of the standard prior: train with prior=vamp")
        return 2 * pseudo().unflatten(1, self.shape) - 1


class VampPriorTask(VariationalTask):
    """Training task; pseudo-inputs may begin at training images."""

    def __init__(self, network: VampPriorAutoencoder, config: VampPriorConfig, images: Tensor):
        super().__init__(network, config, images)
        pseudo = network.net.prior.pseudo
        if pseudo is not None and config.pseudo == "data":
            order = torch.randperm(len(images))[: config.components]
            pseudo.start(((sample_of(images[order], config.components) + 1) / 2).flatten(1))


FAMILY = GeneratorFamily(
    name="vampprior",
    config=VampPriorConfig,
    configure=configure,
    build=VampPriorAutoencoder,
    task=VampPriorTask,
    title="Variational autoencoder with a mixture of posteriors as prior",
    channels=(1, 3),
    rates={32: Rate(2500, 10000), 64: Rate(700, 3000)},
)
