"""Rates of the traces on photographs of the data packs, with histories made here.

Run with -s to see the table that `subband.forensics.traces.thresholds` quotes. Photographs that were never
compressed before: 24 of Kodak, 768×512, and 70 crops of CQ100, 256×256. SUBBAND_EVERY=3 takes each third of them.
"""

import os
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
from histories import compressed, jpeg_file, opened, photographs, png_file, scaled
from PIL import Image

from subband.forensics.traces import read_traces

pytestmark = pytest.mark.slow
EVERY = int(os.environ.get("SUBBAND_EVERY", "1"))

History = Callable[[np.ndarray], tuple[bytes, np.ndarray]]
BICUBIC, LANCZOS = Image.Resampling.BICUBIC, Image.Resampling.LANCZOS
KINDS = ("double compression", "resampling")


def lossless(pixels: np.ndarray) -> tuple[bytes, np.ndarray]:
    return png_file(pixels[:16, :16]), pixels  # the file's own pixels are not read again


def jpeg(pixels: np.ndarray, quality: int) -> tuple[bytes, np.ndarray]:
    file = jpeg_file(pixels, quality)
    return file, opened(file)


def stored(quality: int) -> History:
    """JPEG, cut off the grid, stored without loss."""
    return lambda p: lossless(compressed(p, quality)[3:, 5:])


def twice(first: int, second: int, *, cut: bool = False) -> History:
    start = 3 if cut else 0
    return lambda p: jpeg(compressed(p, first)[start:, start:].copy(), second)


def enlarged(factor: float, kernel: Image.Resampling, quality: int | None = None) -> History:
    if quality is None:
        return lambda p: lossless(scaled(p, factor, kernel))
    return lambda p: jpeg(scaled(p, factor, kernel), quality)


# Name → history, and kind → least and largest rate that it may have. Kinds that aren't listed are printed only.
HISTORIES: Mapping[str, tuple[History, Mapping[str, tuple[float, float]]]] = {
    "never compressed": (lossless, {KINDS[0]: (0, 0.01), KINDS[1]: (0, 0.04)}),
    **{
        f"JPEG {q}": (partial(jpeg, quality=q), {KINDS[0]: (0, 0.03), KINDS[1]: (0, 0.03)})
        for q in (50, 60, 70, 80, 90, 95)
    },
    **{f"JPEG {q}, cut, PNG": (stored(q), {KINDS[0]: (0.95, 1)}) for q in (50, 75, 90)},
    "JPEG 95, cut, PNG": (stored(95), {KINDS[0]: (0.9, 1)}),
    "JPEG 60, JPEG 90": (twice(60, 90), {KINDS[0]: (0.9, 1)}),
    "JPEG 75, JPEG 95": (twice(75, 95), {KINDS[0]: (0.85, 1)}),
    "JPEG 90, JPEG 95": (twice(90, 95), {KINDS[0]: (0.7, 1)}),
    "JPEG 75, JPEG 85": (twice(75, 85), {KINDS[0]: (0.7, 1)}),
    "JPEG 90, JPEG 75": (twice(90, 75), {}),
    "JPEG 60, cut, JPEG 90": (twice(60, 90, cut=True), {KINDS[0]: (0.95, 1)}),
    "JPEG 75, cut, JPEG 95": (twice(75, 95, cut=True), {KINDS[0]: (0.95, 1)}),
    "JPEG 90, cut, JPEG 95": (twice(90, 95, cut=True), {}),
    "JPEG 90, cut, JPEG 75": (twice(90, 75, cut=True), {}),
    **{f"bicubic ×{f}, PNG": (enlarged(f, BICUBIC), {KINDS[1]: (0.9, 1)}) for f in (1.25, 1.5, 3.0)},
    "Lanczos ×1.5, PNG": (enlarged(1.5, LANCZOS), {KINDS[1]: (0.9, 1)}),
    "bicubic ×2, PNG": (enlarged(2.0, BICUBIC), {}),
    "bicubic ×1.25, JPEG 85": (enlarged(1.25, BICUBIC, 85), {}),
    "bicubic ×1.5, JPEG 85": (enlarged(1.5, BICUBIC, 85), {KINDS[1]: (0.6, 1)}),
    "bicubic ×3, JPEG 85": (enlarged(3.0, BICUBIC, 85), {KINDS[1]: (0.9, 1)}),
    "Lanczos ×1.5, JPEG 85": (enlarged(1.5, LANCZOS, 85), {}),
    "bicubic ×0.75, PNG": (enlarged(0.75, BICUBIC), {}),
}


@cache
def never_compressed(folder: Path) -> list[np.ndarray]:
    found = photographs(folder, "kodak.tar") + photographs(folder, "detector_train.tar", "real/cq100")
    return found[::EVERY]


def rates(name: str, pictures: list[np.ndarray], history: History) -> dict[str, float]:
    """Share of the pictures with each kind of trace, printed."""
    found = [{trace.kind for trace in read_traces(*history(pixels))} for pixels in pictures]
    shares = {kind: float(np.mean([kind in kinds for kinds in found])) for kind in KINDS}
    print(
        f"\n{name:28} {len(pictures):4} " + "  ".join(f"{kind} {share:.3f}" for kind, share in shares.items())
    )
    return shares


@pytest.mark.parametrize("name", HISTORIES)
def test_rates_of_a_history(name: str, shared_data: Path) -> None:
    history, bounds = HISTORIES[name]
    shares = rates(name, never_compressed(shared_data), history)
    for kind, (least, largest) in bounds.items():
        assert least <= shares[kind] <= largest, kind


def test_photographs_as_delivered(shared_data: Path) -> None:
    """Crops of JPEG files of cameras and phones, and BSDS: compressed once, never enlarged."""
    for name in ("real/cameras", "real/phones"):
        shares = rates(name, photographs(shared_data, "detector_train.tar", name), lossless)
        assert shares["resampling"] <= 0.01
    assert shares["double compression"] >= 0.8  # of the phones: one JPEG each, which the lossless file hides
    bsds = photographs(shared_data, "photos_bsds300.tar", most=150)
    shares = rates("BSDS", bsds, lambda pixels: (jpeg_file(pixels[:16, :16], 95), pixels))
    assert shares["resampling"] <= 0.01
