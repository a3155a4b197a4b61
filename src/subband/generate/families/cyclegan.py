"""CycleGAN: two domains of images without pairs, a translator each way, and back again."""

from dataclasses import dataclass
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from subband.errors import InvalidInput
from subband.generate.adversarial.health import margin, spread_ratio
from subband.generate.family import Condition, GeneratorFamily, ImageNetwork, Rate, check_config
from subband.generate.pixels import to_signal
from subband.generate.unlabelled import from_coarse
from subband.nn.translation import PatchCritic, Translator, least_squares
from subband.training import Moment, Trainable, fitted, from_data

SHOWN = 64  # images of domain A that the model keeps, to draw translations of


@dataclass(frozen=True)
class CycleConfig:
    """Settings of a CycleGAN.

    Attributes:
        size: height and width of the images of both domains.
        channels: number of image channels of both domains.
        classes: class names; empty, as this family is unconditional.
        width: channels of the translators' finest grid.
        blocks: residual blocks of a translator.
        turns: whether translators can move things across the image, to turn or mirror it.
        critic_width: channels of the critics' first layer.
        critic_layers: halvings in a critic; 2 see patches of 34 pixels.
        cycle: weight of the way there and back.
        identity: weight of leaving images of the target domain as they are.
        pool: former translations among which half of what a critic sees is drawn.
        batch: images of each domain per training step.
        rate: learning rate of Adam for all networks.
        average: width of the power-function average of the translators' weights.
    """

    size: int = from_data()
    channels: int = from_data(3)
    classes: tuple[str, ...] = from_data(())
    width: int = 32
    blocks: int = fitted(4)
    turns: bool = False
    critic_width: int = 32
    critic_layers: int = 2
    cycle: float = 10.0
    identity: float = 5.0
    pool: int = 50
    batch: int = 8
    rate: float = 5e-4
    average: float = 0.1

    def __post_init__(self) -> None:
        check_config(
            self.size, width=self.width, blocks=self.blocks, critic_width=self.critic_width,
            critic_layers=self.critic_layers, pool=self.pool, batch=self.batch, rate=self.rate,
        )  # fmt: skip
        if min(self.cycle, self.identity) < 0:
            raise InvalidInput(
                f"can't use cycle={self.cycle}, identity={self.identity}: each must be 0 or more"
            )


def configure(size: int, *, channels: int = 3, classes: tuple[str, ...] = (), **chosen: Any) -> CycleConfig:
    """Settings for an image size: more residual blocks for large images."""
    check_config(size)
    fitting: dict[str, Any] = {"blocks": 4 if size < 64 else 6 if size < 256 else 9}
    return CycleConfig(size, channels, (), **(fitting | chosen))


