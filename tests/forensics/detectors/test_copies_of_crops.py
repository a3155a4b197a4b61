"""Copies of a picture: made around the crops only, equal to those of the whole picture."""

import numpy as np
import pytest
from PIL import Image

from subband.forensics.detectors.copies import saved, saved_crops, scaled_crops, scaled_size
from subband.forensics.detectors.detector import grid


@pytest.fixture
def picture(rng):
    noise = rng.standard_normal((150, 203, 3)).cumsum(0).cumsum(1)
    return np.clip(128 + 20 * noise / noise.std() + 6 * rng.standard_normal(noise.shape), 0, 255).astype(
        np.uint8
    )


def test_saved_crops_are_crops_of_the_saved_picture(picture):
    places = [(0, 0), (37, 90), (150 - 32, 203 - 32), (16, 48)]
    whole = saved(picture)
    crops = saved_crops(picture, places, 32)
    for (y, x), crop in zip(places, crops, strict=True):
        np.testing.assert_array_equal(crop, whole[y : y + 32, x : x + 32])


def test_scaled_crops_are_crops_of_the_scaled_picture(picture):
    height, width = scaled_size(picture)
    assert (height, width) == (112, 152)
    whole = np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS))
    places = grid(height, width, 32, 16)
    for (y, x), crop in zip(places, scaled_crops(picture, places, 32), strict=True):
        gap = np.abs(crop.astype(int) - whole[y : y + 32, x : x + 32])
        assert gap.max() <= 1  # rounding of Pillow's fixed-point kernels
