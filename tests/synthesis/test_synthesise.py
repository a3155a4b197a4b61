"""Synthesis: what is reached, options, resumption, and messages for what can't be done."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import subband as sb
from subband.errors import CheckpointError, InvalidInput
from subband.synthesis import Moments, Norms, Scattering, Spectrum, WaveletMoments, synthesise
from subband.synthesis.fields import periodic_component, resampled
from subband.synthesis.objective import Objective

PHI = Scattering(J=2, L=4) + Spectrum(J=2)


@pytest.fixture(scope="module")
def texture() -> np.ndarray:
    """Bright spots on a smooth ground: not Gaussian."""
    rng = np.random.default_rng(5)
    points = (rng.random((32, 32)) < 0.03).astype(float)
    f = np.hypot(np.fft.fftfreq(32)[:, None], np.fft.fftfreq(32))
    blurred = np.fft.ifft2(np.fft.fft2(points) * np.exp(-40 * f**2)).real
    return (blurred - blurred.mean()) / blurred.std()


def test_samples_have_the_statistics_and_are_no_copies(texture) -> None:
    found = sb.synthesise(PHI, like=texture, n=3, tol=1e-3, validate=("spectrum", "marginal", "structure"))
    assert found.samples.shape == (3, 32, 32)
    assert (found.residual <= 1e-3).all()
    y = np.asarray(PHI(texture))
    np.testing.assert_allclose(np.asarray(PHI(found.samples)), np.broadcast_to(y, (3, len(y))), atol=0.02)
    assert set(found.reason) == {"the statistics agree to the tolerance"}
    assert found.report is not None
    assert found.report.nearest < 0.9
    assert found.report["spectrum"].distance < 2 * found.report["spectrum"].floor
    correlations = np.corrcoef(found.samples.reshape(3, -1))
    assert np.abs(correlations[np.triu_indices(3, 1)]).max() < 0.5
    assert [step.level for step in found.trace] == sorted([step.level for step in found.trace], reverse=True)


def test_sparsity_comes_from_l1_and_not_from_the_spectrum_alone(texture) -> None:
    def skewness(x: np.ndarray) -> float:
        return float((x**3).mean() / (x**2).mean() ** 1.5)

    gaussian = synthesise(Spectrum(J=3) + Moments(2), like=texture, n=4, tol=1e-3, evaluations=300)
    sparse = synthesise(PHI + Moments(2) + Scattering(J=3, L=4), like=texture, n=4, tol=1e-3, evaluations=300)
    wavelet_l1 = WaveletMoments(J=2, norms="l1", order=1)
    real = np.asarray(wavelet_l1(texture))

    def distance(x: np.ndarray) -> float:
        return float(np.abs(np.asarray(wavelet_l1(x)) / real - 1)[:, 1:].mean())

    assert distance(sparse.samples) < 0.3 * distance(gaussian.samples)
    assert abs(skewness(gaussian.samples)) < 0.4


def test_equal_seeds_give_equal_samples_and_others_do_not(texture) -> None:
    a, b, c = (synthesise(PHI, like=texture, n=1, tol=0.02, seed=seed).samples for seed in (1, 1, 2))
    np.testing.assert_array_equal(a, b)
    assert np.abs(a - c).max() > 0.1


def test_samples_of_another_size_and_library(texture) -> None:
    x = torch.from_numpy(texture).float()
    found = synthesise(PHI, like=x, shape=(64, 48), n=2, tol=4e-3)
    assert isinstance(found.samples, torch.Tensor)
    assert (tuple(found.samples.shape), found.samples.dtype) == ((2, 64, 48), torch.float32)
    y = np.asarray(PHI(texture))
    np.testing.assert_allclose(np.asarray(PHI(found.samples)).mean(0), y, atol=0.1)


def test_a_mask_keeps_the_rest(texture) -> None:
    mask = np.zeros((32, 32), bool)
    mask[8:24, 8:24] = True
    found = synthesise(PHI, like=texture, mask=mask, n=2, tol=5e-3)
    np.testing.assert_array_equal(
        found.samples[:, ~mask], np.broadcast_to(texture[~mask], (2, (~mask).sum()))
    )
    assert np.abs(found.samples[0, mask] - found.samples[1, mask]).mean() > 0.05
    other = synthesise(PHI, like=texture, mask=mask, given=np.where(mask, np.nan, 2 * texture), n=1, tol=0.5)
    np.testing.assert_array_equal(other.samples[0, ~mask], 2 * texture[~mask])


def test_colours_keep_their_correlation(texture) -> None:
    rng = np.random.default_rng(0)
    other = rng.standard_normal((32, 32))
    colour = np.stack([texture, 0.8 * texture + 0.2 * rng.standard_normal((32, 32)), other])
    found = synthesise(PHI, like=colour, channels=True, n=1, tol=1e-3)
    assert found.samples.shape == (1, 3, 32, 32)
    np.testing.assert_allclose(
        np.corrcoef(found.samples[0].reshape(3, -1)), np.corrcoef(colour.reshape(3, -1)), atol=0.1
    )


def test_stereo_sound(rng) -> None:
    x = rng.standard_normal((2, 256))
    x[1] += x[0]
    found = synthesise(
        Scattering(J=3, Q=2, axes=1) + Spectrum(J=3, axes=1), like=x, channels=True, n=2, tol=0.02
    )
    assert found.samples.shape == (2, 2, 256)
    assert np.corrcoef(found.samples[0])[0, 1] == pytest.approx(np.corrcoef(x)[0, 1], abs=0.1)


def test_independent_samples_are_those_of_single_runs(texture) -> None:
    """Each sample has its own search: others don't change it, but for rounding."""
    y = np.asarray(PHI(texture))
    start = np.random.default_rng(0).standard_normal((2, 32, 32))
    both = synthesise(PHI, target=y, shape=(32, 32), n=2, init=start, tol=1e-2)
    alone = synthesise(PHI, target=y, shape=(32, 32), n=1, init=start[1], tol=1e-2)
    np.testing.assert_allclose(both.samples[1], alone.samples[0], atol=1e-6)


