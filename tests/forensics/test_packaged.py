"""The detector in the package: its files, its card, and what it must not say."""

import subprocess
import sys

import numpy as np
import pytest

from subband.data.augment import Encoding
from subband.data.sources import read
from subband.forensics import packaged_detector
from subband.forensics.packaged import FOLDER, NAME, card

if not (FOLDER / "model.safetensors").is_file():
    pytest.skip("this build has no detector: make detector", allow_module_level=True)


@pytest.fixture(scope="module")
def detector():
    found = packaged_detector()
    assert found is not None
    return found


def test_its_files_are_small_and_whole(detector) -> None:
    assert {file.name for file in FOLDER.iterdir()} >= {"model.safetensors", "config.json", "card.md"}
    assert (FOLDER / "model.safetensors").stat().st_size <= 5_000_000
    assert detector.title.startswith(NAME)
    assert detector.config.abstention is not None
    assert {"false alarms", "misses", "found", "answered"} <= detector.config.abstention.errors.keys()
    assert packaged_detector() is detector


def test_its_card_tells_data_errors_and_limits(detector) -> None:
    text = card()
    for heading in ("## Data", "## Training", "## Measured errors", "## What it is not good for"):
        assert heading in text
    for name in (*detector.config.classes[1:-1], "cameras", "phones", "cq100", "bsds", "kodak"):
        assert name.lower() in text.lower()


def test_nothing_is_said_of_pictures_that_show_nothing(detector) -> None:
    rng = np.random.default_rng(0)
    black = np.zeros((256, 256, 3), np.uint8)
    noise = rng.integers(0, 256, (256, 256, 3), dtype=np.uint8)
    stripes = np.where(np.arange(256)[:, None, None] % 16 < 8, 255, 0) * np.ones((1, 256, 3))
    for pixels in (black, black + 255, noise, stripes.astype(np.uint8)):
        assert detector.judge(pixels).verdict == "can't tell"


def test_photographs_of_a_new_source_are_not_called_generated(detector, shared_data) -> None:
    """The Kodak photographs are in no training set, and no threshold was set on them."""
    pictures = [picture.pixels for picture in read(str(shared_data / "kodak.tar"))]
    said = [detector.judge(Encoding("JPEG", 75)(pixels)).verdict for pixels in pictures[::2]]
    assert said.count("generated") <= 1


def test_loading_it_needs_no_training_library() -> None:
    code = """
import sys
from subband.forensics import packaged_detector
packaged_detector()
print(*sorted({name.split(".")[0] for name in sys.modules} & {"sklearn", "pandas", "accelerate", "matplotlib"}))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == ""
