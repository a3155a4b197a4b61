"""What the settings of families of token models have in common."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Literal

import torch

from subband.errors import InvalidInput
from subband.generate.families.autoencoder import GridAutoencoderConfig
from subband.generate.families.autoencoder import configure as configure_autoencoder
from subband.generate.family import check_config
from subband.generate.tokens.corruption import Corruption
from subband.generate.tokens.samplers import Ids, Places, Predict
from subband.generate.tokens.tokenizer import check_discrete, tokenizer_in
from subband.training import check_choices, from_data, sampling


@dataclass(frozen=True)
class TokenSettings(ABC):
    """Settings of a model of tokens; a family adds how tokens are corrupted, and drawn.

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
        sampling_steps: number of steps that tokens are drawn in.
        temperature: temperature of the tokens that are drawn.
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
    temperature: float = sampling(1.0)
    guidance: float = sampling(2.0)

    def __post_init__(self) -> None:
        check_choices(self)
        check_config(
            self.size,
            codes=self.codes,
            width=self.width,
            depth=self.depth,
            heads=self.heads,
            batch=self.batch,
            rate=self.rate,
            sampling_steps=self.sampling_steps,
        )
        if self.tokens is None:
            raise InvalidInput("can't model tokens without a tokenizer: configure() gives its settings")
        check_discrete(self.tokens, "these settings")
        if self.width % self.heads or self.width % 4:
            raise InvalidInput(
                f"can't use width={self.width} with heads={self.heads}: it is a multiple of the heads and of 4"
            )
        if not (0 <= self.drop < 1 and 0 <= self.smoothing < 1 and 0 < self.tokenizer_part < 1):
            raise InvalidInput(
                f"can't use drop={self.drop}, smoothing={self.smoothing}, tokenizer_part={self.tokenizer_part}: "
                "the first two are 0 or more, the last above 0, and all below 1"
            )
        if self.temperature < 0:
            raise InvalidInput(f"can't use temperature={self.temperature}: it must be 0 or more")
        if self.drop == 0 and self.classes and self.guidance != 1:
            raise InvalidInput(
                f"can't guide by guidance={self.guidance} with drop=0: take drop=0.1, or guidance=1"
            )

    @abstractmethod
    def make_corruption(self, codes: int) -> Corruption:
        """The corruption that is undone."""

    @abstractmethod
    def sample(
        self,
        predict: Predict,
        ids: Ids,
        unknown: Places,
        corruption: Any,
        random: torch.Generator,
        strength: float,
    ) -> Ids:
        """Tokens (n, rows, columns) with the unknown ones drawn, as far from what they were as `strength` says."""


def with_tokenizer(
    size: int, channels: int, classes: tuple[str, ...], chosen: dict[str, Any]
) -> dict[str, Any]:
    """`chosen` with the settings of the tokenizer: of the run in the folder `tokenizer`, or of one to be trained.

    Own tokenizers have latents of a quarter of the image's side, from 64 px on of an eighth. Without dropped
    classes there is no guidance.

    Raises:
        CheckpointError, InvalidInput: as `tokenizer_in`, and for impossible levels.
    """
    check_config(size)
    if classes and chosen.get("drop") == 0:
        chosen = {"guidance": 1.0} | chosen
    if chosen.get("tokenizer"):
        return chosen | tokenizer_in(chosen["tokenizer"], size, channels)
    wanted: dict[str, Any] = {"bottleneck": chosen.get("quantiser", "fsq"), "critic": 0.0}
    if wanted["bottleneck"] == "fsq":
        wanted["levels"] = chosen.get("levels", (8, 5, 5))
    else:
        wanted |= {"codes": chosen.get("codes", 256), "codebook": "ema", "latent": 8}
    wanted["widths"] = (32, 64) if size < 64 else (32, 64, 64)
    return {"tokens": configure_autoencoder(size, channels=channels, **wanted)} | chosen
