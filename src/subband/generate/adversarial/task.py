"""The task of training a generator against a critic, for all families of adversarial networks."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import torch
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.generate.adversarial.augment import Adaptive, diff_augment
from subband.generate.adversarial.health import margin, spread_ratio
from subband.generate.adversarial.losses import LOSSES
from subband.generate.adversarial.penalties import gradient_penalty, interpolated_penalty, lazily
from subband.training import Moment, Trainable

Augment = Literal["none", "diff", "ada"]
LossName = Literal["minimax", "non-saturating", "hinge", "least-squares", "wasserstein", "relativistic"]


@dataclass(frozen=True)
class AdversarialSettings:
    """How a generator and a critic are trained against each other.

    Attributes:
        loss: key of `LOSSES`.
        rate, critic_rate: learning rates of Adam.
        betas: of Adam, for both.
        r1, r2: weight gamma of gamma/2 |grad D|^2 on real and on generated images.
        interpolated: weight of the penalty of WGAN-GP.
        every: interval in steps of these penalties, whose weight is multiplied by it.
        augment: of what the critic sees: "none", "diff" or "ada".
    """

    loss: str = "non-saturating"
    rate: float = 2e-3
    critic_rate: float = 2e-3
    betas: tuple[float, float] = (0.0, 0.99)
    r1: float = 1.0
    r2: float = 0.0
    interpolated: float = 0.0
    every: int = 1
    augment: str = "none"


@runtime_checkable
class Network(Protocol):
    """A generator that a `AdversarialTask` can train."""

    latent: int

    def images(self, z: Tensor, label: Tensor | None, random: torch.Generator) -> Tensor: ...
    def parameters(self) -> Iterator[nn.Parameter]: ...
    def requires_grad_(self, requires_grad: bool = True) -> Any: ...


class AdversarialTask(Trainable):
    """Training task of a generator and a critic, an update of each in a step, the critic's first.

    Args:
        network: images of noise (N, latent) and labels.
        critic: (images, labels) -> (N,).
        settings: loss, rates, penalties and augmentation.
        view: what the critic sees of images at a moment, before augmentation.
    """

    gradient_in_loss = True  # for the gradient penalties

    def __init__(
        self,
        network: Network,
        critic: nn.Module,
        settings: AdversarialSettings,
        view: Callable[[Tensor, Moment], Tensor] = lambda images, k: images,
    ):
        super().__init__()
        if settings.loss not in LOSSES or settings.augment not in ("none", "diff", "ada"):
            raise InvalidInput(
                f"can't use loss={settings.loss!r} and augment={settings.augment!r}: choose a loss of "
                f"{', '.join(LOSSES)}, and none, diff or ada"
            )
        self.network, self.critic, self.settings, self.view = network, critic, settings, view
        self.adaptive = Adaptive() if settings.augment == "ada" else None

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        """Adam for "critic" and "generator"."""
        settings = self.settings

        def adam(module, rate: float) -> torch.optim.Optimizer:
            return torch.optim.Adam(module.parameters(), rate, betas=settings.betas, fused=True)

        return {
            "critic": adam(self.critic, settings.critic_rate),
            "generator": adam(self.network, settings.rate),
        }

    def step(self, batch: dict[str, Tensor], k: Moment) -> dict[str, Tensor]:
        """batch["image"] (N, C, size, size) in [-1, 1], and "label" (N,) where there are classes."""
        real, label = batch["image"], batch.get("label")
        critics = k.phase == "critic"
        self.critic.requires_grad_(critics)
        self.network.requires_grad_(not critics)
        z = torch.randn(len(real), self.network.latent, generator=k.random).to(real)
        with torch.set_grad_enabled(not critics):
            fake = self.network.images(z, label, k.random).to(real.dtype)
        return (
            self._critic_loss(real, fake, label, k) if critics else self._generator_loss(real, fake, label, k)
        )

    def _generator_loss(
        self, real: Tensor, fake: Tensor, label: Tensor | None, k: Moment
    ) -> dict[str, Tensor]:
        loss = LOSSES[self.settings.loss]
        on_fake = self.critic(self._seen(fake, k), label)
        with torch.no_grad():
            on_real = self.critic(self._seen(real, k), label) if loss.compares else on_fake
        return {"loss": loss.generator(on_real, on_fake), "spread": spread_ratio(real, fake)}

    def _critic_loss(self, real: Tensor, fake: Tensor, label: Tensor | None, k: Moment) -> dict[str, Tensor]:
        settings = self.settings
        x, y = self._seen(real, k), self._seen(fake, k)
        on_real, on_fake = self.critic(x, label), self.critic(y, label)
        total = LOSSES[settings.loss].critic(on_real, on_fake)
        weight = lazily(k.step, settings.every)
        for gamma, images in ((settings.r1, x), (settings.r2, y)):
            if gamma and weight:
                total = total + gamma / 2 * weight * gradient_penalty(lambda x: self.critic(x, label), images)
        if settings.interpolated and weight:
            total = total + settings.interpolated * weight * interpolated_penalty(
                lambda x: self.critic(x, label), x, y, k.random
            )
        found = {"loss": total}
        if settings.loss != "wasserstein":  # where a distance is what is wanted
            found["margin"] = margin(on_real, on_fake)
        if self.adaptive is not None:
            # With a relativistic loss only differences mean something.
            self.adaptive.follow((on_real - on_fake if LOSSES[settings.loss].compares else on_real).detach())
            found["augmented"] = self.adaptive.p
        return found

    def _seen(self, images: Tensor, k: Moment) -> Tensor:
        images = self.view(images, k)
        if self.adaptive is not None:
            return self.adaptive(images, k.random)
        return diff_augment(images, k.random) if self.settings.augment == "diff" else images
