"""Shrinkage and denoising: PyWavelets' and scikit-image's numbers, and risks minimised by hand."""

from math import inf, log, log2, sqrt

import array_api_strict
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import pywt
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.restoration import denoise_wavelet

import subband as sb
from subband.errors import InvalidInput
from subband.transforms import thresholding
from subband.transforms.thresholding import bayes_threshold, sure_threshold, universal_threshold

MAKE = {
    "numpy": np.asarray,
    "torch": torch.asarray,
    "jax": jnp.asarray,
    "strict": array_api_strict.asarray,
}
MODES = ("soft", "hard", "garrote", "greater", "less")
METHODS = ("bayes", "visu", "sure")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("value", [0.3, 1.0, 2])
def test_thresholds_agree_with_pywavelets(mode: str, value: float, rng) -> None:
    x = rng.standard_normal((5, 40))
    x[0, :4] = (1.0, -1.0, 2.0, -2.0)  # on the threshold itself
    np.testing.assert_allclose(sb.threshold(x, value, mode), pywt.threshold(x, value, mode), atol=1e-15)
    np.testing.assert_array_equal(getattr(thresholding, mode)(x, value), sb.threshold(x, value, mode))
    if mode in ("soft", "hard", "garrote"):
        z = x + 1j * rng.standard_normal(x.shape)
        np.testing.assert_allclose(sb.threshold(z, value, mode), pywt.threshold(z, value, mode), atol=1e-15)


def test_firm_agrees_with_pywavelets(rng) -> None:
    x = rng.standard_normal((5, 40))
    for samples in (x, x + 1j * rng.standard_normal(x.shape)):
        for low, high in ((0.2, 0.9), (0.5, 4.0), (0.0, 1.0)):
            want = pywt.threshold_firm(samples, low, high)
            np.testing.assert_allclose(sb.threshold_firm(samples, low, high), want, atol=1e-15)
    np.testing.assert_array_equal(sb.threshold_firm(x, 0.7, 0.7), sb.threshold(x, 0.7, "hard"))
    np.testing.assert_allclose(sb.threshold_firm(x, 0.7, inf), sb.threshold(x, 0.7, "soft"))


@given(st.floats(-4, 4), st.floats(0, 3))
def test_soft_is_the_prox_of_the_absolute_value(x: float, value: float) -> None:
    y = float(sb.threshold(np.array([x]), value)[0])
    # 0 lies in the subdifferential of (y − x)²/2 + value·|y|.
    if y:
        assert y - x + value * np.sign(y) == pytest.approx(0, abs=1e-12)
    else:
        assert abs(x) <= value


@given(st.floats(-4, 4), st.floats(0.1, 3))
def test_garrote_and_firm_lie_between_soft_and_hard(x: float, value: float) -> None:
    at = np.array([x])
    soft, hard = (abs(sb.threshold(at, value, mode)) for mode in ("soft", "hard"))
    for between in (sb.threshold(at, value, "garrote"), sb.threshold_firm(at, value, 2 * value)):
        assert soft <= abs(between) + 1e-12
        assert abs(between) <= hard + 1e-12


def test_each_signal_may_have_its_own_threshold(rng) -> None:
    x = rng.standard_normal((3, 20))
    values = np.array([[0.1], [0.5], [inf]])
    for mode in ("soft", "hard", "garrote"):
        got = sb.threshold(x, values, mode)
        for row, one, value in zip(got, x, values[:, 0], strict=True):
            np.testing.assert_array_equal(row, sb.threshold(one, value, mode))
        assert not got[2].any()


def test_nan_stays_and_infinity_is_large() -> None:
    x = np.array([np.nan, inf, -inf, 0.0])
    for mode in ("soft", "hard", "garrote"):
        np.testing.assert_array_equal(sb.threshold(x, 1.0, mode), x)
        np.testing.assert_array_equal(sb.threshold(x, 0.0, mode), x)
    np.testing.assert_array_equal(sb.threshold_firm(x, 1.0, 2.0), x)


