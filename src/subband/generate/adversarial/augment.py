"""Augmentation of what the critic sees, real and generated images alike, through which gradients flow.

DiffAugment changes every image; adaptive augmentation (ADA) changes each with a probability that follows how
sure the critic is of real images, so that few images are not learnt by heart.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

TARGET = 0.6  # mean sign of the critic on real images that adaptive augmentation aims at
HORIZON = 500_000  # images in which the probability can go from 0 to 1


def diff_augment(x: Tensor, random: torch.Generator, *, colour: bool = True) -> Tensor:
    """Brightness, saturation and contrast; translation by up to an eighth; a square of half the side cut out.

    Args:
        x: (N, C, H, W) in [-1, 1].
        random: the only randomness.
        colour: whether colours are changed.

    Source: Zhao et al. 2020, "Differentiable augmentation for data-efficient GAN training", section 4.

    Example:
        >>> import torch
        >>> from subband.generate.adversarial import diff_augment
        >>> random = torch.Generator().manual_seed(0)
        >>> x = diff_augment(torch.ones(4, 3, 16, 16), random, colour=False)
        >>> x.shape, sorted(x.unique().tolist())  # zeros: what was moved in, and what was cut out
        (torch.Size([4, 3, 16, 16]), [0.0, 1.0])
    """
    n, _, height, width = x.shape

    def drawn(low: float, high: float) -> Tensor:
        return (torch.rand(n, 1, 1, 1, generator=random) * (high - low) + low).to(x)

    if colour:
        x = x + drawn(-0.5, 0.5)
        grey = x.mean(dim=1, keepdim=True)
        x = (x - grey) * drawn(0, 2) + grey
        level = x.mean(dim=(1, 2, 3), keepdim=True)
        x = (x - level) * drawn(0.5, 1.5) + level
    x = shifted(
        x, *(torch.randint(-(side // 8), side // 8 + 1, (n,), generator=random) for side in (height, width))
    )
    rows, columns = (torch.randint(0, side + 1, (n,), generator=random) for side in (height, width))
    return x * ~_square(rows.to(x.device), columns.to(x.device), height, width)[:, None]


def shifted(x: Tensor, down: Tensor, right: Tensor) -> Tensor:
    """Images (N, C, H, W) moved by whole pixels, int64 (N,), zeros behind them."""
    n, c, height, width = x.shape
    rows = torch.arange(height)[None] - down[:, None]
    columns = torch.arange(width)[None] - right[:, None]
    inside = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[:, None]
    index = rows.clamp(0, height - 1)[:, :, None] * width + columns.clamp(0, width - 1)[:, None]
    flat = x.flatten(2).gather(2, index.flatten(1)[:, None].expand(n, c, -1).to(x.device))
    return flat.view_as(x) * inside[:, None].to(x)


def _square(rows: Tensor, columns: Tensor, height: int, width: int) -> Tensor:
    """bool (N, H, W): pixels less than a quarter of the side from a centre."""
    y, x = torch.arange(height, device=rows.device), torch.arange(width, device=rows.device)
    near = (y - rows[:, None]).abs() * 4 < height
    return near[:, :, None] & ((x - columns[:, None]).abs() * 4 < width)[:, None]


class Adaptive(nn.Module):
    """Each change is made with probability p: mirroring, quarter turns, moves; scaling, turning; colours.

    p follows the critic: up while the mean sign of D on real images is above 0.6, and down below. It is a
    buffer, so a resumed training goes on with it.

    Source: Karras et al. 2020, "Training generative adversarial networks with limited data", section 3, appendix B;
    without the wavelet filters and cutout there, which help little.

    Example:
        >>> import torch
        >>> from subband.generate.adversarial import Adaptive
        >>> augment = Adaptive(p=0.1)
        >>> augment.follow(torch.ones(500))  # the critic takes all real images for real: it learns them by heart
        >>> bool(augment.p > 0.1), augment(torch.zeros(2, 3, 16, 16), torch.Generator().manual_seed(0)).shape
        (True, torch.Size([2, 3, 16, 16]))
    """

    p: Tensor

    def __init__(self, p: float = 0.0):
        super().__init__()
        self.register_buffer("p", torch.tensor(float(p)))

    @torch.no_grad()
    def follow(self, on_real: Tensor) -> None:
        """Adjust p after the critic saw real images, (N,)."""
        step = len(on_real) / HORIZON * torch.sign(on_real.float().sign().mean() - TARGET)
        self.p.add_(step.to(self.p)).clamp_(0, 1)

    def forward(self, x: Tensor, random: torch.Generator) -> Tensor:
        """(N, C, H, W) in [-1, 1] -> the same shape."""
        n, channels = x.shape[:2]
        p = float(self.p)
        if p == 0:
            return x

        def chosen() -> Tensor:
            return torch.rand(n, generator=random) < p

        def normal(deviation: float) -> Tensor:
            return torch.randn(n, generator=random) * deviation

        zero, one = torch.zeros(n), torch.ones(n)
        # Geometry: mirrored, in quarter turns, moved, scaled (one axis more than the other), turned.
        mirror = torch.where(chosen() & (torch.rand(n, generator=random) < 0.5), -one, one)
        quarters = torch.where(chosen(), torch.randint(0, 4, (n,), generator=random).float(), zero)
        turn = (
            quarters * (math.pi / 2)
            + torch.where(chosen(), torch.rand(n, generator=random) * 2 - 1, zero) * math.pi
        )
        scale = torch.where(chosen(), normal(0.2).exp2(), one)
        stretch = torch.where(chosen(), normal(0.2).exp2(), one)
        right = torch.where(chosen(), normal(0.125), zero)
        down = torch.where(chosen(), normal(0.125), zero)
        cosine, sine = turn.cos(), turn.sin()
        rows = torch.stack(
            [
                torch.stack([cosine * mirror / (scale * stretch), sine / scale * stretch, right], 1),
                torch.stack([-sine * mirror / (scale * stretch), cosine / scale * stretch, down], 1),
            ],
            1,
        )
        grid = F.affine_grid(rows.to(x), list(x.shape), align_corners=False)
        x = F.grid_sample(x, grid, padding_mode="reflection", align_corners=False)
        # Colour: brightness, contrast, and for colours saturation.
        x = x + torch.where(chosen(), normal(0.2), zero).to(x)[:, None, None, None]
        x = x * torch.where(chosen(), normal(0.5).exp2(), one).to(x)[:, None, None, None]
        if channels == 3:
            grey = x.mean(dim=1, keepdim=True)
            x = grey + (x - grey) * torch.where(chosen(), normal(1.0).exp2(), one).to(x)[:, None, None, None]
        return x
