"""The whole explanation of one picture, for a detector of the lab and for any other net."""

import numpy as np
import pytest
import torch
from planted import smooth, white
from subjects import BandEnergy, Brightness, subject
from torch import nn

from subband.data.chain import Chain
from subband.errors import InvalidInput
from subband.forensics import Detector, Shape, build, explain_picture, subject_of
from subband.forensics.detectors.detector import config_of
from subband.forensics.explanation.groups import groups, octaves


@pytest.fixture(scope="module")
def detector():
    shape = Shape(16, 3, parameters=5_000)
    net = build("CNN on packets", shape, seed=3)
    net.prepare(smooth(30, 9))
    return Detector(net, config_of("CNN on packets", ("real", "gan", "vae"), Chain(16), shape, 1.7, {}))


@pytest.fixture
def picture():
    return white(1, 5, 72)[0]


def test_the_subject_of_a_detector_says_what_the_detector_says(detector, picture):
    found = explain_picture(subject_of(detector), picture)
    said = detector.judge(picture, stable=False, guarded=False)
    share = 1 / (1 + np.exp(-found.removal.log_odds))
    assert share == pytest.approx(said.probability_generated, abs=1e-6)
    assert subject_of(detector).decide(found.removal.log_odds) == said.verdict


def test_what_is_no_detector_is_refused():
    with pytest.raises(InvalidInput, match="no detector"):
        subject_of(object())


def test_every_part_is_there(detector, picture):
    found = explain_picture(subject_of(detector), picture)
    assert found.packets.shape == (8, 8, 2, 2) == np.shape(found.packet_saliency)
    assert np.shape(found.pixel_saliency) == (16, 16)
    assert found.heat.shape == (72, 72)
    assert set(found.removal.groups) == set(groups(3))
    assert list(found.removal.octaves) == list(octaves(3))
    row, column = found.place
    np.testing.assert_array_equal(found.square, picture[row : row + 16, column : column + 16])
    assert found.sentence.endswith(".")


@pytest.mark.parametrize(("bright", "verdict", "row"), [(150, "generated", 0), (50, "real", 56)])
def test_the_square_and_the_place_are_those_of_the_verdict(bright, verdict, row):
    picture = np.full((72, 72, 3), 100, np.uint8)  # log-odds 0
    picture[row : row + 16] = bright
    found = explain_picture(subject(Brightness()), picture)
    assert subject(Brightness()).decide(found.removal.log_odds) == verdict
    assert found.place[0] == row
    assert ("upper part" if row == 0 else "lower part") in found.sentence


def test_a_verdict_that_is_given_is_explained(picture):
    found = explain_picture(subject(Brightness(), unsure=99), picture)
    assert "too little for an answer" in found.sentence
    assert (
        "too little" not in explain_picture(subject(Brightness(), unsure=99), picture, "generated").sentence
    )


class Opaque(nn.Module):
    """A net without a derivative, as one of NumPy."""

    def forward(self, x):
        return torch.from_numpy(np.stack([np.zeros(len(x)), x.detach().numpy().std((1, 2, 3)) - 60], 1))


def test_a_net_without_a_derivative_is_explained_but_for_saliency(picture):
    found = explain_picture(subject(Opaque()), picture)
    assert found.packet_saliency is None
    assert found.pixel_saliency is None
    assert found.removal.effects.max() > 0


def test_a_picture_of_one_square_has_no_place():
    found = explain_picture(subject(BandEnergy(np.eye(8, dtype=bool))), white(1, 2, 16)[0])
    assert found.heat.squares.shape == (1, 1)
    for word in ("all over", "left", "part"):
        assert word not in found.sentence


def test_explaining_leaves_the_detector_as_it_was(detector, picture):
    before = {name: value.clone() for name, value in detector.classifier.state_dict().items()}
    explain_picture(subject_of(detector), picture)
    assert all(torch.equal(before[name], value) for name, value in detector.classifier.state_dict().items())
    assert all(p.requires_grad and p.grad is None for p in detector.classifier.parameters())


def test_a_picture_that_is_too_small_is_named(detector):
    with pytest.raises(InvalidInput, match="at least 16×16"):
        explain_picture(subject_of(detector), np.zeros((15, 40, 3), np.uint8))
