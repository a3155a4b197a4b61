"""The frozen tokenizer of a model of tokens: taken from another run, or trained at the beginning of its own."""

import copy
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int64
from torch import Tensor, nn

from subband.errors import CheckpointError, InvalidInput
from subband.generate.families.autoencoder import GridAutoencoder, GridAutoencoderConfig
from subband.nn import DiscreteBottleneck
from subband.training import fill, load_checkpoint, read_config
from subband.training.average import power

Images = Float[Tensor, "n colours height width"]
Ids = Int64[Tensor, "n rows columns"]

KIND = "autoencoder"
_LENGTH = 16  # characters of a digest


class Tokenizer(nn.Module):
    """Transform between images and tokens, with frozen weights, which are saved with the model that uses it.

    Args:
        config: settings of an autoencoder of discrete latents.
        size: side of the images.

    Attributes:
        grid: rows and columns of the tokens of an image.
        codes: number of distinct tokens.

    Raises:
        InvalidInput: if its latents are not discrete.
    """

    def __init__(self, config: GridAutoencoderConfig, size: int):
        super().__init__()
        check_discrete(config, "these settings")
        self.autoencoder = GridAutoencoder(config).requires_grad_(False)
        self.grid = (size // config.factor, size // config.factor)
        self.factor, self.codes = config.factor, self.autoencoder.codes

    @torch.no_grad()
    def encode(self, images: Images) -> Ids:
        """Tokens of images in [-1, 1], int64 (N, rows, columns)."""
        return self.autoencoder.tokens(images)

    @torch.no_grad()
    def decode(self, ids: Ids) -> Images:
        """Images, about in [-1, 1], of tokens.

        Raises:
            InvalidInput: if the grid is smaller than the model's, or an id is out of range.
        """
        if ids.ndim != 3 or any(own < side for own, side in zip(ids.shape[1:], self.grid, strict=True)):
            raise InvalidInput(
                f"can't decode tokens of shape {tuple(ids.shape)}: this model's images are (N, {self.grid[0]}, "
                f"{self.grid[1]}) or larger"
            )
        return self.autoencoder.from_tokens(ids)

    def fill(self, folder: str | Path, expected: str) -> None:
        """Load the weights of the trained autoencoder in a folder.

        Raises:
            CheckpointError: if there is none, or it is not the one of the expected digest.
        """
        tensors = load_checkpoint(folder, KIND).tensors
        if (found := digest(tensors)) != expected:
            raise CheckpointError(
                f"the tokenizer in {folder} is {found}, not {expected}, which this model's settings name: it was "
                "trained again since; configure the model anew, or take the old one"
            )
        fill(self.autoencoder, tensors)

    def check(self, expected: str) -> None:
        """Raise CheckpointError unless the weights are those of a digest; an empty one names none."""
        if expected and (found := digest(self.autoencoder.state_dict())) != expected:
            raise CheckpointError(
                f"the checkpoint holds the tokenizer {found}, but its model was trained on tokens of {expected}: "
                "tokens of another tokenizer mean nothing to it"
            )

    @torch.no_grad()
    def follow(self, learner: GridAutoencoder, k: int, *, width: float = 0.1) -> None:
        """Move the weights towards those of a tokenizer in training, by a power-function average at step k."""
        beta = (1 - 1 / (k + 1)) ** (power(width) + 1)
        for kept, weight in zip(self.autoencoder.parameters(), learner.parameters(), strict=True):
            kept.lerp_(weight, 1 - beta)
        for kept, buffer in zip(self.autoencoder.buffers(), learner.buffers(), strict=True):
            kept.copy_(buffer)

    @torch.no_grad()
    def learner(self) -> GridAutoencoder:
        """A copy to be trained."""
        return copy.deepcopy(self.autoencoder).requires_grad_(True)


def digest(tensors: Mapping[str, Tensor]) -> str:
    """Hexadecimal digest of weights, by names, shapes and bits."""
    found = hashlib.sha256()
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        found.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        found.update(tensor.flatten().view(torch.uint8).numpy().tobytes())
    return found.hexdigest()[:_LENGTH]


def tokenizer_in(folder: str | Path, size: int, channels: int) -> dict[str, Any]:
    """The settings `tokens` and `digest` of the tokenizer in a folder, for images of a size.

    Raises:
        CheckpointError: if there is no autoencoder, or a damaged one.
        InvalidInput: if its latents are continuous, or its images have other channels or do not fit its grid.
    """
    checkpoint = load_checkpoint(folder, KIND)
    config = read_config(GridAutoencoderConfig, checkpoint.config)
    check_discrete(config, f"the autoencoder in {folder}")
    if config.channels != channels or size % config.factor:
        raise InvalidInput(
            f"can't use the tokenizer in {folder} on {size} px images of {channels} channels: it takes "
            f"{config.channels} channels, and sizes that are multiples of {config.factor}"
        )
    return {"tokens": config, "digest": digest(checkpoint.tensors)}


def check_discrete(config: GridAutoencoderConfig, what: str) -> None:
    """Raise InvalidInput unless an autoencoder has discrete latents."""
    built = config.make_bottleneck()
    if not isinstance(built, DiscreteBottleneck):
        raise InvalidInput(
            f"no tokens in {what}, whose bottleneck is {config.bottleneck!r}: train one by "
            "subband train autoencoder --bottleneck vq, or fsq"
        )
