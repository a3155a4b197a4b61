"""Whitened coordinates of features, and what is unusual in them."""

import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.spatial.distance import mahalanobis
from scipy.special import log_softmax, logsumexp

from subband.errors import CheckpointError, InvalidInput
from subband.forensics.abstention.coordinates import AXES, fit_coordinates, shrunk_covariance
from subband.forensics.abstention.reference import SCORES, K, Reference, fit_reference, unusualness


@pytest.fixture
def features(rng):
    """Three classes with a common covariance, 600 pictures of 12 features of very different scale."""
    mix = rng.standard_normal((12, 12)) * np.geomspace(0.3, 3, 12)
    labels = rng.integers(0, 3, 600)
    return (3 * rng.standard_normal((3, 12))[labels] + rng.standard_normal((600, 12))) @ mix, labels


def test_classes_have_about_unit_covariance(features):
    x, labels = features
    u = fit_coordinates(x, labels)(x)
    within = np.concatenate([u[labels == k] - u[labels == k].mean(0) for k in range(3)])
    spread = np.linalg.eigvalsh(within[:, :12].T @ within[:, :12] / len(within))
    assert spread.max() < 1.5
    assert spread.min() > 0.5


def test_distances_do_not_change_with_the_units_of_the_features(features, rng):
    x, labels = features
    units = np.geomspace(0.5, 2, 12)
    one, other = (fit_coordinates(z, labels) for z in (x, x * units))
    new = x[:50] + rng.standard_normal((50, 12)) * x.std(0)
    pairs = [np.linalg.norm(u[:25] - u[25:], axis=1) for u in (one(new), other(new * units))]
    np.testing.assert_allclose(pairs[0], pairs[1], rtol=1e-6)


def test_a_direction_that_usual_pictures_lack_counts(rng):
    """More features than axes: what leaves the principal subspace is in the residual's length."""
    basis = np.linalg.qr(rng.standard_normal((200, 60)))[0]
    x = rng.standard_normal((400, 20)) @ basis[:, :20].T
    labels = np.arange(400) % 2
    coordinates = fit_coordinates(x, labels)
    assert coordinates.count <= AXES + 1
    odd = x[:40] + 1.5 * basis[:, 20 + np.arange(40) % 40].T
    reach = [np.linalg.norm(coordinates(z), axis=1) for z in (x[40:], odd)]
    assert np.quantile(reach[1], 0.05) > np.quantile(reach[0], 0.99)


def test_few_pictures_give_an_invertible_covariance(rng):
    rows = rng.standard_normal((10, 40))
    rows -= rows.mean(0)
    assert np.linalg.eigvalsh(shrunk_covariance(rows)).min() > 1e-3
    many = rng.standard_normal((20000, 4)) @ rng.standard_normal((4, 4))
    many -= many.mean(0)
    np.testing.assert_allclose(shrunk_covariance(many), many.T @ many / 20000, rtol=0.02, atol=0.02)


def test_scores_of_unusualness_are_what_their_papers_say(features, rng):
    x, labels = features
    reference = fit_reference(x, labels, 3)
    u, logits = reference.coordinates(x[:40]), rng.standard_normal((40, 3))
    found = {name: unusualness(reference, name, u, logits) for name in SCORES}
    unit = np.eye(u.shape[1])
    np.testing.assert_allclose(
        found["mahalanobis"], [min(mahalanobis(p, m, unit) for m in reference.means) for p in u]
    )
    np.testing.assert_allclose(found["neighbours"], cKDTree(reference.bank).query(u, K)[0][:, -1], atol=1e-6)
    np.testing.assert_allclose(found["energy"], -logsumexp(logits, axis=1))
    np.testing.assert_allclose(found["confidence"], -log_softmax(logits, axis=1).max(1))
    total = np.linalg.inv(reference.background @ reference.background.T)
    np.testing.assert_allclose(
        found["relative"],
        found["mahalanobis"] ** 2 - [mahalanobis(p, reference.overall, np.linalg.inv(total)) ** 2 for p in u],
        rtol=1e-6, atol=1e-6,
    )  # fmt: skip


def test_far_away_is_unusual_by_each_score_of_the_features(features):
    x, labels = features
    reference = fit_reference(x, labels, 3)
    logits = np.zeros((600, 3))
    u, far = reference.coordinates(x), reference.coordinates(x + 20 * x.std(0))
    for name in ("mahalanobis", "neighbours"):
        near = unusualness(reference, name, u, logits)
        assert unusualness(reference, name, far, logits).min() > np.quantile(near, 0.999)


def test_a_reference_survives_its_tensors(features):
    x, labels = features
    reference = fit_reference(x, labels, 3)
    tensors = reference.tensors()
    again = Reference.of(tensors)
    np.testing.assert_allclose(again.coordinates(x), reference.coordinates(x), atol=1e-3)
    np.testing.assert_array_equal(again.bank_labels, reference.bank_labels)
    assert again.typical(0.0) == 1.0  # nothing to compare with excludes nothing
    del tensors["reference.means"]
    with pytest.raises(CheckpointError, match=r"reference\.means"):
        Reference.of(tensors)


def test_features_that_cannot_be_used(rng):
    with pytest.raises(InvalidInput, match="at least 4"):
        fit_coordinates(np.zeros((3, 5)), np.zeros(3, dtype=np.int64))
    with pytest.raises(InvalidInput, match="NaN"):
        fit_coordinates(np.full((9, 5), np.nan), np.zeros(9, dtype=np.int64))
    reference = fit_reference(rng.standard_normal((20, 5)), np.arange(20) % 2, 2)
    with pytest.raises(InvalidInput, match="no score 'guess'"):
        unusualness(reference, "guess", np.zeros((1, 6)), np.zeros((1, 2)))
