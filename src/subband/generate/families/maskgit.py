"""MaskGIT: images as tokens, masked and filled in by a bidirectional transformer in a few steps."""

from dataclasses import dataclass
from typing import Any, Literal

import torch

from subband.errors import InvalidInput
from subband.generate.family import GeneratorFamily, Rate
from subband.generate.tokens.corruption import Masking
from subband.generate.tokens.model import TokenModel, TokenTask
from subband.generate.tokens.samplers import Ids, Places, Predict, unmask
from subband.generate.tokens.settings import TokenSettings, with_tokenizer
from subband.training import sampling


@dataclass(frozen=True)
class MaskgitConfig(TokenSettings):
    """Settings of a masked model of tokens.

    Attributes:
        sampling_steps: number of steps that tokens are filled in by.
        order: which tokens are kept first, by confidence, in Halton's order, or random.
        schedule: share of tokens that stays masked, auto is cosine by confidence and arccos otherwise.
        choice: temperature of the choice by confidence.
    """

    order: Literal["confidence", "halton", "random"] = sampling("confidence")
    schedule: Literal["auto", "cosine", "arccos", "linear", "square"] = sampling("auto")
    choice: float = sampling(4.5)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.choice < 0:
            raise InvalidInput(f"can't use choice={self.choice}: it must be 0 or more")

    def make_corruption(self, codes: int) -> Masking:
        """The corruption that is undone."""
        return Masking(codes)

    def sample(
        self,
        predict: Predict,
        ids: Ids,
        unknown: Places,
        corruption: Masking,
        random: torch.Generator,
        strength: float,
    ) -> Ids:
        """Tokens with the unknown ones, or a share of them, drawn."""
        if strength < 1:
            unknown = unknown & (torch.rand(ids.shape, generator=random).to(ids.device) < strength)
        own = "cosine" if self.order == "confidence" else "arccos"
        return unmask(
            predict,
            ids,
            unknown,
            corruption,
            steps=self.sampling_steps,
            order=self.order,
            schedule=own if self.schedule == "auto" else self.schedule,
            temperature=self.temperature,
            choice=self.choice,
            random=random,
        )


def configure(size: int, *, channels: int = 3, classes: tuple[str, ...] = (), **chosen: Any) -> MaskgitConfig:
    """Settings for an image size, with those of the tokenizer.

    Raises:
        CheckpointError: if a tokenizer was chosen and there is none in that folder.
        InvalidInput: if it is of other images, or of continuous latents.
    """
    return MaskgitConfig(size, channels, classes, **with_tokenizer(size, channels, classes, chosen))


FAMILY = GeneratorFamily(
    name="maskgit",
    config=MaskgitConfig,
    configure=configure,
    build=TokenModel,
    task=TokenTask,
    averaged=lambda network: network.denoiser,
    title="Masked model of tokens, filled in within a few steps (MaskGIT)",
    channels=(1, 3),
    conditional=True,
    rates={32: Rate(150, 60), 64: Rate(130, 50)},
)
