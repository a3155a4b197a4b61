"""Pictures whose history is known: photographs of the data packs, compressed, cut and scaled here."""

import io
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def photographs(folder: Path, pack: str, only: str = "", most: int | None = None) -> list[np.ndarray]:
    """(H, W, 3) uint8 pictures of a pack whose names contain `only`."""
    with tarfile.open(folder / pack) as archive:
        members = [m for m in archive if m.isfile() and only in m.name and not m.name.endswith(".json")]
        return [np.asarray(Image.open(archive.extractfile(m)).convert("RGB")) for m in members[:most]]  # type: ignore[arg-type]


def jpeg_file(pixels: np.ndarray, quality: int = 75, subsampling: int = 2, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=quality, subsampling=subsampling, **options)
    return file.getvalue()


def png_file(pixels: np.ndarray, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=1, **options)
    return file.getvalue()


def opened(file: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGB"))


def compressed(pixels: np.ndarray, quality: int, subsampling: int = 2) -> np.ndarray:
    return opened(jpeg_file(pixels, quality, subsampling))


def scaled(
    pixels: np.ndarray, factor: float, kernel: Image.Resampling = Image.Resampling.BICUBIC
) -> np.ndarray:
    size = (round(pixels.shape[1] * factor), round(pixels.shape[0] * factor))
    return np.asarray(Image.fromarray(pixels).resize(size, kernel))


def scene(height: int = 384, width: int = 512, seed: int = 0) -> np.ndarray:
    """A made-up scene: a 1/f texture with edges, (height, width, 3) uint8."""
    rng = np.random.default_rng(seed)
    fy, fx = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    radius = np.maximum(np.hypot(fy, fx), 1 / width)
    planes = []
    for _ in range(3):
        noise = np.fft.irfft2(np.fft.rfft2(rng.normal(size=(height, width))) / radius, (height, width))
        planes.append(noise / noise.std())
    y, x = np.mgrid[0:height, 0:width]
    disc = 40.0 * ((y - height / 2) ** 2 + (x - width / 3) ** 2 < (height / 4) ** 2)
    grain = rng.normal(0, 2, (height, width, 3))
    return np.clip(110 + 35 * np.stack(planes, -1) + disc[..., None] + grain, 0, 255).astype(np.uint8)
