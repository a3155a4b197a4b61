"""A tiny detector, pictures, and what the page needs to run."""

import numpy as np
import pytest

pytest.importorskip("gradio", reason="the page needs the extra web")

from subband.data.chain import Chain
from subband.forensics import Detector, Shape, build
from subband.forensics.detectors.detector import config_of


@pytest.fixture(scope="session")
def detector():
    """An untrained net: what the page does with an answer does not depend on its quality."""
    shape = Shape(16, 3)
    classifier = build("linear on packets", shape, seed=0)
    return Detector(
        classifier,
        config_of("linear on packets", ("real", "gan", "vae"), Chain(16), shape, 1.5, {"auroc": 0.75}),
    )


@pytest.fixture(scope="session")
def noise() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (72, 96, 3), dtype=np.uint8)
