"""The heat map: laws of a weighted mean over any picture, in bounded memory."""

import tracemalloc

import numpy as np
import pytest
from subjects import Brightness, subject

from subband.errors import InvalidInput
from subband.forensics import heat_map
from subband.forensics.explanation.heat import starts

SIZES = [(16, 16), (17, 40), (100, 16), (61, 93), (300, 200)]


def halves(height, width):
    """Dark on the left, bright on the right."""
    pixels = np.full((height, width, 3), 50, np.uint8)
    pixels[:, width // 2 :] = 150
    return pixels


@pytest.mark.parametrize("shape", SIZES)
def test_a_uniform_picture_has_a_uniform_map(shape):
    found = heat_map(subject(Brightness(), temperature=2.0), np.full((*shape, 3), 130, np.uint8))
    np.testing.assert_allclose(found.log_odds, (13 - 10) / 2, rtol=1e-5)
    assert found.shape == shape


@pytest.mark.parametrize("shape", SIZES)
@pytest.mark.parametrize("most", [1, 2, 3, 7, 1024])
def test_squares_reach_both_edges_and_leave_no_gap_unless_they_must(shape, most):
    for (places, gap), length in zip(starts(shape, 16, most), shape, strict=True):
        assert all(0 <= place <= length - 16 for place in places)
        if len(places) > 1:
            assert (places[0], places[-1]) == (0, length - 16)
            assert np.diff(places) == pytest.approx(gap, abs=1)
        if most == 1024:
            assert gap <= 8
            assert len(places) > 1 or length == 16
    (rows, _), (columns, _) = starts(shape, 16, most)
    assert 1 <= len(rows) * len(columns) <= most


def test_each_side_of_a_picture_has_its_own_answer():
    found = heat_map(subject(Brightness()), halves(64, 128))
    rows, columns = found.log_odds.shape
    assert columns == pytest.approx(2 * rows, abs=1)
    np.testing.assert_allclose(found.log_odds[:, : columns // 2 - 8], -5, rtol=1e-5)
    np.testing.assert_allclose(found.log_odds[:, columns // 2 + 8 :], 5, rtol=1e-5)
    assert (np.diff(found.log_odds, axis=1) >= -1e-9).all()  # one step, blended


def test_the_map_turns_with_the_picture():
    pixels = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
    answer = subject(Brightness())
    whole = heat_map(answer, pixels).log_odds
    np.testing.assert_allclose(heat_map(answer, pixels.transpose(1, 0, 2)).log_odds, whole.T, atol=1e-9)
    # Starts are rounded to pixels, in one direction: to the last pixel only where no rounding takes place.
    pixels = pixels[:48, :64]
    whole = heat_map(answer, pixels).log_odds
    np.testing.assert_allclose(heat_map(answer, pixels[::-1]).log_odds, whole[::-1], atol=1e-9)


def test_the_map_stays_within_the_squares_answers():
    pixels = np.random.default_rng(1).integers(0, 256, (90, 90, 3), dtype=np.uint8)
    found = heat_map(subject(Brightness()), pixels, squares=20)
    assert found.squares.size <= 20
    assert found.log_odds.min() >= found.squares.min() - 1e-9
    assert found.log_odds.max() <= found.squares.max() + 1e-9


def test_24_megapixels_take_bounded_memory_and_squares():
    pixels = np.broadcast_to(np.uint8(90), (4000, 6000, 3))
    tracemalloc.start()
    found = heat_map(subject(Brightness(), 64), pixels, squares=300)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 * 2**20
    assert found.squares.size <= 300
    assert max(found.log_odds.shape) <= 256
    np.testing.assert_allclose(found.log_odds, -1, rtol=1e-5)


def test_what_is_no_picture_is_named():
    answer = subject(Brightness())
    with pytest.raises(InvalidInput, match="uint8"):
        heat_map(answer, np.zeros((20, 20, 3)))
    with pytest.raises(InvalidInput, match="at least 16×16"):
        heat_map(answer, np.zeros((20, 8, 3), np.uint8))