@pytest.mark.parametrize("mode", [*MODES, "firm"])
@pytest.mark.parametrize("kind", MAKE)
def test_same_numbers_same_kind(kind: str, mode: str, rng) -> None:
    def shrink(x):
        return sb.threshold_firm(x, 0.5, 1.0) if mode == "firm" else sb.threshold(x, 0.5, mode)

    x = rng.standard_normal((4, 9))
    for samples in (x, x + 1j * x[::-1], x.astype(np.float32)):
        if np.iscomplexobj(samples) and mode in ("greater", "less"):
            continue
        there = MAKE[kind](samples)
        got = shrink(there)
        assert type(got) is type(there)
        assert got.dtype == there.dtype
        np.testing.assert_allclose(np.asarray(got), shrink(samples), rtol=1e-6)


@pytest.mark.parametrize("mode", [*MODES, "firm"])
def test_derivatives_are_finite_and_right(mode: str, rng) -> None:
    def shrink(x):
        return sb.threshold_firm(x, 0.5, 1.0) if mode == "firm" else sb.threshold(x, 0.5, mode)

    x = np.array([-2.0, -0.7, -0.2, 0.0, 0.3, 0.8, 1.7])
    there = torch.asarray(x).requires_grad_()
    assert torch.autograd.gradcheck(shrink, there)
    shrink(there).sum().backward()
    here = jax.grad(lambda x: shrink(x).sum())(jnp.asarray(x))
    np.testing.assert_allclose(np.asarray(here), there.grad.numpy(), atol=1e-12)


def test_derivative_in_the_threshold() -> None:
    x = torch.tensor([-2.0, -0.7, 0.0, 0.3, 1.7], dtype=torch.float64)
    value = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    for mode in ("soft", "garrote"):
        assert torch.autograd.gradcheck(lambda v, mode=mode: sb.threshold(x, v, mode), value)


# Denoising


@pytest.mark.parametrize("sigma", [None, 0.4])
@pytest.mark.parametrize("mode", ["soft", "hard"])
@pytest.mark.parametrize(("method", "peer"), [("bayes", "BayesShrink"), ("visu", "VisuShrink")])
def test_denoising_agrees_with_scikit_image(method: str, peer: str, mode: str, sigma, rng) -> None:
    image = np.outer(np.hanning(60), np.sign(np.linspace(-1, 1, 72))) * 3
    noisy = image + 0.4 * rng.standard_normal(image.shape)
    for name in ("sym8", "haar"):
        got = sb.denoise(noisy, name, method=method, shrinkage=mode, axes=(0, 1), sigma=sigma)
        want = denoise_wavelet(noisy, sigma=sigma, wavelet=name, mode=mode, method=peer)
        np.testing.assert_allclose(got, want, atol=1e-11)
    got = sb.denoise(noisy[0], "db2", method=method, shrinkage=mode, level=3, sigma=sigma)
    want = denoise_wavelet(noisy[0], sigma=sigma, wavelet="db2", mode=mode, method=peer, wavelet_levels=3)
    np.testing.assert_allclose(got, want, atol=1e-11)


def by_hand(details: np.ndarray, sigma: float) -> float:
    """SureShrink by trying all thresholds."""
    u, n = np.abs(details) / sigma, details.size
    if (u**2).mean() - 1 <= log2(n) ** 1.5 / sqrt(n):
        return sigma * sqrt(2 * log(n))
    candidates = [t for t in (0.0, *u) if t <= sqrt(2 * log(n))]
    risks = [n - 2 * ((u <= t) & (u > 0)).sum() + (np.minimum(u, t) ** 2).sum() for t in candidates]
    return sigma * min(zip(risks, candidates, strict=True))[1]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 80), st.floats(0, 6), st.floats(0.05, 1), st.floats(0.1, 10), st.integers(0, 99))
