"""The downward path of a U-Net, with a vector as output."""

from collections.abc import Sequence
from itertools import pairwise

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from subband.errors import InvalidInput
from subband.nn.blocks import ResidualBlock, group_norm, time_features


class Encoder(nn.Module):
    """Map (x, t) to a vector for each image: a classifier of noisy images, or of clean ones at t = 0.

    Args:
        channels: channels of the input.
        outputs: length of the vector.
        width, multipliers, blocks, patch: as for `UNet`.

    Raises:
        InvalidInput: if an argument is not a positive whole number.

    Source: Dhariwal and Nichol 2021, section 4, which uses the downward path of the diffusion model's U-Net.
    """

    def __init__(
        self,
        channels: int,
        outputs: int,
        *,
        width: int = 32,
        multipliers: Sequence[int] = (1, 2),
        blocks: int = 1,
        patch: int = 2,
    ):
        super().__init__()
        if min(channels, outputs, width, blocks, patch, *multipliers, len(multipliers)) < 1:
            raise InvalidInput(
                f"can't build an encoder with channels={channels}, outputs={outputs}, width={width}, "
                f"multipliers={tuple(multipliers)}, blocks={blocks}, patch={patch}: each must be 1 or more"
            )
        widths = [width * m for m in multipliers]
        embedding = 4 * width
        self.channels, self.time_width = channels, width
        self.stride = patch * 2 ** (len(widths) - 1)
        self.embed = nn.Sequential(
            nn.Linear(width, embedding), nn.SiLU(), nn.Linear(embedding, embedding), nn.SiLU()
        )
        self.patchify = nn.Conv2d(channels, widths[0], patch, stride=patch)
        self.levels = nn.ModuleList(
            [nn.ModuleList([ResidualBlock(w, w, embedding) for _ in range(blocks)]) for w in widths]
        )
        self.shrink = nn.ModuleList([nn.Conv2d(a, b, 2, stride=2) for a, b in pairwise(widths)])
        self.norm = group_norm(widths[-1])
        self.head = nn.Linear(widths[-1], outputs)

    def forward(
        self, x: Float[Tensor, "n channels height width"], t: Float[Tensor, " n"]
    ) -> Float[Tensor, "n outputs"]:
        """x (N, channels, H, W), H and W multiples of `self.stride`, and times t (N,) -> (N, outputs).

        Raises:
            InvalidInput: if the channels or the size do not fit.
        """
        if x.ndim != 4 or x.shape[1] != self.channels or x.shape[2] % self.stride or x.shape[3] % self.stride:
            raise InvalidInput(
                f"can't run this encoder on shape {tuple(x.shape)}: it takes (N, {self.channels}, H, W), "
                f"H and W multiples of {self.stride}"
            )
        e = self.embed(time_features(t, self.time_width))
        h = self.patchify(x)
        for i, level in enumerate(self.levels):
            if i > 0:
                h = self.shrink[i - 1](h)
            for block in level:  # pyright: ignore[reportGeneralTypeIssues]
                h = block(h, e)
        return self.head(F.silu(self.norm(h)).mean(dim=(2, 3)))
