"""Paella: images as tokens, replaced at random and drawn again by a bidirectional transformer in a few steps."""

from dataclasses import dataclass
from typing import Any

import torch

from subband.errors import InvalidInput
from subband.generate.family import GeneratorFamily, Rate
from subband.generate.tokens.corruption import RandomReplacement
from subband.generate.tokens.model import TokenModel, TokenTask
from subband.generate.tokens.samplers import Ids, Places, Predict, renoise
from subband.generate.tokens.settings import TokenSettings, with_tokenizer
from subband.training import sampling


@dataclass(frozen=True)
class PaellaConfig(TokenSettings):
    """Settings of a model of tokens that are replaced at random.

    Attributes:
        sampling_steps: number of steps, each of which draws all tokens.
        temperature: temperature of the tokens that are drawn at the first step.
        last_temperature: temperature at the last step.
    """

    sampling_steps: int = sampling(12)
    last_temperature: float = sampling(0.2)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.last_temperature < 0:
            raise InvalidInput(f"can't use last_temperature={self.last_temperature}: it must be 0 or more")

    def make_corruption(self, codes: int) -> RandomReplacement:
        """The corruption that is undone."""
        return RandomReplacement(codes)

    def sample(
        self,
        predict: Predict,
        ids: Ids,
        unknown: Places,
        corruption: RandomReplacement,
        random: torch.Generator,
        strength: float,
    ) -> Ids:
        """Tokens with the unknown ones drawn, beginning with a share of noise."""
        return renoise(
            predict,
            ids,
            unknown,
            corruption,
            steps=self.sampling_steps,
            strength=strength,
            temperature=self.temperature,
            last_temperature=self.last_temperature,
            random=random,
        )


def configure(size: int, *, channels: int = 3, classes: tuple[str, ...] = (), **chosen: Any) -> PaellaConfig:
    """Settings for an image size, with those of the tokenizer.

    Raises:
        CheckpointError: if a tokenizer was chosen and there is none in that folder.
        InvalidInput: if it is of other images, or of continuous latents.
    """
    return PaellaConfig(size, channels, classes, **with_tokenizer(size, channels, classes, chosen))


FAMILY = GeneratorFamily(
    name="paella",
    config=PaellaConfig,
    configure=configure,
    build=TokenModel,
    task=TokenTask,
    averaged=lambda network: network.denoiser,
    title="Model of randomly replaced tokens, drawn and renoised (Paella)",
    channels=(1, 3),
    conditional=True,
    rates={32: Rate(150, 60), 64: Rate(130, 50)},
)