def test_sure_is_the_least_estimated_risk(
    n: int, height: float, share: float, sigma: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    details = sigma * (height * (rng.random(n) < share) + rng.standard_normal(n))
    got = sure_threshold(details, np.asarray(sigma), n)
    assert float(got) == pytest.approx(by_hand(details, sigma), rel=1e-9)


def test_the_estimated_risk_is_the_risk(rng) -> None:
    # On many draws the chosen threshold does nearly as well as the best that sees the clean signal.
    clean = np.where(np.arange(4096) % 4 == 0, 3.0, 0.0)
    noisy = clean + rng.standard_normal((20, 4096))
    chosen = sure_threshold(noisy, np.ones(20), 4096)

    def loss(t) -> float:
        return ((sb.threshold(noisy, t) - clean) ** 2).mean()

    best = min(loss(t) for t in np.linspace(0, 3, 61))
    assert loss(chosen[:, None]) < 1.01 * best


def test_rules_where_there_is_nothing_to_see() -> None:
    silence, one = np.zeros((1, 16)), np.ones(1)
    assert np.isinf(bayes_threshold(silence, one, 16))
    assert sure_threshold(silence, one, 16) == universal_threshold(silence, one, 16) == sqrt(2 * log(16))
    # No noise: no threshold.
    assert sure_threshold(silence + 3, 0 * one, 16) == 0
    assert bayes_threshold(silence + 3, 0 * one, 16) == 0


@pytest.mark.parametrize("transform", ["dwt", "swt"])
@pytest.mark.parametrize("mode", ["soft", "hard", "garrote"])
@pytest.mark.parametrize("method", METHODS)
def test_noise_goes_and_signal_stays(method: str, mode: str, transform: str, rng) -> None:
    t = np.linspace(0, 1, 2048, endpoint=False)
    clean = np.stack([np.sin(8 * np.pi * t), np.sign(np.sin(6 * np.pi * t + 0.3)) * 2])
    noisy = clean + np.array([[0.2], [0.6]]) * rng.standard_normal(clean.shape)
    restored = sb.denoise(noisy, "sym8", method=method, shrinkage=mode, level=6, transform=transform)
    before, after = (np.mean((y - clean) ** 2, axis=1) for y in (noisy, restored))
    assert (after < before / 3).all()


def test_the_mean_over_shifts_has_weaker_artefacts(rng) -> None:
    clean = np.where((np.arange(1024) // 77) % 2, 3.0, 0.0)
    noisy = clean + 0.5 * rng.standard_normal((10, 1024))
    decimated, stationary = (
        np.mean(
            (sb.denoise(noisy, "haar", method="visu", shrinkage="hard", level=5, transform=transform) - clean)
            ** 2
        )
        for transform in ("dwt", "swt")
    )
    assert stationary < 0.6 * decimated


def test_noise_level_is_the_deviation(rng) -> None:
    sigma = np.array([[0.5], [3.0]])
    x = sigma[..., None] * rng.standard_normal((2, 200, 201)) + np.linspace(0, 5, 201)
    for c in (sb.dwt(x, "db2", level=1, axes=(1, 2)), sb.swt(x, "db2", level=2, axes=(1, 2))):
        np.testing.assert_allclose(sb.noise_level(c), sigma[:, 0], rtol=0.03)
    from skimage.restoration import estimate_sigma

    got = sb.noise_level(sb.dwt(x[0], "db2", level=1, axes=(0, 1)))
    np.testing.assert_allclose(got, estimate_sigma(x[0]), rtol=1e-12)


def test_a_batch_is_its_signals(rng) -> None:
    x = rng.standard_normal((2, 40, 3, 24)) * np.array([1.0, 5.0])[:, None, None, None]
    for method in METHODS:
        together = sb.denoise(x, "db2", method=method, axes=(1, 3), sigma=None)
        for i, j in np.ndindex(2, 3):
            alone = sb.denoise(x[i, :, j], "db2", method=method, axes=(0, 1))
            np.testing.assert_allclose(together[i, :, j], alone, atol=1e-12)
    sigma = np.array([[0.5, 1.0, 2.0], [3.0, 0.0, 1.0]])
    each = sb.denoise(x, "db2", method="visu", axes=(1, 3), sigma=sigma)
    np.testing.assert_allclose(each[1, :, 1], x[1, :, 1], atol=1e-12)
    np.testing.assert_allclose(
        each[0, :, 2], sb.denoise(x[0, :, 2], "db2", method="visu", axes=(0, 1), sigma=2)
    )


def test_constant_signals_pass() -> None:
    x = np.full((3, 64), 7.0)
    for method in METHODS:
        np.testing.assert_allclose(sb.denoise(x, "db2", method=method), x, rtol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_nan_spoils_its_own_signal_alone(method: str, rng) -> None:
    x = rng.standard_normal((2, 64))
    want = sb.denoise(x, "db2", method=method)
    x[1, 20] = np.nan
    got = sb.denoise(x, "db2", method=method)
    np.testing.assert_array_equal(got[0], want[0])
    assert np.isnan(got[1, 20])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", MAKE)
def test_denoising_on_every_library(kind: str, method: str, rng) -> None:
    x = rng.standard_normal((2, 16, 17))
    there, transform = MAKE[kind](x), "swt" if method == "visu" else "dwt"
    got = sb.denoise(there, "haar", method=method, level=1, axes=(1, 2), transform=transform)
    want = sb.denoise(x, "haar", method=method, level=1, axes=(1, 2), transform=transform)
    assert type(got) is type(there)
    assert got.dtype == there.dtype
    np.testing.assert_allclose(np.asarray(got), want, atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_denoising_is_differentiable_and_jits(method: str, rng) -> None:
    x = rng.standard_normal((2, 64)) + np.linspace(0, 20, 64)
    there = torch.asarray(x).requires_grad_()
    y = sb.denoise(there, "db2", method=method, level=2)
    y.pow(2).sum().backward()
    assert torch.isfinite(there.grad).all()
    step = jax.jit(jax.grad(lambda x: (sb.denoise(x, "db2", method=method, level=2) ** 2).sum()))
    np.testing.assert_allclose(np.asarray(step(jnp.asarray(x))), there.grad.numpy(), atol=1e-9)


def test_half_precision_is_denoised_in_single(rng) -> None:
    x = torch.asarray(rng.standard_normal(4096)).to(torch.float16)
    for method in METHODS:
        y = sb.denoise(x, "db2", method=method)
        assert y.dtype == torch.float16
        torch.testing.assert_close(y, sb.denoise(x.float(), "db2", method=method).half())


ERRORS = {
    "unknown mode": (
        lambda x: sb.threshold(x, 1, "semi"),
        "shrinkage 'semi' is unknown: give one of soft, hard,",
    ),
    "negative": (lambda x: sb.threshold(x, -1.0), "value=-1.0 is negative: give 0 or more"),
    "negative, hard": (lambda x: sb.threshold(x, -1, "hard"), "value=-1 is negative: give 0 or more"),
    "wrong order": (lambda x: sb.threshold_firm(x, 2, 1), "low=2.0, high=1.0: give 0 ≤ low ≤ high"),
    "negative low": (lambda x: sb.threshold_firm(x, -1, 1), "low=-1 must be a threshold, 0 or more"),
    "complex greater": (lambda x: sb.threshold(1j * x, 1, "greater"), "greater compares"),
    "complex less": (lambda x: sb.threshold(1j * x, 1, "less"), "less compares"),
    "unknown method": (lambda x: sb.denoise(x, method="fdr"), "method 'fdr' is unknown: give one of bayes,"),
    "unknown shrinkage": (
        lambda x: sb.denoise(x, shrinkage="less"),
        "shrinkage 'less' is unknown: give one of soft,",
    ),
    "unknown transform": (lambda x: sb.denoise(x, transform="cwt"), "transform 'cwt' is unknown"),
    "complex": (lambda x: sb.denoise(1j * x), "can't denoise complex samples"),
    "negative sigma": (lambda x: sb.denoise(x, sigma=-1), "sigma=-1 must be a standard deviation, 0 or more"),
    "sigma for others": (
        lambda x: sb.denoise(x, sigma=np.ones(3)),
        r"sigma of shape \(3,\): give one number, or one for each signal \(4,\)",
    ),
    "level too high": (lambda x: sb.denoise(x, "haar", level=9), "can't take 9 levels of haar"),
    "noise of samples": (lambda x: sb.noise_level(x), "can't estimate a noise level from a ndarray"),
    "noise of complex": (lambda x: sb.noise_level(sb.dwt(1j * x, "haar")), "for real coefficients"),
    "noise of normed": (lambda x: sb.noise_level(sb.swt(x, "haar", norm="l1")), "norm='l1' shrinks"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_bad_input_is_explained(case: str) -> None:
    call, message = ERRORS[case]
    with pytest.raises(InvalidInput, match=message):
        call(np.ones((4, 64)))
