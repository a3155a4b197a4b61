"""Qualities are those that the encoder was given; a common history leaves nothing of the first one."""

import io

import numpy as np
import pytest
from PIL import Image

from subband.data.decode import FileFacts, decode
from subband.data.history import STANDARD, USUAL, CommonHistory, common_history, jpeg_quality
from subband.errors import InvalidInput


def texture(side=96, seed=0):
    """A smooth random picture: white noise, averaged over 5×5 pixels."""
    noise = np.random.default_rng(seed).normal(0, 160, (side + 4, side + 4, 3))
    total = sum(noise[i : i + side, j : j + side] for i in range(5) for j in range(5)) / 5
    return np.clip(np.rint(total / 5 + 128), 0, 255).astype(np.uint8)


def saved(pixels, **options):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, **options)
    return decode(file.getvalue(), "x")


@pytest.mark.parametrize("quality", [10, 30, 50, 60, 75, 85, 90, 95, 97])
def test_the_quality_is_that_of_the_encoder(quality):
    facts = saved(texture(), format="JPEG", quality=quality).facts
    assert jpeg_quality(facts.quantisation) == pytest.approx(quality, abs=1)


def test_the_standard_table_is_quality_50_by_definition():
    assert jpeg_quality(STANDARD) == 50
    with pytest.raises(InvalidInput, match="64 positive steps"):
        jpeg_quality((1,) * 63)


def jpegs(*qualities):
    return [saved(texture(), format="JPEG", quality=q).facts for q in qualities]


PNG = FileFacts(1, 9, 9, "PNG")
WEBP = FileFacts(1, 9, 9, "WEBP")


def test_files_without_loss_draw_from_the_qualities_of_the_others():
    found = common_history(jpegs(75, 85, 95), [PNG] * 3)
    assert found.pool == pytest.approx((75, 85, 95), abs=1)
    assert found.common is None
    assert common_history(jpegs(75, 85, 95), jpegs(95, 75, 85)).common is None
    assert common_history([PNG], [PNG]).pool == (USUAL,)


def test_classes_that_were_compressed_in_different_ways_take_one_more_jpeg():
    assert common_history(jpegs(*[95] * 12), jpegs(*[75] * 12)).common == pytest.approx(75, abs=1)
    assert common_history(jpegs(80, 80), [WEBP] * 2).common == pytest.approx(80, abs=1)
    assert common_history(jpegs(*[95] * 40), [*jpegs(20), *[PNG] * 39]).common is None  # but for a few


def test_a_png_gets_exactly_the_past_of_the_jpegs_which_stay_as_they_are():
    """Without a generator nothing is left to tell: the pixels are those of the file saved as JPEG."""
    pixels = texture()
    file = saved(pixels, format="JPEG", quality=75, subsampling="4:2:0")
    history = CommonHistory((75,), scale=1.0)
    assert np.array_equal(history(pixels, PNG), file.pixels)
    assert np.array_equal(history(file.pixels, file.facts), file.pixels)


def test_the_draw_depends_on_the_picture_only():
    history = CommonHistory((30, 60, 90), scale=1.0)
    found = {history(texture(seed=k), PNG).tobytes() for k in (0, 0, 0)}
    assert len(found) == 1
    errors = [np.abs(history(texture(seed=k), PNG).astype(int) - texture(seed=k)).mean() for k in range(12)]
    assert max(errors) > 1.5 * min(errors)  # more than one quality


def test_scaling_and_its_description():
    found = CommonHistory((60, 80), common=50)
    assert found(texture(96), PNG).shape == (72, 72, 3)
    assert found.describe() == (
        "JPEG quality 60 to 80 for files without loss, then JPEG quality 50 for all, then scaled to 75 %"
    )
