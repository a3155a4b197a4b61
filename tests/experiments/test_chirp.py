"""The chirp's claim on a short run: what must hold of its numbers whatever the noise."""

import io

import numpy as np
import pytest
from PIL import Image

from subband.experiments import EXPERIMENTS, Outcome
from subband.experiments.claims import chirp
from subband.runs.progress import Silent


@pytest.fixture(scope="module")
def outcome() -> Outcome:
    return EXPERIMENTS["chirp"].run(3 * chirp.SECONDS_A_SEED, Silent())


def test_the_chirp_oscillates_by_its_law() -> None:
    crossings = np.cumsum(np.diff(np.sign(chirp.CLEAN)) != 0)
    # Two for each period, and ∫ f dt periods until t.
    periods = np.cumsum((chirp.FREQUENCY[1:] + chirp.FREQUENCY[:-1]) / 2) / chirp.FS
    assert np.abs(crossings - 2 * periods).max() < 1
    assert (chirp.FREQUENCY[0], chirp.FREQUENCY[-1]) == (1, pytest.approx(50, abs=0.05))


@pytest.mark.parametrize("wavelet", ["sym16", "db3"])
def test_frequency_order_rises_and_natural_order_does_not(outcome, wavelet: str) -> None:
    rising, broken = (
        {
            figure: outcome.ours[f"{wavelet} packets in {order} order, {figure}"]
            for figure in ("ridge error (Hz)", "share of steps that fall", "deepest fall (Hz)")
        }
        for order in ("frequency", "natural")
    )
    assert broken["ridge error (Hz)"] > 5 * rising["ridge error (Hz)"]
    assert broken["deepest fall (Hz)"] > 3 * rising["deepest fall (Hz)"]
    assert broken["share of steps that fall"] > rising["share of steps that fall"]


def test_all_bands_are_there_in_either_order() -> None:
    by_order = [chirp.read_in_order(chirp.CLEAN, chirp.PACKETS, order) for order in ("frequency", "natural")]
    rows = [np.sort(d.density.sum(axis=1)) for d in by_order]
    np.testing.assert_allclose(*rows)
    assert not np.allclose(*(d.density for d in by_order))


def test_ridges_lie_within_a_band_without_noise_and_further_off_with_it(outcome) -> None:
    for name in ("packets", "STFT", "CWT", "synchrosqueezed"):
        errors = [outcome.ours[f"{level}: {name}, ridge error (Hz)"] for level in chirp.SNR]
        assert errors[0] < chirp.FS / 2 / 2 ** chirp.PACKETS["level"]
        assert errors[2] > errors[0]
        key = f"0 dB: {name}, ridge error (Hz)"
        low, high = outcome.uncertainty[key]
        assert low <= outcome.ours[key] <= high
        assert f"{key}, std over seeds" in outcome.ours


def test_a_ridge_that_is_followed_stays_near_under_noise(outcome) -> None:
    for name in ("CWT", "synchrosqueezed"):
        assert outcome.ours[f"no noise: {name}, error of the ridge followed (Hz)"] < 0.3
        assert outcome.ours[f"0 dB: {name}, error of the ridge followed (Hz)"] < 1
        assert (
            outcome.ours[f"0 dB: {name}, error of the ridge followed (Hz)"]
            < outcome.ours[f"0 dB: {name}, ridge error (Hz)"] / 3
        )


def test_noise_has_the_power_that_is_asked_for() -> None:
    for snr in (0.0, 10.0):
        noise = chirp.noisy(snr, np.random.default_rng(0)) - chirp.CLEAN
        ratio = 10 * np.log10(np.mean(chirp.CLEAN**2) / np.mean(noise**2))
        assert ratio == pytest.approx(snr, abs=0.4)


def test_synchrosqueezing_gains_and_inverses_return(outcome) -> None:
    assert outcome.ours["no noise: synchrosqueezed, how many times smaller an area than CWT"] > 10
    for name in ("packets", "STFT", "CWT", "synchrosqueezed"):
        assert outcome.ours[f"{name}, inverse, relative error but for the mean"] < 1e-10


def test_the_table_of_claims_finds_its_names(outcome) -> None:
    assert set(EXPERIMENTS["chirp"].shown) <= set(outcome.ours)
    assert Image.open(io.BytesIO(outcome.figure)).width > 1000
