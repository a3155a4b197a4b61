"""The explorer: a band and the rest are the picture; the shares of all bands sum to one."""

import numpy as np
import pytest

import subband as sb
from subband.errors import InvalidInput
from subband.web.explorer import MOST_LEVELS, SIDE, WAVELETS, explore, reduced


@pytest.fixture
def grey():
    """Low contrast, so that nothing is clipped."""
    return np.random.default_rng(1).integers(110, 146, (64, 80, 3), dtype=np.uint8)


@pytest.mark.parametrize("wavelet", WAVELETS)
def test_the_band_and_the_rest_are_the_picture(grey, wavelet):
    level = min(2, max(1, sb.max_level(64, wavelet)))
    view = explore(grey, wavelet, level, 2**level - 1, 1)
    alone = (view.band.astype(float) - 128) / view.gain
    clipped = (view.band == 0) | (view.band == 255)
    np.testing.assert_allclose((view.rest + alone)[~clipped], grey[~clipped].astype(float), atol=1.1)
    assert clipped.mean() < 0.02


@pytest.mark.parametrize("level", range(1, MOST_LEVELS + 1))
def test_shares_of_energy_sum_to_one(grey, level):
    count = 2**level
    shares = np.array(
        [[explore(grey, "haar", level, i, j).share for j in range(count)] for i in range(count)]
    )
    assert shares.sum() - shares[0, 0] == pytest.approx(1)
    assert 0.9 < shares[0, 0] < 1  # of all: the brightness


def test_the_lowest_band_is_the_picture_made_coarse(grey):
    view = explore(grey, "haar", 3, 0, 0)
    assert view.gain == 1
    blocks = grey.reshape(8, 8, 10, 8, 3).mean((1, 3))
    np.testing.assert_allclose(view.band[::8, ::8], blocks, atol=0.51)
    assert abs(float(view.rest.mean()) - float(grey.mean())) < 0.5


def test_lines_are_in_the_band_of_their_frequency():
    wave = 128 + 60 * np.sin(2 * np.pi * 0.3125 * np.arange(96))  # the middle of band 2 of 4
    picture = np.repeat(np.broadcast_to(wave, (96, 96)).round().astype(np.uint8)[..., None], 3, axis=2)
    view = explore(picture, "db8", 2, 0, 2)
    assert view.horizontal == (0.25, 0.375)
    assert view.share > 0.8


def test_bands_beyond_the_level_are_the_highest(grey):
    assert explore(grey, "haar", 1, 9, 9).vertical == (0.25, 0.5)


def test_the_chosen_band_is_framed(grey):
    view = explore(grey, "haar", 2, 1, 2)
    frame = (view.mosaic == (230, 90, 0)).all(2)
    rows, columns = np.nonzero(frame)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (16, 31, 40, 59)


@pytest.mark.parametrize(("wavelet", "level"), [("nonsense", 1), ("haar", 0), ("haar", MOST_LEVELS + 1)])
def test_what_cannot_be_split_is_named(grey, wavelet, level):
    with pytest.raises(InvalidInput, match=f"{wavelet} at level {level}"):
        explore(grey, wavelet, level, 0, 0)
    with pytest.raises(InvalidInput, match="larger picture"):
        explore(grey[:5], "haar", 3, 0, 0)


def test_large_pictures_are_reduced_by_means():
    picture = np.random.default_rng(2).integers(0, 256, (1030, 600, 3), dtype=np.uint8)
    small = reduced(picture)
    assert small.shape == (343, 200, 3)
    assert max(small.shape) <= SIDE
    np.testing.assert_allclose(small[0, 0], picture[:3, :3].mean((0, 1)), atol=0.51)
    assert reduced(small) is small
