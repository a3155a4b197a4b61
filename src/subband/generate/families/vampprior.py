"""A variational autoencoder whose prior is the mixture of the posteriors of learnt pseudo-inputs (VampPrior)."""

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.family import GeneratorFamily, Rate, check_config
from subband.generate.pixels import sample_of
from subband.generate.variational.model import VariationalAutoencoder, VariationalTask
from subband.generate.variational.networks import OneLevel, TwoLevel
from subband.generate.variational.settings import VariationalSettings


@dataclass(frozen=True)
class VampPriorConfig(VariationalSettings):
    """Settings of a variational autoencoder with a VampPrior.

    Attributes:
        classes: class names; empty, as this family is unconditional.
        prior: prior of the top level, vamp or standard.
        levels: levels of codes, 1 or 2.
        components: number of pseudo-inputs.
        pseudo: what pseudo-inputs begin as: data (training images) or noise.
        latent: length of the code of each level.
        beta: final weight of the KL divergence; 1 gives the evidence lower bound.
    """

    prior: Literal["vamp", "standard"] = "vamp"
    levels: int = 1
    components: int = 500
    pseudo: Literal["data", "noise"] = "data"
    latent: int = 40
    batch: int = 100

    def __post_init__(self) -> None:
        super().__post_init__()
        check_config(self.size, components=self.components)
        if self.levels not in (1, 2):
            raise InvalidInput(f"can't build {self.levels} levels of codes: choose 1 or 2")

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
