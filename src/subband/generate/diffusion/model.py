"""Flow matching on the Haar packets of images, with the compact U-Net."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.diffusion.denoiser import Denoiser
from subband.generate.diffusion.path import FlowPath
from subband.generate.diffusion.samplers import SAMPLERS, time_grid
from subband.generate.family import Condition, GeneratorFamily, ImageNetwork, check_config, halvings
from subband.generate.packets import PacketSpace
from subband.nn import UNet
from subband.training import Moment, Trainable, fast_precision, fitted, from_data, normal_like, sampling


@dataclass(frozen=True)
class DiffusionConfig:
    """Settings of a diffusion model.

    Attributes:
        size: height and width of its images.
        channels: of its images.
        classes: names of its classes; this family knows none.
        level: depth of the packet tree; the network sees 3 * 4^level channels on a grid of size / 2^level.
        width, multipliers, blocks, patch: of the `UNet`.
        time_mean, time_spread: of the logit-normal training times (`FlowPath`).
        batch: images per training step.
        rate: peak learning rate of AdamW.
        average: width of the power-function average of the weights.
        sampler: name in `SAMPLERS`.
        sampling_steps, sampling_shift: of `time_grid`.

    The defaults are for trainings of a minute, whose networks know how to clean an image of much noise and
    not yet how to fill in the grain: times near the noise get most of the training, and sampling ends with
    one long step, which is the denoiser's estimate and hence smooth. For hours of training, time_mean = 0,
    sampling_shift = 1 and 20 or more steps give the detail too.
    """

    size: int = from_data()
    channels: int = from_data(3)
    classes: tuple[str, ...] = from_data(())
    level: int = 1
    width: int = 48
    multipliers: tuple[int, ...] = fitted((1, 2, 2))
    blocks: int = 1
    patch: int = fitted(2)
    time_mean: float = 0.8
    time_spread: float = 1.0
    batch: int = 8
    rate: float = 3e-3
    average: float = 0.1
    sampler: str = sampling("euler")
    sampling_steps: int = sampling(8)
    sampling_shift: float = sampling(10.0)

    def __post_init__(self) -> None:
        check_config(
            self.size,
            level=self.level,
            batch=self.batch,
            rate=self.rate,
            sampling_steps=self.sampling_steps,
            sampling_shift=self.sampling_shift,
        )
        if self.sampler not in SAMPLERS:
            raise InvalidInput(
                f"can't sample by {self.sampler!r}: choose one of {', '.join(sorted(SAMPLERS))}"
            )
        stride = 2**self.level * self.patch * 2 ** (len(self.multipliers) - 1)
        if self.size % stride:
            raise InvalidInput(f"can't run these settings on {self.size} px: they take multiples of {stride}")


def configure(
    size: int, *, channels: int = 3, classes: tuple[str, ...] = (), **chosen: Any
) -> DiffusionConfig:
    """Settings for a size: a first grid of about 16 x 16, halved twice where the size allows."""
    check_config(size)
    grid = size // 2
    patch = 2 if grid >= 32 else 1
    multipliers = (1, 2, 2)[: 1 + halvings(grid // patch, 2)]
    fitting: dict[str, Any] = {"patch": patch, "multipliers": multipliers} | chosen
    return DiffusionConfig(size, channels, classes, **fitting)


class PacketDiffusion(ImageNetwork):
    """A denoiser of images' normalised packets."""

    def __init__(self, config: DiffusionConfig):
        super().__init__()
        self.config = config
        self.space = PacketSpace(config.level)
        net = UNet(
            self.space.channels,
            width=config.width,
            multipliers=config.multipliers,
            blocks=config.blocks,
            patch=config.patch,
        )
        self.denoiser = Denoiser(net, FlowPath(config.time_mean, config.time_spread), predict="v")

    def draw(self, count: int, random: torch.Generator, condition: Condition, config: Any) -> Tensor:
        """Noise, then the sampler, then the image: (count, 3, size, size)."""
        side = self.config.size // 2**self.config.level
        noise = normal_like(self.space.mean.new_empty(count, self.space.channels, side, side), random)
        grid = time_grid(config.sampling_steps, shift=config.sampling_shift)
        sampler = SAMPLERS[config.sampler]
        with fast_precision().context(noise.device):
            channels = sampler(self.denoiser, noise, grid)
        return self.space.decode(channels)


class FlowMatching(Trainable):
    """The task of training a `PacketDiffusion`."""

    def __init__(self, network: PacketDiffusion, config: DiffusionConfig, images: Tensor):
        super().__init__()
        self.network = network
        self.rate = config.rate
        network.space.take_statistics(images)

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {"main": torch.optim.AdamW(self.parameters(), self.rate, betas=(0.9, 0.99), fused=True)}

    def step(self, batch: dict[str, Tensor], k: Moment) -> dict[str, Tensor]:
        """batch["image"] (N, 3, size, size) in [-1, 1]."""
        x0 = self.network.space.encode(batch["image"])
        denoiser = self.network.denoiser
        t = denoiser.path.draw_times(len(x0), k.random).to(x0)
        return {"loss": denoiser.loss(x0, normal_like(x0, k.random), t)}


FAMILY = GeneratorFamily(
    name="diffusion",
    config=DiffusionConfig,
    configure=configure,
    build=PacketDiffusion,
    task=FlowMatching,
    averaged=lambda network: network.denoiser,
)
