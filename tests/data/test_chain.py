import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import noise, picture, smooth
from PIL import Image

from subband.data import Chain
from subband.errors import DataError, InvalidInput


def rng(seed=0):
    return np.random.default_rng(seed)


@settings(max_examples=60, deadline=None)
@given(
    height=st.integers(8, 90),
    width=st.integers(8, 90),
    size=st.integers(8, 30),
    count=st.integers(1, 40),
    seed=st.integers(0, 2**32),
)
def test_crops_lie_inside_and_hardly_overlap(height, width, size, count, seed):
    whole = picture(noise(height, width))
    chain = Chain(size)
    if min(height, width) < size:
        with pytest.raises(
            DataError, match=f"a: {width}×{height} pixels are smaller than a crop of {size}×{size}"
        ):
            chain.crops(whole, count, rng(seed))
        return
    crops = chain.crops(whole, count, rng(seed))
    assert len(crops) == min(count, (height // size) * (width // size))
    for crop in crops:
        expected = whole.pixels[crop.top : crop.top + size, crop.left : crop.left + size]
        assert np.array_equal(crop.pixels, expected)
        assert crop.pixels.shape == (size, size, 3)
    for i, one in enumerate(crops):
        for other in crops[:i]:
            rows = max(0, size - abs(one.top - other.top))
            columns = max(0, size - abs(one.left - other.left))
            assert rows * columns <= size * size / 4


def test_a_picture_of_the_crop_s_size_gives_itself_once():
    (crop,) = Chain(32).crops(picture(noise(32, 32)), 10, rng())
    assert np.array_equal(crop.pixels, noise(32, 32))


def test_crops_are_copies_so_the_picture_can_be_freed():
    whole = picture(noise(64, 64))
    (crop,) = Chain(16).crops(whole, 1, rng())
    assert not np.shares_memory(crop.pixels, whole.pixels)


def test_crops_repeat_with_the_seed_and_prefer_no_phase_of_a_jpeg_s_blocks():
    whole = picture(noise(512, 512))
    crops = Chain(64).crops(whole, 64, rng(3))
    again = Chain(64).crops(whole, 64, rng(3))
    assert [(c.top, c.left) for c in crops] == [(c.top, c.left) for c in again]
    tops = np.concatenate([[c.top for c in Chain(64).crops(whole, 64, rng(i))] for i in range(20)])
    phases = np.bincount(tops % 8, minlength=8) / len(tops)
    assert phases.min() > 0.08


def test_png_is_lossless_and_its_length_carries_no_content():
    chain = Chain(32)
    flat = np.zeros((32, 32, 3), np.uint8)
    results = [chain(pixels) for pixels in (flat, smooth(32, 32), noise(32, 32))]
    for (pixels, _), original in zip(results, (flat, smooth(32, 32), noise(32, 32)), strict=True):
        assert np.array_equal(pixels, original)
    assert len({facts for _, facts in results}) == 1
    assert (results[0][1].container, results[0][1].width, results[0][1].height) == ("PNG", 32, 32)


@pytest.mark.parametrize(("encode", "container"), [("jpeg:85", "JPEG"), ("webp:80", "WEBP")])
def test_lossy_encodings(encode, container):
    pixels, facts = Chain(32, encode=encode)(noise(32, 32))
    file = io.BytesIO()
    options = {"quality": int(encode[-2:])} | ({"subsampling": 2} if container == "JPEG" else {})
    Image.fromarray(noise(32, 32)).save(file, container, **options)
    assert np.array_equal(pixels, np.asarray(Image.open(file).convert("RGB")))
    assert facts.bytes == len(file.getvalue())
    assert facts.container == container
    assert len(facts.quantisation) == (64 if container == "JPEG" else 0)


def test_resize_cuts_a_larger_square_and_resamples_it_with_lanczos():
    chain = Chain(16, resize=48)
    assert chain.cut == 48
    (crop,) = chain.crops(picture(noise(60, 60)), 5, rng())
    assert crop.pixels.shape == (48, 48, 3)
    pixels, facts = chain(crop.pixels)
    expected = Image.fromarray(crop.pixels).resize((16, 16), Image.Resampling.LANCZOS)
    assert np.array_equal(pixels, np.asarray(expected))
    assert (facts.width, facts.height) == (16, 16)


def test_resizing_is_antialiased():
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::2] = 255  # the highest frequency there is; without a filter it would fold to a constant
    pixels, _ = Chain(16, resize=64)(stripes)
    assert np.abs(pixels[:, 2:-2].astype(int) - 127).max() <= 2


def test_images_of_the_final_size_are_not_resized():
    pixels, _ = Chain(16, resize=48)(noise(16, 16))
    assert np.array_equal(pixels, noise(16, 16))


def test_the_chain_in_words():
    assert Chain().describe() == "crop 64×64 → PNG, uncompressed"
    assert Chain(32, resize=32).describe() == "crop 32×32 → PNG, uncompressed"
    assert (
        Chain(64, resize=256, encode="jpeg:85").describe()
        == "crop 256×256 → resize to 64×64 (Lanczos, antialiased) → JPEG quality 85, 4:2:0"
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"size": 4}, "size 4 is too small.*at least 8"),
        ({"size": 0}, "size 0 is too small"),
        ({"size": 64.0}, "size must be an integer number of pixels, not 64.0"),
        ({"size": True}, "size must be an integer"),
        ({"resize": "256"}, "resize must be an integer"),
        ({"size": 64, "resize": 32}, "resize=32 would enlarge.*give resize ≥ 64, or size ≤ 32"),
        ({"resize": 0}, "resize=0 would enlarge"),
        ({"encode": "tiff"}, 'unknown encoding \'tiff\': give "png", "jpeg:85" or "webp:80"'),
        ({"encode": "jpeg"}, "unknown encoding 'jpeg'"),
        ({"encode": "png:9"}, "unknown encoding"),
        ({"encode": "jpeg:high"}, "unknown encoding"),
        ({"encode": "jpeg:-5"}, "unknown encoding"),
        ({"encode": None}, "unknown encoding"),
        ({"encode": "jpeg:0"}, r"jpeg quality 0 is not in 1\.\.100"),
        ({"encode": "webp:101"}, "webp quality 101"),
    ],
)
def test_arguments_are_checked(arguments, message):
    with pytest.raises(InvalidInput, match=message):
        Chain(**arguments)


@pytest.mark.parametrize("pixels", [noise(30, 32), noise(32, 32)[..., 0], noise(32, 32).astype(np.float32)])
def test_crops_of_another_shape_or_type_are_refused(pixels):
    with pytest.raises(InvalidInput, match=r"the chain takes uint8 \(32, 32, 3\), not"):
        Chain(32)(pixels)


def test_at_least_one_crop():
    with pytest.raises(InvalidInput, match="can't cut 0 crops"):
        Chain(8).crops(picture(noise()), 0, rng())
