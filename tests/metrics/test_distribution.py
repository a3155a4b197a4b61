"""Distances between sets of features: closed forms, torchmetrics as a peer, and what equal sets give."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

from subband.errors import InvalidInput
from subband.metrics import frechet_distance, kernel_distance, overlap


class Flat(torch.nn.Module):
    """Pixels as features; torchmetrics asks for the number in advance."""

    num_features = 12

    def forward(self, images):
        return images.flatten(1)


def images(count, seed, shift=0.0):
    return torch.from_numpy(np.random.default_rng(seed).normal(shift, 1 + shift, (count, 3, 2, 2)))


def flat(tensor):
    return tensor.flatten(1).numpy()


def test_frechet_agrees_with_torchmetrics():
    real, generated = images(80, 0), images(60, 1, 0.3)
    peer = FrechetInceptionDistance(feature=Flat(), normalize=False).set_dtype(torch.float64)
    peer.update(real, real=True)
    peer.update(generated, real=False)
    assert frechet_distance(flat(real), flat(generated)) == pytest.approx(float(peer.compute()), rel=1e-6)


def test_kernel_distance_agrees_with_torchmetrics(rng):
    real, generated = images(50, 0), images(50, 1, 0.3)
    peer = KernelInceptionDistance(feature=Flat(), subsets=1, subset_size=50)
    peer.update(real, real=True)
    peer.update(generated, real=False)
    ours = kernel_distance(flat(real), flat(generated), subsets=1, size=50, rng=rng)
    assert ours.value == pytest.approx(float(peer.compute()[0]), rel=1e-5)


@given(st.floats(0, 3), st.floats(0.1, 3), st.floats(0.1, 3))
def test_frechet_of_gaussians_in_closed_form(apart, a, b):
    """Along each axis (m1 - m2)^2 + (s1 - s2)^2; samples are standardised, so that nothing is left to chance."""
    x = np.random.default_rng(0).normal(size=(40, 4))
    white = np.linalg.cholesky(np.linalg.inv(np.cov(x, rowvar=False))).T @ (x - x.mean(axis=0)).T
    expected = 4 * (apart**2 + (a - b) ** 2)
    assert frechet_distance(a * white.T, b * white.T + apart) == pytest.approx(expected, abs=1e-6)


def test_fewer_images_than_features_are_no_trouble():
    x, y = (np.random.default_rng(seed).normal(size=(10, 40)) for seed in (0, 1))
    assert np.isfinite(frechet_distance(x, y))
    assert frechet_distance(x, x) == pytest.approx(0, abs=1e-6)


def test_kernel_distance_is_unbiased_and_sees_differences(rng):
    sets = rng.normal(size=(300, 2, 60, 5))
    values = np.array([kernel_distance(x, y, subsets=1, rng=rng).value for x, y in sets])
    assert abs(values.mean()) < 4 * values.std() / np.sqrt(len(values))
    far = kernel_distance(rng.normal(size=(60, 5)), rng.normal(1, 1, (60, 5)), subsets=10, rng=rng)
    assert far.value > 10 * values.std()


def test_overlap_of_equal_disjoint_and_collapsed_sets(rng):
    x = rng.normal(size=(200, 3))
    same = overlap(x, x)
    assert (same.precision, same.recall, same.coverage) == (1, 1, 1)
    assert overlap(x, x + 100) == (0, 0, 0, 0)
    collapsed = overlap(x, x[:1] + 1e-3 * rng.normal(size=(200, 3)))
    assert collapsed.precision == 1
    assert collapsed.recall < 0.02
    assert collapsed.coverage < 0.1
    halves = overlap(x[:100], x[100:])
    assert halves.density == pytest.approx(1, abs=0.25)
    assert overlap(x[:100], x[100:], k=5).recall == overlap(x[100:], x[:100], k=5).precision


@pytest.mark.parametrize("function", [frechet_distance, overlap])
def test_what_can_not_be_compared(function):
    good = np.zeros((5, 3))
    for bad in (np.zeros((5, 2)), np.zeros(5), np.zeros((1, 3)), np.full((5, 3), np.nan)):
        with pytest.raises(InvalidInput, match="can't compare"):
            function(good, bad)
    with pytest.raises(InvalidInput, match="neighbour 5 of 5"):
        overlap(good, good, k=5)
