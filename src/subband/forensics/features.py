"""What the detectors look at: ln-packets, pixels, and their normalisation by the training set.

Wolter, Blanke, Heese & Garcke 2022, "Wavelet-packets for deepfake image analysis and detection", Machine
Learning 111: level-3 Haar packets of each colour channel of a picture in 0..255, ln(|c| + 1e-12), one mean
and one standard deviation per colour channel, from the training set alone.

A picture whose sides 2^J does not divide is extended at its lower and right edge by mirroring until it does;
a band then has ⌈H / 2^J⌉ × ⌈W / 2^J⌉ places. That is what the transform does with its mode "symmetric", and
nothing is cut off.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from subband.errors import InvalidInput, UnsupportedArray
from subband.transforms import packets

FLOOR = 1e-12
"""The paper's. Exact zeros of flat regions become −27.6, or, where rounding leaves 1e-6 of them, −13.8."""

GREY_LEVEL_FLOOR = 0.5
"""Half a grey level: below it, a coefficient of an 8-bit picture is rounding. Zeros are no outliers then."""

CHUNK = 512  # images in memory as float at once

AXES = {"colour": (0, 2, 3, 4, 5), "band": (0, 1, 4, 5), "band and colour": (0, 4, 5)}
"""What shares a mean and a standard deviation: the axes of (N, 3, F, F, h, w) they are taken over."""


def check_pixels(pixels: np.ndarray, what: str = "images") -> np.ndarray:
    """Return `pixels` if they are (N, H, W, 3) uint8 with N ≥ 1.

    Raises:
        UnsupportedArray: not a NumPy array.
        InvalidInput: another dtype (NaN and infinity are counted), shape, or no images.
    """
    if not isinstance(pixels, np.ndarray):
        raise UnsupportedArray(
            f"{what} come as a NumPy array (N, H, W, 3) uint8, not {type(pixels).__name__}"
        )
    if pixels.dtype != np.uint8:
        bad = int((~np.isfinite(pixels)).sum()) if pixels.dtype.kind == "f" else 0
        holding = f" holding {bad} NaN or infinite values" if bad else ""
        raise InvalidInput(f"{what} are uint8 from 0 to 255, not {pixels.dtype}{holding}")
    if pixels.ndim != 4 or pixels.shape[3] != 3 or 0 in pixels.shape:
        raise InvalidInput(f"{what} have shape (N, H, W, 3) with at least one image, not {pixels.shape}")
    return pixels


def as_images(pixels: np.ndarray) -> Float[Tensor, "n 3 height width"]:
    """(N, H, W, 3) uint8 → (N, 3, H, W) float32, still 0..255.

    Raises:
        InvalidInput, UnsupportedArray: as `check_pixels`.
    """
    return torch.from_numpy(np.ascontiguousarray(check_pixels(pixels).transpose(0, 3, 1, 2))).float()


def chunks(pixels: np.ndarray, size: int = CHUNK) -> Iterator[Tensor]:
    """Go through images as float tensors (n, 3, H, W), n ≤ size at a time."""
    check_pixels(pixels)
    for start in range(0, len(pixels), size):
        yield as_images(pixels[start : start + size])


def log_packets(
    x: Float[Tensor, "n 3 height width"], level: int = 3, wavelet: str = "haar", *, floor: float = FLOOR
) -> Float[Tensor, "n 3 bands bands h w"]:
    """ln(|c| + floor) of the wavelet packets c of each colour channel.

    Args:
        x: (N, 3, H, W), 0..255. Differentiable.
        level: J.
        wavelet: its name.
        floor: what keeps the logarithm finite.

    Returns:
        (N, 3, F, F, h, w) with F = 2^J; the band axes are vertical, then horizontal frequency, both rising.

    Raises:
        InvalidInput: NaN or infinite values, an unknown wavelet, or more levels than the image bears.
    """
    if not torch.isfinite(x).all():
        raise InvalidInput(
            f"images hold {int((~torch.isfinite(x)).sum())} NaN or infinite values; need 0..255"
        )
    c = packets(x, wavelet, level=level, mode="symmetric", axes=(-2, -1), order="frequency").array
    return torch.log(c.abs() + floor)


@dataclass(frozen=True, eq=False)
class Normaliser:
    """(z − mean) / std; both broadcast against the features."""

    mean: Tensor
    std: Tensor

    def __call__(self, z: Tensor) -> Tensor:
        return (z - self.mean) / self.std

    @staticmethod
    def fit(pixels: np.ndarray, features: Callable[[Tensor], Tensor], axes: tuple[int, ...]) -> "Normaliser":
        """Mean and standard deviation over `axes`, in one pass over chunks of the images.

        Welford's update for blocks (Chan, Golub & LeVeque 1979): two sets of n and m numbers with means a
        and b have the joint sum of squares S = S_a + S_b + (b − a)² n m / (n + m). In float64.

        Args:
            pixels: (N, H, W, 3) uint8, of the training set.
            features: (n, 3, H, W) → features (n, ...).
            axes: that share one mean and one standard deviation; the batch axis, 0, is among them.
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
        std = torch.where(std > 0, std, 1.0)  # a feature that never changes stays zero
        return Normaliser(mean[0].float(), std[0].float())


class LogPackets(nn.Module):
    """(N, 3, H, W) in 0..255 → normalised ln-packets (N, 3, F, F, h, w) of one level."""

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
        """Return ln-packets before normalisation."""
        return log_packets(x, self.level, self.wavelet, floor=self.floor)

    def forward(self, x: Tensor) -> Tensor:
        return Normaliser(self.mean, self.std)(self.raw(x))


class Pixels(nn.Module):
    """(N, 3, H, W) in 0..255 → the same, normalised per colour channel."""

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
