"""The claims on scattering at tiny budgets: every number is there, and what must hold holds."""

import io

import numpy as np
import pytest
from PIL import Image

from subband.experiments import EXPERIMENTS
from subband.experiments.claims import fsdd_scattering, mnist_scattering, scattering_stability
from subband.runs.progress import Silent


def width(figure: bytes) -> int:
    return Image.open(io.BytesIO(figure)).width


@pytest.fixture
def packs(shared_data, monkeypatch) -> None:
    monkeypatch.setenv("SUBBAND_DATA", str(shared_data))


@pytest.mark.slow
def test_digits_at_a_tiny_budget(packs) -> None:
    found = EXPERIMENTS["mnist-scattering"].run(5, Silent())
    for method in mnist_scattering.METHODS:
        key = f"300 images: {method}, error (%)"
        low, high = found.uncertainty[key]
        assert low <= found.ours[key] <= high
        assert f"{key}, std over draws" in found.ours
    assert found.ours["300 images: scattering + affine spaces, error (%)"] < 10
    assert width(found.figure) > 1000


def test_training_sets_of_one_size_do_not_overlap_and_fit() -> None:
    for n in mnist_scattering.SIZES:
        assert mnist_scattering.DRAWS.get(n, 1) * n <= 60_000
        assert n in mnist_scattering.STEPS


def test_nested_kernels_are_those_of_the_whole_set(rng) -> None:
    x, y = rng.standard_normal((900, 6)), rng.integers(10, size=900)
    nested = mnist_scattering.Nested(centres=300, tuned_on=300)
    for n in (300, 500, 900):
        scores = nested(x[:n], y[:n], {})
    at_once = mnist_scattering.KernelRidge(x[:300], nested.machine.gamma, 10)
    at_once.add(x, y)
    # Before the equations are solved, where rounding is not yet magnified.
    np.testing.assert_allclose(np.triu(nested.machine.gram), np.triu(at_once.gram), rtol=1e-12)
    np.testing.assert_allclose(nested.machine.along, at_once.along, atol=1e-11)
    np.testing.assert_array_equal(nested.machine.centres, at_once.centres)
    np.testing.assert_allclose(scores(x[:5]), at_once.solve(nested.penalty)(x[:5]), atol=1e-4)


@pytest.mark.slow
def test_spoken_digits_at_a_tiny_budget(packs) -> None:
    found = EXPERIMENTS["fsdd-scattering"].run(12, Silent())
    assert set(EXPERIMENTS["fsdd-scattering"].shown) <= set(found.ours)
    for key, (low, high) in found.uncertainty.items():
        assert low <= found.ours[key] <= high
    # Guessing errs on nine of ten.
    assert found.ours[f"{fsdd_scattering.TAKES}: time scattering, class-wise error (%)"] < 60
    assert width(found.figure) > 1000


@pytest.mark.slow
def test_stability_holds_of_scattering_and_not_of_the_fourier_modulus() -> None:
    found = EXPERIMENTS["scattering-stability"].run(6, Silent())
    assert set(EXPERIMENTS["scattering-stability"].shown) <= set(found.ours)
    slope = "largest change for each unit of slope"
    assert found.ours[f"Fourier modulus, {slope}"] > 20 * found.ours[f"scattering, {slope}"]
    shifted = [found.ours[f"scattering, J={J}, change by a shift of 16"] for J in scattering_stability.SCALES]
    assert (np.diff(shifted) < 0).all()
    for name in ("white noise", "photograph"):
        assert 0.9 < found.ours[f"{name}, share of energy in orders 0 to 3"] <= 1
    assert width(found.figure) > 1000


def test_the_fourier_modulus_does_not_feel_shifts(rng) -> None:
    x = rng.standard_normal(scattering_stability.SAMPLES)
    assert scattering_stability.modulus_distance(x, np.roll(x, 5)) < 1e-10
