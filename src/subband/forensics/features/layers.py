"""Detector features: log-scaled wavelet packets or pixels, normalised with training set statistics.

Wolter, Blanke, Heese & Garcke 2022, "Wavelet-packets for deepfake image analysis and detection", Machine
Learning 111: level-3 Haar packets of each colour channel of an image in 0..255, ln(|c| + 1e-12), one mean
and one standard deviation per colour channel, estimated on the training set.

An image whose sides are not divisible by 2^J is extended by mirroring at its lower and right edges (boundary
mode "symmetric"); a band then has ⌈H / 2^J⌉ × ⌈W / 2^J⌉ coefficients, and nothing is cropped.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.forensics.features.images import chunks
from subband.transforms.packets import packets

FLOOR = 1e-12
"""ε of the paper. Exact zeros (flat regions) map to −27.6, coefficients of 1e-6 from rounding to −13.8."""

GREY_LEVEL_FLOOR = 0.5
"""ε of half a grey level, the quantisation noise of 8-bit images, so that zeros are not outliers."""

LEAST_VARIANCE = 1e-12
"""Nats²: below it a standard deviation counts as constant, and has a gradient of 0 rather than none."""

AXES = {"colour": (0, 2, 3, 4, 5), "band": (0, 1, 4, 5), "band and colour": (0, 4, 5)}
"""Granularity of the normalisation → reduced axes of (N, 3, F, F, h, w)."""


def log_packets(
    x: Float[Tensor, "n 3 height width"], level: int = 3, wavelet: str = "haar", *, floor: float = FLOOR
) -> Float[Tensor, "n 3 bands bands h w"]:
    """ln(|c| + floor) of the wavelet packets c of each colour channel.

    Args:
        x: (N, 3, H, W), 0..255; differentiable.
        level: packet level J.
        wavelet: wavelet name.
        floor: ε > 0 that bounds the logarithm.

    Returns:
        (N, 3, F, F, h, w) with F = 2^J; the band axes are vertical and horizontal frequency, ascending.

    Raises:
        InvalidInput: NaN or infinite values, an unknown wavelet, or a level too high for the image size.

    Example:
        >>> import torch
        >>> from subband.forensics import log_packets
        >>> z = log_packets(torch.full((1, 3, 16, 16), 100.0), level=2, floor=0.5)
        >>> z.shape
        torch.Size([1, 3, 4, 4, 4, 4])
        >>> float(z[0, 0, 0, 0].mean().exp().round()), float(z[0, 0, 1:].mean().exp().round(decimals=1))
        (401.0, 0.5)
    """
    # One NaN or infinite value makes the sum one, which takes a tenth of the time of asking for each.
    if not x.sum().isfinite() and not torch.isfinite(x).all():
        raise InvalidInput(
            f"images hold {int((~torch.isfinite(x)).sum())} NaN or infinite values; need 0..255"
        )
    c = packets(x, wavelet, level=level, mode="symmetric", axes=(-2, -1), order="frequency").array
    return torch.log(c.abs() + floor)


@dataclass(frozen=True, eq=False)
class Normaliser:
    """Standardisation (z − mean) / std; mean and std broadcast against the features."""

    mean: Tensor
    std: Tensor

    def __call__(self, z: Tensor) -> Tensor:
        return (z - self.mean) / self.std

    @staticmethod
    def fit(pixels: np.ndarray, features: Callable[[Tensor], Tensor], axes: tuple[int, ...]) -> "Normaliser":
        """Mean and standard deviation over `axes`, in one pass over batches of the images.

        Blockwise Welford update (Chan, Golub & LeVeque 1979): two sets of n and m numbers with means a
        and b have the joint sum of squares S = S_a + S_b + (b − a)² n m / (n + m). In float64.

        Args:
            pixels: (N, H, W, 3) uint8 training images.
            features: (n, 3, H, W) → features (n, ...).
            axes: reduced axes of the features, the batch axis 0 included.
        """
        count, mean, squares = 0, torch.zeros(()), torch.zeros(())
        for x in chunks(pixels):
            z = features(x).double()
            m = z.numel() // int(np.prod([n for axis, n in enumerate(z.shape) if axis not in axes]))
            centre = z.mean(axes, keepdim=True)
            gap = centre - mean
            squares = (
                squares + ((z - centre) ** 2).sum(axes, keepdim=True) + gap**2 * (count * m / (count + m))
            )
            mean = mean + gap * (m / (count + m))
            count += m
        std = (squares / count).sqrt()
        std = torch.where(std > 0, std, 1.0)  # constant features map to 0
        return Normaliser(mean[0].float(), std[0].float())


class LogPackets(nn.Module):
    """Normalised ln-packets of one level: (N, 3, H, W) in 0..255 → (N, 3, F, F, h, w)."""

    mean: Tensor
    std: Tensor

    def __init__(self, level: int, wavelet: str, floor: float, shared: str):
        super().__init__()
        self.level, self.wavelet, self.floor, self.shared = level, wavelet, floor, shared
        bands = 2**level
        shape = {
            "colour": (3, 1, 1, 1, 1),
            "band": (1, bands, bands, 1, 1),
            "band and colour": (3, bands, bands, 1, 1),
        }
        self.register_buffer("mean", torch.zeros(shape[shared]))
        self.register_buffer("std", torch.ones(shape[shared]))

    def fit(self, pixels: np.ndarray) -> None:
        """Take mean and standard deviation from the training images."""
        normaliser = Normaliser.fit(pixels, self.raw, AXES[self.shared])
        self.mean.copy_(normaliser.mean)
        self.std.copy_(normaliser.std)

    def raw(self, x: Float[Tensor, "n 3 height width"]) -> Float[Tensor, "n 3 bands bands h w"]:
        """ln-packets before normalisation."""
        return log_packets(x, self.level, self.wavelet, floor=self.floor)

    def forward(self, x: Tensor) -> Tensor:
        return Normaliser(self.mean, self.std)(self.raw(x))


class Pixels(nn.Module):
    """Pixels (N, 3, H, W) in 0..255, normalised per colour channel."""

    mean: Tensor
    std: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(3, 1, 1))
        self.register_buffer("std", torch.ones(3, 1, 1))

    def fit(self, pixels: np.ndarray) -> None:
        """Take mean and standard deviation from the training images."""
        normaliser = Normaliser.fit(pixels, lambda x: x, (0, 2, 3))
        self.mean.copy_(normaliser.mean)
        self.std.copy_(normaliser.std)

    def forward(self, x: Tensor) -> Tensor:
        return Normaliser(self.mean, self.std)(x)


class DetailPackets(nn.Module):
    """Compressed signed details of levels 1 and 2: (N, 3, H, W) in 0..255 → (N, 9, H/2, W/2), (N, 45, H/4, W/4).

    asinh(c) / σ of all packets c but the lowest of each level, σ per band and colour. The lowest packets show
    what is in a picture; without them a detector has to look at how it is made. Unlike ln|c|, asinh keeps the
    sign, which says how neighbouring pixels go together, and is linear for details below a grey level.
    """

    scale1: Tensor
    scale2: Tensor

    def __init__(self, wavelet: str):
        super().__init__()
        self.wavelet = wavelet
        for level, bands in ((1, 9), (2, 45)):
            self.register_buffer(f"scale{level}", torch.ones(bands, 1, 1))

    def fit(self, pixels: np.ndarray) -> None:
        """Take the standard deviations of the bands from the training images."""
        for level, scale in ((1, self.scale1), (2, self.scale2)):
            found = Normaliser.fit(pixels, lambda x, level=level: self.raw(x, level), (0, 2, 3))
            scale.copy_(found.std)

    def raw(self, x: Float[Tensor, "n 3 height width"], level: int) -> Float[Tensor, "n bands h w"]:
        """asinh of the details of one level, before normalisation; colours × bands as channels."""
        c = packets(x, self.wavelet, level=level, mode="symmetric", axes=(-2, -1), order="frequency").array
        return torch.asinh(c.flatten(2, 3)[:, :, 1:]).flatten(1, 2)

    def forward(self, x: Tensor) -> list[Tensor]:
        return [self.raw(x, 1) / self.scale1, self.raw(x, 2) / self.scale2]
