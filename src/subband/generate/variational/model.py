"""The generator and the training task that variational families share."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from subband.errors import InvalidInput
from subband.generate.family import Condition, ImageNetwork
from subband.generate.variational.likelihood import CODES, PIXELS, LogLikelihood, log_likelihood
from subband.generate.variational.priors import Gaussian
from subband.generate.variational.settings import VariationalSettings
from subband.training import Moment, Trainable, generator


class VariationalAutoencoder(ImageNetwork):
    """A `VariationalNet` between images and codes, with a distribution of the pixels."""

    def __init__(self, config: VariationalSettings):
        super().__init__()
        self.config = config
        self.net = config.make_network()
        self.observation = config.make_observation()
        self.shape = (config.channels, config.size, config.size)

    def classes_of(self, labels: Tensor | None, count: int) -> Tensor:
        """One-hot classes (count, classes) of labels; no columns for a model without classes."""
        number = len(self.config.classes)
        if labels is None or not number:
            if number:
                raise InvalidInput(f"can't encode images of {number} classes without labels: give some")
            return self.net.anchor.new_zeros(count, 0)
        return F.one_hot(labels.long(), number).to(self.net.anchor)

    def target(self, images: Tensor, random: torch.Generator) -> Tensor:
        """What is modelled of images in [-1, 1]: (N, values), from 0 to 1."""
        return self.observation.target(images.to(self.net.anchor.device), random)

    def posterior(self, images: Tensor, condition: Condition) -> Gaussian:
        """Mean and log-variance of all units of the codes of images in [-1, 1], (N, width)."""
        x = self.target(images, generator(0, PIXELS))
        return self.net.posterior(x, self.classes_of(condition.get("label"), len(x)))

    def decode(self, codes: Tensor, condition: Condition) -> Tensor:
        """Codes (N, width) -> expected images, (N, channels, size, size) in [-1, 1]."""
        extra = self.classes_of(condition.get("label"), len(codes))
        return self._images(self.observation.mean(self.net.decode(codes, extra)))

    def log_likelihood(
        self,
        images: Tensor,
        condition: Condition,
        *,
        samples: int,
        seed: int = 0,
        progress: Callable[[int, int], None] | None = None,
    ) -> LogLikelihood:
        """Importance-sampled log p(x), or log p(x|y), of images in [-1, 1]; black-and-white ones are drawn first.

        Raises:
            InvalidInput: if there are fewer than two samples, or labels are missing.
        """
        random = generator(seed, CODES)
        x = self.target(images, generator(seed, PIXELS))
        extra = self.classes_of(condition.get("label"), len(x))

        def weigh(count: int) -> Tensor:
            parts = []
            for rows, classes in zip(x.split(100), extra.split(100), strict=True):
                drawn = self.net.draws(rows, classes, random, count)
                parts.append(self.observation.log_prob(drawn.parameters, rows) - drawn.divergence)
            return torch.cat(parts, dim=1)

        return log_likelihood(weigh, samples, self.config.values, progress=progress)

    def draw(self, count: int, random: torch.Generator, condition: Condition, config: Any) -> Tensor:
        """Images of codes from the prior, (count, channels, size, size); classes of -1 are drawn, all as likely."""
        number, labels = len(self.config.classes), condition.get("label")
        if number:
            anything = torch.randint(number, (count,), generator=random)
            labels = anything if labels is None else torch.where(labels.cpu() < 0, anything, labels.cpu())
            labels = labels.to(self.net.anchor.device)
        parameters = self.net.generate(
            count, self.classes_of(labels, count), random, temperature=config.temperature
        )
        if config.pixels == "mean":
            return self._images(self.observation.mean(parameters))
        return self._images(self.observation.sample(parameters, random))

    def _images(self, values: Tensor) -> Tensor:
        return 2 * values.unflatten(-1, self.shape) - 1


class VariationalTask(Trainable):
    """Training task: minus the evidence lower bound, in nats per value, with a weighted divergence.

    The divergence is in closed form where prior and posterior are single Gaussians, else that of one sample. Its
    weight rises from 0 to beta.

    Source: Kingma and Welling 2014, equation 10; Higgins et al. 2017, "beta-VAE", equation 4.
    """

    def __init__(self, network: VariationalAutoencoder, config: VariationalSettings, images: Tensor):
        super().__init__()
        self.network = network
        self.config = config

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {
            "main": torch.optim.AdamW(
                self.parameters(), self.config.rate, betas=(0.9, 0.99), weight_decay=0.0, fused=True
            )
        }

    def step(self, batch: dict[str, Tensor], k: Moment) -> dict[str, Tensor]:
        """batch["image"] (N, channels, size, size) in [-1, 1]; batch["label"] (N,) where there are classes."""
        network, config = self.network, self.config
        x = network.target(batch["image"], k.random)
        drawn = network.net.draws(x, network.classes_of(batch.get("label"), len(x)), k.random, closed=True)
        fidelity = network.observation.log_prob(drawn.parameters, x).mean()
        divergence = drawn.divergence.mean()
        weight = config.beta * (min(k.progress / config.warmup, 1.0) if config.warmup else 1.0)
        loss = (weight * divergence - fidelity) / config.values
        return {"loss": loss, "fidelity": fidelity, "divergence": divergence}
