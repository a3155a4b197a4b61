"""A tiny autoencoder of images, and a reader of its published weights.

Encoder and decoder are stacks of residual blocks of three 3×3 convolutions of 64 channels: three halvings by
strided convolutions, three doublings by nearest-neighbour repetition. The blocks at 1/8 of the resolution
first add a term of wide 1×1 convolutions with group normalisation. The decoder soft-clips the latent, z → 3
tanh(z / 3).

It reconstructs a photograph well enough to look the same, and leaves in it the traces of a generator's decoder:
photograph and reconstruction are an *aligned pair*, equal in content and different in origin.

Source: the description in madebyollin/taesd (MIT), weights "taef2" for the latent space of FLUX.2.
"""

from pathlib import Path
from typing import final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from subband.errors import CheckpointError, InvalidInput

WIDTH = 64
LATENT = 32
FACTOR = 8
"""Pixels of an image per latent position, along each axis."""

GROUPS, WIDENING = 4, 4  # of the group normalisation and of the 1×1 convolutions around it


class Block(nn.Module):
    """x → ReLU(x' + three convolutions of x'), x' = x plus a group-normalised term if `pooled`."""

    def __init__(self, pooled: bool) -> None:
        super().__init__()
        self.conv = nn.Sequential(_conv(), nn.ReLU(), _conv(), nn.ReLU(), _conv())
        wide = WIDENING * WIDTH
        self.pool = (
            nn.Sequential(
                nn.Conv2d(WIDTH, wide, 1, bias=False),
                nn.GroupNorm(GROUPS, wide),
                nn.ReLU(),
                nn.Conv2d(wide, WIDTH, 1, bias=False),
            )
            if pooled
            else None
        )

    def forward(self, x: Tensor) -> Tensor:
        if self.pool is not None:
            x = x + self.pool(x)
        return torch.relu(x + self.conv(x))


class SoftClip(nn.Module):
    """z → 3 tanh(z / 3)."""

    def forward(self, z: Tensor) -> Tensor:
        return 3 * torch.tanh(z / 3)


@final
class TinyAutoencoder(nn.Module):
    """The autoencoder: images (N, 3, H, W) in 0..1, H and W multiples of 8 → latents (N, 32, H/8, W/8) → images.

    Example:
        >>> import torch
        >>> net = TinyAutoencoder().eval()
        >>> with torch.no_grad():
        ...     z = net.encode(torch.rand(1, 3, 16, 24))
        >>> tuple(z.shape), tuple(net.decode(z).shape)
        ((1, 32, 2, 3), (1, 3, 16, 24))
    """

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(3, WIDTH, 3, padding=1),
            *_blocks(1),
            _halve(),
            *_blocks(3),
            _halve(),
            *_blocks(3),
            _halve(),
            *_blocks(3, pooled=True),
            nn.Conv2d(WIDTH, LATENT, 3, padding=1),
        )
        self.decoder = nn.Sequential(
            SoftClip(),
            nn.Conv2d(LATENT, WIDTH, 3, padding=1),
            nn.ReLU(),
            *_blocks(3, pooled=True),
            *_double(),
            *_blocks(3),
            *_double(),
            *_blocks(3),
            *_double(),
            *_blocks(1),
            nn.Conv2d(WIDTH, 3, 3, padding=1),
        )

    @classmethod
    def load(cls, file: str | Path) -> "TinyAutoencoder":
        """Read published weights from a safetensors file with tensors "encoder.…" and "decoder.…".

        Raises:
            CheckpointError: the file is missing, damaged, or holds another network.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            tensors = load_file(file)
        except (OSError, SafetensorError) as error:
            raise CheckpointError(f"can't read the autoencoder {file}: {error}") from error
        net = cls()
        try:
            net.load_state_dict({name: tensor.float() for name, tensor in tensors.items()}, strict=True)
        except RuntimeError as error:
            reason = " ".join(str(error).split())[:200]
            raise CheckpointError(
                f"{file} holds another network than the tiny autoencoder: {reason}"
            ) from error
        return net.eval()

    def encode(self, x: Float[Tensor, "n 3 height width"]) -> Float[Tensor, "n 32 h w"]:
        """Latents of images in 0..1.

        Raises:
            InvalidInput: not three channels, or sides that are no multiples of 8.
        """
        if x.ndim != 4 or x.shape[1] != 3 or x.shape[2] % FACTOR or x.shape[3] % FACTOR:
            raise InvalidInput(
                f"the autoencoder takes (N, 3, H, W) with sides divisible by {FACTOR}, not {tuple(x.shape)}"
            )
        return self.encoder(x)

    def decode(self, z: Float[Tensor, "n 32 h w"]) -> Float[Tensor, "n 3 height width"]:
        """Images of latents, clipped to 0..1."""
        return self.decoder(z).clamp(0, 1)

    def forward(self, x: Tensor) -> Tensor:
        """The reconstruction of images in 0..1."""
        return self.decode(self.encode(x))


def _conv() -> nn.Module:
    return nn.Conv2d(WIDTH, WIDTH, 3, padding=1)


def _halve() -> nn.Module:
    return nn.Conv2d(WIDTH, WIDTH, 3, stride=2, padding=1, bias=False)


def _double() -> list[nn.Module]:
    return [nn.Upsample(scale_factor=2), nn.Conv2d(WIDTH, WIDTH, 3, padding=1, bias=False)]


def _blocks(count: int, *, pooled: bool = False) -> list[nn.Module]:
    return [Block(pooled) for _ in range(count)]
