"""Conditions under which a detector is measured: what happens to pictures on the web, at several strengths.

A condition changes pictures of all classes alike, and each picture in the same way at every call: the noise depends
on the picture only. A change that raises the scores of photographs and of generated pictures by the same amount
keeps the AUROC and moves the threshold, so the shift of the score is measured per class: "BIAS-ID",
arXiv:2605.31153.
"""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from PIL import Image, ImageFilter

from subband.errors import InvalidInput

Change = Callable[[np.ndarray], np.ndarray]
"""(H, W, 3) uint8 → (h, w, 3) uint8."""

AS_IS = "as delivered"
WEB_SIDE, WEB_QUALITY = 768, 60  # of a copy on a social network
GRID = 8  # side of a JPEG block; crops begin off it


@dataclass(frozen=True)
class Condition:
    """One change of a picture.

    Attributes:
        family: Curve that it is a point of, e.g. "JPEG".
        strength: Place on that curve: quality, factor, share of the side, or standard deviation.
        name: For tables, e.g. "JPEG 50".
        change: The change of one picture.
    """

    family: str
    strength: float
    name: str
    change: Change

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        """Change one picture, (H, W, 3) uint8."""
        return self.change(pixels)


@dataclass(frozen=True)
class Family:
    """A curve of conditions: the axis of its strength, and the strength that stands for no change.

    Attributes:
        axis: Label of the strength, with its unit.
        untouched: Strength of the unchanged picture; None for families without an order.
        of: strength → change.
        strengths: The points, from mild to severe.
    """

    axis: str
    untouched: float | None
    of: Callable[[float], Change]
    strengths: tuple[float, ...]


def jpeg(quality: float) -> Change:
    """JPEG with 4:2:0 chroma."""
    return lambda pixels: _encoded(pixels, "JPEG", quality=round(quality), subsampling="4:2:0")


def webp(quality: float) -> Change:
    """Lossy WebP."""
    return lambda pixels: _encoded(pixels, "WEBP", quality=round(quality))


def resized(factor: float) -> Change:
    """Scaling of both sides, Lanczos with antialiasing."""
    return lambda pixels: _scaled(pixels, factor, Image.Resampling.LANCZOS)


def cropped(share: float) -> Change:
    """The middle `share` of both sides, moved off the grid of JPEG's 8×8 blocks."""

    def change(pixels: np.ndarray) -> np.ndarray:
        height, width = (max(round(share * n), 1) for n in pixels.shape[:2])
        top, left = ((n - m) // 2 for n, m in zip(pixels.shape[:2], (height, width), strict=True))
        top, left = (min(start - start % GRID + 3, start + 3) for start in (top, left))
        return np.ascontiguousarray(pixels[top : top + height, left : left + width])

    return change


def blurred(sigma: float) -> Change:
    """Gaussian blur; `sigma` in pixels."""
    return lambda pixels: np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(sigma)))


def noisy(sigma: float) -> Change:
    """White Gaussian noise; `sigma` in grey levels, its seed from the pixels."""

    def change(pixels: np.ndarray) -> np.ndarray:
        rng = np.random.default_rng(crc32(pixels.tobytes()))
        noise = rng.standard_normal(pixels.shape, dtype=np.float32)
        return np.clip(np.rint(pixels + sigma * noise), 0, 255).astype(np.uint8)

    return change


def screenshot(factor: float) -> Change:
    """A screen shows the picture at a scale of `factor` and is saved without loss.

    Browsers scale bilinearly; colour management takes sRGB values to those of a screen of γ = 2.2.
    """
    level = np.arange(256) / 255
    light = np.where(level <= 0.04045, level / 12.92, ((level + 0.055) / 1.055) ** 2.4)
    shown = np.rint(255 * light ** (1 / 2.2)).astype(np.uint8)
    return lambda pixels: shown[_scaled(pixels, factor, Image.Resampling.BILINEAR)]


def web_copy(quality: float) -> Change:
    """A social network's copy: at most 768 pixels a side, and never more than 0.9 of the picture; then JPEG."""

    def change(pixels: np.ndarray) -> np.ndarray:
        factor = min(WEB_SIDE / max(pixels.shape[:2]), 0.9)
        return jpeg(quality)(_scaled(pixels, factor, Image.Resampling.LANCZOS))

    return change


FAMILIES: dict[str, Family] = {
    "JPEG": Family("JPEG quality", 100, jpeg, (95, 85, 75, 60, 50, 40, 30)),
    "WebP": Family("WebP quality", 100, webp, (90, 75, 50, 30)),
    "resize": Family("scale of the sides", 1.0, resized, (0.9, 0.75, 0.5, 1.25)),
    "crop": Family("share of the sides", 1.0, cropped, (0.9, 0.75, 0.5)),
    "blur": Family("blur, σ (pixels)", 0.0, blurred, (0.5, 1.0, 2.0)),
    "noise": Family("noise, σ (grey levels)", 0.0, noisy, (2, 5, 10)),
    "screenshot": Family("scale on the screen", 1.0, screenshot, (0.8, 1.25)),
    "web copy": Family("JPEG quality, ≤ 768 px", None, web_copy, (85, WEB_QUALITY)),
}
"""All families. The unchanged picture belongs to each of them."""


def conditions_of(families: Sequence[str] = tuple(FAMILIES)) -> tuple[Condition, ...]:
    """All points of some families, in the order of `FAMILIES`.

    Raises:
        InvalidInput: an unknown family.

    Example:
        >>> [condition.name for condition in conditions_of(["blur"])]
        ['blur 0.5', 'blur 1', 'blur 2']
    """
    if unknown := [name for name in families if name not in FAMILIES]:
        raise InvalidInput(f"unknown condition {unknown[0]!r}: use some of {', '.join(FAMILIES)}")
    return tuple(
        Condition(name, float(strength), f"{name} {strength:g}", family.of(strength))
        for name, family in FAMILIES.items()
        if name in families
        for strength in family.strengths
    )


def _encoded(pixels: np.ndarray, codec: str, **options: int | str) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, codec, **options)
    file.seek(0)
    return np.asarray(Image.open(file).convert("RGB"))


def _scaled(pixels: np.ndarray, factor: float, kernel: Image.Resampling) -> np.ndarray:
    height, width = pixels.shape[:2]
    shape = (max(round(factor * width), 1), max(round(factor * height), 1))
    return np.asarray(Image.fromarray(pixels).resize(shape, kernel))