class CycleGAN(ImageNetwork):
    """Both translators, and some images of domain A."""

    shown: Tensor

    def __init__(self, config: CycleConfig):
        super().__init__()

        def translator() -> Translator:
            return Translator(
                config.channels, config.channels, width=config.width, blocks=config.blocks, size=config.size,
                turns=config.turns, halvings=2 if config.size >= 16 else 1,
            )  # fmt: skip

        self.to_b, self.to_a = translator(), translator()
        blank = torch.zeros(SHOWN, config.channels, config.size, config.size, dtype=torch.uint8)
        self.register_buffer("shown", blank)

    def translate(self, images: Tensor, *, back: bool = False) -> Tensor:
        """Images of domain A in [-1, 1], (N, channels, size, size), as images of B; `back` the other way."""
        return (self.to_a if back else self.to_b)(images)

    def draw(self, count: int, random: torch.Generator, condition: Condition, config: Any) -> Tensor:
        """Translations of random images of domain A, with a little noise, as more may be wanted than are kept."""
        chosen = torch.cat([torch.randperm(SHOWN, generator=random) for _ in range(-(-count // SHOWN))])[
            :count
        ]
        x = to_signal(self.shown[chosen.to(self.shown.device)])
        noise = torch.randn(x.shape, generator=random).to(x) / 255
        return self.translate((x + noise).clamp(-1, 1))

    def reconstruct(self, images: Tensor) -> Tensor:
        """Images of domain A after the way to B and back."""
        return self.translate(self.translate(images), back=True)


def settle(network: CycleGAN, images: Tensor) -> None:
    """Keep some images of domain A."""
    places = torch.arange(SHOWN) * len(images) // SHOWN
    network.shown.copy_(images[places])


class Cycle(Trainable):
    """Training task of a `CycleGAN`: least-squares adversarial losses, ways there and back, and identity.

    L = |D_B(G(a)) - 1|^2 + |D_A(F(b)) - 1|^2 + cycle (|F(G(a)) - a|_1 + |G(F(b)) - b|_1)
      + identity (|G(b) - b|_1 + |F(a) - a|_1)

    Critics see half new translations, and half that are drawn from a pool of former ones, a buffer, which a resumed
    training goes on with.

    Source: Zhu et al. 2017, equations 1 to 3, section 4 (pool), section 5.2 (identity).
    """

    pool_a: Tensor
    pool_b: Tensor
    filled: Tensor

    def __init__(self, network: CycleGAN, config: CycleConfig, images: Tensor):
        super().__init__()
        self.network, self.config = network, config

        def critic() -> PatchCritic:
            return PatchCritic(config.channels, width=config.critic_width, layers=config.critic_layers)

        self.critics = nn.ModuleDict({"a": critic(), "b": critic()})
        empty = torch.zeros(config.pool, config.channels, config.size, config.size)
        self.register_buffer("pool_a", empty)
        self.register_buffer("pool_b", empty.clone())
        self.register_buffer("filled", torch.zeros((), dtype=torch.int64))

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        """Adam for "critic" (both) and "generator" (both translators)."""
        translators = chain(self.network.to_a.parameters(), self.network.to_b.parameters())
        return {
            "critic": torch.optim.Adam(
                self.critics.parameters(), self.config.rate, betas=(0.5, 0.999), fused=True
            ),
            "generator": torch.optim.Adam(translators, self.config.rate, betas=(0.5, 0.999), fused=True),
        }

    def step(self, batch: dict[str, Tensor], k: Moment) -> dict[str, Tensor]:
        """batch["image"] of domain A and batch["image_b"] of domain B, (N, C, size, size) in [-1, 1]."""
        a, b = batch["image"], batch["image_b"]
        critics = k.phase == "critic"
        self.critics.requires_grad_(critics)
        self.network.requires_grad_(not critics)
        return self._critic_loss(a, b, k) if critics else self._translators_loss(a, b)

    def _translators_loss(self, a: Tensor, b: Tensor) -> dict[str, Tensor]:
        config, there, back = self.config, self.network.to_b, self.network.to_a
        fake_b, fake_a = there(a), back(b)
        fooled = least_squares(self.critics["b"](fake_b), 1.0) + least_squares(self.critics["a"](fake_a), 1.0)
        round_trip = F.l1_loss(back(fake_b).float(), a) + F.l1_loss(there(fake_a).float(), b)
        total = fooled + config.cycle * round_trip
        if config.identity:
            total = total + config.identity * (F.l1_loss(there(b).float(), b) + F.l1_loss(back(a).float(), a))
        return {"loss": total, "cycle": round_trip.detach(), "spread": spread_ratio(b, fake_b)}

    def _critic_loss(self, a: Tensor, b: Tensor, k: Moment) -> dict[str, Tensor]:
        with torch.no_grad():
            fake_b, fake_a = self.network.to_b(a).to(b.dtype), self.network.to_a(b).to(a.dtype)
        total, apart = torch.zeros((), device=a.device), torch.zeros((), device=a.device)
        for name, real, fake, pool in (("a", a, fake_a, self.pool_a), ("b", b, fake_b, self.pool_b)):
            seen = self._pooled(fake, pool, k.random)
            on_real, on_fake = self.critics[name](real), self.critics[name](seen)
            total = total + (least_squares(on_real, 1.0) + least_squares(on_fake, 0.0)) / 2
            apart = apart + margin(on_real, on_fake) / 2
        self.filled.add_(len(a)).clamp_(max=len(self.pool_a))
        return {"loss": total, "margin": apart}

    @torch.no_grad()
    def _pooled(self, fake: Tensor, pool: Tensor, random: torch.Generator) -> Tensor:
        """New translations while the pool fills; then half of them change places with former ones."""
        seen, filled = fake.clone(), int(self.filled)
        for i in range(len(fake)):
            if filled < len(pool):
                pool[filled] = fake[i]
                filled += 1
            elif torch.rand((), generator=random) < 0.5:
                place = int(torch.randint(0, len(pool), (), generator=random))
                seen[i], pool[place] = pool[place].clone(), fake[i]
        return seen


FAMILY = GeneratorFamily(
    name="cyclegan",
    config=CycleConfig,
    configure=configure,
    build=CycleGAN,
    task=Cycle,
    averaged=lambda network: nn.ModuleDict({"to_a": network.to_a, "to_b": network.to_b}),
    settle=settle,
    title="CycleGAN: translate between two domains without pairs",
    channels=(1, 3),
    domains=2,
    unlabelled=from_coarse,
    rates={32: Rate(25, 300), 64: Rate(6, 80)},
    lab_share=0.5,
    lab_default=False,
)
