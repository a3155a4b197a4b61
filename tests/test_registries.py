"""A detector and a generator family are each added by one registry entry: every list elsewhere follows."""

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parent / "forensics"))

from planted import QUICK, SETTINGS, planted

from subband.cli import app
from subband.forensics import DETECTORS, Detector, DetectorKind, StudySettings, seconds_per_step, study
from subband.forensics.features.layers import Pixels
from subband.forensics.networks.registry import Classifier, Shape
from subband.generate import GENERATORS, GeneratorFamily, ImageNetwork
from subband.generate.family import Rate
from subband.lab.figures import convergence, pixel_detectors
from subband.lab.settings import LabSettings
from subband.lab.shares import plan
from subband.training import Trainable, from_data


def shallow(shape: Shape, width: int) -> Classifier:
    """Means of the image's quarters, then a linear layer."""
    net = nn.Sequential(nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(12, shape.classes))
    return Classifier(Pixels(), net)


def test_a_detector_is_one_entry(monkeypatch, tmp_path) -> None:
    kind = DetectorKind("quarters", "pixels", "linear", shallow, sized=False)
    monkeypatch.setitem(DETECTORS, kind.name, kind)
    assert kind.name in StudySettings().detectors
    assert seconds_per_step(kind.name, Shape(16, 2), 32) > 0
    found = study(planted(120), replace(SETTINGS, detectors=("linear on packets", kind.name)))
    assert [row.name for row in found.rows] == ["linear on packets", kind.name]
    assert pixel_detectors(found) == [kind.name]
    lines = convergence(found).axes[0].lines
    assert lines[1].get_label() == kind.name
    assert lines[1].get_color() != lines[0].get_color()
    alone = study(planted(120), replace(SETTINGS, detectors=(kind.name,), recipe=replace(QUICK, steps=2)))
    alone.kept.save(tmp_path)
    image = np.zeros((16, 16, 3), dtype=np.uint8)
    assert Detector.load(tmp_path).judge(image) == alone.kept.judge(image)


@dataclass(frozen=True)
class MeanConfig:
    """Settings.

    Attributes:
        size: of the images.
        channels: of the images.
        classes: of the images.
        batch: images in a step.
        average: width of the average of weights.
        spread: standard deviation of the noise.
    """

    size: int = from_data()
    channels: int = from_data(3)
    classes: tuple[str, ...] = from_data(())
    batch: int = 4
    average: float = 0.1
    spread: float = 0.01


class Mean(ImageNetwork):
    """The mean image, and noise."""

    def __init__(self, config: MeanConfig) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.zeros(config.channels, config.size, config.size))

    def draw(self, count, random, condition, config):
        return self.mean + config.spread * torch.randn(count, *self.mean.shape, generator=random)


class Nearing(Trainable):
    def __init__(self, network, config, images) -> None:
        super().__init__()
        self.network = network

    def optimizers(self):
        return {"main": torch.optim.Adam(self.parameters(), 0.1)}

    def step(self, batch, k):
        return {"loss": (batch["image"] - self.network.mean).square().mean()}


def configure(size, *, channels=3, classes=(), **chosen):
    return MeanConfig(size, channels, classes, **chosen)


FAMILY = GeneratorFamily(
    "mean",
    MeanConfig,
    configure,
    Mean,
    Nearing,
    rates={32: Rate(1000, 1000)},
    lab_share=0.1,
    title="Mean image",
)


@pytest.fixture
def data(tmp_path) -> Path:
    pixels = np.random.default_rng(0).integers(100, 200, (24, 16, 16, 3), dtype=np.uint8)
    np.savez(tmp_path / "pictures.npz", x_train=pixels, y_train=np.zeros(24, int))
    return tmp_path / "pictures.npz"


def test_a_generator_family_is_one_entry(monkeypatch, tmp_path, data) -> None:
    monkeypatch.setitem(GENERATORS, FAMILY.name, FAMILY)
    settings = LabSettings()
    assert FAMILY.name in settings.families
    assert plan(settings, 100).generators[FAMILY.name] > 0

    run = str(tmp_path / "run")
    words = ["train", "mean", "--data", str(data), "--steps", "40", "--spread", "0.02", "--out", run]
    done = CliRunner().invoke(app, [*words, "--sheet-every", "40"])
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "run" / "config.json").read_text())["config"]["spread"] == 0.02
    done = CliRunner().invoke(app, ["sample", run, "--count", "4", "--out", str(tmp_path / "sheet.png")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "sheet.png").is_file()
