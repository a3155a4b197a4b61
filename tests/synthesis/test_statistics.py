"""Statistics of fields: closed forms, invariance, indices, gradients, scales."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
import torch

from subband.errors import InvalidInput
from subband.synthesis import (
    Channels,
    CharacteristicFunction,
    Histogram,
    JointScattering,
    Moments,
    Norms,
    PhaseHarmonics,
    Scattering,
    ScatteringCovariance,
    Spectrum,
    Statistics,
    WaveletMoments,
    statistics_named,
)

IMAGES: dict[str, Statistics] = {
    "moments": Moments(),
    "norms": Norms((1, 2, 3)),
    "histogram": Histogram(6),
    "characteristic": CharacteristicFunction((1.0, 3.0)),
    "spectrum": Spectrum(J=3),
    "wavelets": WaveletMoments(J=2),
    "l1": WaveletMoments(J=3, norms="l1", order=1),
    "scattering": Scattering(J=2, L=4),
    "first order": Scattering(J=2, L=4, order=1),
    "covariance": ScatteringCovariance(J=2),
    "harmonics": PhaseHarmonics(J=2),
    "sum": Scattering(J=2, L=4) + Spectrum(J=2),
}
SIGNALS: dict[str, Statistics] = {
    "moments": Moments(axes=1),
    "histogram": Histogram(6, axes=1),
    "spectrum": Spectrum(J=4, axes=1),
    "wavelets": WaveletMoments(J=3, Q=2, axes=1),
    "scattering": Scattering(J=4, Q=4, axes=1),
    "covariance": ScatteringCovariance(J=3, axes=1),
    "harmonics": PhaseHarmonics(J=3, axes=1),
    "joint": JointScattering(J=5, J_fr=2, Q=4),
}
CASES = [(phi, (32, 16)) for phi in IMAGES.values()] + [(phi, (128,)) for phi in SIGNALS.values()]
NAMES = [*IMAGES, *[f"{name} of signals" for name in SIGNALS]]


@pytest.fixture(params=CASES, ids=NAMES)
def case(request, rng) -> tuple[Statistics, np.ndarray]:
    phi, field = request.param
    x = rng.standard_normal((2, *field))
    return phi.fitted(x), x


def test_the_index_has_an_entry_for_each_number(case) -> None:
    phi, x = case
    found = np.asarray(phi(x))
    assert found.shape == (2, len(phi.index))
    assert len(set(phi.index)) == len(phi.index)
    assert phi.ndim == x.ndim - 1


def test_statistics_do_not_depend_on_shifts(case) -> None:
    phi, x = case
    step = phi.smallest * 2 if phi.multiple > 1 else 3
    shifted = np.roll(x, (step,) * phi.ndim, axis=tuple(range(1, x.ndim)))
    np.testing.assert_allclose(np.asarray(phi(shifted)), np.asarray(phi(x)), rtol=1e-6, atol=1e-9)


def test_gradients_are_those_of_differences_and_finite_at_zero(case, rng) -> None:
    phi, x = case
    weights = torch.from_numpy(rng.standard_normal(len(phi.index)))
    point = torch.from_numpy(x[:1]).requires_grad_()
    (phi(point) @ weights).sum().backward()
    d = rng.standard_normal(x[:1].shape)
    h = 1e-5
    up, down = (float((phi(torch.from_numpy(x[:1] + s * h * d)) @ weights).sum()) for s in (1, -1))
    slope = float((point.grad * torch.from_numpy(d)).sum())
    assert slope == pytest.approx((up - down) / (2 * h), rel=2e-4, abs=1e-7)
    zero = torch.zeros_like(point).requires_grad_()
    phi(zero).sum().backward()
    assert torch.isfinite(zero.grad).all()


def test_pytorch_agrees(case) -> None:
    phi, x = case
    np.testing.assert_allclose(
        np.asarray(phi(torch.from_numpy(x))), np.asarray(phi(x)), rtol=1e-8, atol=1e-10
    )


@pytest.mark.slow
def test_jax_agrees(case) -> None:
    phi, x = case
    np.testing.assert_allclose(np.asarray(phi(jnp.asarray(x))), np.asarray(phi(x)), rtol=1e-8, atol=1e-10)


def test_coarser_statistics_are_of_coarser_fields(case) -> None:
    phi, x = case
    left = phi.coarser(1)
    if left is None:  # values of coarse fields are not on the lattice of the fine ones
        assert isinstance(phi, CharacteristicFunction)
        return
    half = x[(slice(None), *[slice(0, None, 2)] * phi.ndim)]
    assert np.isfinite(np.asarray(left.fitted(half)(half))).all()
    assert phi.coarser(20) is None or phi.smallest == 1


def test_the_spectrum_is_that_of_tones_and_sums_to_the_variance(rng) -> None:
    phi = Spectrum(J=4, Q=2, axes=1)
    x = 3 * np.cos(2 * np.pi * np.arange(128) / 8)  # 1/8 cycle is exactly the fourth band
    found = np.asarray(phi(x))
    assert found[4] == pytest.approx(4.5)
    assert found.sum() == pytest.approx(4.5)
    for field in ((31, 20), (16, 64)):
        z = rng.standard_normal(field)
        assert float(np.asarray(Spectrum(J=4)(z)).sum()) == pytest.approx(z.var())


def test_directions_of_the_spectrum_are_those_of_wavelets(rng) -> None:
    rows = np.cos(2 * np.pi * np.arange(32) / 4)[:, None] * np.ones(32)
    for x in (rows, rows.T):
        spectrum, wavelets = Spectrum(J=3, Q=1, L=4), WaveletMoments(J=3, L=4, norms="l2", order=1)
        angles = []
        for phi in (spectrum, wavelets):
            values = np.asarray(phi(x))
            values[[len(e.angles) != 1 for e in phi.index]] = 0
            angles.append(phi.index[int(values.argmax())].angles[0])
        assert np.cos(2 * (angles[0] - angles[1])) == pytest.approx(1)


def test_statistics_do_not_depend_on_the_size_of_the_field(rng) -> None:
    x = rng.standard_normal((32, 32))
    twice = np.tile(x, (2, 2))
    for phi in (IMAGES["spectrum"], IMAGES["wavelets"], IMAGES["covariance"], IMAGES["moments"]):
        np.testing.assert_allclose(np.asarray(phi(twice)), np.asarray(phi(x)), rtol=2e-2, atol=2e-3)


def test_a_histogram_counts(rng) -> None:
    x = rng.standard_normal((1, 64, 64))
    phi = Histogram(9).fitted(x)
    assert isinstance(phi, Histogram)
    shares = np.asarray(phi(x))[0]
    # Below the k-th decile lie k tenths, up to the width of a bin.
    np.testing.assert_allclose(shares, (np.arange(9) + 0.5) / 9, atol=0.06)
    with pytest.raises(InvalidInput, match="takes its bins from examples"):
        Histogram()(x)


def test_the_scale_is_the_standard_deviation_over_realisations(rng) -> None:
    phi = Norms((2,))
    exact = np.sqrt(2 / 64**2)
    one = rng.standard_normal((64, 64))
    assert phi.scale(one, draws=64)[0] == pytest.approx(exact, rel=0.4)
    several = rng.standard_normal((400, 64, 64))
    assert phi.scale(several)[0] == pytest.approx(exact, rel=0.15)
    assert (IMAGES["sum"].scale(np.ones((32, 32))) > 0).all()


def test_channels_know_what_they_have_in_common(rng) -> None:
    phi = Channels(WaveletMoments(J=2, order=1), 2)
    a, b = rng.standard_normal((2, 1, 32, 32))
    related, apart = np.stack([a, a + 0.1 * b], 1), np.stack([a, b], 1)
    fitted = phi.fitted(related)
    here, there = np.asarray(fitted(related)), np.asarray(fitted(apart))
    assert here.shape == (1, 3 * len(phi.of.index)) == (1, len(fitted.index))
    # Principal components of the example have variance 1.
    power = [k for k, e in enumerate(phi.of.index) if e.statistic == "l2 order 1"]
    assert np.abs(here - there)[0, power].max() > 0.1
    with pytest.raises(InvalidInput, match="doesn't have 2 channels"):
        fitted(rng.standard_normal((3, 32, 32)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Scattering(J=3)(np.ones((4, 4))), "smaller than the largest wavelet, 8 samples"),
        (lambda: Scattering(J=3)(np.ones((12, 12))), "must be multiples of 8: crop to"),
        (lambda: Scattering(J=3)(np.ones(64)), "too few axes"),
        (lambda: Scattering(J=3) + Moments(axes=1), "don't add"),
        (lambda: Moments()(np.ones((4, 4)) * 1j), "complex"),
        (lambda: WaveletMoments(J=2, norms="l3"), "give 'l1', 'l2' or 'both'"),
        (lambda: statistics_named("scatering", (64, 64)), "did you mean|give some of"),
        (lambda: statistics_named("joint", (64, 64)), "of signals, not of images"),
        (lambda: statistics_named("scattering", (64, 64), 9), "smaller than the largest wavelet"),
        (lambda: Norms(()), "names no norm"),
    ],
)
def test_wrong_arguments_are_named(make: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        make()
