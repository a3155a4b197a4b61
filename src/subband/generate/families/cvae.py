"""A conditional variational autoencoder: encoder and decoder are told the class."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from subband.generate.family import GeneratorFamily, Rate
from subband.generate.variational.model import VariationalAutoencoder, VariationalTask
from subband.generate.variational.networks import OneLevel
from subband.generate.variational.settings import VariationalSettings
from subband.training import generator


@dataclass(frozen=True)
class CVAEConfig(VariationalSettings):
    """Settings of a conditional variational autoencoder."""

    def make_network(self) -> OneLevel:
        """Encoder and decoder, untrained."""
        outputs = self.values * self.make_observation().parameters
        return OneLevel(self.values, outputs, self.hidden, self.latent, classes=len(self.classes))


def configure(size: int, *, channels: int = 3, classes: tuple[str, ...] = (), **chosen: Any) -> CVAEConfig:
    """Settings for images: grey ones become black and white, coloured ones keep their levels."""
    fitting: dict[str, Any] = {"observation": "bernoulli" if channels == 1 else "logistic"} | chosen
    return CVAEConfig(size, channels, classes, **fitting)


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
    config=CVAEConfig,
    configure=configure,
    build=ConditionalAutoencoder,
    task=VariationalTask,
    title="Conditional variational autoencoder of gated layers",
    channels=(1, 3),
    conditional=True,
    rates={32: Rate(4000, 20000), 64: Rate(1000, 5000)},
)
