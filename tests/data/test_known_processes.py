"""Processes with known answers, beside the answers."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from subband.data.processes import (
    CRITICAL,
    Cascade,
    Cox,
    FractionalNoise,
    GaussianField,
    Ising,
    Mixture,
    MultifractalWalk,
    ShotNoise,
    Stable,
    Turbulence,
    brownian,
    pair_correlation,
    structure_exponents,
)
from subband.data.processes.ising import energy, log_partition, metropolis, swendsen_wang, wolff
from subband.data.processes.turbulence import _Flow
from subband.errors import InvalidInput


def enumerated(rows: int, columns: int, K: float) -> float:
    """log Z by summing over all states."""
    states = np.array(list(product([-1.0, 1.0], repeat=rows * columns))).reshape(-1, rows, columns)
    return float(np.logaddexp.reduce(-K * energy(states) * rows * columns))


@pytest.mark.parametrize("temperature", [1.0, CRITICAL, 5.0])
@pytest.mark.parametrize("shape", [(3, 3), (3, 4), (4, 4)])
def test_the_partition_function_of_small_tori(shape: tuple[int, int], temperature: float) -> None:
    assert log_partition(*shape, 1 / temperature) == pytest.approx(
        enumerated(*shape, 1 / temperature), rel=1e-10
    )


def test_the_critical_energy_of_a_torus() -> None:
    """−√2 − 0.6224/L (Ferdinand and Fisher), to the next order in 1/L."""
    for side in (32, 64):
        exact = Ising((side, side)).moments["energy"]
        assert exact == pytest.approx(-np.sqrt(2) - 0.6224 / side, abs=2e-4)


@pytest.mark.parametrize("temperature", [2.0, CRITICAL, 3.0])
def test_samplers_have_the_exact_energy(temperature: float) -> None:
    exact = Ising((8, 8), temperature).moments["energy"]
    rng = np.random.default_rng(0)
    many = rng.choice([-1, 1], size=(400, 8, 8)).astype(np.int8)
    clusters, local = many, many
    for _ in range(40):
        clusters = swendsen_wang(clusters, temperature, rng)
    for _ in range(300):
        local = metropolis(local, temperature, rng)
    for spins in (clusters, local):
        e = energy(spins)
        assert abs(e.mean() - exact) < 4 * e.std() / np.sqrt(len(e))


def test_wolffs_clusters_have_the_exact_energy() -> None:
    temperature, rng = 2.5, np.random.default_rng(1)
    spins = rng.choice([-1, 1], size=(6, 6)).astype(np.int8)
    found = []
    for k in range(6000):
        spins = wolff(spins, temperature, rng)
        if k > 300 and k % 5 == 0:
            found.append(float(energy(spins)))
    blocks = np.array(found[: len(found) // 20 * 20]).reshape(20, -1).mean(1)
    assert abs(blocks.mean() - Ising((6, 6), temperature).moments["energy"]) < 4 * blocks.std() / np.sqrt(19)


def test_gaussian_fields_have_their_spectrum_and_covariance() -> None:
    process = GaussianField((32, 32), lambda f: f**-1.0)
    x = process.sample(400)
    power = (np.abs(np.fft.fft2(x)) ** 2).mean(0) / 32**2
    np.testing.assert_allclose(power.ravel()[1:] / process.spectrum.ravel()[1:], 1, atol=0.35)
    assert (x * np.roll(x, 3, axis=1)).mean() == pytest.approx(process.covariance[0, 3], abs=0.01)
    assert x.var() == pytest.approx(1, rel=0.02)


@pytest.mark.parametrize("H", [0.2, 0.5, 0.8])
def test_fractional_noise_has_its_covariance_and_exponent(H: float) -> None:
    process = FractionalNoise((512,), H)
    x = process.sample(600)
    products = [(x[:, : 512 - k] * x[:, k:]).mean() for k in range(5)]
    np.testing.assert_allclose(products, process.covariance[:5], atol=0.05)
    paths = brownian(x)
    for lag in (4, 64):
        steps = paths[:, lag:] - paths[:, :-lag]
        assert (steps**2).mean() == pytest.approx(lag ** (2 * H), rel=0.12)
    found = structure_exponents(x, (2.0,), 2 ** np.arange(1, 6))
    assert found[0] == pytest.approx(2 * H, abs=0.04)


def test_cox_processes_have_their_moments_and_pair_correlation() -> None:
    process = Cox((64, 64), intensity=1.5, variance=0.8, width=3.0)
    x = process.sample(200)
    assert x.mean() == pytest.approx(process.moments["mean"], rel=0.03)
    assert x.var() == pytest.approx(process.moments["variance"], rel=0.1)
    g, exact = pair_correlation(x).mean(0), process.pair_correlation
    for lag in (1, 2, 4, 8):
        assert g[0, lag] == pytest.approx(exact[0, lag], rel=0.06)
    assert pair_correlation(np.random.default_rng(0).poisson(2.0, (50, 64, 64)))[
        :, 0, 0
    ].mean() == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize("signed", [False, True])
def test_shot_noise_has_campbells_cumulants(signed: bool) -> None:
    process = ShotNoise((64, 64), rate=0.02, width=1.5, signed=signed)
    x = process.sample(100)
    z = x - x.mean()
    found = {
        "mean": x.mean(), "variance": x.var(), "skewness": (z**3).mean() / x.std() ** 3,
        "flatness": (z**4).mean() / x.var() ** 2,
    }  # fmt: skip
    for name, exact in process.moments.items():
        assert found[name] == pytest.approx(exact, rel=0.08, abs=0.1)


def test_stable_numbers_have_scipys_law() -> None:
    x = Stable((4000,), 1.3).sample()[0]
    assert np.cos(x).mean() == pytest.approx(np.exp(-1), abs=0.03)
    grid = np.array([-2.0, 0.0, 1.0, 5.0])
    exact = stats.levy_stable.cdf(grid, 1.3, 0)
    np.testing.assert_allclose([(x <= g).mean() for g in grid], exact, atol=0.025)
    cauchy = Stable((4000,), 1.0).sample()[0]
    assert stats.kstest(cauchy, "cauchy").pvalue > 0.01
    assert Stable((20_000,), 2.0).sample().var() == pytest.approx(2, rel=0.05)
    big = Stable((200_000,), 1.7).sample()
    assert np.abs(big).mean() == pytest.approx(Stable((1,), 1.7).moments["mean modulus"], rel=0.05)


def test_a_multifractal_walk_has_its_exponents() -> None:
    process = MultifractalWalk((4096,), 0.06, 1024)
    x = process.sample(60)
    lags = 2 ** np.arange(2, 8)
    z1, z2 = structure_exponents(x, (1.0, 2.0), lags)
    assert z2 == pytest.approx(1.0, abs=0.05)
    assert 2 * z1 - z2 == pytest.approx(0.06, abs=0.02)
    assert (x**2).mean() == pytest.approx(1, rel=0.1)
    # A single long signal would do, were it not for the integral scale.
    plain = np.random.default_rng(0).standard_normal((60, 4096))
    z1, z2 = structure_exponents(plain, (1.0, 2.0), lags)
    assert 2 * z1 - z2 == pytest.approx(0.0, abs=0.01)


def test_a_cascade_has_its_moments() -> None:
    process = Cascade((256,), 0.05)
    x = process.sample(3000)
    assert x.mean() == pytest.approx(1, rel=0.03)
    assert (x**2).mean() == pytest.approx(process.moments["second moment"], rel=0.08)


def test_turbulence_conserves_what_it_must(rng) -> None:
    """Transport alone changes neither energy nor enstrophy, for fields below the dealiasing limit."""
    flow = _Flow(Turbulence((32, 32)))
    w = np.fft.rfft2(rng.standard_normal((32, 32))) * flow.kept
    w[0, 0] = 0
    change, psi = np.fft.irfft2(flow.transported(w), (32, 32)), np.fft.irfft2(w * flow.inverse, (32, 32))
    vorticity = np.fft.irfft2(w, (32, 32))
    size = np.linalg.norm(change)
    assert abs((vorticity * change).sum()) < 1e-9 * size * np.linalg.norm(vorticity)
    assert abs((psi * change).sum()) < 1e-9 * size * np.linalg.norm(psi)


def test_turbulence_decays_exactly_without_nonlinearity() -> None:
    """A single Fourier mode is carried along itself, so it only decays, at its own rate."""
    spec = Turbulence((32, 32), friction=0.5)
    flow = _Flow(spec)
    flow.force = flow.force * 0
    w = np.fft.rfft2(np.cos(2 * np.pi * 3 * np.arange(32) / 32)[:, None] * np.ones(32))
    after = w
    for _ in range(50):
        after = flow.advance(after, np.random.default_rng(0))
    rate = spec.friction + spec.damping * (9 / (32 / 3) ** 2) ** 4
    np.testing.assert_allclose(after, w * np.exp(-50 * spec.step * rate), atol=1e-8)


def test_turbulence_is_not_gaussian() -> None:
    x = Turbulence((32, 32), spin_up=600, apart=100).sample(4)
    assert x.shape == (4, 32, 32)
    assert x.std() == pytest.approx(1)
    assert np.isfinite(x).all()


def test_a_mixture_has_both(rng) -> None:
    white = GaussianField((32, 32))
    both = Mixture((32, 32), (white, ShotNoise((32, 32), rate=0.01)), (0.25, 0.75))
    x, labels = both.sample(200), both.labels(200)
    assert labels.mean() == pytest.approx(0.75, abs=0.1)
    assert np.abs(x[labels == 0].mean((1, 2))).max() < 1e-10
    assert x.mean() == pytest.approx(both.moments["mean"], abs=0.03)
    assert x.var() == pytest.approx(both.moments["variance"], rel=0.25)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Ising((1, 4)), "2 or more of each"),
        (lambda: Ising((4, 4), -1.0), "temperature above 0"),
        (lambda: FractionalNoise((8,), 1.0), "between 0 and 1"),
        (lambda: MultifractalWalk((8,), 0.9), "below 1/2"),
        (lambda: Cascade((100,)), "a power of two"),
        (lambda: Stable((4,), 3.0), "at most 2"),
        (lambda: Turbulence((33, 33)), "even N"),
        (lambda: Mixture((4,), ()), "one or more"),
        (lambda: Mixture((4,), (FractionalNoise((4,)),), (0.5,)), "sum to 1"),
        (lambda: GaussianField((8,), lambda f: -f).sample(), "finite and not negative"),
        (lambda: metropolis(np.ones((1, 3, 3)), 1.0, np.random.default_rng(0)), "even sides"),
    ],
)
def test_wrong_parameters_are_named(make, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        make()
