"""The discriminator of StyleGAN2, which StyleGAN3 keeps: residual blocks, and the spread of the batch."""

import math

import torch
from torch import Tensor, nn

from subband.nn.equalised import EqualisedConv, EqualisedLinear, activated
from subband.nn.resample import halve

GROUP = 4  # images whose spread is compared


class StyleCritic(nn.Module):
    """Image, and class, to one number: the higher, the more like a real one.

    Args:
        channels: of the images.
        size: of the images.
        base, most: a map of side s has base / s channels, at most `most`.
        classes: number of classes; 0 for none.

    Source: Karras et al. 2020, section 4.2 (residual blocks), 2018, section 3 (spread of the batch); classes by
    the inner product of features and embedding: Miyato and Koyama 2018, "cGANs with projection discriminator".

    Example:
        >>> import torch
        >>> from subband.generate.stylegan3 import StyleCritic
        >>> critic = StyleCritic(3, 16, base=64, most=16, classes=10)
        >>> critic(torch.zeros(4, 3, 16, 16), torch.tensor([0, 1, 2, -1])).shape  # -1: no class
        torch.Size([4])
    """

    def __init__(self, channels: int, size: int, *, base: int, most: int, classes: int = 0):
        super().__init__()

        def width(side: int) -> int:
            return min(max(base // side, 4), most)

        self.first = EqualisedConv(channels, width(size), 1)
        blocks, side = [], size
        while side % 2 == 0 and side // 2 >= 4:
            blocks.append(_Block(width(side), width(side // 2)))
            side //= 2
        self.blocks = nn.ModuleList(blocks)
        self.last = EqualisedConv(width(side) + 1, width(side), 3)
        self.hidden = EqualisedLinear(width(side) * side**2, width(side))
        self.out = EqualisedLinear(width(side), 1)
        self.embed = nn.Embedding(classes, width(side)) if classes else None
        self.scale = 1 / math.sqrt(width(side))

    def forward(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        """(N, channels, size, size), int64 (N,) -> (N,)."""
        x = activated(self.first(x))
        for block in self.blocks:
            x = block(x)
        x = activated(self.last(torch.cat([x, spread(x)], dim=1)))
        h = activated(self.hidden(x.flatten(1)))
        score = self.out(h)[:, 0]
        if self.embed is not None and label is not None:
            score = score + (self.embed(label.clamp(min=0)) * h).sum(dim=1) * self.scale * (label >= 0)
        return score


class _Block(nn.Module):
    """(conv(halve(conv(x))) + conv(halve(x))) / √2."""

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.conv1 = EqualisedConv(inputs, inputs, 3)
        self.conv2 = EqualisedConv(inputs, outputs, 3)
        self.skip = EqualisedConv(inputs, outputs, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        h = activated(self.conv2(halve(activated(self.conv1(x)))))
        return (h + self.skip(halve(x))) / math.sqrt(2)


def spread(x: Tensor) -> Tensor:
    """(N, 1, H, W) mean deviation within groups of up to four images of the batch."""
    group = math.gcd(len(x), GROUP)
    apart = x.float().unflatten(0, (group, -1))
    deviation = ((apart - apart.mean(dim=0)).square().mean(dim=0) + 1e-8).sqrt()
    mean = deviation.mean(dim=(1, 2, 3)).to(x.dtype)
    return mean.repeat(group)[:, None, None, None].expand(-1, 1, *x.shape[2:])
