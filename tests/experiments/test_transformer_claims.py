"""The claims on vision transformers and on brains: what they are made of, and runs at tiny budgets."""

import io

import numpy as np
import pytest
from PIL import Image

from subband.errors import InvalidInput
from subband.experiments import EXPERIMENTS
from subband.experiments.claims import mindvis_mini, vit_insides
from subband.experiments.methods.numbers import number_images
from subband.runs.progress import Silent


@pytest.fixture
def packs(shared_data, monkeypatch) -> None:
    monkeypatch.setenv("SUBBAND_DATA", str(shared_data))


def test_numbers_are_of_their_digits_and_equally_many() -> None:
    digits = np.repeat(np.arange(10, dtype=np.uint8)[:, None, None] * 20 + 20, 28, 1).repeat(28, 2)
    images, numbers = number_images(digits, np.arange(10), 300, np.random.default_rng(0))
    assert images.shape == (300, 32, 32)
    assert (np.bincount(numbers, minlength=100) == 3).all()
    np.testing.assert_array_equal(images[:, 16, 8], 20 * (numbers // 10) + 20)
    np.testing.assert_array_equal(images[:, 16, 24], 20 * (numbers % 10) + 20)
    assert not images[:, :2].any()
    with pytest.raises(InvalidInput, match="all ten classes"):
        number_images(digits[:9], np.arange(9), 5, np.random.default_rng(0))


def test_pixels_and_bands_have_equally_many_parameters() -> None:
    from subband.nn import VisionTransformer

    counts = set()
    for name in (vit_insides.PIXELS, vit_insides.BANDS):
        settings = {
            key: value for key, value in vit_insides.MODELS[name].items() if key not in ("shift", "rate")
        }
        net = VisionTransformer(1, 10, size=(28, 28), **settings)
        counts.add((net.tokenise.grid, sum(p.numel() for p in net.parameters())))
    assert len(counts) == 1


def test_synthetic_data_is_the_same_each_time(packs) -> None:
    counts = {"drawn": 120, "seen": 110, "tests": 50}
    first, second = mindvis_mini.synthetic_data(counts), mindvis_mini.synthetic_data(counts)
    for a, b in zip(first.voxels, second.voxels, strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(first.test_voxels, second.test_voxels)
    assert [v.shape for v in first.voxels] == [(110, n) for n in mindvis_mini.VOXELS]
    assert 0.5 < first.ceiling[0] < first.ceiling[1] < 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["vit-insides", "mindvis-mini"])
def test_runs_at_a_tiny_budget(packs, name) -> None:
    claim = EXPERIMENTS[name]
    found = claim.run(5, Silent())
    for key, (low, high) in found.uncertainty.items():
        assert low <= found.ours[key] <= high
    shown = [key for key in claim.shown if name == "mindvis-mini" or key.startswith("1000 ")]
    assert set(shown) <= set(found.ours)
    assert Image.open(io.BytesIO(found.figure)).width > 1000
