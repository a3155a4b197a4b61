"""A tiny detector in a run folder, and a few image files."""

import numpy as np
import pytest
from detecting import natural
from PIL import Image

from subband.data.chain import Chain
from subband.forensics import Detector, Shape, build
from subband.forensics.detectors.detector import config_of


@pytest.fixture(scope="session")
def detector():
    """An untrained net without calibration: what the command line does with an opinion does not depend on it."""
    shape = Shape(16, 3)
    classifier = build("linear on packets", shape, seed=0)
    return Detector(
        classifier, config_of("linear on packets", ("real", "gan", "vae"), Chain(16), shape, 1.5, {})
    )


@pytest.fixture
def folder(tmp_path, detector, monkeypatch):
    """A work folder with runs/mine/detector, two pictures and a broken file; no detector in the package."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("subband.forensics.packaged.has_detector", lambda: False)
    detector.save(tmp_path / "runs" / "mine" / "detector")
    rng = np.random.default_rng(0)
    for name in ("a.png", "b.png"):
        Image.fromarray(natural(rng)).save(tmp_path / name)
    (tmp_path / "broken.png").write_bytes(b"no image")
    return tmp_path
