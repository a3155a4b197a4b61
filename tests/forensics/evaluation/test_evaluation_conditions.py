"""Conditions change pictures as they say, alike at every call."""

import io
import math

import numpy as np
import pytest
from brightness import flat
from PIL import Image
from skimage import data

from subband.errors import InvalidInput
from subband.forensics.evaluation import FAMILIES, conditions_of

PICTURE = np.ascontiguousarray(data.astronaut()[64:192, 128:256])
EVERY = {condition.name: condition for condition in conditions_of()}


@pytest.mark.parametrize("name", EVERY)
def test_a_condition_repeats_and_leaves_its_input_alone(name):
    before = PICTURE.copy()
    first, second = EVERY[name](PICTURE), EVERY[name](PICTURE)
    assert np.array_equal(first, second)
    assert np.array_equal(PICTURE, before)
    assert first.dtype == np.uint8
    assert first.shape[2] == 3
    assert first.shape != PICTURE.shape or not np.array_equal(first, PICTURE)


@pytest.mark.parametrize("family", ["JPEG", "WebP", "blur", "noise"])
def test_a_stronger_change_changes_more(family):
    errors = [
        np.abs(condition(PICTURE).astype(int) - PICTURE).mean() for condition in conditions_of([family])
    ]
    assert errors == sorted(errors)
    assert errors[0] < 0.8 * errors[-1]


def test_jpeg_is_that_of_the_encoder():
    file = io.BytesIO()
    Image.fromarray(PICTURE).save(file, "JPEG", quality=50, subsampling="4:2:0")
    assert np.array_equal(EVERY["JPEG 50"](PICTURE), np.asarray(Image.open(file)))


def test_noise_has_its_standard_deviation():
    grey = np.full((200, 200, 3), 128, np.uint8)
    added = EVERY["noise 5"](grey).astype(float) - 128
    assert added.std() == pytest.approx(math.sqrt(25 + 1 / 12), rel=0.02)  # and that of rounding
    assert added.mean() == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize(
    ("name", "side"), [("resize 0.5", 64), ("resize 1.25", 160), ("screenshot 0.8", 102)]
)
def test_scaling(name, side):
    assert EVERY[name](PICTURE).shape == (side, side, 3)


def test_a_crop_is_a_part_of_the_picture_off_the_grid_of_jpeg():
    found = EVERY["crop 0.75"](PICTURE)
    assert found.shape == (96, 96, 3)
    places = [
        (top, left)
        for top in range(33)
        for left in range(33)
        if np.array_equal(PICTURE[top : top + 96, left : left + 96], found)
    ]
    ((top, left),) = places
    assert top % 8
    assert left % 8


def test_a_web_copy_is_never_as_large_as_the_picture():
    assert EVERY["web copy 60"](PICTURE).shape == (115, 115, 3)
    assert EVERY["web copy 60"](np.zeros((1000, 2000, 3), np.uint8)).shape == (384, 768, 3)


def test_screens_keep_black_and_white():
    for level in (0, 255):
        assert (EVERY["screenshot 0.8"](np.full((40, 40, 3), level, np.uint8)) == level).all()
    assert EVERY["screenshot 0.8"](flat(60)).mean() != pytest.approx(60, abs=0.2)


def test_an_unknown_condition():
    with pytest.raises(InvalidInput, match=r"'sepia'.*JPEG, WebP"):
        conditions_of(["sepia"])
    assert len(conditions_of()) == sum(len(family.strengths) for family in FAMILIES.values())
