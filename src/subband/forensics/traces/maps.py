"""Maps for a person to look at: noise, error level, JPEG ghosts. None of them is evidence of generation.

They show where parts of a picture differ in noise or in compression, which pasted parts may do, and textures,
edges and flat areas of any picture do as well.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy.ndimage import uniform_filter

from subband.errors import InvalidInput
from subband.transforms.wavelets.dwt import dwt

CAUTION = "It is no evidence of generation: edges and textures of any picture show in it."
GHOST_QUALITIES = tuple(range(50, 96, 5))


@dataclass(frozen=True, eq=False)
class EvidenceMap:
    """A map to draw beside the picture.

    Attributes:
        name: "noise", "error level" or "JPEG ghosts".
        values: (h, w), or (qualities, h, w), float32, at least 0.
        unit: of the values.
        text: What it shows and what it doesn't, for the caption.
        qualities: Of the planes of JPEG ghosts; () otherwise.
    """

    name: str
    values: np.ndarray
    unit: str
    text: str
    qualities: tuple[int, ...] = ()


def noise_map(pixels: np.ndarray, *, wavelet: str = "db4", block: int = 16) -> EvidenceMap:
    """Local standard deviation of the noise: mean |d|/.798 of the finest diagonal wavelet coefficients of Y.

    Args:
        pixels: (H, W, 3) uint8.
        wavelet: of the transform.
        block: pixels a side over which it is averaged.

    Returns:
        (⌈H/2⌉, ⌈W/2⌉) grey levels.

    Source: D. Donoho and I. Johnstone, Ideal spatial adaptation by wavelet shrinkage (Biometrika 81, 1994):
    noise from the finest coefficients; here locally, and by the mean, since a median of few coefficients is
    coarse.

    Example:
        >>> import numpy as np
        >>> from subband.forensics.traces import noise_map
        >>> grey = 128 + np.random.default_rng(0).normal(0, 5, (64, 64, 1)).round()
        >>> found = noise_map(np.repeat(grey, 3, axis=2).astype(np.uint8))
        >>> found.values.shape, round(float(found.values.mean()), 1), found.unit
        ((32, 32), 5.1, 'grey levels')
    """
    luma = _checked(pixels) @ np.asarray([0.299, 0.587, 0.114], np.float32)
    diagonal = dwt(luma, wavelet, level=1, mode="periodization", axes=(0, 1))[1]["dd"]
    level = uniform_filter(np.abs(diagonal), max(block // 2, 1), mode="nearest") / np.sqrt(2 / np.pi)
    text = f"Noise in blocks of {block} pixels, from the finest wavelet coefficients. {CAUTION}"
    return EvidenceMap("noise", level.astype(np.float32), "grey levels", text)


def error_level(pixels: np.ndarray, *, quality: int = 90) -> EvidenceMap:
    """Error level analysis: what one more JPEG compression changes, mean over the colours.

    Args:
        pixels: (H, W, 3) uint8.
        quality: of the compression, 1..100.

    Returns:
        (H, W) grey levels.

    Source: N. Krawetz, A picture's worth: digital image analysis and forensics (Black Hat 2007).

    Example:
        >>> import numpy as np
        >>> from subband.forensics.traces import error_level
        >>> pixels = np.full((32, 32, 3), 128, np.uint8)
        >>> pixels[8:16, 8:16] = np.random.default_rng(0).integers(0, 256, (8, 8, 3))
        >>> found = error_level(pixels, quality=75)
        >>> float(found.values[:8].max()), float(found.values[8:16, 8:16].mean()) > 10
        (0.0, True)
    """
    again = _jpeg(_checked(pixels), quality)
    change = np.abs(pixels.astype(np.float32) - again).mean(-1)
    text = f"What saving as JPEG of quality {quality} changes (error level analysis). {CAUTION}"
    return EvidenceMap("error level", change, "grey levels", text)


def jpeg_ghosts(
    pixels: np.ndarray, *, qualities: Sequence[int] = GHOST_QUALITIES, block: int = 16
) -> EvidenceMap:
    """JPEG ghosts: squared change by compression at several qualities, averaged, each pixel scaled to 0..1.

    A part that was a JPEG of quality q before has its smallest change near q, wherever the rest has another.

    Args:
        pixels: (H, W, 3) uint8.
        qualities: of the compressions, 1..100.
        block: pixels a side of the average.

    Returns:
        (qualities, H, W), 0 at each pixel's smallest change, 1 at its largest.

    Source: H. Farid, Exposing digital forgeries from JPEG ghosts (IEEE Trans. Information Forensics and Security 4,
    2009), equations 5 and 6.

    Example:
        >>> import numpy as np
        >>> from subband.forensics.traces import jpeg_ghosts
        >>> pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8)
        >>> found = jpeg_ghosts(pixels, qualities=(60, 75, 90))
        >>> found.values.shape, found.qualities
        ((3, 32, 32), (60, 75, 90))
    """
    pixels = _checked(pixels)
    if not qualities:
        raise InvalidInput("jpeg_ghosts needs at least one quality, e.g. qualities=(60, 75, 90)")
    planes = []
    for quality in qualities:
        change = np.square(pixels.astype(np.float32) - _jpeg(pixels, quality)).mean(-1)
        planes.append(uniform_filter(change, block, mode="nearest"))
    d = np.stack(planes)
    low, high = d.min(0), d.max(0)
    values = (d - low) / np.maximum(high - low, 1e-6)
    text = (
        f"Change by JPEG at qualities {', '.join(map(str, qualities))}, smallest where a part was saved at that "
        f"quality before. {CAUTION}"
    )
    return EvidenceMap(
        "JPEG ghosts", values.astype(np.float32), "share of each pixel's range", text, tuple(qualities)
    )


def _checked(pixels: np.ndarray) -> np.ndarray:
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8 or not pixels.size:
        raise InvalidInput(f"a map takes (H, W, 3) uint8 pixels, not {pixels.dtype} of shape {pixels.shape}")
    return pixels


def _jpeg(pixels: np.ndarray, quality: int) -> np.ndarray:
    """Pixels after JPEG compression without chroma subsampling."""
    if not 1 <= quality <= 100:
        raise InvalidInput(f"a JPEG quality is 1 to 100, not {quality}")
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling=0)
    return np.asarray(Image.open(file).convert("RGB"))
