"""Random treatments: what each step does, and that classes can't be told by them."""

from dataclasses import replace

import numpy as np
import pytest

from subband.data.augment import Augmentation, Encoding, Treatment
from subband.errors import InvalidInput

PLAIN = Treatment(None, 1.0, 0, (0.0, 0.0), 32, False, 0.0, 0.0, 0, ())


@pytest.fixture
def pixels(rng) -> np.ndarray:
    return rng.integers(0, 256, (64, 80, 3), dtype=np.uint8)


def test_a_treatment_of_nothing_is_a_crop(pixels) -> None:
    assert (PLAIN(pixels) == pixels[:32, :32]).all()
    assert (replace(PLAIN, place=(1.0, 1.0))(pixels) == pixels[-32:, -32:]).all()
    assert (replace(PLAIN, mirror=True)(pixels) == pixels[:32, 31::-1]).all()


def test_a_scaled_picture_keeps_its_means(pixels) -> None:
    half = replace(PLAIN, scale=0.5, kernel=3)(pixels)  # box: each pixel the mean of 2×2
    mean = pixels[:64, :64].reshape(32, 2, 32, 2, 3).astype(float).mean((1, 3))
    np.testing.assert_allclose(half, mean, atol=1)


def test_noise_has_the_stated_deviation_and_a_seed() -> None:
    grey = np.full((64, 64, 3), 128, np.uint8)
    noisy = replace(PLAIN, size=64, noise=5.0)
    assert np.std(noisy(grey)) == pytest.approx(5, rel=0.03)
    assert (noisy(grey) == noisy(grey)).all()
    assert not (noisy(grey) == replace(noisy, seed=1)(grey)).all()


def test_only_pictures_without_a_past_get_a_history(pixels) -> None:
    treatment = replace(PLAIN, history=Encoding("JPEG", 50))
    assert (treatment(pixels, encoded=True) == PLAIN(pixels)).all()
    assert (treatment(pixels, encoded=False) == Encoding("JPEG", 50)(pixels)[:32, :32]).all()


def test_lower_quality_loses_more(pixels) -> None:
    for codec in ("JPEG", "WEBP"):
        errors = [np.abs(Encoding(codec, q)(pixels).astype(int) - pixels).mean() for q in (95, 60, 30)]
        assert errors == sorted(errors)
        assert errors[0] > 0


def test_equal_seeds_draw_equal_treatments(pixels) -> None:
    draw = Augmentation(size=32).draw
    assert draw(np.random.default_rng(5), (64, 64)) == draw(np.random.default_rng(5), (64, 64))


def test_draws_follow_the_stated_probabilities_and_ranges() -> None:
    some, rng = Augmentation(size=32), np.random.default_rng(0)
    drawn = [some.draw(rng, (100, 120)) for _ in range(3000)]
    assert all(0.4 <= t.scale <= 1.3 for t in drawn)
    assert min(t.scale for t in drawn) < 0.42
    assert np.mean([t.scale == 1 for t in drawn]) == pytest.approx(1 - some.scaled - some.thumbnail, abs=0.03)
    assert np.mean([bool(t.encodings) for t in drawn]) == pytest.approx(some.encoded, abs=0.03)
    assert np.mean([t.blur > 0 for t in drawn]) == pytest.approx(some.blurred, abs=0.03)
    encodings = [encoding for t in drawn for encoding in t.encodings]
    assert {encoding.quality for encoding in encodings} == set(range(30, 96))
    assert np.mean([encoding.codec == "WEBP" for encoding in encodings]) == pytest.approx(some.webp, abs=0.03)


def test_crops_fit_into_pictures_however_small(rng) -> None:
    some = Augmentation(size=32)
    for side in (32, 33, 40, 64):
        for _ in range(50):
            treatment = some.draw(rng, (side, side))
            assert treatment(np.zeros((side, side, 3), np.uint8)).shape == (32, 32, 3)


@pytest.mark.parametrize(
    "change", [{"scaled": 1.5}, {"blurs": (2.0, 1.0)}, {"qualities": (0, 90)}, {"size": 4}]
)
def test_impossible_distributions_are_refused(change) -> None:
    with pytest.raises(InvalidInput):
        replace(Augmentation(), **change)


def test_pictures_smaller_than_a_crop_are_refused(rng) -> None:
    with pytest.raises(InvalidInput, match="too small"):
        Augmentation(size=96, scales=(0.4, 1.0)).draw(rng, (64, 64))
    with pytest.raises(InvalidInput, match="smaller"):
        replace(PLAIN, scale=0.4)(np.zeros((40, 40, 3), np.uint8))
