"""When a detector is firm: not about pictures that are neither, nor for one copy of a picture against another."""

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from neither import neither
from PIL import Image
from safetensors.torch import load_file, save_file
from synthetic import GENERATORS, photographs, without

from subband.errors import InvalidInput
from subband.forensics import Detector
from subband.forensics.detectors.copies import saved
from subband.forensics.detectors.ruling import percent

KNOWN = [name for name in GENERATORS if name != "coded"]


@pytest.fixture(scope="module")
def detector():
    return without("coded")


@pytest.fixture(scope="module")
def pictures():
    """20 photographs and 20 pictures of each known generator, 80×80."""
    made = {"real": photographs(20, 501, 80)} | {name: GENERATORS[name](20, 502, 80) for name in KNOWN}
    return [(name, pixels) for name, images in made.items() for pixels in images]


def test_it_is_firm_about_pictures_like_those_that_it_learnt_from(detector, pictures):
    said = Counter()
    for name, pixels in pictures:
        said["real" if name == "real" else "generated", detector.judge(pixels, stable=False).verdict] += 1
    assert said["real", "generated"] <= 1
    assert said["generated", "real"] <= 5
    assert said["real", "real"] + said["generated", "generated"] >= 40, said


def test_pictures_that_are_neither_get_no_firm_verdict(detector):
    firm = {}
    for name, pixels in neither(64, 128).items():
        if min(pixels.shape[:2]) >= 32 and (opinion := detector.judge(pixels)).verdict != "can't tell":
            firm[name] = opinion.reason
    certain = ("black", "flat", "white_noise", "tiny", "screenshot")
    assert not [name for name in firm if name.startswith(certain)]
    assert len(firm) <= 3, firm


def test_copies_of_a_picture_never_get_opposite_firm_verdicts(detector, pictures):
    """Saved at quality 85 and scaled to 75 % by other means than the detector's own copies."""
    flips = firm = 0
    for _, pixels in pictures:
        side = round(0.75 * len(pixels))
        smaller = np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC))
        verdicts = {detector.judge(copy).verdict for copy in (pixels, saved(pixels, 85), smaller)}
        flips += {"real", "generated"} <= verdicts
        firm += bool(verdicts & {"real", "generated"})
    assert firm > 10
    assert flips <= 0.01 * len(pictures)


def test_an_answer_that_a_copy_would_change_is_withheld(detector, pictures, monkeypatch):
    name, pixels = next((n, p) for n, p in pictures if detector.judge(p).verdict == "generated")
    real = next(p for n, p in pictures if n == "real" and detector.judge(p, stable=False).verdict == "real")
    crops = detector.crops(real)
    monkeypatch.setattr(Detector, "copies", lambda self, pixels, most: {"a copy": crops})
    found = detector.judge(pixels)
    assert found.verdict == "can't tell"
    assert found.reason == "the detector calls it generated, but a copy real"
    assert detector.judge(pixels, stable=False).verdict == "generated"
    assert name in KNOWN


def test_a_threshold_of_the_caller_does_not_overrule_guards_and_rarity(detector):
    black = np.zeros((64, 64, 3), np.uint8)
    assert detector.judge(black, threshold=0.5).verdict == "can't tell"
    for wrong in (0.2, 1.0):
        with pytest.raises(InvalidInput, match=r"from 0\.5 to below 1"):
            detector.judge(black, threshold=wrong)


def test_a_checkpoint_of_before_has_its_old_threshold_and_says_what_is_unknown(detector, tmp_path):
    """Its configuration lacks the new fields, its weights the calibration pictures."""
    folder = tmp_path / "old"
    Detector(detector.classifier, replace(detector.config, abstention=None)).save(folder)
    header = json.loads((folder / "config.json").read_text("utf-8"))
    for name in ("title", "abstention", "shift", "taught", "history"):
        del header["config"][name]
    weights = folder / "model.safetensors"
    save_file(load_file(weights), weights, {"subband": json.dumps(header)})
    old = Detector.load(folder)
    found = old.judge(photographs(1, 7, 64)[0], stable=False)
    assert found.verdict == ("generated" if found.probability_generated >= 0.5 else "real")
    assert (found.typical, found.errors) == (None, {})
    assert "how often it errs and how usual the picture is for it are unknown" in found.reason


def test_calibration_survives_saving(detector, tmp_path, pictures):
    detector.save(tmp_path)
    again = Detector.load(tmp_path)
    assert again.config == detector.config
    for _, pixels in pictures[::15]:
        assert again.judge(pixels) == detector.judge(pixels)


def test_no_percentage_is_certain():
    for p in (0.0, 1.0, 0.99999, 1e-9):
        assert percent(p) in ("<0.1 %", ">99.9 %")
