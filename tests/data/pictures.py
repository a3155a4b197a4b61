"""Pictures and files for the tests of this folder."""

import io
import struct
from pathlib import Path

import numpy as np
from PIL import Image

from subband.data import FileFacts, Picture


def noise(height: int = 24, width: int = 32, seed: int = 0) -> np.ndarray:
    """(height, width, 3) uint8, all different."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def smooth(height: int = 24, width: int = 32) -> np.ndarray:
    """(height, width, 3) uint8 that a lossy codec keeps almost as it is, and that no turn or flip leaves
    alone.
    """
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([60 + 2 * y + x, 60 + 2 * y + 3 * x, 70 + 2 * y + 2 * x], axis=-1).astype(np.uint8)


def encoded(image: Image.Image | np.ndarray, container: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(file, container, **options)
    return file.getvalue()


def save(path: Path, pixels: np.ndarray, **options) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    return path


def picture(pixels: np.ndarray, name: str = "a", scene: str | None = None) -> Picture:
    facts = FileFacts(pixels.size, pixels.shape[1], pixels.shape[0], "PNG")
    return Picture(name, pixels, facts, scene or name)


def tiff_12_bit(samples: list[int]) -> bytes:
    """One row of 12-bit grey, an even number of samples, packed two in three bytes; no library here writes
    such.
    """
    packed = b"".join(
        (first << 12 | second).to_bytes(3) for first, second in zip(samples[::2], samples[1::2], strict=True)
    )
    entries = {
        256: len(samples),  # width
        257: 1,  # height
        258: 12,  # bits per sample
        259: 1,  # no compression
        262: 1,  # 0 is black
        273: 8,  # where the strip starts
        277: 1,  # samples per pixel
        278: 1,  # rows per strip
        279: len(packed),
    }
    directory = struct.pack("<H", len(entries))
    directory += b"".join(struct.pack("<HHIHH", tag, 3, 1, value, 0) for tag, value in entries.items())
    return struct.pack("<2sHI", b"II", 42, 8 + len(packed)) + packed + directory + bytes(4)
