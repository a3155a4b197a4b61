"""Power spectra: averaged over tiles, in full or along circles."""

import torch
from jaxtyping import Float
from torch import Tensor

from subband.errors import InvalidInput
from subband.forensics.features.statistics.colours import luminance

FLOOR = 1e-3  # of the mean power of white noise of one grey level


def full_spectrum(x: Float[Tensor, "n 3 height width"], *, tile: int = 32) -> Float[Tensor, "n features"]:
    """ln of the power spectrum of the luminance, averaged over half-overlapping tiles with a Hann window (Welch).

    Up-sampling in a generator leaves peaks at multiples of 1/2, 1/4, … cycles per pixel.

    Source: Zhang, Karaman & Chang 2019, "Detecting and simulating artifacts in GAN fake images"; Welch 1967.

    Args:
        x: images, 0..255, of at least one tile.
        tile: side of a tile in pixels.

    Returns:
        (N, tile · (tile / 2 + 1)): vertical frequency × non-negative horizontal frequency.
    """
    return torch.log(_power(x, tile) + FLOOR).flatten(1)


def radial_spectrum(
    x: Float[Tensor, "n 3 height width"], *, tile: int = 64, bins: int = 45
) -> Float[Tensor, "n features"]:
    """ln of the mean power on circles of frequency, of the spectrum of `full_spectrum`.

    Source: Durall, Keuper & Keuper 2020, "Watch your up-convolution", CVPR, equation 5.

    Args:
        x: images, 0..255, of at least one tile.
        tile: side of a tile in pixels.
        bins: number of circles, of equal width from 0 to √½ cycles per pixel.

    Returns:
        (N, bins).
    """
    power = _power(x, tile)
    rows = torch.fft.fftfreq(tile, device=x.device)
    columns = torch.fft.rfftfreq(tile, device=x.device)
    radius = torch.hypot(rows[:, None], columns[None, :])
    index = (radius / (0.5**0.5 + 1e-6) * bins).long().flatten()
    # Each coefficient stands for its conjugate, too, but for those of the first and the last column.
    weight = torch.full((tile, tile // 2 + 1), 2.0, dtype=power.dtype, device=x.device)
    weight[:, [0, -1]] = 1.0
    counts = torch.bincount(index, weight.flatten(), minlength=bins).clamp_min(1)
    sums = power.new_zeros(len(x), bins).index_add_(1, index, (power * weight).flatten(1))
    return torch.log(sums / counts + FLOOR)


def _power(x: Tensor, tile: int) -> Tensor:
    """(N, tile, tile / 2 + 1) mean power over tiles."""
    if tile < 4 or tile % 2 or min(x.shape[-2:]) < tile:
        raise InvalidInput(
            f"images of {tuple(x.shape[-2:])} pixels have no tiles of {tile}: use larger images, or an even "
            "tile of at "
            "least 4"
        )
    y = luminance(x)
    tiles = y.unfold(1, tile, tile // 2).unfold(2, tile, tile // 2).flatten(1, 2)
    window = torch.hann_window(tile, periodic=False, dtype=x.dtype, device=x.device)
    window = window[:, None] * window
    tiles = (tiles - tiles.mean((-2, -1), keepdim=True)) * window
    return torch.fft.rfft2(tiles).abs().square().mean(1) / window.square().sum()
