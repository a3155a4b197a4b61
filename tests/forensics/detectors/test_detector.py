import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted import QUICK, SIZE, planted, smooth, white
from safetensors.torch import load_file, save_file

from subband.data.chain import Chain
from subband.errors import CheckpointError, InvalidInput, UnsupportedArray
from subband.forensics import Detector, Shape, collect, fit_classifier
from subband.forensics.detectors.detector import config_of, grid


@pytest.fixture(scope="module")
def detector():
    sources = planted()
    fitted = fit_classifier(
        "CNN on packets", collect(sources, "train"), collect(sources, "val"), classes=2, recipe=QUICK, seed=0
    )
    shape = Shape(SIZE, 2, parameters=QUICK.parameters)
    return Detector(
        fitted.classifier,
        config_of("CNN on packets", ("real", "smooth"), Chain(SIZE), shape, 1.5, {"auroc": 0.99}),
    )


def test_opinions_on_images_of_any_size(detector):
    """Without calibration: by the threshold of before, and the reason says what is unknown."""
    for size in (SIZE, 17, 40):
        photo, made = (
            detector.judge(make(1, 50, size)[0], guarded=False, stable=False) for make in (white, smooth)
        )
        assert photo.verdict == photo.source == "real"
        assert made.verdict == "generated"
        assert made.source == "smooth"
        assert made.typical is None
        assert made.errors == {}
        assert "without calibration" in made.reason
        assert photo.probability_generated < 0.5 < made.probability_generated
        assert sum(made.sources.values()) == pytest.approx(1)
        assert made.probability_generated == pytest.approx(made.sources["smooth"])
    oblong = white(1, 3, 64)[0][:20]
    assert detector.judge(oblong).crops == 2 * 4
    assert detector.judge(oblong, crops=1).crops == 1


def test_a_batch_gives_what_single_images_give(detector):
    images = [white(1, 1, 20)[0], smooth(1, 2, 50)[0], white(1, 3, SIZE)[0]]
    for one, other in zip(detector.judge_many(images), map(detector.judge, images), strict=True):
        assert one.verdict == other.verdict
        assert one.source == other.source
        assert one.crops == other.crops
        assert one.probability_generated == pytest.approx(other.probability_generated, abs=1e-6)
    assert detector.judge_many([]) == []


def test_what_is_saved_judges_alike(detector, tmp_path):
    detector.save(tmp_path / "d")
    assert sorted(file.name for file in (tmp_path / "d").iterdir()) == ["config.json", "model.safetensors"]
    again = Detector.load(tmp_path / "d")
    assert again.config == detector.config
    assert again.judge(white(1, 8, 40)[0]) == detector.judge(white(1, 8, 40)[0])


def test_a_chain_that_resizes_is_a_part_of_the_detector(detector):
    config = config_of(
        "CNN on packets", ("real", "smooth"), Chain(SIZE, 2 * SIZE), detector.config.shape, 1.0, {}
    )
    resizing = Detector(detector.classifier, config)
    assert resizing.judge(white(1, 0, 2 * SIZE)[0]).crops == 1
    with pytest.raises(InvalidInput, match="at least 32×32"):
        resizing.judge(white(1, 0, SIZE)[0])


@pytest.mark.usefixtures("unchecked")
def test_images_that_cannot_be_judged(detector):
    with pytest.raises(InvalidInput, match=r"12×12 pixels.*at least 16×16"):
        detector.judge(white(1, 0, 12)[0])
    with pytest.raises(InvalidInput, match="float64"):
        detector.judge(np.full((20, 20, 3), np.nan))
    with pytest.raises(InvalidInput, match=r"\(20, 20\)"):
        detector.judge(np.zeros((20, 20), np.uint8))
    with pytest.raises(UnsupportedArray, match="list"):
        detector.judge([[0]])
    with pytest.raises(InvalidInput, match="0 crops"):
        detector.judge(white(1, 0)[0], crops=0)


def test_checkpoints_that_cannot_be_loaded(detector, tmp_path):
    with pytest.raises(CheckpointError, match="no checkpoint"):
        Detector.load(tmp_path / "none")
    folder = tmp_path / "d"
    detector.save(folder)
    weights = folder / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-100])
    with pytest.raises(CheckpointError, match="truncated"):
        Detector.load(folder)

    weights.write_bytes(whole)
    tensors, header = load_file(weights), json.loads((folder / "config.json").read_text())

    def rewrite(**changes):
        save_file(tensors, weights, {"subband": json.dumps(header | changes)})

    rewrite(format=99)
    with pytest.raises(CheckpointError, match=r"format 99.*update Subband"):
        Detector.load(folder)
    rewrite(kind="gan")
    with pytest.raises(CheckpointError, match="'gan'"):
        Detector.load(folder)
    for wrong in ({"name": "CNN on sounds"}, {"temperature": -1}, {"classes": ["a", "b"]}, {"chain": {}}):
        rewrite(config=header["config"] | wrong)
        with pytest.raises(CheckpointError):
            Detector.load(folder)
    rewrite(config=header["config"] | {"parameters": 30_000})
    with pytest.raises(CheckpointError, match="weights"):
        Detector.load(folder)


@given(st.integers(16, 300), st.integers(16, 300), st.integers(1, 30))
def test_the_grid_stays_inside_and_covers_evenly(height, width, most):
    places = grid(height, width, 16, most)
    assert 1 <= len(places) <= most
    assert len(set(places)) == len(places)
    assert all(0 <= y <= height - 16 and 0 <= x <= width - 16 for y, x in places)
    wanted = math.ceil(height / 16) * math.ceil(width / 16)
    if wanted <= most:
        covered = np.zeros((height, width), bool)
        for y, x in places:
            covered[y : y + 16, x : x + 16] = True
        assert covered.all() or 1 in (math.ceil(height / 16), math.ceil(width / 16))
