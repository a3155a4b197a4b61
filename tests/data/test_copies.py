"""Copies are found however they were saved; other pictures, flat ones too, are none."""

import io

import numpy as np
from PIL import Image
from skimage import data

from subband.data.chain import Chain
from subband.data.copies import Fingerprint, copies
from subband.data.decode import Picture, decode
from subband.data.imageset import gather

PHOTOGRAPHS = [data.astronaut(), data.chelsea(), data.coffee(), data.rocket()]


def prints(pictures):
    return [Fingerprint.of(np.ascontiguousarray(pixels)) for pixels in pictures]


def as_jpeg(pixels, quality=60, scale=1.0):
    image = Image.fromarray(pixels)
    image = image.resize((round(scale * image.width), round(scale * image.height)), Image.Resampling.BICUBIC)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(io.BytesIO(file.getvalue())).convert("RGB"))


def test_equal_pixels():
    assert copies(prints(PHOTOGRAPHS), prints(PHOTOGRAPHS[:3])) == (3, 0)


def test_saved_again_and_scaled():
    again = [
        as_jpeg(pixels, quality, scale) for pixels in PHOTOGRAPHS for quality, scale in ((40, 1), (80, 0.5))
    ]
    assert copies(prints(PHOTOGRAPHS), prints(again)) == (0, 8)


def test_different_photographs_are_no_copies():
    for k, pixels in enumerate(PHOTOGRAPHS):
        others = PHOTOGRAPHS[:k] + PHOTOGRAPHS[k + 1 :]
        assert copies(prints([pixels]), prints(others)) == (0, 0)


def test_flat_pictures_look_alike_to_every_hash_and_are_no_copies():
    flat = [np.full((64, 64, 3), level, np.uint8) for level in (0, 90, 255)]
    assert copies(prints(flat[:1]), prints(flat[1:])) == (0, 0)
    assert copies(prints(flat), prints(flat)) == (3, 0)


def test_nothing_to_compare():
    assert copies([], prints(PHOTOGRAPHS)) == copies(prints(PHOTOGRAPHS), []) == (0, 0)


def test_whole_pictures_are_compared_whatever_is_cropped_from_them():
    """Two sources with other crops of one photograph have no crop in common, but the picture."""

    def gathered(seed, pixels):
        picture = Picture("a", pixels, decode(_png(pixels), "a").facts, "a")
        return gather("x", [picture], Chain(64), per_picture=2, limit=2, rng=np.random.default_rng(seed))

    first, second = gathered(0, PHOTOGRAPHS[0]), gathered(1, PHOTOGRAPHS[0])
    assert not any(np.array_equal(a, b) for a in first.pixels for b in second.pixels)
    assert copies(first.prints, second.prints) == (1, 0)
    third = gathered(1, as_jpeg(PHOTOGRAPHS[0]))
    assert copies(first.prints, third.prints) == (0, 1)


def _png(pixels):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()
