"""Pictures above Pillow's limit of pixels: reduced by the decoder where it can, else read whole."""

import numpy as np
import pytest
from pictures import encoded, smooth
from PIL import Image

from subband.data import decode
from subband.errors import UnreadableImage

LIMIT = 64 * 64


@pytest.fixture
def large(monkeypatch) -> np.ndarray:
    """(157, 209, 3), eight times the limit."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", LIMIT)
    return np.asarray(Image.fromarray(smooth()).resize((209, 157), Image.Resampling.BICUBIC))


def test_they_are_refused_unless_allowed(large):
    with pytest.raises(UnreadableImage, match="--allow-large"):
        decode(encoded(large, "PNG"))


@pytest.mark.parametrize(("container", "options"), [("JPEG", {"quality": 95}), ("JPEG2000", {})])
@pytest.mark.parametrize("size", [(209, 157), (208, 160)])
def test_a_decoder_that_can_reduces_them(large, container, options, size):
    picture = Image.fromarray(large).resize(size)
    found = decode(encoded(picture, container, **options), allow_large=True)
    width, height = (-(-side // found.reduced) for side in size)
    assert found.reduced == 4
    assert found.pixels.shape == (height, width, 3)
    assert width * height <= LIMIT
    expected = np.asarray(picture.resize((width, height), Image.Resampling.BOX))
    assert np.abs(found.pixels.astype(int) - expected).mean() < 4
    assert Image.MAX_IMAGE_PIXELS == LIMIT


def test_no_more_levels_than_the_file_has(large):
    found = decode(encoded(large, "JPEG2000", num_resolutions=2), allow_large=True)
    assert found.reduced == 2
    assert found.pixels.shape == (79, 105, 3)
    assert decode(encoded(large, "JPEG2000", num_resolutions=1), allow_large=True).pixels.shape == large.shape


@pytest.mark.parametrize("container", ["PNG", "TIFF", "BMP"])
def test_others_are_read_whole(large, container):
    found = decode(encoded(large, container), allow_large=True)
    assert found.reduced == 1
    assert np.array_equal(found.pixels, large)


def test_small_ones_stay_as_they_are(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", LIMIT)
    for container in ("JPEG", "JPEG2000", "PNG"):
        assert decode(encoded(smooth(), container), allow_large=True).reduced == 1
