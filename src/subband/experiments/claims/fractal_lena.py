"""Fractal compression at the lecture's ratios, beside JPEG, JPEG 2000, WebP and a codec as of 1995."""

import io
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from subband import plots
from subband.compress import fractal
from subband.data.packs import unpack
from subband.errors import DataError
from subband.experiments.claim import Claim, Outcome
from subband.experiments.methods.fisher import fisher
from subband.experiments.methods.still_codecs import CODECS, Point, at_rate, point
from subband.metrics import bootstrap_interval
from subband.runs.machine import versions
from subband.runs.progress import Watcher

RATIOS = (6.07, 22.35, 46.97)
RATES = (0.15, 0.2, 0.3, 0.4)  # bits a pixel, on Kodak
CURVE = (0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.463, 0.55, 0.8)
TOLERANCES = (3.0, 4.0, 5.0, 6.5, 8.5, 11.0, 15.0)
PUBLISHED = {"Saupe–Fisher, Lena": [(0.463, 33.75)], "Fisher, Lena": [(0.503, 33.28)]}
SECONDS_A_PHOTOGRAPH = 60.0  # of Kodak, grey and colour
OTHERS = 90.0
COUNT = 24
OURS = ("fractal", "fractal, copies only")
FULL = COUNT * SECONDS_A_PHOTOGRAPH + OTHERS


def photograph() -> np.ndarray:
    """(512, 512) uint8: the photographer of scikit-image, which its licence lets everybody use, unlike Lena."""
    from skimage import data

    return np.asarray(data.camera())


def kodak(count: int) -> list[np.ndarray]:
    """The first of 24 photographs of 768 × 512, (512, 768, 3) uint8; none without the data."""
    try:
        with tempfile.TemporaryDirectory(prefix="subband-") as name:
            files = sorted(unpack("kodak.tar", Path(name)).rglob("*.png"))[:count]
            return [np.asarray(Image.open(io.BytesIO(file.read_bytes())).convert("RGB")) for file in files]
    except DataError:
        return []


def grey(pixels: np.ndarray) -> np.ndarray:
    """Luma, as Pillow computes it."""
    return np.asarray(Image.fromarray(pixels).convert("L"))


def table(pixels: np.ndarray) -> dict[str, float]:
    """PSNR of each codec at the lecture's ratios."""
    ours = {}
    for ratio in RATIOS:
        for name, codec in CODECS.items():
            found = point(pixels, codec(pixels, 8 / ratio))
            ours[f"{name} at {ratio}:1, dB"] = found.psnr
            ours[f"{name} at {ratio}:1, ratio reached"] = 8 / found.bpp
    return ours


def curves(pixels: np.ndarray, rates: tuple[float, ...]) -> dict[str, list[Point]]:
    """Each codec at several rates."""
    return {name: [point(pixels, codec(pixels, rate)) for rate in rates] for name, codec in CODECS.items()}


def timed(pixels: np.ndarray) -> dict[str, float]:
    """Medians of five runs at 0.463 bits a pixel."""
    found = {}
    for effort in fractal.EFFORTS:
        spent = []
        for _ in range(5):
            start = time.perf_counter()
            data = fractal.encode(pixels, quality=40, effort=effort)
            spent.append(time.perf_counter() - start)
        found[f"{effort}, encode, s"] = float(np.median(spent))
    spent = []
    for _ in range(15):
        start = time.perf_counter()
        fractal.decode(data)
        spent.append(time.perf_counter() - start)
    found["decode, ms"] = 1000 * float(np.median(spent))
    return found


def _run(seconds: float, watcher: Watcher) -> Outcome:
    picture = photograph()
    ours = table(picture)
    drawn = curves(picture, CURVE)
    drawn["quadtree of 1995"] = fisher(picture, TOLERANCES)
    ours["quadtree of 1995 at 0.463 bits a pixel, dB"] = at_rate(drawn["quadtree of 1995"], 0.463)
    ours["fractal at 0.463 bits a pixel, dB"] = at_rate(drawn["fractal"], 0.463)
    ours |= timed(picture)
    seen = fractal.inspect(fractal.encode(picture, bpp=0.4)).planes[0]
    ours |= {
        "copied share of the area at 0.4 bits a pixel": seen.copied,
        "spectral radius": seen.spectral_radius,
    }
    panels = {"512 × 512 photograph": drawn}
    count = min(COUNT, max(1, int((seconds - OTHERS) / SECONDS_A_PHOTOGRAPH)))
    uncertainty: dict[str, tuple[float, float]] = {}
    photographs = kodak(count)
    with watcher.stage("kodak") as advance:
        for kind in ("grey", "colour") if photographs else ():
            found = []
            for k, pixels in enumerate(photographs):
                found.append(curves(grey(pixels) if kind == "grey" else pixels, RATES))
                advance(k + 1, len(photographs), kind)
            panels[f"Kodak, {kind}, mean of {len(found)}"] = _means(found)
            _compare(kind, found, ours, uncertainty)
    figure = plots.rate_distortion(
        {name: {codec: _array(points) for codec, points in panel.items()} for name, panel in panels.items()},
        published=PUBLISHED,
        title="Fractal compression beside transform codecs",
    )
    settings = {
        "photograph": "scikit-image camera, 512 × 512 grey",
        "kodak photographs": len(photographs),
        "rates on kodak": RATES,
        "tolerances of the quadtree of 1995": TOLERANCES,
    }
    return Outcome(ours, uncertainty, plots.png(figure), settings, 0, versions())


