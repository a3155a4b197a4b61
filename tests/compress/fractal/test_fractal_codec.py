"""Encoding and decoding: targets are met, any size and colour comes back, what is drawn is a fixed point."""

import numpy as np
import pytest
from fractal_scenes import scene

from subband.compress import fractal
from subband.compress.fractal.contraction import LinearPart
from subband.compress.fractal.decoder import leaves_of
from subband.compress.fractal.fidelity import decibels
from subband.compress.fractal.stream import Stream, unpack
from subband.errors import InvalidInput, UnreadableImage, UnsupportedArray
from subband.kernels.fractal import FRACTION, draw


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return scene(128, 192)


@pytest.mark.parametrize("size", [(1, 1), (1, 70), (3, 5), (8, 8), (37, 53), (64, 64), (130, 41)])
@pytest.mark.parametrize("colour", [False, True])
def test_any_size_comes_back(size, colour) -> None:
    image = scene(*size, colour=colour)
    seen = fractal.decode(fractal.encode(image, quality=70, effort="fast"))
    assert (seen.shape, seen.dtype) == (image.shape, np.uint8)
    assert decibels(seen, image) > (24 if colour else 26)  # chroma of single pixels is averaged


@pytest.mark.parametrize("effort", ["fast", "best"])
@pytest.mark.parametrize("most", [0.15, 0.4, 1.0])
def test_the_rate_is_kept_and_used(picture, effort, most) -> None:
    data = fractal.encode(picture, bpp=most, effort=effort)
    assert 0.95 * most < 8 * len(data) / picture.size <= most


@pytest.mark.parametrize("least", [26.0, 31.0])
@pytest.mark.parametrize("colour", [False, True])
def test_the_quality_is_kept_and_not_much_exceeded(least, colour) -> None:
    image = scene(96, 96, colour=colour)
    reached = decibels(fractal.decode(fractal.encode(image, psnr=least)), image)
    assert least <= reached < least + 0.6


def test_better_quality_takes_more_bytes(picture) -> None:
    streams = [fractal.encode(picture, quality=q, effort="fast") for q in (10, 30, 50, 70, 90)]
    sizes = [len(data) for data in streams]
    levels = [decibels(fractal.decode(data), picture) for data in streams]
    assert sizes == sorted(sizes)
    assert levels == sorted(levels)


def test_equal_arguments_give_equal_bytes(picture) -> None:
    assert fractal.encode(picture, quality=40) == fractal.encode(picture.copy(), quality=40)


def test_grey_in_three_channels_is_stored_as_grey(picture) -> None:
    as_colour = np.repeat(picture[..., None], 3, axis=2)
    assert fractal.encode(as_colour, quality=40) == fractal.encode(picture, quality=40)


def test_a_constant_image_is_exact_and_small() -> None:
    image = np.full((300, 400), 77, np.uint8)
    data = fractal.encode(image)
    np.testing.assert_array_equal(fractal.decode(data), image)
    assert len(data) < 100


