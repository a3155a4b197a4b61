"""The fractal codec: how long it takes, and how good it is beside JPEG, JPEG 2000 and WebP.

    python benchmarks/fractal.py --time photo.png
    python benchmarks/fractal.py --rates 0.2 0.4 -- kodak/*.png
    python benchmarks/fractal.py --grey --codecs fractal JPEG -- kodak/*.png

With --time: medians of `--repeats` calls for each effort, with a quality and with a rate to meet. Otherwise
one line for each image and rate: the bits a
pixel that the fractal took, its PSNR, and those of the others at this rate by interpolation.
"""

import argparse
import statistics
import time
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from subband.compress import fractal
from subband.experiments.methods.still_codecs import CODECS, at_rate, point


def timed(call, repeats: int) -> float:
    """Median seconds."""
    spent = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent)


def times(pixels: np.ndarray, repeats: int) -> None:
    """Print how long encoding and decoding take."""
    for effort in fractal.EFFORTS:
        for wish in ({"quality": 40}, {"bpp": 0.46}):
            encode = partial(fractal.encode, pixels, effort=effort, **wish)
            seconds, data = timed(encode, repeats), encode()
            back = timed(partial(fractal.decode, data), 3 * repeats)
            found = point(pixels, data)
            print(
                f"{effort:5} {wish!s:16} encode {seconds:6.3f} s  decode {1000 * back:5.1f} ms  "
                f"{found.bpp:.3f} bpp {found.psnr:.2f} dB"
            )


def compared(pixels: np.ndarray, rates: list[float], codecs: list[str], name: str) -> list[list[float]]:
    """Print one line for each rate; rows of the PSNR of each codec."""
    rows = []
    around = sorted({rate * share for rate in rates for share in (0.93, 1.0, 1.05)})
    others = {codec: [point(pixels, CODECS[codec](pixels, rate)) for rate in around] for codec in codecs[1:]}
    for rate in rates:
        found = point(pixels, CODECS[codecs[0]](pixels, rate))
        row = [found.psnr, *(at_rate(points, found.bpp) for points in others.values())]
        shown = "  ".join(f"{codec} {value:.2f}" for codec, value in zip(codecs, row, strict=True))
        print(f"{name:16} {found.bpp:.3f} bpp  {shown}", flush=True)
        rows.append(row)
    return rows


def main() -> None:
    """Measure, and print."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("images", nargs="+", type=Path)
    words.add_argument("--time", action="store_true")
    words.add_argument("--grey", action="store_true")
    words.add_argument("--repeats", type=int, default=5)
    words.add_argument("--rates", type=float, nargs="+", default=[0.15, 0.2, 0.3, 0.4])
    words.add_argument("--codecs", nargs="+", default=list(CODECS), choices=list(CODECS))
    chosen = words.parse_args()
    every = []
    for path in chosen.images:
        image = Image.open(path)
        pixels = np.asarray(image.convert("L" if chosen.grey else "RGB"))
        if chosen.time:
            times(pixels, chosen.repeats)
        else:
            every.append(compared(pixels, chosen.rates, chosen.codecs, path.stem))
    if len(every) > 1:
        for rate, row in zip(chosen.rates, np.nanmean(every, axis=0), strict=True):
            shown = "  ".join(f"{codec} {value:.2f}" for codec, value in zip(chosen.codecs, row, strict=True))
            print(f"mean at {rate} bpp: {shown}")


if __name__ == "__main__":
    main()
