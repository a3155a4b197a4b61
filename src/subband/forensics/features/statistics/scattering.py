"""Averaged scattering coefficients."""

import torch
from jaxtyping import Float
from torch import Tensor

from subband.forensics.features.statistics.colours import luminance
from subband.transforms.scattering import Scattering

FLOOR = 1e-2  # grey levels


def scattering_statistics(
    x: Float[Tensor, "n 3 height width"], *, J: int = 3, L: int = 4
) -> Float[Tensor, "n features"]:
    """ln of the scattering coefficients of the luminance, averaged over the image; order 2 relative to its order 1.

    ln S₁(λ) and ln S₂(λ, μ) / S₁(λ): how strong the details of each scale and direction are, and how unevenly they
    are spread at each larger scale.

    Source: Bruna & Mallat 2013, "Invariant scattering convolution networks", IEEE PAMI 35(8), section 2.

    Args:
        x: images, 0..255, of at least 2^J pixels a side.
        J: number of scales.
        L: number of directions.

    Returns:
        (N, J L + L² J (J − 1) / 2): 60 for J = 3, L = 4.
    """
    transform = Scattering(ndim=2, J=J, L=L, order=2, average="global")
    values = transform(luminance(x)).array
    paths = list(transform.paths)
    first = {path: k for k, path in enumerate(paths) if len(path) == 1}
    columns = [
        torch.log(values[:, k].clamp_min(0) + FLOOR)
        - (torch.log(values[:, first[path[:1]]].clamp_min(0) + FLOOR) if len(path) == 2 else 0)
        for k, path in enumerate(paths)
        if len(path) > 0
    ]
    return torch.stack(columns, 1)