def test_chunks_do_not_change_the_gradient(texture, rng) -> None:
    y = np.asarray(PHI(texture))
    x = rng.standard_normal((3, 32, 32))
    for name in ("each", "together"):
        (f, g), (f_small, g_small) = (
            getattr(Objective(PHI, y, np.ones_like(y), None, budget), name)(x) for budget in (1 << 30, 1)
        )
        np.testing.assert_allclose(f_small, f)
        np.testing.assert_allclose(g_small, g, atol=1e-12)


def test_an_ensemble_has_the_mean_and_the_spread_of_its_examples() -> None:
    """Signals of two loudnesses: no single one has the mean."""
    rng = np.random.default_rng(0)
    loud = np.where(rng.random(64) < 0.5, 1.0, 3.0)
    examples = loud[:, None] * rng.standard_normal((64, 128))
    phi = Norms((2,), axes=1)
    coupled = synthesise(phi, like=examples, n=32, coupling="ensemble", tol=1e-3, levels=0)
    apart = synthesise(phi, like=examples, n=32, tol=1e-3, levels=0)
    powers = np.sort((coupled.samples**2).mean(1))
    np.testing.assert_allclose(
        powers, np.quantile((examples**2).mean(1), (np.arange(32) + 0.5) / 32), rtol=0.1
    )
    assert (apart.samples**2).mean(1).std() < 0.05 * powers.std()