def test_a_quality_is_met_where_finer_steps_make_no_error_at_all() -> None:
    """Their PSNR is infinite, and the search for the step interpolates."""
    y, x = np.mgrid[:64, :64]
    image = np.where((x // 16 + y // 16) % 2, 40, 210).astype(np.uint8)
    assert decibels(fractal.decode(fractal.encode(image, psnr=35)), image) >= 35


def test_what_is_drawn_is_the_fixed_point(picture) -> None:
    """x = b + L x, where b is drawn by a map without contrasts, up to rounding and where the iteration stops."""
    stream = unpack(fractal.encode(picture, quality=45))
    (leaves,) = leaves_of(stream)
    drawing = _unsmoothed(stream)
    without = leaves.copy()
    without[:, 3] = 0
    x, b = (draw(drawing, table)[0] / 2**FRACTION for table in (leaves, without))
    assert (leaves[:, 3] != 0).sum() > 20
    mapped = np.clip(b + LinearPart(drawing, leaves)(x), 0, 255)
    assert np.abs(mapped - x).max() < 0.5


def _unsmoothed(stream: Stream):
    from dataclasses import replace

    return replace(stream.drawing(0, 1), smoothing=0)


def test_the_spectral_radius_is_that_of_the_matrix() -> None:
    image = scene(32, 32)
    data = fractal.encode(image, quality=75)
    stream = unpack(data)
    (leaves,) = leaves_of(stream)
    linear = LinearPart(stream.drawing(0, 1), leaves)
    matrix = np.stack([linear(unit.reshape(32, 32)).ravel() for unit in np.eye(1024)], axis=1)
    exact = np.abs(np.linalg.eigvals(matrix)).max()
    found = fractal.inspect(data).planes[0].spectral_radius
    assert found == pytest.approx(exact, rel=0.1, abs=0.02)


def test_maps_contract(picture) -> None:
    for quality in (20, 50, 80):
        seen = fractal.inspect(fractal.encode(picture, quality=quality)).planes[0]
        assert seen.spectral_radius < 0.95
        assert seen.iterations < 16


def test_inspection_adds_up() -> None:
    image = scene(64, 96, colour=True)
    data = fractal.encode(image, quality=50)
    seen = fractal.inspect(data)
    assert (seen.height, seen.width, seen.colour, seen.bytes) == (64, 96, True, len(data))
    assert [plane.name for plane in seen.planes] == ["Y", "Cb", "Cr"]
    luma = seen.planes[0]
    assert sum(size**2 * count for size, count in luma.leaves.items()) == 64 * 96
    assert luma.copied == pytest.approx(sum(copy.block[2] ** 2 for copy in luma.copies) / (64 * 96))
    assert all(copy.domain[2] == 2 * copy.block[2] for copy in luma.copies)
    assert luma.steepest == max((abs(copy.contrast) for copy in luma.copies), default=0)


@pytest.mark.parametrize("zoom", [2, 3, 5])
def test_a_zoomed_image_is_the_same_image(picture, zoom) -> None:
    data = fractal.encode(picture, quality=60)
    small, large = fractal.decode(data), fractal.decode(data, zoom=zoom)
    assert large.shape == (128 * zoom, 192 * zoom)
    means = large.reshape(128, zoom, 192, zoom).mean(axis=(1, 3))
    assert decibels(means.astype(np.float32), small) > 27


@pytest.mark.parametrize(
    ("image", "error", "says"),
    [
        (np.zeros((8, 8), np.uint16), UnsupportedArray, ">> 8"),
        (np.zeros((8, 8)), UnsupportedArray, "uint8"),
        (np.zeros((8, 8, 4), np.uint8), InvalidInput, "transparency"),
        (np.zeros((8, 8, 5), np.uint8), InvalidInput, r"\(h, w, 3\)"),
        (np.zeros(8, np.uint8), InvalidInput, r"\(h, w\)"),
        (np.zeros((0, 8), np.uint8), InvalidInput, "0 × 8"),
    ],
)
def test_what_is_no_image_is_refused(image, error, says) -> None:
    with pytest.raises(error, match=says):
        fractal.encode(image)


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        ({"bpp": 0.3, "psnr": 30}, "give one"),
        ({"bpp": 0.0001}, "at the least"),
        ({"psnr": 80}, "at the most"),
        ({"bpp": -1}, "bpp"),
        ({"quality": 101}, "0 … 100"),
        ({"quality": "high"}, "quality"),
        ({"effort": "slow"}, "fast, best"),
    ],
)
def test_what_cannot_be_met_is_refused(picture, wish, says) -> None:
    with pytest.raises(InvalidInput, match=says):
        fractal.encode(picture, **wish)


def test_streams_that_are_none_are_refused(picture) -> None:
    data = fractal.encode(picture, quality=30)
    for damaged, says in (
        (b"", "begins with"),
        (b"\x89PNG\r\n", "begins with"),
        (data[:20], "ends after 20 bytes"),
        (data[:-1], "checksum"),
        (data[:100] + b"?" + data[101:], "checksum"),
        (data[:4] + b"\x09" + data[5:], "version 9"),
    ):
        with pytest.raises(UnreadableImage, match=says):
            fractal.decode(damaged)
    with pytest.raises(InvalidInput, match="bytes"):
        fractal.decode("photo.fic")  # type: ignore[arg-type]
    for zoom in (0, 17, 1.5):
        with pytest.raises(InvalidInput, match="zoom"):
            fractal.decode(data, zoom=zoom)  # type: ignore[arg-type]


def test_fields_add_up_to_the_stream() -> None:
    image = scene(64, 96, colour=True)
    shares = []
    for cosines in (False, True):
        data = fractal.encode(image, quality=50, cosines=cosines)
        found, planes = fractal.bits_by_field(data), fractal.inspect(data).planes
        for plane in planes:
            assert sum(found[plane.name].values()) / 8 == pytest.approx(plane.bytes, abs=4)
        assert found["Y"]["isometry"] == pytest.approx(3 * len(planes[0].copies), rel=0.3)
        shares.append(found["Y"]["cosines"] / sum(found["Y"].values()))
    assert shares[0] < 0.1
    assert shares[1] > 2 * shares[0]
