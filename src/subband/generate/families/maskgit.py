"""MaskGIT: images as tokens, masked and filled in by a bidirectional transformer in a few steps."""

from dataclasses import dataclass
from typing import Any, Literal

import torch

from subband.errors import InvalidInput
from subband.generate.families.autoencoder import GridAutoencoderConfig
from subband.generate.family import GeneratorFamily, Rate
from subband.generate.tokens.corruption import Masking
from subband.generate.tokens.model import TokenModel, TokenTask
from subband.generate.tokens.samplers import Ids, Places, Predict, unmask
from subband.generate.tokens.settings import check_token_settings, with_tokenizer
from subband.training import from_data, sampling


@dataclass(frozen=True)
class MaskgitConfig:
    """Settings of a masked model of tokens.

    Attributes:
        size: height and width of the images.
        channels: number of image channels, 3 or 1.
        classes: class names; empty for a model of no condition.
        tokenizer: folder of a trained autoencoder of bottleneck vq or fsq; left out, the first part of the training
            trains one.
        tokens: settings of the tokenizer.
        digest: which trained tokenizer it is; empty for one of the run's own.
        tokenizer_part: fraction of the training that is the tokenizer's, if it trains its own.
        quantiser: its bottleneck, fsq (rounding) or vq (codebook of moving averages).
        codes: size of the codebook of vq.
        levels: number of levels of each channel of fsq.
        width: length of the transformer's vectors.
        depth: number of its blocks.
        heads: number of its attention heads.
        smoothing: label smoothing of the cross-entropy.
        drop: part of the images whose class is dropped in training, for guidance.
        batch: images per training step.
        rate: peak learning rate of AdamW.
        average: width of the power-function average of the transformer's weights.
        sampling_steps: number of steps that tokens are filled in by.
        order: which tokens are kept first, by confidence, in Halton's order, or random.
        schedule: share of tokens that stays masked, auto is cosine by confidence and arccos otherwise.
        temperature: temperature of the tokens that are drawn.
        choice: temperature of the choice by confidence.
        guidance: weight of classifier-free guidance, 1 for none.
    """

    size: int = from_data()
    channels: int = from_data(3)
    classes: tuple[str, ...] = from_data(())
    tokenizer: str = ""
    tokens: GridAutoencoderConfig | None = from_data(None)  # noqa: RUF009 - a dataclass field
    digest: str = from_data("")
    tokenizer_part: float = 0.2
    quantiser: Literal["fsq", "vq"] = "fsq"
    codes: int = 256
    levels: tuple[int, ...] = (8, 5, 5)
    width: int = 128
    depth: int = 6
    heads: int = 4
    smoothing: float = 0.1
    drop: float = 0.1
    batch: int = 64
    rate: float = 1e-3
    average: float = 0.1
    sampling_steps: int = sampling(8)
    order: Literal["confidence", "halton", "random"] = sampling("confidence")
    schedule: Literal["auto", "cosine", "arccos", "linear", "square"] = sampling("auto")
    temperature: float = sampling(1.0)
    choice: float = sampling(4.5)
    guidance: float = sampling(2.0)

    def __post_init__(self) -> None:
        check_token_settings(self)
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
