"""Codecs at given sizes, and the codec of the 1990s that fractals are compared with."""

import numpy as np
import pytest
from skimage import data

from subband.compress.fractal.fidelity import decibels
from subband.experiments.methods.fisher import fisher
from subband.experiments.methods.still_codecs import CODECS, Point, at_rate, most_under, opened, point


@pytest.fixture(scope="module")
def photograph() -> np.ndarray:
    return np.ascontiguousarray(data.astronaut()[:128, 128:256])


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("colour", [False, True])
def test_files_are_no_larger_than_asked_and_near_it(photograph, codec, colour) -> None:
    pixels = photograph if colour else photograph[..., 1].copy()
    for bpp in (0.6, 1.2):
        found = point(pixels, CODECS[codec](pixels, bpp))
        assert 0.85 * bpp < found.bpp <= bpp
        assert found.psnr > 24


def test_the_highest_quality_under_a_size() -> None:
    pixels = np.zeros((10, 10), np.uint8)
    for room in (0, 8, 30, 99, 100, 400):
        data = most_under(8 * room / 100, pixels, lambda quality: bytes(3 * quality), 1, 40)
        assert len(data) == min(max(3 * (room // 3), 3), 120)


def test_interpolation_between_rates() -> None:
    points = [Point(0.4, 34.0), Point(0.1, 30.0)]
    assert at_rate(points, 0.2) == pytest.approx(32)
    assert np.isnan(at_rate(points, 0.5))


def test_a_file_is_compared_with_the_picture(photograph) -> None:
    file = CODECS["WebP"](photograph, 2.0)
    found = point(photograph, file)
    assert found == Point(8 * len(file) / 128**2, decibels(opened(file, photograph), photograph))


def test_the_quadtree_of_1995_gets_better_with_the_rate(photograph) -> None:
    grey = photograph[..., 1].copy()
    points = fisher(grey, (4.0, 8.0, 16.0))
    assert [p.bpp for p in points] == sorted((p.bpp for p in points), reverse=True)
    assert [p.psnr for p in points] == sorted((p.psnr for p in points), reverse=True)
    leaves = points[-1].bpp * grey.size / 28
    assert 64 <= leaves <= 1024  # of 16 to 4 pixels, 28 bits each and a few for the tree
