"""Tests of day 2, one for each function, against NumPy's own decompositions and Subband's Haar transform."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from course.signals import noise, photograph

import subband as sb


@pytest.fixture
def matrix():
    return jnp.asarray(noise((30, 8), 3))


def test_1_haar_matrix_is_orthogonal(work):
    for size in (1, 2, 16, 64):
        h = work.haar_matrix(size)
        np.testing.assert_allclose(h @ h.T, np.eye(size), atol=1e-13)


def test_1_haar_matrix_is_the_wavelet_transform(work):
    x = noise(32)
    c = sb.dwt(x, "haar", level=5, mode="periodization")
    np.testing.assert_allclose(work.haar_matrix(32) @ x, c.ravel(), atol=1e-13)


def test_2_vandermonde(work):
    t = np.array([-1.0, 0, 2])
    expected = [[1, -1, 1, -1], [1, 0, 0, 0], [1, 2, 4, 8]]
    np.testing.assert_allclose(work.vandermonde(jnp.asarray(t), 3), expected)
    assert work.vandermonde(jnp.asarray(t), 0).tolist() == [[1], [1], [1]]


def test_3_least_squares(work, matrix):
    b = noise(30)
    np.testing.assert_allclose(work.least_squares(matrix, b), np.linalg.lstsq(matrix, b)[0], rtol=1e-9)


def test_3_least_squares_of_a_singular_matrix_has_the_least_norm(work, matrix):
    b = noise(30)
    twice = jnp.concatenate([matrix, matrix[:, :3]], 1)
    np.testing.assert_allclose(work.least_squares(twice, b), np.linalg.pinv(twice) @ b, atol=1e-9)


def test_4_condition_number(work, matrix):
    assert float(work.condition_number(matrix)) == pytest.approx(np.linalg.cond(matrix), rel=1e-10)
    assert float(work.condition_number(jnp.diag(jnp.array([3.0, 0.5, 1])))) == pytest.approx(6)


def test_5_ridge_satisfies_the_normal_equations(work, matrix):
    b, weight = noise(30), 2.5
    x = work.ridge(matrix, b, weight)
    np.testing.assert_allclose(matrix.T @ (matrix @ x - b) + weight * x, 0, atol=1e-11)


def test_6_cross_validation_is_what_the_hat_matrix_says(work, matrix):
    b, weights = noise(30), np.array([0.01, 1.0, 30.0])
    a = np.asarray(matrix)
    for weight, score in zip(weights, work.cross_validation(matrix, b, jnp.asarray(weights)), strict=True):
        hat = a @ np.linalg.solve(a.T @ a + weight * np.eye(8), a.T)
        expected = 30 * ((b - hat @ b) ** 2).sum() / (30 - np.trace(hat)) ** 2
        assert float(score) == pytest.approx(expected, rel=1e-9)


def test_7_low_rank_is_the_nearest(work):
    image = photograph(64)
    s = np.linalg.svd(image, compute_uv=False)
    near = np.asarray(work.low_rank(jnp.asarray(image), 10))
    assert np.linalg.matrix_rank(near) == 10
    assert np.linalg.norm(image - near) == pytest.approx(np.sqrt((s[10:] ** 2).sum()), rel=1e-9)


def test_8_operator_norm_of_a_matrix(work, matrix):
    found = work.operator_norm(lambda x: matrix @ x, jnp.ones(8), 200)
    assert float(found) == pytest.approx(np.linalg.norm(matrix, 2), rel=1e-8)


@pytest.mark.parametrize("wavelet", ["db3", "bior2.2"])
def test_8_operator_norm_of_a_wavelet_transform(work, wavelet):
    def transform(x):
        return sb.dwt(x, wavelet, level=2, mode="periodization").array

    dense = jax.vmap(transform)(jnp.eye(32)).T
    found = work.operator_norm(transform, jnp.asarray(noise(32)), 200)
    assert float(found) == pytest.approx(np.linalg.norm(dense, 2), rel=1e-3)
