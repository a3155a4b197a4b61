"""What denoising takes away, and how its neighbouring values go together."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from subband.transforms.thresholding import denoise

REACH = 3  # pixels of the autocorrelation
SMALL = 1e-3  # grey levels²


def wavelet_residual(
    x: Float[Tensor, "n 3 height width"], *, wavelet: str = "sym4"
) -> Float[Tensor, "n 3 height width"]:
    """x less its estimate by BayesShrink, see `subband.denoise`, each colour channel by itself.

    Source: Lukáš, Fridrich & Goljan 2006, "Digital camera identification from sensor pattern noise", section III.
    """
    return x - denoise(x, wavelet, axes=(-2, -1))


def median_residual(x: Float[Tensor, "n 3 height width"]) -> Float[Tensor, "n 3 height width"]:
    """x less the median of its 8 neighbours; the pixel itself is left out, the border is mirrored.

    Source: Liang et al. 2025, "FerretNet", arXiv:2509.20890, section 3.2.
    """
    height, width = x.shape[-2:]
    padded = nn.functional.pad(x, (1, 1, 1, 1), mode="reflect")
    shifts = [
        padded[..., i : i + height, j : j + width] for i in range(3) for j in range(3) if (i, j) != (1, 1)
    ]
    ordered = torch.stack(shifts).sort(0).values
    return x - (ordered[3] + ordered[4]) / 2


def residual_statistics(
    x: Float[Tensor, "n 3 height width"], *, kind: str = "both", wavelet: str = "sym4"
) -> Float[Tensor, "n features"]:
    """ln variance, kurtosis, correlations of the colours and autocorrelation within 3 pixels of the noise residual.

    Args:
        x: images, 0..255, of at least 16 pixels a side.
        kind: "wavelet", "median" or "both".
        wavelet: of the wavelet residual.

    Returns:
        (N, 33) for one kind of residual, (N, 66) for both.
    """
    residuals = {
        "wavelet": lambda: wavelet_residual(x, wavelet=wavelet),
        "median": lambda: median_residual(x),
    }
    return torch.cat([_statistics(make()) for name, make in residuals.items() if kind in (name, "both")], 1)


def _statistics(r: Tensor) -> Tensor:
    r = r - r.mean((-2, -1), keepdim=True)
    variance = r.square().mean((-2, -1)) + SMALL
    z = r / variance.sqrt()[..., None, None]
    kurtosis = torch.log(z.pow(4).mean((-2, -1)) + SMALL)
    colours = torch.stack([(z[:, a] * z[:, b]).mean((-2, -1)) for a, b in ((0, 1), (1, 2), (0, 2))], 1)
    lags = [
        (i, j)
        for i in range(REACH + 1)
        for j in range(-REACH, REACH + 1)
        if (i, j) > (0, 0) and i + abs(j) <= REACH + 1
    ]
    height, width = r.shape[-2:]
    correlations = [
        (
            z[..., i:, max(j, 0) : width + min(j, 0)] * z[..., : height - i, max(-j, 0) : width - max(j, 0)]
        ).mean((1, 2, 3))
        for i, j in lags
    ]
    return torch.cat([variance.log(), kurtosis, colours, torch.stack(correlations, 1)], 1)
