"""The vision transformer: tokens of an image, a class token, position embeddings, a transformer, a linear head."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.nn.transformer import TransformerBlock, positions
from subband.nn.vision_transformer.tokens import (
    ConvolutionTokens,
    Images,
    PacketTokens,
    PixelTokens,
    Tokenise,
)

TOKENS = ("pixels", "convolution", "packets", "bands")
SPREAD = 0.02  # standard deviation of class token, registers and positions at the start


class VisionTransformer(nn.Module):
    """Map images of one size to a vector of scores, or of features.

    Args:
        channels: channels of the images.
        outputs: length of the vector, e.g. the number of classes.
        size: (H, W) of the images.
        patch: side of a patch.
        width: length of a token.
        depth: number of blocks.
        heads: number of attention heads; they divide the width.
        hidden: width of the MLPs; None for 4 * width.
        tokens: "pixels" (patches), "convolution" (a stem of strided convolutions), "packets" (patches of all bands
            of wavelet packets), or "bands" (patches of single bands).
        wavelet, level: of packets and bands.
        positions: "learned" or "sinusoidal" (of row and column; the width is then a multiple of 4).
        pool: "class" reads the vector off a class token, "mean" off the mean of the patches' tokens.
        registers: number of further learned tokens, which carry no patch and are not read.
        gelu, epsilon: as in `TransformerBlock`.

    Attributes:
        tokenise: image -> tokens of patches.
        prefix: learned tokens before those of patches: class token and registers, (tokens, width).
        position: embeddings of the patches' positions, (patches, width).
        blocks: the transformer.

    Raises:
        InvalidInput: sizes below 1 or that do not divide, or an unknown option.

    Example:
        >>> import torch
        >>> from subband.nn import VisionTransformer
        >>> net = VisionTransformer(1, 10, size=(28, 28), patch=7, width=32, depth=2, heads=2)
        >>> net(torch.zeros(5, 1, 28, 28)).shape
        torch.Size([5, 10])

    Source: Dosovitskiy et al. 2021, "An image is worth 16x16 words"; registers from Darcet et al. 2024, "Vision
    transformers need registers".
    """

    def __init__(
        self,
        channels: int,
        outputs: int,
        *,
        size: tuple[int, int],
        patch: int = 4,
        width: int = 96,
        depth: int = 4,
        heads: int = 4,
        hidden: int | None = None,
        tokens: str = "pixels",
        wavelet: str = "haar",
        level: int = 1,
        positions: str = "learned",
        pool: str = "class",
        registers: int = 0,
        gelu: str = "none",
        epsilon: float = 1e-6,
    ):
        super().__init__()
        _check(channels, outputs, width, depth, heads, hidden, tokens, positions, pool, registers)
        self.channels, self.outputs, self.size, self.pool = channels, outputs, tuple(size), pool
        self.width, self.registers = width, registers
        self.tokenise = _tokenise(tokens, channels, (size[0], size[1]), patch, width, wavelet, level)
        count = self.tokenise.grid[0] * self.tokenise.grid[1]
        self.prefix = nn.Parameter(SPREAD * torch.randn((pool == "class") + registers, width))
        if positions == "learned":
            self.position = nn.Parameter(SPREAD * torch.randn(count, width))
        else:
            self.register_buffer("position", _sinusoidal(self.tokenise.grid, width))
        self.blocks = nn.ModuleList(
            TransformerBlock(width, heads, hidden=hidden, adaptive=False, gelu=gelu, epsilon=epsilon)
            for _ in range(depth)
        )
        self.norm = nn.LayerNorm(width, epsilon)
        self.head = nn.Linear(width, outputs)
        for layer in self.blocks.modules():
            if isinstance(layer, nn.Linear):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)

    def forward(self, images: Images) -> Float[Tensor, "n outputs"]:
        """(N, channels, H, W) -> (N, outputs).

        Raises:
            InvalidInput: images of another shape.
        """
        return self.head(self.pooled(images))

    def pooled(self, images: Images) -> Float[Tensor, "n features"]:
        """The features that the head reads: the last class token, or the mean of patches, (N, width)."""
        x = self.norm(self.features(images))
        return x[:, 0] if self.pool == "class" else x[:, len(self.prefix) :].mean(dim=1)

    def features(self, images: Images) -> Float[Tensor, "n tokens features"]:
        """Tokens after the last block, before the last norm: class token, registers, patches."""
        x = self.embed(images)
        for block in self.blocks:
            x = block(x)
        return x

    def embed(self, images: Images) -> Float[Tensor, "n tokens features"]:
        """Tokens before the first block."""
        if images.ndim != 4 or tuple(images.shape[1:]) != (self.channels, *self.size):
            raise InvalidInput(
                f"can't run this vision transformer on shape {tuple(images.shape)}: it takes (N, "
                f"{self.channels}, {self.size[0]}, {self.size[1]})"
            )
        x = self.tokenise(images)
        x = x + self.position.to(x)
        return torch.cat([self.prefix.to(x).expand(len(x), -1, -1), x], dim=1)

    @torch.no_grad()
    def attention(self, images: Images) -> Float[Tensor, "n depth heads tokens tokens"]:
        """Attention weights of all blocks; rows sum to 1."""
        x, found = self.embed(images), []
        for block in self.blocks:
            found.append(block.attention(x))  # type: ignore[operator]
            x = block(x)
        return torch.stack(found, dim=1)


def _tokenise(
    tokens: str, channels: int, size: tuple[int, int], patch: int, width: int, wavelet: str, level: int
) -> Tokenise:
    if tokens in ("packets", "bands"):
        bands = "channels" if tokens == "packets" else "tokens"
        return PacketTokens(channels, size, patch, width, wavelet=wavelet, level=level, bands=bands)
    return (PixelTokens if tokens == "pixels" else ConvolutionTokens)(channels, size, patch, width)


def _sinusoidal(grid: tuple[int, int], width: int) -> Tensor:
    if width % 4:
        raise InvalidInput(f"can't make sinusoidal positions of width {width}: give a multiple of 4")
    return positions(*grid, width)


def _check(
    channels: int, outputs: int, width: int, depth: int, heads: int, hidden: int | None,
    tokens: str, position: str, pool: str, registers: int,
) -> None:  # fmt: skip
    if min(channels, outputs, width, depth, heads, 1 if hidden is None else hidden) < 1 or width % heads:
        raise InvalidInput(
            f"can't build a vision transformer with channels={channels}, outputs={outputs}, width={width}, "
            f"depth={depth}, heads={heads}, hidden={hidden}: each must be 1 or more, and the width a "
            "multiple of the heads"
        )
    for name, value, known in (
        ("tokens", tokens, TOKENS),
        ("positions", position, ("learned", "sinusoidal")),
        ("pool", pool, ("class", "mean")),
    ):
        if value not in known:
            raise InvalidInput(f"can't use {name}={value!r}: take one of {', '.join(known)}")
    if registers < 0:
        raise InvalidInput(f"can't use registers={registers}: give 0 or more")
