"""Bands that are removed from the pictures of an evaluation."""

import numpy as np
import pytest
from PIL import Image

from subband.data.chain import Chain
from subband.errors import DataError
from subband.forensics import Detector, Shape, build
from subband.forensics.detectors.detector import config_of
from subband.forensics.evaluation import Specs, ablate


@pytest.fixture
def detector() -> Detector:
    shape = Shape(16, 2)
    net = build("linear on pixels", shape, seed=0)
    return Detector(net, config_of("linear on pixels", ("real", "made"), Chain(16), shape, 1.0, {}))


@pytest.fixture
def specs(tmp_path) -> Specs:
    for folder, count, side in (("real", 6, 40), ("made", 9, 24), ("icons", 5, 8)):
        (tmp_path / folder).mkdir()
        for k in range(count):
            pixels = np.random.default_rng([side, k]).integers(0, 256, (side, side, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / folder / f"{k}.png")
    return Specs(
        {"photos": str(tmp_path / "real")}, {"made": str(tmp_path / "made"), "icon": str(tmp_path / "icons")}
    )


def test_one_square_of_each_picture_that_is_large_enough(detector, specs):
    done = []
    found = ablate({"a": detector, "b": detector}, specs, progress=done.append)
    assert list(found) == ["a", "b"]
    assert found["a"].images == (6, 9)
    assert found["a"].bands.shape == (8, 8)
    assert np.array_equal(found["a"].bands, found["b"].bands)
    assert done == sorted(done)
    assert done[-1] == 1


def test_as_many_of_either_kind_as_are_asked_for(detector, specs):
    real, generated = ablate({"a": detector}, specs, each=4)["a"].images
    assert real == 4
    assert 1 <= generated <= 4


def test_pictures_that_are_all_too_small_are_named(detector, specs):
    with pytest.raises(DataError, match="16 pixels a side, for a"):
        ablate({"a": detector}, Specs(specs.real, {"icon": specs.generated["icon"]}))
