"""Rates of the traces on photographs of the data packs, with histories made here.

Run with -s to see the table that `subband.forensics.traces.thresholds` quotes.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest
from histories import compressed, jpeg_file, photographs, png_file, scaled
from PIL import Image

from subband.forensics.traces import read_traces

Treatment = Callable[[np.ndarray], tuple[bytes, np.ndarray]]

pytestmark = pytest.mark.slow


def found(kind: str, pictures: Iterable[tuple[bytes, np.ndarray]]) -> list[bool]:
    return [any(trace.kind == kind for trace in read_traces(file, pixels)) for file, pixels in pictures]


def as_png(pixels: np.ndarray) -> tuple[bytes, np.ndarray]:
    return png_file(pixels[:16, :16]), pixels  # the file's pixels are not read again


def as_jpeg(pixels: np.ndarray, quality: int) -> tuple[bytes, np.ndarray]:
    return jpeg_file(pixels, quality), compressed(pixels, quality)


def rate(name: str, kind: str, pictures: Iterable[tuple[bytes, np.ndarray]]) -> float:
    hits = found(kind, pictures)
    print(f"{kind:18} {name:50} {sum(hits):4} of {len(hits):4} = {np.mean(hits):.3f}")
    return float(np.mean(hits))


@pytest.fixture(scope="module")
def never_compressed(shared_data: Path) -> list[np.ndarray]:
    """Photographs from lossless files: Kodak whole and in quarters of 384×256, 70 crops of CQ100."""
    kodak = photographs(shared_data, "kodak.tar")
    halves = [p[r : r + p.shape[0] // 2, c : c + p.shape[1] // 2] for p in kodak for r, c in corners(p)]
    return kodak + halves + photographs(shared_data, "detector_train.tar", "real/cq100")


def corners(p: np.ndarray) -> list[tuple[int, int]]:
    return [(r, c) for r in (0, p.shape[0] // 2) for c in (0, p.shape[1] // 2)]


@pytest.fixture(scope="module")
def cameras(shared_data: Path) -> list[np.ndarray]:
    """256² crops of photographs as JPEG of cameras and phones, decoded once: never scaled, compressed once."""
    return photographs(shared_data, "detector_train.tar", "real/cameras") + photographs(
        shared_data, "detector_train.tar", "real/phones"
    )


def test_false_alarms_of_double_compression(never_compressed: list[np.ndarray]) -> None:
    rates = [rate("never compressed, PNG", "double compression", map(as_png, never_compressed))]
    for quality in (50, 60, 70, 75, 80, 85, 90, 95, 98):
        pictures = (as_jpeg(p, quality) for p in never_compressed)
        rates.append(rate(f"compressed once at {quality}", "double compression", pictures))
    assert max(rates) <= 0.03
    assert np.mean(rates) <= 0.01


def test_detection_of_an_earlier_jpeg(never_compressed: list[np.ndarray], cameras: list[np.ndarray]) -> None:
    least = {50: 0.97, 75: 0.97, 90: 0.95, 95: 0.8}
    for quality, bound in least.items():
        pictures = (as_png(compressed(p, quality)[3:, 5:]) for p in never_compressed)
        assert rate(f"JPEG {quality}, cut, PNG", "double compression", pictures) >= bound
    rate("cameras and phones as delivered, lossless", "double compression", map(as_png, cameras))
    for first, second, bound in ((60, 90, 0.9), (75, 90, 0.9), (75, 95, 0.9), (85, 95, 0.9), (90, 95, 0.7)):
        pictures = (as_jpeg(compressed(p, first), second) for p in never_compressed)
        assert rate(f"JPEG {first}, JPEG {second}", "double compression", pictures) >= bound
        pictures = (as_jpeg(compressed(p, first)[3:, 5:].copy(), second) for p in never_compressed)
        rate(f"JPEG {first}, cut, JPEG {second}", "double compression", pictures)
    for first, second in ((90, 75), (95, 75), (80, 60), (75, 75), (95, 90)):
        pictures = (as_jpeg(compressed(p, first), second) for p in never_compressed)
        rate(f"JPEG {first}, JPEG {second} (worse than the first)", "double compression", pictures)


def test_false_alarms_of_resampling(
    never_compressed: list[np.ndarray], cameras: list[np.ndarray], shared_data: Path
) -> None:
    bsds = photographs(shared_data, "photos_bsds300.tar")
    rates = [
        rate("Kodak and CQ100, PNG", "resampling", map(as_png, never_compressed)),
        rate("cameras and phones, lossless", "resampling", map(as_png, cameras)),
        rate("BSDS, q95 as delivered", "resampling", ((jpeg_file(p, 95), p) for p in bsds)),
    ]
    for quality in (95, 85, 75, 50):
        pictures = (as_jpeg(p, quality) for p in never_compressed + cameras)
        rates.append(rate(f"JPEG {quality}", "resampling", pictures))
    assert max(rates) <= 0.02


def test_detection_of_enlargement(never_compressed: list[np.ndarray]) -> None:
    names = {
        Image.Resampling.BILINEAR: "bilinear",
        Image.Resampling.BICUBIC: "bicubic",
        Image.Resampling.LANCZOS: "Lanczos",
    }
    for kernel, name in names.items():
        for factor in (1.1, 1.25, 4 / 3, 1.5, 1.8, 2.0, 3.0):
            large = [scaled(p, factor, kernel) for p in never_compressed]
            share = rate(f"{name} ×{factor:.2f}, PNG", "resampling", map(as_png, large))
            assert share >= 0.9 or factor < 1.25
            for quality in (95, 85, 75):
                pictures = (as_jpeg(p, quality) for p in large)
                rate(f"{name} ×{factor:.2f}, JPEG {quality}", "resampling", pictures)
    for factor in (0.5, 0.75, 0.9):
        small = (as_png(scaled(p, factor)) for p in never_compressed)
        rate(f"bicubic ×{factor}, PNG", "resampling", small)
