"""Statistics of the block DCT."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.forensics.features.layers import GREY_LEVEL_FLOOR
from subband.forensics.features.statistics.colours import separated
from subband.forensics.features.statistics.moments import mean_and_deviation


def dct_matrix(n: int) -> Float[Tensor, "n n"]:
    """Orthonormal DCT-II: D[k, i] = √(2/n) cos(π (i + ½) k / n), row 0 divided by √2."""
    i = torch.arange(n, dtype=torch.float64)
    matrix = math.sqrt(2 / n) * torch.cos(math.pi * (i[None, :] + 0.5) * i[:, None] / n)
    matrix[0] /= math.sqrt(2)
    return matrix


def dct_statistics(x: Float[Tensor, "n 3 height width"], *, block: int = 8) -> Float[Tensor, "n features"]:
    """Mean and standard deviation over blocks of ln(|c| + ½) of each DCT coefficient but the first, of Y, Cb
    and Cr.

    Source: Frank et al. 2020, "Leveraging frequency analysis for deep fake image recognition", ICML, section 4.

    Args:
        x: images, 0..255; rows and columns beyond the last whole block are left out.
        block: side of a block.

    Returns:
        (N, 6 (block² − 1)): 378.

    Raises:
        InvalidInput: images smaller than a block.
    """
    height, width = (n // block for n in x.shape[-2:])
    if min(height, width) < 1:
        raise InvalidInput(f"images of {tuple(x.shape[-2:])} pixels hold no block of {block}×{block}")
    planes = separated(x)[..., : height * block, : width * block]
    matrix = dct_matrix(block).to(x)
    waves = (matrix[:, None, :, None] * matrix[None, :, None, :]).reshape(-1, 1, block, block)
    c = nn.functional.conv2d(planes.flatten(0, 1)[:, None], waves[1:], stride=block)
    z = torch.log(c.abs() + GREY_LEVEL_FLOOR).reshape(len(x), 3 * (block**2 - 1), -1)
    if z.shape[-1] == 1:
        return torch.cat([z[..., 0], torch.zeros_like(z[..., 0])], 1)
    return mean_and_deviation(z)
