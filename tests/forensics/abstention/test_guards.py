"""Guards: pictures that no detector can judge are told by their pixels, and photographs pass."""

import numpy as np
import pytest
from neither import black, flat, neither, screenshot, white_noise

from subband.data.sources import read
from subband.errors import InvalidInput
from subband.forensics.abstention.guards import (
    fine_detail,
    flat_share,
    neighbour_correlation,
    unfit,
)
from subband.forensics.abstention.odd import KINDS, odd_pictures
from subband.forensics.features.palette import colour_codes


@pytest.mark.parametrize("make", [black, flat, white_noise, screenshot])
@pytest.mark.parametrize("size", [16, 33, 256, 1500])
def test_black_flat_noise_and_screens_are_unfit_at_any_size(make, size, rng):
    assert unfit(make(size, rng)) is not None


def test_tiny_and_huge_pictures_are_unfit(rng):
    assert "too small: 200×31" in str(unfit(rng.integers(0, 9, (31, 200, 3), dtype=np.uint8)))
    huge = np.broadcast_to(np.zeros(3, np.uint8), (10_001, 10_000, 3))
    assert "too large: 10000×10001" in str(unfit(huge))


def test_most_pictures_that_are_neither_are_told_without_a_net():
    reasons = {name: unfit(pixels) for name, pixels in neither(64).items()}
    told = sum(reason is not None for reason in reasons.values())
    assert told >= 0.6 * len(reasons), reasons


@pytest.mark.parametrize("pack", ["kodak.tar", "photos_bsds300.tar"])
def test_photographs_pass(shared_data, pack):
    """A grey copy, too: it has no more than 256 colours."""
    for picture in list(read(shared_data / pack))[:24]:
        assert unfit(picture.pixels) is None, picture.name
        grey = np.repeat(picture.pixels[..., 1:2], 3, -1)
        assert unfit(grey) is None, picture.name


def test_measures_of_known_pictures(rng):
    stripes = np.zeros((40, 40, 3), np.uint8)
    stripes[:, ::2] = 200
    codes = colour_codes(stripes)
    assert flat_share(codes) == 0
    assert flat_share(np.full((9, 9), 7, np.uint32)) == 1
    assert neighbour_correlation(np.zeros((5, 5))) == 0
    saddle = np.where(np.add.outer(np.arange(8), np.arange(8)) % 2, 10.0, 4.0)
    assert fine_detail(saddle) == 6  # (4 − 10 − 10 + 4) / 2
    assert fine_detail(np.ones((1, 9))) == 0
    ramp = np.add.outer(np.arange(50.0), np.arange(50.0))
    assert neighbour_correlation(ramp) > 0.99
    assert abs(neighbour_correlation(rng.standard_normal((300, 300)))) < 0.02


def test_odd_pictures_are_made_by_kind_and_seed():
    one, other = odd_pictures(len(KINDS), 64, seed=1), odd_pictures(len(KINDS), 64, seed=1)
    assert all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))
    assert {p.shape for p in one} == {(64, 64, 3)}
    assert not np.array_equal(one[0], odd_pictures(1, 64, seed=2)[0])
    with pytest.raises(InvalidInput, match="32×32"):
        odd_pictures(1, 31, seed=0)
