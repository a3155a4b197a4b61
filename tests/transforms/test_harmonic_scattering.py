"""Solid harmonic scattering: closed forms, the definition written out, and the invariances that it is for."""

import jax
import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from subband.errors import InvalidInput
from subband.transforms.scattering import HarmonicScattering, SolidHarmonics
from subband.transforms.scattering import harmonic as module
from subband.transforms.scattering.solid_harmonics import harmonics

SHAPE = (16, 12, 20)


def blobs(places: np.ndarray, weights: np.ndarray, size: int, width: float = 2.0) -> np.ndarray:
    """A sum of Gaussian densities about the centre of a cube."""
    u = np.stack(np.meshgrid(*3 * [np.arange(size) - size // 2], indexing="ij"), -1)
    r2 = ((u[..., None, :] - places) ** 2).sum(-1)
    return (weights * np.exp(-r2 / (2 * width**2))).sum(-1) / ((2 * np.pi) ** 1.5 * width**3)


@pytest.mark.parametrize("degree", range(6))
def test_harmonics_are_orthonormal_on_the_sphere_and_solve_laplace(degree, rng) -> None:
    # Gauss–Legendre in z and equal steps around are exact for the products' degree.
    z, weights = np.polynomial.legendre.leggauss(degree + 1)
    around = np.arange(2 * degree + 2) * np.pi / (degree + 1)
    ring = np.sqrt(1 - z**2)[:, None]
    sphere = z[:, None] + 0 * around, ring * np.sin(around), ring * np.cos(around)
    y = harmonics(degree, *sphere)
    gram = np.einsum("aij,bij,i->ab", y, y, weights) * np.pi / (degree + 1)
    assert_allclose(gram, np.eye(2 * degree + 1), atol=1e-13)
    p, h = rng.standard_normal(3), 1e-2
    steps = p[:, None] + h * np.concatenate([np.zeros((3, 1)), np.eye(3), -np.eye(3)], axis=1)
    values = harmonics(degree, *steps)
    # Second differences leave h²/12 of fourth derivatives, which a cubic has not.
    assert_allclose(values[:, 1:].sum(1) - 6 * values[:, 0], 0, atol=h**4 * 100)


@pytest.mark.parametrize("degree", range(5))
def test_length_of_the_vector_of_wavelets_integrates_to_one(degree) -> None:
    psi = np.fft.ifftn(SolidHarmonics(0, degree, 2.0).spectra((40, 40, 40), degree, 0), axes=(1, 2, 3))
    assert np.sqrt((np.abs(psi) ** 2).sum(0)).sum() == pytest.approx(1, abs=1e-3 if degree == 1 else 1e-5)


def written_out(x: np.ndarray, J: int, L: int, sigma_0: float = 1.0) -> dict:
    """U of all scales and degrees by complex transforms of whole spectra."""
    bank = SolidHarmonics(J, L, sigma_0)

    def modulus(u, j, degree):
        filtered = np.fft.ifftn(np.fft.fftn(u) * bank.spectra(u.shape, degree, j), axes=(1, 2, 3))
        return np.sqrt((np.abs(filtered) ** 2).sum(0))

    found = {}
    for degree in range(L + 1):
        for j1 in range(J + 1):
            found[(j1,), degree] = u1 = modulus(x, j1, degree)
            for j2 in range(j1 + 1, J + 1):
                found[(j1, j2), degree] = modulus(u1, j2, degree)
    return found


@pytest.mark.parametrize("shape", [SHAPE, (7, 9, 12), (8, 8, 9)])
@pytest.mark.parametrize("method", ["integral", "standard", "local"])
def test_definition(shape, method, rng) -> None:
    x = rng.standard_normal((2, *shape))
    plan = HarmonicScattering(2, L=2, sigma_0=0.8, powers=(0.5, 2.0), method=method)
    points = rng.integers(0, shape, (2, 5, 3)) if method == "local" else None
    ours = plan(x, points).array
    for signal in range(2):
        moduli = written_out(x[signal], 2, 2, 0.8)
        for c, path in enumerate(plan.paths):
            u = moduli[path.j, path.l] ** path.power
            if method != "integral":
                width = 0.8 * 2 ** (2 if method == "standard" else path.j[-1] + 1)
                gauss = np.exp(
                    -sum(
                        (2 * np.pi * np.fft.fftfreq(n).reshape(s) * width) ** 2 / 2
                        for n, s in zip(shape, ((-1, 1, 1), (1, -1, 1), (1, 1, -1)), strict=True)
                    )
                )
                u = np.fft.ifftn(np.fft.fftn(u) * gauss).real
            expected = (
                u.sum()
                if method == "integral"
                else u[::4, ::4, ::4]
                if method == "standard"
                else u[tuple(points[signal].T)]
            )
            assert_allclose(ours[signal, c], expected, rtol=1e-9, atol=1e-12)


def test_closed_forms_of_a_gaussian_density() -> None:
    width, plan = 2.5, HarmonicScattering(1, L=3, order=1)
    s = plan(blobs(np.zeros((1, 3)), np.ones(1), 40, width)).array
    for value, path in zip(s, plan.paths, strict=True):
        sigma = 2 ** path.j[0]
        v = width**2 + sigma**2
        if path.power == 1:
            # x ∗ ψ_l is a wavelet again, of width √v, times (σ/√v)^l; the vector of wavelets integrates to 1.
            assert value == pytest.approx((sigma**2 / v) ** (path.l / 2), rel=1e-3)
        if path.l == 0 and path.power == 2:
            assert value == pytest.approx((4 * np.pi * v) ** -1.5, rel=1e-6)
        if path.l == 1 and path.power == 2:
            # The vector ψ₁ is cσ∇ of a Gaussian, so U = cσ|∇G_v|, with ∫ |∇G_v|² = 3/(2v) (4πv)^{−3/2}.
            c = np.sqrt(np.pi / 8)  # 1/c = ∫ |∇G₁|
            assert value == pytest.approx(c**2 * sigma**2 * 1.5 / v * (4 * np.pi * v) ** -1.5, rel=1e-6)


def test_rotations_and_shifts_change_nothing(rng) -> None:
    places, weights = rng.uniform(-3, 3, (6, 3)), rng.uniform(0.5, 2, 6)
    turned = Rotation.random(rng=np.random.default_rng(1)).apply(places)
    # Roots weigh the faint tails, which the cube cuts off; the powers 1 and 2 do not.
    plan = HarmonicScattering(2, powers=(1.0, 2.0))
    still, rotated, moved = (
        plan(blobs(at, weights, 40)).array for at in (places, turned, places + np.array([0.3, -1.7, 2.2]))
    )
    # Moduli have cusps, which a grid of voxels sees a little differently each time.
    assert_allclose(moved, still, rtol=1e-3)
    assert_allclose(rotated, still, rtol=1e-3)
    rolled = np.roll(blobs(places, weights, 40), (3, -5, 11), (0, 1, 2))
    assert_allclose(plan(rolled).array, still, rtol=1e-11)
    # A single wavelet, without the length over m, does turn with the axes.
    one = HarmonicScattering(2, covariant=False, powers=(1.0, 2.0))
    ratio = one(blobs(turned, weights, 40)).array / one(blobs(places, weights, 40)).array
    assert np.abs(ratio - 1).max() > 0.05


def test_turning_the_axes_is_exact_where_no_frequency_is_its_own_mirror_image(rng) -> None:
    x, plan = rng.standard_normal((9, 9, 9)), HarmonicScattering(1, L=3)
    assert_allclose(plan(np.rot90(x, axes=(0, 2)).copy()).array, plan(x).array, rtol=1e-10)


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_libraries_dtypes_and_batches_agree(library, rng) -> None:
    x = rng.standard_normal((2, 3, 8, 8, 10)).astype(np.float32)
    plan = HarmonicScattering(1, L=2)
    expected = plan(x.astype(np.float64)).array
    other = torch.from_numpy(x) if library == "torch" else jax.numpy.asarray(x)
    y = (plan if library == "torch" else jax.jit(plan))(other).array
    assert type(y) is type(other)
    assert str(y.dtype).endswith("float32")
    assert y.shape == (2, 3, len(plan.paths))
    assert_allclose(np.asarray(y), expected, rtol=1e-5)
    assert_allclose(plan(x).array[1, 2], plan(x[1, 2]).array, rtol=1e-6)
    assert plan(x[:, :0]).array.shape == (2, 0, len(plan.paths))


def test_signals_share_chunks_without_seeing_each_other(monkeypatch, rng) -> None:
    x, plan = rng.standard_normal((7, 8, 8, 8)), HarmonicScattering(1, L=1)
    whole = plan(x).array
    monkeypatch.setattr(module, "IN_CACHE", 3 * 512)
    assert_allclose(plan(x).array, whole, rtol=1e-12)
    assert_allclose(plan(torch.from_numpy(x)).array.numpy(), whole, rtol=1e-12)


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_a_nan_makes_its_own_signal_nan_and_no_other(library, rng) -> None:
    x = rng.standard_normal((3, 4, 4, 4))
    x[1, 2, 3, 0] = np.nan
    plan = HarmonicScattering(1, L=1)
    made = np.asarray(plan(torch.from_numpy(x) if library == "torch" else x).array)
    assert np.isnan(made[1]).all()
    assert_allclose(made[::2], plan(x[::2]).array, rtol=1e-12)


@pytest.mark.parametrize("method", ["integral", "standard"])
def test_gradients(method, rng) -> None:
    plan = HarmonicScattering(1, L=1, method=method)
    x = torch.from_numpy(rng.standard_normal((1, 4, 4, 4))).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: plan(x).array, (x,))


def test_gradient_is_finite_where_moduli_are_zero() -> None:
    plan = HarmonicScattering(1, L=2)
    x = torch.zeros(1, 8, 8, 8, requires_grad=True)
    plan(x).array.sum().backward()
    assert (x.grad[0] == x.grad[0]).all()
    small = HarmonicScattering(1, L=1)
    gradient = jax.jit(jax.grad(lambda x: small(x).array.sum()))(jax.numpy.zeros((4, 4, 4)))
    assert bool(jax.numpy.isfinite(gradient).all())


@pytest.mark.parametrize(
    ("arguments", "shape", "says"),
    [
        ({"J": -1}, (8, 8, 8), "J=-1"),
        ({"J": 1, "L": 1.5}, (8, 8, 8), "L=1.5"),
        ({"J": 1, "sigma_0": 0}, (8, 8, 8), "sigma_0=0"),
        ({"J": 1, "order": 3}, (8, 8, 8), "order=3 must be a whole number, 1 … 2"),
        ({"J": 1, "powers": (0.0,)}, (8, 8, 8), "positive"),
        ({"J": 1, "method": "mean"}, (8, 8, 8), "integral, standard, local"),
        ({"J": 4}, (16, 8, 32), "at most J=3"),
        ({"J": 1}, (8, 8), "give \\(…, M, N, O\\)"),
        ({"J": 1, "method": "local"}, (8, 8, 8), "points"),
    ],
)
def test_errors_say_what_is_allowed(arguments, shape, says) -> None:
    with pytest.raises(InvalidInput, match=says):
        HarmonicScattering(**arguments)(np.ones(shape))


def test_points_and_samples_that_cannot_be_used() -> None:
    local, x = HarmonicScattering(1, method="local"), np.ones((2, 8, 8, 8))
    for points, says in (
        ([[8, 0, 0]], "outside"),
        ([[0.5, 0, 0]], "whole numbers"),
        (np.zeros((3, 1, 3), int), "fit"),
    ):
        with pytest.raises(InvalidInput, match=says):
            local(x, points)
    with pytest.raises(InvalidInput, match="real and imaginary"):
        HarmonicScattering(1)(x + 1j)
