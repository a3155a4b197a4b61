"""The classifiers of the scattering experiments against what they must equal or find."""

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.kernel_ridge import KernelRidge as SklearnKernelRidge
from sklearn.linear_model import Ridge

from subband.errors import InvalidInput
from subband.experiments.methods.classifiers import KernelRidge, affine_spaces, chosen, principal_axes, ridge
from subband.experiments.methods.convnet import fit_convnet


def clouds(rng: np.random.Generator, n: int, d: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Three classes, each near an affine line of its own."""
    labels = rng.integers(3, size=n)
    means, lines = np.random.default_rng(7).standard_normal((2, 3, d))
    x = means[labels] + 5 * rng.standard_normal((n, 1)) * lines[labels] + 0.1 * rng.standard_normal((n, d))
    return x, labels


@pytest.mark.parametrize("shape", [(40, 12), (10, 12)], ids=["more examples", "more features"])
def test_principal_axes_are_those_of_scikit_learn(rng, shape) -> None:
    x = rng.standard_normal(shape) * np.arange(1, 13)
    found = principal_axes(x, 5)
    peer = PCA(5).fit(x)
    np.testing.assert_allclose(np.abs(np.sum(found.axes * peer.components_.T, axis=0)), 1, rtol=1e-8)
    np.testing.assert_allclose(np.mean(np.sum(found(x) ** 2, axis=1)), 1)


def test_one_example_has_no_axes() -> None:
    with pytest.raises(InvalidInput, match="at least 2"):
        principal_axes(np.ones((1, 3)), 2)


def test_ridge_is_that_of_scikit_learn(rng) -> None:
    x, y = clouds(rng, 60)
    penalties = (1e-3, 1.0)
    scores = ridge(x, y, penalties, classes=3)(x[:7])
    for row, penalty in zip(scores, penalties, strict=True):
        peer = Ridge(alpha=penalty * len(x)).fit(x, 2 * np.eye(3)[y] - 1)
        np.testing.assert_allclose(row, peer.predict(x[:7]), atol=1e-8)


def test_affine_scores_are_squared_distances_to_spaces(rng) -> None:
    x, y = clouds(rng, 90)
    new = rng.standard_normal((5, 12))
    scores = affine_spaces(x, y, (0, 1, 4), classes=3)(new)
    for row, dimension in zip(scores, (0, 1, 4), strict=True):
        for label in range(3):
            own = x[y == label]
            centred = new - own.mean(axis=0)
            basis = np.linalg.svd(own - own.mean(axis=0), full_matrices=False)[2][:dimension]
            rest = centred - centred @ basis.T @ basis
            np.testing.assert_allclose(row[:, label], -np.sum(rest**2, axis=1), atol=1e-9)


def test_held_out_examples_choose_the_dimension_of_the_spaces(rng) -> None:
    x, y = clouds(rng, 200)
    assert (0, 1, 11)[chosen(affine_spaces, x, y, (0, 1, 11), classes=3)] == 1
    tests, answers = clouds(rng, 300)
    said = affine_spaces(x, y, (1,), classes=3)(tests)[0].argmax(axis=-1)
    assert (said == answers).mean() > 0.95


def test_a_class_without_examples_is_named(rng) -> None:
    x, y = clouds(rng, 30)
    with pytest.raises(InvalidInput, match="class 3"):
        affine_spaces(x, y, (1,), classes=4)


def test_kernel_ridge_in_parts_is_scikit_learns_at_once(rng) -> None:
    x, y = clouds(rng, 80)
    ours = KernelRidge(x, 0.02, 3)
    ours.add(x[:50], y[:50], part=20)
    ours.add(x[50:], y[50:], part=7)
    peer = SklearnKernelRidge(alpha=0.5, kernel="rbf", gamma=0.02).fit(x, 2 * np.eye(3)[y] - 1)
    new = clouds(rng, 10)[0]
    np.testing.assert_allclose(ours.solve(0.5)(new)[0], peer.predict(new), atol=1e-6)


def test_fewer_centres_solve_their_own_least_squares(rng) -> None:
    x, y = clouds(rng, 80)
    ours = KernelRidge(x[:20], 0.02, 3)
    ours.add(x, y)

    def kernel(a, b):
        return np.exp(-0.02 * np.sum((a[:, None] - b) ** 2, axis=-1))

    k, targets = kernel(x, x[:20]), 2 * np.eye(3)[y] - 1
    weights = np.linalg.solve(k.T @ k + 0.1 * kernel(x[:20], x[:20]), k.T @ targets)
    np.testing.assert_allclose(ours.solve(0.1)(x)[0], k @ weights, atol=1e-6)


def test_the_network_learns_where_a_bar_lies(rng) -> None:
    labels = rng.integers(2, size=200)
    x = 0.3 * rng.standard_normal((200, 16, 20))
    x[labels == 0, 7:9, :] += 1
    x[labels == 1, :, 9:11] += 1
    predict = fit_convnet(x[:150], labels[:150], classes=2, steps=20, seed=0)
    assert (predict(x[150:]) == labels[150:]).mean() > 0.9
    with pytest.raises(InvalidInput, match="16×16"):
        fit_convnet(x[:, :8], labels, classes=2, steps=1, seed=0)