def test_an_interrupted_synthesis_goes_on(texture, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("subband.synthesis.checkpoint.PAUSE", 0.0)
    file = tmp_path / "state.npz"
    how: dict[str, Any] = {"like": texture, "n": 2, "tol": 1e-6, "evaluations": 30, "seed": 3}
    whole = synthesise(PHI, **how)

    def stop(done: int, total: int) -> None:
        if done > 40:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synthesise(PHI, **how, checkpoint=file, progress=stop)
    assert file.exists()
    with pytest.raises(CheckpointError, match="other settings"):
        synthesise(PHI, **{**how, "seed": 4}, checkpoint=file)
    begun: list[int] = []
    again = synthesise(PHI, **how, checkpoint=file, progress=lambda done, total: begun.append(done))
    assert begun[0] > 35
    assert not file.exists()
    np.testing.assert_allclose(again.residual, whole.residual, rtol=0.5)
    file.write_bytes(b"no archive")
    with pytest.raises(CheckpointError, match="damaged"):
        synthesise(PHI, **how, checkpoint=file)


def test_the_entropy_bound_of_white_noise_is_that_of_its_variance() -> None:
    found = synthesise(Norms((2,), axes=1), target=[4.0], shape=2048, n=8, tol=1e-6)
    assert found.entropy_bound == pytest.approx(0.5 * np.log(2 * np.pi * np.e * 4), abs=0.02)


def test_resampling_and_the_periodic_component(rng) -> None:
    x = rng.standard_normal((3, 16, 12))
    np.testing.assert_allclose(resampled(resampled(x, (32, 24)), (16, 12)), x, atol=1e-12)
    t = np.arange(12) / 12
    np.testing.assert_allclose(
        resampled(np.cos(2 * np.pi * 2 * t), (30,)), np.cos(2 * np.pi * 2 * np.arange(30) / 30), atol=1e-12
    )
    periodic = np.cos(2 * np.pi * np.arange(64) / 64)[None] * np.ones((64, 1))
    ramp = np.linspace(0, 4, 64)[:, None]
    made = periodic_component(periodic + ramp, 2)
    assert np.abs(np.diff(made, axis=0, append=made[:1])).max() < 0.5
    np.testing.assert_allclose(made.mean(), (periodic + ramp).mean())


X = np.random.default_rng(0).standard_normal((32, 32))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"like": X, "n": 0}, "how many samples to draw, 1 or more"),
        ({}, "give either like=, an example, or target="),
        ({"like": X, "target": [1.0]}, "give either like=, an example, or target="),
        ({"like": np.where(X > 2, np.nan, X)}, "NaN or infinite: fill them in"),
        ({"like": X[:3]}, "smaller than the largest wavelet, 4 samples"),
        ({"like": X, "mask": np.zeros((32, 32), bool)}, "mask is False everywhere"),
        ({"like": X, "mask": np.ones((5, 5), bool)}, "doesn't suit samples"),
        ({"like": X, "mask": np.ones((32, 32))}, "give truth values"),
        ({"like": X, "given": X}, "give mask="),
        ({"like": X, "weights": np.ones(3)}, "finite numbers"),
        ({"like": X, "init": "pink"}, "unknown: give one of white, spectrum"),
        ({"like": X, "init": np.ones((5, 5))}, "init of shape"),
        ({"like": X, "solver": "adam"}, "lbfgs, descent"),
        ({"like": X, "coupling": "ensemble", "n": 1}, "n=2 samples or more"),
        ({"like": X, "shape": (30, 30)}, "multiples of 4"),
        ({"like": X, "levels": "some"}, "give 'auto'"),
        ({"like": X, "tol": 0}, "a relative residual, above 0"),
        ({"like": X, "validate": ("colour",)}, "spectrum, marginal, structure"),
        ({"target": [1.0], "shape": (32, 32)}, "numbers"),
        ({"target": np.ones(len(PHI.index))}, "give shape="),
        ({"like": np.ones((2, 64)), "channels": True}, "axis of channels"),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        synthesise(PHI, **arguments)


def test_mono_is_not_stereo(rng) -> None:
    phi = Scattering(J=2, Q=1, axes=1)
    with pytest.raises(InvalidInput, match="2 channels"):
        synthesise(phi, like=rng.standard_normal((2, 64)), channels=True, shape=(1, 64))
    with pytest.raises(InvalidInput, match="names such as"):
        synthesise(None, like=rng.standard_normal(64))
