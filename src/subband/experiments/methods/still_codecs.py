"""Codecs of still images at given sizes: JPEG with optimised tables, JPEG 2000, WebP, and fractals."""

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from subband.compress import fractal
from subband.compress.fractal.fidelity import decibels

Codec = Callable[[np.ndarray, float], bytes]
"""(pixels, bits a pixel at most) → file."""


@dataclass(frozen=True)
class Point:
    """What a codec makes of an image: its bits a pixel, and the PSNR in dB."""

    bpp: float
    psnr: float


def saved(pixels: np.ndarray, name: str, **options) -> bytes:
    """An image in a format of Pillow's."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, name, **options)
    return file.getvalue()


def opened(data: bytes, like: np.ndarray) -> np.ndarray:
    """The pixels of a file, grey if the image was."""
    image = Image.open(io.BytesIO(data))
    return np.asarray(image.convert("L" if like.ndim == 2 else "RGB"))


def most_under(bpp: float, pixels: np.ndarray, make: Callable[[int], bytes], low: int, high: int) -> bytes:
    """The file of the highest quality that isn't larger; that of the lowest if all are."""
    room = bpp * pixels.shape[0] * pixels.shape[1] / 8
    best = make(low)
    while low < high:
        middle = (low + high + 1) // 2
        data = make(middle)
        if len(data) <= room:
            low, best = middle, data
        else:
            high = middle - 1
    return best


def jpeg(pixels: np.ndarray, bpp: float) -> bytes:
    """JPEG (libjpeg's tables of steps) with its own Huffman tables, sequential or progressive: the smaller."""

    def make(quality: int) -> bytes:
        both = (
            saved(pixels, "JPEG", quality=quality, optimize=True, progressive=progressive)
            for progressive in (False, True)
        )
        return min(both, key=len)

    return most_under(bpp, pixels, make, 1, 95)


def jpeg2000(pixels: np.ndarray, bpp: float) -> bytes:
    """JPEG 2000 with the 9/7 wavelet (OpenJPEG), as a bare codestream."""
    depth = 8 * (1 if pixels.ndim == 2 else 3)
    options = {"irreversible": True, "quality_mode": "rates", "no_jp2": True}
    if pixels.ndim == 3:
        options["mct"] = 1

    def make(percent: int) -> bytes:  # the rate's control is a little under what was asked
        return saved(pixels, "JPEG2000", quality_layers=[100 * depth / (bpp * percent)], **options)

    return most_under(bpp, pixels, make, 50, 115)


def webp(pixels: np.ndarray, bpp: float) -> bytes:
    """WebP, lossy (VP8), slowest method."""
    return most_under(bpp, pixels, lambda quality: saved(pixels, "WEBP", quality=quality, method=6), 0, 100)


def fractal_best(pixels: np.ndarray, bpp: float) -> bytes:
    """Ours."""
    return fractal.encode(pixels, bpp=bpp)


def fractal_copies(pixels: np.ndarray, bpp: float) -> bytes:
    """Ours without cosines: all detail is copied."""
    return fractal.encode(pixels, bpp=bpp, cosines=False)


CODECS: dict[str, Codec] = {
    "fractal": fractal_best,
    "fractal, copies only": fractal_copies,
    "JPEG": jpeg,
    "JPEG 2000": jpeg2000,
    "WebP": webp,
}


def point(pixels: np.ndarray, data: bytes) -> Point:
    """Rate and quality of a file."""
    seen = fractal.decode(data) if data.startswith(fractal.MAGIC) else opened(data, pixels)
    return Point(8 * len(data) / (pixels.shape[0] * pixels.shape[1]), decibels(seen, pixels))


def at_rate(points: list[Point], bpp: float) -> float:
    """PSNR at a rate, by interpolation along the logarithm of the rate; NaN outside the points."""
    ordered = sorted(points, key=lambda p: p.bpp)
    x = np.log([p.bpp for p in ordered])
    if not x[0] <= np.log(bpp) <= x[-1]:
        return float("nan")
    return float(np.interp(np.log(bpp), x, [p.psnr for p in ordered]))
