"""Binomial diffusion of black-and-white images (Sohl-Dickstein et al. 2015), with a U-Net for x_0."""

import math
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.diffusion.binomial_chain import BinomialDenoiser, BinomialPath, erasing_betas
from subband.generate.family import Condition, GeneratorFamily, ImageNetwork, Rate, check_config, halvings
from subband.generate.pixels import to_signal
from subband.nn import UNet
from subband.training import Moment, Trainable, fast_precision, fitted, from_data


@dataclass(frozen=True)
class BinomialConfig:
    """Settings of a diffusion of black-and-white images.

    Attributes:
        size: height and width of the images.
        channels: number of image channels; each value of a colour image is 0 or 1, which gives eight colours.
        classes: class names; empty, as this family is unconditional.
        threshold: lowest level, of 0 to 255, that counts as white.
        chain: number of steps of the Markov chain.
        width: channels of the finest level of the U-Net.
        multipliers: width of each level relative to `width`, finest first.
        blocks: residual blocks on each level.
        patch: side of the patches that the network's input is cut into.
        batch: images per training step.
        rate: peak learning rate of AdamW.
        average: width of the power-function average of the weights.
    """

    size: int = from_data()
    channels: int = from_data(1)
    classes: tuple[str, ...] = from_data(())
    threshold: int = 128
    chain: int = 100
    width: int = 32
    multipliers: tuple[int, ...] = fitted((1, 2, 2))
    blocks: int = 1
    patch: int = fitted(2)
    batch: int = 16
    rate: float = 2e-3
    average: float = 0.1

    def __post_init__(self) -> None:
        check_config(
            self.size,
            chain=self.chain,
            width=self.width,
            multipliers=self.multipliers,
            blocks=self.blocks,
            patch=self.patch,
            batch=self.batch,
            rate=self.rate,
        )
        if not 1 <= self.threshold <= 255:
            raise InvalidInput(
                f"can't use threshold={self.threshold}: levels go from 0 to 255, take 1 to 255"
            )
        stride = self.patch * 2 ** (len(self.multipliers) - 1)
        if self.size % stride:
            raise InvalidInput(f"can't run these settings on {self.size} px: they take multiples of {stride}")


def configure(
    size: int, *, channels: int = 3, classes: tuple[str, ...] = (), **chosen: Any
) -> BinomialConfig:
    """Settings for an image size: patches of side 4 from 64 px on and of side 2 below."""
    check_config(size)
    patch = chosen.get("patch", 4 if size >= 64 else 2)
    fitting = {"patch": patch, "multipliers": (1, 2, 2)[: 1 + halvings(size // max(patch, 1), 2)]}
    return BinomialConfig(size, channels, classes, **(fitting | chosen))


class BinomialDiffusion(ImageNetwork):
    """A generator of black-and-white images by a `BinomialDenoiser`.

    Source: Sohl-Dickstein et al. 2015, "Deep unsupervised learning using nonequilibrium thermodynamics".
    """

    def __init__(self, config: BinomialConfig):
        super().__init__()
        self.config = config
        net = UNet(
            config.channels,
            width=config.width,
            multipliers=config.multipliers,
            blocks=config.blocks,
            patch=config.patch,
        )
        self.denoiser = BinomialDenoiser(net, BinomialPath(erasing_betas(config.chain)))

    def binary(self, images: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Images in [-1, 1] -> 0 and 1, by the threshold."""
        return (images >= self.config.threshold / 127.5 - 1 - 1e-4).to(images.dtype)

    def draw(self, count: int, random: torch.Generator, condition: Condition, config: Any) -> Tensor:
        """Samples with values -1 and 1: (count, channels, size, size)."""
        shape = (count, config.channels, config.size, config.size)
        with fast_precision().context(next(self.parameters()).device):
            return 2 * self.denoiser.sample(shape, random) - 1

    @torch.no_grad()
    def bits(self, images: UInt8[Tensor, "n c h w"], random: torch.Generator) -> Float[Tensor, " n"]:
        """Upper bound on the bits per dimension of thresholded images, from one sample of the forward chain.

        Args:
            images: uint8, (N, channels, size, size); thresholded first.
            random: generator of the forward chain.

        Returns:
            Shape (N,); fair coins have 1.
        """
        x0 = self.binary(to_signal(images).to(next(self.parameters()).device))
        return self.denoiser.bound(x0, random) / (x0[0].numel() * math.log(2))


class BinomialTask(Trainable):
    """Training task of a `BinomialDiffusion`: the bound in bits per dimension, without its constant term."""

    def __init__(self, network: BinomialDiffusion, config: BinomialConfig, images: Tensor):
        super().__init__()
        self.network = network
        self.config = config

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {"main": torch.optim.AdamW(self.parameters(), self.config.rate, betas=(0.9, 0.99), fused=True)}

    def step(self, batch: dict[str, Tensor], k: Moment) -> dict[str, Tensor]:
        """batch["image"] (N, channels, size, size) in [-1, 1]."""
        denoiser, x0 = self.network.denoiser, self.network.binary(batch["image"])
        drawn = torch.randint(1, denoiser.path.steps + 1, (len(x0),), generator=k.random).to(x0.device)
        nats = denoiser.errors(x0, drawn, k.random)
        return {"loss": nats.mean() / (x0[0].numel() * math.log(2))}


FAMILY = GeneratorFamily(
    name="binomial",
    config=BinomialConfig,
    configure=configure,
    build=BinomialDiffusion,
    task=BinomialTask,
    title="Diffusion of black-and-white images",
    channels=(1, 3),
    rates={32: Rate(460, 14), 64: Rate(370, 12)},  # from its ratio to diffusion in one run
)
