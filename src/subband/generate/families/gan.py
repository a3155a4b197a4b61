"""A small GAN on the Haar packets of images, with the relativistic loss and two gradient penalties."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from subband.generate.adversarial.health import margin, spread_ratio
from subband.generate.adversarial.losses import relativistic_critic, relativistic_generator
from subband.generate.family import Condition, GeneratorFamily, ImageNetwork, Rate, check_config, halvings
from subband.generate.spaces.packets import from_packets, to_packets
from subband.nn import Analysis, Synthesis
from subband.training import Moment, Trainable, fitted, from_data


@dataclass(frozen=True)
class AdversarialConfig:
    """Settings of a GAN.

    Attributes:
        size: height and width of the images.
        channels: number of image channels.
        classes: class names; empty, as this family is unconditional.
        latent: length of the noise vector.
        widths: channels of both networks on each grid, finest first; the finest grid is size / 2.
        penalty: weight gamma of the gradient penalties at the start and at the end, geometric in between.
        every: interval in steps of the penalties, whose weight is multiplied by it.
        batch: real images per training step, and as many generated ones.
        rate: peak learning rate of Adam for both networks.
        average: width of the power-function average of the generator's weights.
    """

    size: int = from_data()
    channels: int = from_data(3)
    classes: tuple[str, ...] = from_data(())
    latent: int = 64
    widths: tuple[int, ...] = fitted((16, 48, 64, 96))
    penalty: tuple[float, float] = (10.0, 10.0)
    every: int = 4
    batch: int = 16
    rate: float = 2e-3
    average: float = 0.1

    def __post_init__(self) -> None:
        check_config(self.size, latent=self.latent, every=self.every, batch=self.batch, rate=self.rate)


def configure(
    size: int, *, channels: int = 3, classes: tuple[str, ...] = (), **chosen: Any
) -> AdversarialConfig:
    """Settings for an image size: grids from size / 2 down to about 4 x 4, coarser ones wider."""
    check_config(size)
    coarse_first = (96, 64, 48, 16, 16, 16)[: 1 + halvings(size // 2, 5)]
    fitting: dict[str, Any] = {"widths": coarse_first[::-1]} | chosen
    return AdversarialConfig(size, channels, classes, **fitting)


class PacketGAN(ImageNetwork):
    """The generator: noise vector -> packets -> image."""

    def __init__(self, config: AdversarialConfig):
        super().__init__()
        self.latent = config.latent
        self.synthesis = Synthesis(config.latent, 12, config.size // 2, config.widths)

    def draw(self, count: int, random: torch.Generator, condition: Condition, config: Any) -> Tensor:
        """Images generated from noise vectors: (count, 3, size, size)."""
        z = torch.randn(count, self.latent, generator=random).to(self.synthesis.head.weight)
        return from_packets(self.synthesis(z))


class Adversaries(Trainable):
    """Training task of a `PacketGAN` against a critic D.

    The relativistic loss compares a real and a generated image: the critic minimises
    softplus(-(D(x) - D(G(z)))) + gamma/2 (|grad D(x)|^2 + |grad D(G(z))|^2), the generator
    softplus(-(D(G(z)) - D(x))). Packets are orthonormal, so the gradient norms equal those in pixels.

    Source: Huang et al. 2024, "The GAN is dead; long live the GAN!", equations 2 to 5; penalties taken lazily
    as in Karras et al. 2020, "Analyzing and improving the image quality of StyleGAN", appendix B.
    """

    gradient_in_loss = True  # for the gradient penalties

    def __init__(self, network: PacketGAN, config: AdversarialConfig, images: Tensor):
        super().__init__()
        self.network = network
        self.critic = Analysis(12, config.size // 2, 1, config.widths)
        self.config = config

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {
            "critic": torch.optim.Adam(
                self.critic.parameters(), self.config.rate, betas=(0.0, 0.99), fused=True
            ),
            "generator": torch.optim.Adam(
                self.network.parameters(), self.config.rate, betas=(0.0, 0.99), fused=True
            ),
        }

    def step(self, batch: dict[str, Tensor], k: Moment) -> dict[str, Tensor]:
        """batch["image"] (N, 3, size, size) in [-1, 1]; k.phase is the network to update."""
        real = to_packets(batch["image"])
        z = torch.randn(len(real), self.network.latent, generator=k.random).to(real)
        learner = self.critic if k.phase == "critic" else self.network
        self.critic.requires_grad_(learner is self.critic)
        self.network.requires_grad_(learner is self.network)
        fake = self.network.synthesis(z).to(real.dtype)
        if learner is self.network:
            loss = relativistic_generator(self.critic(real), self.critic(fake))
            return {"loss": loss, "spread": spread_ratio(batch["image"], from_packets(fake))}
        if k.step % self.config.every:
            on_real, on_fake = self.critic(real), self.critic(fake)
            return {"loss": relativistic_critic(on_real, on_fake), "margin": margin(on_real, on_fake)}
        both = torch.cat([real, fake]).requires_grad_()
        on_real, on_fake = self.critic(both).chunk(2)
        (gradient,) = torch.autograd.grad(on_real.sum() + on_fake.sum(), both, create_graph=True)
        first, last = self.config.penalty
        gamma = first * (last / first) ** k.progress * self.config.every
        penalty = gamma / 2 * gradient.square().sum() / len(real)
        return {
            "loss": relativistic_critic(on_real, on_fake) + penalty,
            "margin": margin(on_real, on_fake),
        }


FAMILY = GeneratorFamily(
    name="gan",
    config=AdversarialConfig,
    configure=configure,
    build=PacketGAN,
    task=Adversaries,
    rates={32: Rate(380, 2500), 64: Rate(250, 1200)},
    lab_share=0.3,
    title="Generative adversarial network on wavelet packets",
)
