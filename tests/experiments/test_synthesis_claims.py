"""The claims on synthesis at tiny budgets: every number is there, and what must hold holds."""

import io

import numpy as np
import pytest
from PIL import Image

from subband.experiments import EXPERIMENTS
from subband.experiments.claims import inverse_scattering, ising, multifractal, sound_textures
from subband.experiments.claims.cox import block_dispersion, shares
from subband.experiments.methods.ensembles import band, compared_distributions, kolmogorov
from subband.runs.progress import Silent


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["ising", "cox", "multifractal", "turbulence", "ensembles", "inverse-scattering"]
)
def test_claims_run_at_a_tiny_budget(name: str) -> None:
    found = EXPERIMENTS[name].run(10, Silent())
    assert all(np.isfinite(value) for value in found.ours.values())
    assert Image.open(io.BytesIO(found.figure)).width > 1000
    for key, (low, high) in found.uncertainty.items():
        assert low <= found.ours[key] <= high
    if name not in ("inverse-scattering",):
        assert set(EXPERIMENTS[name].shown) <= set(found.ours)


@pytest.mark.slow
def test_sound_textures_at_a_tiny_budget(shared_data, monkeypatch) -> None:
    monkeypatch.setenv("SUBBAND_DATA", str(shared_data))
    found = EXPERIMENTS["sound-textures"].run(10, Silent())
    assert set(EXPERIMENTS["sound-textures"].shown) <= set(found.ours)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["scattering-superresolution", "scattering-tomography"])
def test_restorations_at_a_tiny_budget(name: str, shared_data, monkeypatch) -> None:
    monkeypatch.setenv("SUBBAND_DATA", str(shared_data))
    found = EXPERIMENTS[name].run(10, Silent())
    assert set(EXPERIMENTS[name].shown) <= set(found.ours)
    assert all(np.isfinite(value) for value in found.ours.values())
    task = "x3" if name == "scattering-superresolution" else "tomography"
    # A diffusion model of a few steps knows nothing yet.
    assert found.ours[f"{task}, TV: PSNR (dB)"] > found.ours[f"{task}, diffusion prior: PSNR (dB)"]


def test_kolmogorovs_distance_is_scipys(rng) -> None:
    from scipy.stats import ks_2samp

    a, b = rng.standard_normal(40), rng.standard_normal(60) + 0.3
    assert kolmogorov(a, b) == pytest.approx(ks_2samp(a, b).statistic)
    far = compared_distributions(a + 9, b, rng)
    assert not far.inside
    assert far.distance == 1


def test_a_band_contains_its_own_means(rng) -> None:
    real = rng.standard_normal((200, 5))
    assert band(rng.standard_normal((50, 5)), real, rng).share > 0.5
    assert band(rng.standard_normal((50, 5)) + 1, real, rng).share == 0


def test_poisson_points_have_dispersion_one(rng) -> None:
    x = rng.poisson(2.0, (20, 64, 64)).astype(float)
    assert block_dispersion(x).mean() == pytest.approx(1, abs=0.1)
    np.testing.assert_allclose(shares(x).sum(axis=1), 1)


def test_the_jackknife_covers_a_walk_without_intermittency(rng) -> None:
    value, error = multifractal.jackknife(rng.standard_normal((20, 2048)))
    assert abs(value) < 4 * error
    assert multifractal.intermittency(rng.standard_normal((4, 2048))).shape == (4,)


def test_errors_up_to_a_shift_do_not_feel_shifts(rng) -> None:
    x = rng.standard_normal(64)
    assert inverse_scattering.error_up_to_shift(np.roll(x, 9), x) < 1e-7
    assert inverse_scattering.error_up_to_shift(-np.roll(x, 9), x) < 1e-7
    assert inverse_scattering.error_up_to_shift(rng.standard_normal(64), x) > 0.5


def test_settings_have_nearly_the_number_of_coefficients() -> None:
    for J in inverse_scattering.SCALES:
        for ratio in inverse_scattering.RATIOS:
            assert abs(np.log(inverse_scattering.setting(J, 256, ratio).ratio / ratio)) < 0.3


def test_modulations_tell_directions_apart() -> None:
    rate = 8000.0
    t = np.arange(2**14) / rate
    up = np.sin(2 * np.pi * (500 * t % 400 + 500) * t)
    assert sound_textures.modulation_error(up, up, rate) == 0
    assert sound_textures.modulation_error(up[::-1], up, rate) > 0.1


def test_spins_are_signs() -> None:
    np.testing.assert_array_equal(ising.spins(np.array([0.4, -2.0, 0.0])), [1, -1, 1])
