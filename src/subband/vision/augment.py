"""Random changes of training images that keep their class: small shifts, turns and zooms, mirroring, mixtures."""

import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional as F

Images = Float[Tensor, "n channels height width"]


def moved(
    images: Images,
    random: torch.Generator,
    *,
    shift: float = 0.0,
    rotate: float = 0.0,
    zoom: float = 0.0,
    flip: bool = False,
) -> Images:
    """Each image moved by its own random similarity, with bilinear interpolation; borders are repeated.

    Args:
        images: (N, channels, H, W).
        random: generator.
        shift: largest shift along each axis, in pixels.
        rotate: largest angle, in degrees.
        zoom: largest logarithm of the magnification.
        flip: whether images are mirrored left to right with probability 1/2.

    Returns:
        The same shape.
    """
    n, _, height, width = images.shape
    if not (shift or rotate or zoom or flip):
        return images
    drawn = 2 * torch.rand(5, n, generator=random) - 1
    angle, scale = drawn[0] * math.radians(rotate), torch.exp(drawn[1] * zoom)
    mirror = torch.where(drawn[4] < 0, -1.0, 1.0) if flip else torch.ones(n)
    cos, sin = scale * angle.cos(), scale * angle.sin()
    maps = torch.stack(
        [
            torch.stack([mirror * cos, -sin * height / width, drawn[2] * 2 * shift / width], dim=1),
            torch.stack([mirror * sin * width / height, cos, drawn[3] * 2 * shift / height], dim=1),
        ],
        dim=1,
    ).to(images)
    grid = F.affine_grid(maps, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)


def mixed_up(
    images: Images, targets: Float[Tensor, "n classes"], random: torch.Generator, alpha: float
) -> tuple[Images, Tensor]:
    """Images and their targets, each mixed with those of another by λ ~ Beta(α, α), one λ a batch.

    Source: Zhang et al. 2018, "mixup: Beyond empirical risk minimization", equation 1.
    """
    if not alpha:
        return images, targets
    order = torch.randperm(len(images), generator=random)
    seed = int(torch.randint(2**31, (1,), generator=random))
    share = float(np.random.default_rng(seed).beta(alpha, alpha))
    return share * images + (1 - share) * images[order], share * targets + (1 - share) * targets[order]
