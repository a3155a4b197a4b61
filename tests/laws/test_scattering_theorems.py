"""Theorems on scattering: non-expansiveness, energy conservation, stability to shifts and deformations."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import subband as sb

SPECS = [
    *[sb.Scattering(J=4, Q=(2, 1), order=3, bank=name, normalise="tight") for name in sb.BANKS[1]],
    sb.Scattering(J=4, Q=1, normalise="max"),
    *[sb.Scattering(2, J=2, L=3, bank=name, normalise="tight") for name in sb.BANKS[2]],
    sb.Scattering(2, J=2, L=3, normalise="max"),
]
SHAPES = {1: (64,), 2: (16, 12)}


def on_a_circle(scattering: sb.Scattering, **changes) -> sb.Scattering:
    """The transform of the theorems: periodic, without boundary effects."""
    return replace(scattering, pad_mode="periodic", **changes)


def squared_norm(scattering: sb.Scattering, values, shape):
    """‖S‖², output samples weighted by their subsampling."""
    stride = scattering.cascade(shape).stride
    return (values**2).sum() * 2.0 ** (scattering.ndim * stride)


def worst_expansion(scattering: sb.Scattering, shape, steps: int, rng) -> float:
    """Maximum of ‖Sx − Sy‖ / ‖x − y‖ by gradient ascent from a random pair."""
    pair = torch.tensor(rng.standard_normal((2, *shape)), requires_grad=True)
    ascent, worst = torch.optim.Adam([pair], lr=0.1), 0.0
    for _ in range(steps):
        a, b = scattering(pair).array
        ratio = squared_norm(scattering, a - b, shape) / ((pair[0] - pair[1]) ** 2).sum()
        worst = max(worst, ratio.item())
        ascent.zero_grad()
        (-ratio).backward()
        ascent.step()
    return worst**0.5


@pytest.mark.parametrize("scattering", SPECS, ids=repr)
def test_scattering_never_expands(scattering, rng) -> None:
    shape = SHAPES[scattering.ndim]
    exact = on_a_circle(scattering, oversampling=9)
    found = worst_expansion(exact, shape, 60, rng)
    # Close to 1, so that the bound is tight, and not above it.
    assert 0.8 < found <= 1 + 1e-9


def test_filters_that_sum_to_more_than_one_do_expand() -> None:
    # Gabor filters as they are let constants pass, which the average has whole already.
    scattering, x = on_a_circle(sb.Scattering(2, J=2, L=6, bank="gabor"), oversampling=9), np.ones((16, 12))
    assert squared_norm(scattering, scattering(x).array, (16, 12)) > 1.2 * (x**2).sum()
    tight = replace(scattering, normalise="tight")
    assert squared_norm(tight, tight(x).array, (16, 12)) == pytest.approx((x**2).sum())


@pytest.mark.parametrize("scattering", [s for s in SPECS if "max" not in repr(s)], ids=repr)
def test_energy_is_handed_from_order_to_order(scattering, rng) -> None:
    exact = on_a_circle(replace(scattering, order=3), oversampling=9)
    share = sb.scattering_energy(rng.standard_normal((5, *SHAPES[scattering.ndim])), exact)
    averaged, propagated = share["averaged"], share["propagated"]
    assert averaged[0] + propagated[1] == pytest.approx(1, rel=1e-10)
    for order in (1, 2):
        # What is missing took paths to finer scales, which carry little.
        assert averaged[order] + propagated[order + 1] <= propagated[order] * (1 + 1e-10)
    assert 0.8 < averaged.sum() <= 1
    assert (np.diff(propagated) < 0).all()


def test_all_paths_together_lose_nothing(rng) -> None:
    # With every filter after every other one, energy is conserved exactly: ‖U₁‖² = ‖S₁‖² + ‖U₂‖².
    bank, x = sb.filter_bank("meyer", J=4, Q=2), rng.standard_normal(128)
    spectra, phi = bank.spectra(128), bank.lowpass(128)
    first = np.abs(np.fft.ifft(np.fft.fft(x) * spectra))
    average = np.fft.ifft(np.fft.fft(first) * phi).real
    second = np.abs(np.fft.ifft(np.fft.fft(first)[:, None] * spectra))
    assert (average**2).sum() + (second**2).sum() == pytest.approx((first**2).sum(), rel=1e-12)
    energy = sb.scattering_energy(x, on_a_circle(sb.Scattering(bank=bank), oversampling=9))
    assert energy["averaged"][1] == pytest.approx((average**2).sum() / (x**2).sum(), rel=1e-10)
    assert 0 < energy["propagated"][2] < (second**2).sum() / (x**2).sum()


def test_energy_is_that_of_subsampled_signals_too(rng) -> None:
    # A photograph's energy is in its lowest frequencies, a spike's in its finest scales.
    smooth = np.cumsum(rng.standard_normal(1024))
    for x in (smooth, rng.standard_normal(1024)):
        coarse = on_a_circle(sb.Scattering(J=5, Q=4, normalise="tight", order=3))
        fine = sb.scattering_energy(x, replace(coarse, oversampling=9))
        found = sb.scattering_energy(x, coarse)
        for column in ("averaged", "propagated"):
            np.testing.assert_allclose(found[column], fine[column], atol=0.02)


@pytest.mark.slow
def test_invariance_to_translations_grows_with_the_scale(rng) -> None:
    # ‖S_J x − S_J x(· − c)‖ ≤ C 2^{−J} |c| ‖x‖.
    x, c = rng.standard_normal((3, 4096)), 16
    moved = np.roll(x, c, axis=-1)
    distances = []
    for J in range(2, 11):
        scattering = on_a_circle(sb.Scattering(J=J, Q=4, normalise="tight"), oversampling=J)
        change = scattering(x).array - scattering(moved).array
        distances.append(np.linalg.norm(change) / np.linalg.norm(x))
    assert (np.diff(distances) < 0).all()
    assert (np.array(distances) * 2.0 ** np.arange(2, 11) < 2 * c / 16).all()
    assert np.linalg.norm(x - moved) / np.linalg.norm(x) > 1.3


def test_stability_to_deformations_beside_the_fourier_modulus() -> None:
    # τ(t) = st, so ‖∇τ‖∞ = s, of wave packets at four frequencies: ‖S D_τ x − S x‖ ≤ C s ‖x‖ with one C for all,
    # while the Fourier modulus changes by as much as s ξ times the packet's length, until nothing is left in place.
    n, width = 4096, 300.0
    t = np.arange(n) - n / 2

    def packet(frequency: float, s: float) -> np.ndarray:
        u = (1 - s) * t
        return np.exp(-0.5 * (u / width) ** 2) * np.cos(2 * np.pi * frequency * u)

    scattering = on_a_circle(sb.Scattering(J=9, Q=1, normalise="tight"))
    slopes, scattered, fourier = (0.0025, 0.005, 0.01, 0.02, 0.04, 0.08), [], []
    for frequency in (0.02, 0.05, 0.1, 0.2):
        x = packet(frequency, 0)
        for s in slopes:
            y, size = packet(frequency, s), s * np.linalg.norm(x)
            change = scattering(x).array - scattering(y).array
            scattered.append(squared_norm(scattering, change, (n,)) ** 0.5 / size)
            spectra = [np.abs(np.fft.fft(one, norm="ortho")) for one in (x, y)]
            fourier.append(np.linalg.norm(spectra[0] - spectra[1]) / size)
    by_frequency = np.reshape(fourier, (4, -1))
    assert max(scattered) < 2
    assert by_frequency.min() > 5 * max(scattered)
    # At the least deformation, the higher the frequency, the worse: ninefold from the lowest to the highest.
    assert by_frequency[3, 0] > 9 * by_frequency[0, 0] > 200
