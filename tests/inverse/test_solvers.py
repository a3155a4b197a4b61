"""Solvers against direct solutions, closed forms and SciPy's."""

import jax.numpy as jnp
import numpy as np
import pytest
import torch
from scenes import ellipses, measured, rms
from scipy.optimize import nnls
from scipy.sparse.linalg import lsqr

import subband as sb
from subband.errors import InvalidInput
from subband.inverse import cgls, filtered_back_projection, power_norm, sirt
from subband.inverse.choose import golden_section
from subband.inverse.solvers.differences import gradient, gradient_transpose
from subband.inverse.solvers.filtered_back_projection import WINDOWS
from subband.inverse.solvers.fista import soft


def test_conjugate_gradients_are_least_squares(rng) -> None:
    A = sb.Radon((8, 8), angles=range(0, 180, 12))
    y = rng.standard_normal(A.output_shape)
    matrix = A.scipy() @ np.eye(64)
    want = np.linalg.lstsq(matrix, y.ravel(), rcond=None)[0].reshape(8, 8)
    np.testing.assert_allclose(
        cgls(A, y, 400), want, atol=1e-6 * np.abs(want).max() * np.linalg.cond(matrix) ** 0.5
    )
    np.testing.assert_allclose(cgls(A, y, 9).ravel(), lsqr(A.scipy(), y.ravel(), iter_lim=9)[0], atol=1e-9)


@pytest.mark.parametrize("convert", [torch.asarray, jnp.asarray])
def test_solvers_take_all_libraries(convert, rng) -> None:
    A = sb.Blur((8, 8), sb.gaussian_kernel(0.7), method="fft")
    y = rng.standard_normal((2, 8, 8))
    np.testing.assert_allclose(np.asarray(cgls(A, convert(y), 5)), cgls(A, y, 5), atol=1e-10)


def test_early_stopping_by_the_discrepancy(rng) -> None:
    x, noise = ellipses(48), 0.2
    A = sb.Radon(x.shape, angles=range(0, 180, 6))
    y = measured(A, x, noise)
    stopped, all_ = cgls(A, y, 300, noise=noise), cgls(A, y, 300)
    assert np.linalg.norm(A(stopped) - y) == pytest.approx(noise * np.sqrt(y.size), rel=0.1)
    assert rms(stopped - x) < 0.7 * rms(all_ - x)


def test_sirt_converges_to_the_bounded_least_squares(rng) -> None:
    A = sb.Radon((5, 5), angles=range(0, 180, 10), detectors=9)
    y = rng.standard_normal(A.output_shape)
    rows = np.abs(A(np.ones((5, 5)))).ravel()
    weight = np.sqrt(np.where(rows > 1e-6 * rows.max(), 1 / np.where(rows == 0, 1, rows), 0))
    matrix = weight[:, None] * (A.scipy() @ np.eye(25))
    want, _ = nnls(matrix, weight * y.ravel())
    np.testing.assert_allclose(sirt(A, y, 4000, bounds=(0, 1e9)).ravel(), want, atol=1e-4)


def test_filtered_back_projection_inverts_line_integrals() -> None:
    x = ellipses(96)
    smooth = sb.Blur(x.shape, sb.gaussian_kernel(1.5))(x)
    A = sb.Radon(x.shape, angles=np.arange(0, 180, 1.0))
    found = filtered_back_projection(A, A(smooth))
    assert rms(found - smooth) < 0.01
    assert found.mean() == pytest.approx(smooth.mean(), rel=0.01)
    errors = [
        rms(filtered_back_projection(A, measured(A, smooth, 1.0), window) - smooth) for window in WINDOWS
    ]
    assert errors == sorted(errors, reverse=True)  # the later windows pass less noise
    half = sb.Radon(x.shape, angles=np.arange(0, 180, 1.0), spacing=0.5)
    assert rms(filtered_back_projection(half, half(smooth)) - smooth) < 0.01
    uneven = sb.Radon(x.shape, angles=180 * np.linspace(0, 1, 180, endpoint=False) ** 1.3)
    assert rms(filtered_back_projection(uneven, uneven(smooth)) - smooth) < 0.03


def test_what_can_not_be_back_projected_says_what_to_type() -> None:
    A = sb.Radon((8, 8), beam="fan", distance=20)
    with pytest.raises(InvalidInput, match="for a fan type cgls"):
        filtered_back_projection(A, np.zeros(A.output_shape))
    with pytest.raises(InvalidInput, match="is no Radon transform: type cgls"):
        filtered_back_projection(sb.Mask(np.eye(3)), np.zeros((3, 3)))  # type: ignore[arg-type]
    with pytest.raises(InvalidInput, match="ramp, shepp-logan"):
        filtered_back_projection(sb.Radon((8, 8)), np.zeros(sb.Radon((8, 8)).output_shape), "ram-lak")


def test_power_method() -> None:
    A = sb.Downsample((16, 16), 2) @ sb.Blur((16, 16), sb.gaussian_kernel(1.0))
    assert power_norm(A) == pytest.approx(A.norm(), rel=1e-3)
    assert power_norm(A, torch.zeros(16, 16)) == pytest.approx(A.norm(), rel=1e-3)


def test_gradients_and_their_transpose_agree(rng) -> None:
    x, g = rng.standard_normal((2, 5, 6)), rng.standard_normal((2, 2, 5, 6))
    np.testing.assert_allclose(np.vdot(gradient(x, 2), g), np.vdot(x, gradient_transpose(g)))
    np.testing.assert_allclose(gradient(x, 1)[0, ..., :-1], np.diff(x))


def test_soft_thresholds_are_the_proximal_map(rng) -> None:
    c, weight = rng.standard_normal(5) + 1j * rng.standard_normal(5), np.linspace(0, 2, 5)
    found = soft(c, weight)

    def energy(z: np.ndarray) -> np.ndarray:
        return 0.5 * np.abs(z - c) ** 2 + weight * np.abs(z)

    for step in (0.01, -0.01, 0.01j, -0.01j):
        assert (energy(found) <= energy(found + step)).all()


def test_golden_section_finds_the_valley() -> None:
    assert golden_section(lambda t: (t - 0.3) ** 2, -5, 5, 30) == pytest.approx(0.3, abs=1e-4)
