"""Qualities are those that the encoder was given; a common history leaves nothing of the first one."""

import io

import numpy as np
import pytest
from PIL import Image

from subband.data.decode import FileFacts, decode
from subband.data.history import BEST, STANDARD, USUAL, WORST, CommonHistory, common_history, jpeg_quality
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


def test_the_common_quality_is_the_lowest_of_the_files_but_for_a_few():
    def facts(quality):
        return saved(texture(), format="JPEG", quality=quality).facts

    files = [facts(q) for q in (95, 90, 80)]
    assert common_history(files).quality == pytest.approx(80, abs=1)
    assert common_history([*files * 10, facts(20)]).quality == pytest.approx(80, abs=1)
    assert common_history([facts(5)] * 3).quality == WORST
    assert common_history([facts(99)] * 3).quality == BEST
    assert common_history([FileFacts(1, 9, 9, "PNG")]).quality == USUAL


def test_a_jpeg_that_is_saved_again_alike_hardly_changes_and_a_png_becomes_like_it():
    """What the check rests on: the same quantisation on the same grid twice is the same as once."""
    pixels = texture()
    once = saved(pixels, format="JPEG", quality=75, subsampling="4:2:0").pixels.astype(int)
    alike = CommonHistory(75, scale=1.0)
    from_jpeg, from_png = alike(once.astype(np.uint8)).astype(int), alike(pixels).astype(int)
    assert np.abs(once - pixels).mean() > 5 * np.abs(from_jpeg - from_png).mean()


def test_scaling_and_its_description():
    found = CommonHistory(60)
    assert found(texture(96)).shape == (72, 72, 3)
    assert found.describe() == "JPEG quality 60, then scaled to 75 %"
