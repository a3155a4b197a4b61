"""Identification among n classes: closed forms, draws, chance."""

import numpy as np
import pytest

from subband.errors import InvalidInput
from subband.metrics import n_way_accuracy


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("top", [1, 3])
def test_is_the_mean_over_random_draws(rng, top) -> None:
    scores, truth = rng.standard_normal((6, 20)), rng.integers(0, 20, 6)
    found = n_way_accuracy(scores, truth, 8, top=top)
    for k in range(6):
        others = np.delete(np.arange(20), truth[k])
        drawn = [
            (scores[k, rng.choice(others, 7, replace=False)] > scores[k, truth[k]]).sum() < top
            for _ in range(4000)
        ]
        assert found[k] == pytest.approx(np.mean(drawn), abs=0.035)


def test_known_cases(rng) -> None:
    scores = np.array([[3.0, 2.0, 1.0, 0.0]] * 4)
    truth = np.arange(4)
    np.testing.assert_allclose(n_way_accuracy(scores, truth, 2), [1, 2 / 3, 1 / 3, 0], atol=1e-12)
    np.testing.assert_allclose(n_way_accuracy(scores, truth, 4), [1, 0, 0, 0], atol=1e-12)
    np.testing.assert_allclose(n_way_accuracy(scores, truth, 4, top=4), 1, atol=1e-12)
    # Scores that say nothing are right as often as chance.
    np.testing.assert_allclose(n_way_accuracy(np.zeros((2, 100)), np.array([3, 7]), 50), 1 / 50, atol=1e-12)
    guesses = n_way_accuracy(rng.standard_normal((4000, 60)), rng.integers(0, 60, 4000), 50)
    assert guesses.mean() == pytest.approx(1 / 50, abs=0.007)


@pytest.mark.parametrize(
    ("scores", "truth", "n", "top", "message"),
    [
        (np.zeros((2, 5)), np.zeros(3, int), 2, 1, r"\(N, K\)"),
        (np.full((1, 5), np.nan), np.zeros(1, int), 2, 1, "NaN"),
        (np.zeros((1, 5)), np.array([5]), 2, 1, "0 to 4"),
        (np.zeros((1, 5)), np.array([0]), 6, 1, "among 5 classes"),
        (np.zeros((1, 5)), np.array([0]), 1, 1, "among 5 classes"),
        (np.zeros((1, 5)), np.array([0]), 3, 4, "top 4"),
    ],
)
def test_says_what_it_takes(scores, truth, n, top, message) -> None:
    with pytest.raises(InvalidInput, match=message):
        n_way_accuracy(scores, truth, n, top=top)