def _compare(
    kind: str,
    found: list[dict[str, list[Point]]],
    ours: dict[str, float],
    uncertainty: dict[str, tuple[float, float]],
) -> None:
    """PSNR of all codecs on Kodak, and by how much fractals are above JPEG: the mean and the worst photograph."""
    for k, rate in enumerate(RATES):
        for codec in CODECS:
            ours[f"kodak {kind} at {rate} bits a pixel, {codec}, dB"] = float(
                np.mean([curve[codec][k].psnr for curve in found])
            )
        for codec in OURS:
            points = [curve[codec][k] for curve in found]
            lead = np.array([p.psnr - _jpeg_at(curve, p.bpp) for p, curve in zip(points, found, strict=True)])
            key = f"kodak {kind} at {rate} bits a pixel, {codec} above JPEG, dB"
            ours[key] = float(lead.mean())
            ours[f"{key}, least of the photographs"] = float(lead.min())
            if len(found) > 2:
                interval = bootstrap_interval(np.mean, lead, rng=np.random.default_rng(0))
                uncertainty[key] = interval.low, interval.high


def _jpeg_at(curve: Mapping[str, list[Point]], bpp: float) -> float:
    """JPEG's PSNR at this rate, on the line through two points; where it can't be so small, its least one's."""
    points = sorted(set(curve["JPEG"]), key=lambda p: p.bpp)
    if bpp <= points[0].bpp or len(points) == 1:
        return points[0].psnr
    k = min(int(np.searchsorted([p.bpp for p in points], bpp)), len(points) - 1)
    a, b = points[k - 1], points[k]
    return a.psnr + (b.psnr - a.psnr) * float(np.log(bpp / a.bpp) / np.log(b.bpp / a.bpp))


def _means(found: list[dict[str, list[Point]]]) -> dict[str, list[Point]]:
    return {
        codec: [
            Point(*np.mean([(curve[codec][k].bpp, curve[codec][k].psnr) for curve in found], axis=0))
            for k in range(len(RATES))
        ]
        for codec in CODECS
    }


def _array(points: list[Point]) -> np.ndarray:
    return np.array([(p.bpp, p.psnr) for p in points])


CLAIM = Claim(
    name="fractal-lena",
    claim="A photograph can be stored as a fractal: at high compression it looks better than as a JPEG file.",
    source="Lecture on fractal image compression (Lena, 512 × 512, at 6.07:1, 22.35:1 and 46.97:1); Y. Fisher, "
    "Fractal Image Compression, 1995; D. Saupe, Fractal image compression by multi-dimensional nearest "
    "neighbor search, 1995",
    published="Lena, 512 × 512: Fisher .503 bits a pixel, 33.28 dB; Saupe–Fisher .463 bits a pixel, 33.75 dB "
    "in .33 s (measured with M. Polvere's Mars 1.0 on one core)",
    protocol="Lena's picture may not be passed on, so the photograph is scikit-image's camera (512 × 512, 8 "
    "bits), and a quadtree with fields of fixed length and an exhaustive search stands for the codecs of 1995 "
    "on the same pixels. All bytes of a file count. JPEG is libjpeg's with optimised Huffman tables, "
    "sequential or progressive, whichever is smaller; JPEG 2000 is OpenJPEG's 9/7 codestream; WebP is VP8, "
    "method 6. Each gets the highest quality that is not above the rate. On Kodak's 24 photographs, grey and "
    "colour (PSNR over R, G and B), JPEG is interpolated to the rate that the fractal took, and the interval "
    "is a bootstrap over photographs.",
    seconds=FULL,
    run=_run,
    shown=(*(f"fractal at {ratio}:1, dB" for ratio in RATIOS), "fractal at 0.463 bits a pixel, dB"),
)
