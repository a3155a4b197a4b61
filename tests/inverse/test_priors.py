"""Priors against closed forms, each other, and conditions of optimality."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scenes import ellipses, measured, rms

import subband as sb
from subband.errors import InvalidInput
from subband.inverse import L1, TV, BestLinear, PlugAndPlay, Tikhonov, estimate_noise, invert

X = ellipses(32)
NOISE = 0.02
BLUR = sb.Blur(X.shape, sb.gaussian_kernel(1.0))


def test_tikhonov_is_the_solution_of_the_normal_equations(rng) -> None:
    A = sb.Downsample((10, 8), 2)
    y = rng.standard_normal((5, 4))
    matrix = A.scipy() @ np.eye(80)
    steps = np.stack(
        [
            np.diff(
                np.eye(80).reshape(80, 10, 8),
                axis=axis,
                append=np.eye(80).reshape(80, 10, 8)[
                    (
                        slice(None),
                        slice(-1, None) if axis == 1 else slice(None),
                        slice(-1, None) if axis == 2 else slice(None),
                    )
                ],
            ).reshape(80, -1)
            for axis in (1, 2)
        ]
    )
    laplacian = sum(s @ s.T for s in steps)
    for order, penalty in ((0, np.eye(80)), (1, laplacian)):
        found = invert(A, y, prior=Tikhonov(0.1, order=order, iterations=2000), noise=0.1).x
        want = np.linalg.solve(matrix.T @ matrix + 0.1 * penalty, matrix.T @ y.ravel())
        np.testing.assert_allclose(found.ravel(), want, atol=1e-4)


def test_wieners_formula_is_the_iterations_result(rng) -> None:
    kernel = rng.random((3, 4))
    y = rng.standard_normal((9, 8))
    by_formula = invert(sb.Blur((9, 8), kernel, "periodic"), y, prior=Tikhonov(0.3, order=0), noise=0.1)
    product = sb.Mask(np.ones((9, 8))) @ sb.Blur((9, 8), kernel, "periodic")
    np.testing.assert_allclose(
        by_formula.x, invert(product, y, prior=Tikhonov(0.3, order=0), noise=0.1).x, atol=1e-5
    )
    assert by_formula.reason == "by a formula"


@pytest.mark.parametrize(
    "prior", [Tikhonov(), Tikhonov(order=0), TV(), L1(level=2), L1(sb.idwt, "haar", level=2)]
)
def test_discrepancy_leaves_a_misfit_like_the_noise(prior) -> None:
    found = invert(BLUR, measured(BLUR, X, NOISE), prior=prior, noise=NOISE)
    assert found.misfit == pytest.approx(found.expected_misfit, rel=0.06)
    assert found.expected_misfit == pytest.approx(NOISE * 32)
    assert rms(found.x - X) < rms(measured(BLUR, X, NOISE) - X)


def test_the_two_forms_of_total_variation_agree() -> None:
    y = measured(BLUR, X, NOISE)
    tight = TV(iterations=4000, tolerance=1e-6)
    constrained = invert(BLUR, y, prior=tight, noise=NOISE)
    penalised = invert(BLUR, y, prior=replace(tight, weight=constrained.weight), noise=NOISE)
    np.testing.assert_allclose(penalised.x, constrained.x, atol=5e-3)
    scaled = invert(BLUR, 100 * y, prior=tight, noise=100 * NOISE)
    np.testing.assert_allclose(scaled.x / 100, constrained.x, atol=1e-6)


def test_total_variation_of_a_step_has_its_closed_form() -> None:
    """Denoising a step of height h between halves of n samples shrinks each half by weight / n."""
    y = np.repeat([0.0, 1.0], 8)
    found = invert(sb.Mask(np.ones(16)), y, prior=TV(0.4, iterations=20000, tolerance=1e-9), noise=0.1)
    np.testing.assert_allclose(found.x, np.repeat([0.05, 0.95], 8), atol=1e-4)


def test_sparse_coefficients_of_an_orthonormal_wavelet_are_thresholded(rng) -> None:
    y = rng.standard_normal(32)
    prior = L1(sb.idwt, "db2", level=2, weight=0.5, options={"mode": "periodization"})
    found = invert(sb.Mask(np.ones(32)), y, prior=prior, noise=0.1)
    c = sb.dwt(y, "db2", level=2, mode="periodization")
    want = sb.idwt(c.map(lambda band: np.sign(band) * np.maximum(np.abs(band) - 0.5, 0), approx=False))
    np.testing.assert_allclose(found.x, want, atol=1e-10)


@pytest.mark.parametrize("transform", [sb.idwt, sb.iswt, sb.ipackets, sb.idtcwt, sb.swt])
def test_any_frame_serves(transform) -> None:
    y = measured(BLUR, X, NOISE)
    wavelet = None if transform is sb.idtcwt else "haar"
    found = invert(BLUR, y, prior=L1(transform, wavelet, level=2, weight=0.01), noise=NOISE)
    assert found.misfit < 0.1 * np.linalg.norm(y)
    assert rms(found.x - X) < 0.1


def test_unbiased_estimates_of_the_risk_choose_almost_the_best_weight() -> None:
    y = measured(BLUR, X, NOISE)
    chosen = invert(BLUR, y, prior=Tikhonov("sure", order=0), noise=NOISE)
    assert chosen.weight is not None
    risks = {
        weight: rms(BLUR(invert(BLUR, y, prior=Tikhonov(weight, order=0), noise=NOISE).x) - BLUR(X))
        for weight in np.geomspace(1e-3, 1, 9)
    }
    assert rms(BLUR(chosen.x) - BLUR(X)) < 1.1 * min(risks.values())


def test_tuning_uses_other_images_only(rng) -> None:
    others = np.stack([np.roll(X, k, axis=(0, 1)) for k in (3, 9)])
    tuned = Tikhonov().tuned(BLUR, others, NOISE, tries=8)
    best = invert(BLUR, measured(BLUR, X, NOISE), prior=tuned, noise=NOISE)
    for factor in (0.1, 10):
        worse = invert(BLUR, measured(BLUR, X, NOISE), prior=Tikhonov(tuned.weight * factor), noise=NOISE)
        assert rms(best.x - X) < rms(worse.x - X)


def test_the_best_linear_estimate_is_bayes_for_gaussian_images(rng) -> None:
    """With many images of known covariance it is the posterior mean."""
    A, noise = sb.Downsample(12, 3), 0.1
    covariance = 0.9 ** np.abs(np.subtract.outer(np.arange(12), np.arange(12)))
    images = rng.multivariate_normal(np.full(12, 2.0), covariance, 501)
    matrix = A.scipy() @ np.eye(12)
    gain = covariance @ matrix.T @ np.linalg.inv(matrix @ covariance @ matrix.T + noise**2 * np.eye(4))
    prior = BestLinear.fit(A, images[:500], noise)
    y = matrix @ images[-1] + noise * rng.standard_normal(4)
    want = 2 + gain @ (y - matrix @ np.full(12, 2.0))
    assert rms(invert(A, y, prior=prior, noise=noise).x - want) < 0.08
    with pytest.raises(InvalidInput, match="was fitted to measurements of shape"):
        invert(sb.Downsample(12, 2), np.zeros(6), prior=prior, noise=noise)


def test_plug_and_play_with_a_gaussian_denoiser_is_ridge_regression(rng) -> None:
    """D(x, σ) = x / (1 + σ²) is the denoiser of x ~ N(0, 1)."""
    A, noise = sb.Downsample((8, 8), 2), 0.1
    y = A(rng.standard_normal((8, 8))) + noise * rng.standard_normal((4, 4))
    prior = PlugAndPlay(lambda x, sigma: x / (1 + sigma**2), steps=60, first=1.0, last=0.05)
    want = invert(A, y, prior=Tikhonov(noise**2, order=0), noise=noise).x
    assert rms(invert(A, y, prior=prior, noise=noise).x - want) < 0.1 * rms(want)


def test_colours_are_one_problem_and_tensors_stay_tensors() -> None:
    y = torch.asarray(np.stack([measured(BLUR, value * X, NOISE) for value in (1.0, 0.5)]))
    for prior in (Tikhonov(), TV(iterations=50), L1(level=1, iterations=20), PlugAndPlay(steps=3)):
        found = invert(BLUR, y, prior=prior, noise=NOISE)
        assert isinstance(found.x, torch.Tensor)
        assert found.x.shape == (2, 32, 32)
        alone = invert(BLUR, y.numpy(), prior=prior, noise=NOISE).x
        np.testing.assert_allclose(found.x.numpy(), alone, atol=1e-6)


def test_noise_is_estimated_from_the_finest_details() -> None:
    assert estimate_noise(measured(BLUR, X, 0.1), BLUR) == pytest.approx(0.1, rel=0.15)
    assert invert(BLUR, measured(BLUR, X, 0.1)).noise == pytest.approx(0.1, rel=0.15)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: invert(np.eye(3), np.zeros(3)), "give a linear map"),
        (lambda: invert(BLUR, np.zeros((3, 3))), r"give \(32, 32\)"),
        (lambda: invert(BLUR, np.full((32, 32), np.nan)), r"not finite: .*sb.Mask\(numpy.isfinite\(y\)\)"),
        (lambda: invert(BLUR, X, noise=-1), "noise=-1 must be"),
        (lambda: invert(BLUR, X, prior="tv"), r"prior='tv': give a prior, e.g. prior=subband.inverse.TV\(\)"),
        (lambda: invert(sb.Mask(X > 0), X), "can't estimate the noise of a measurement by Mask"),
        (lambda: invert(BLUR, X, init=np.zeros(3)), r"give \(32, 32\)"),
        (lambda: TV("best"), "weight='best': give 'discrepancy' or 'sure'"),
        (lambda: TV(-1), "weight=-1"),
        (lambda: TV(bounds=(1, 0)), "least and the greatest"),
        (lambda: Tikhonov(order=2), "order=2"),
        (lambda: L1(np.sin), "one of subband's"),
        (lambda: PlugAndPlay(None), "function of an image and σ"),
        (lambda: invert(BLUR, X, prior=PlugAndPlay(lambda x, s: x[1:]), noise=0.1), "it must keep it"),
        (lambda: BestLinear.fit(BLUR, X, 0.1), "8 or more"),
        (lambda: Tikhonov().tuned(BLUR, np.full((1, 32, 32), np.nan), 0.1), "not real and finite"),
    ],
)
def test_bad_input_is_refused_in_words(call, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        call()
