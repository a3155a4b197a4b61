import numpy as np
import pytest
import torch

from subband.errors import InvalidInput
from subband.forensics.networks.predict import probabilities
from subband.forensics.networks.temperature import COLDEST, HOTTEST, temperature
from subband.metrics import expected_calibration_error


def sample(n, true, k=3, seed=0):
    """Logits, and labels drawn from softmax(logits / true)."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 3, (n, k))
    p = probabilities(logits, true)
    return logits, (rng.random((n, 1)) > p.cumsum(1)).sum(1)


@pytest.mark.parametrize("true", [0.5, 1.0, 3.0])
def test_the_temperature_that_made_the_labels_is_found(true):
    logits, labels = sample(20_000, true)
    assert temperature(logits, labels) == pytest.approx(true, rel=0.05)


def test_it_is_where_the_gradient_of_the_likelihood_vanishes():
    logits, labels = sample(500, 2.0)
    weights = np.random.default_rng(1).random(500)
    t = torch.tensor(temperature(logits, labels, weights), dtype=torch.float64, requires_grad=True)
    losses = torch.nn.functional.cross_entropy(
        torch.tensor(logits) / t, torch.tensor(labels), reduction="none"
    )
    (losses * torch.tensor(weights)).mean().backward()
    assert t.grad is not None
    assert abs(t.grad.item()) < 1e-6


def test_scaled_logits_have_a_scaled_temperature():
    logits, labels = sample(500, 1.3)
    assert temperature(2.5 * logits, labels) == pytest.approx(2.5 * temperature(logits, labels), rel=1e-5)


def test_calibration_lowers_the_error_of_an_overconfident_detector():
    logits, labels = sample(4000, 4.0, k=2)
    before = expected_calibration_error(labels, probabilities(logits)[:, 1])
    after = expected_calibration_error(labels, probabilities(logits, temperature(logits, labels))[:, 1])
    assert after < 0.3 * before


def test_no_sample_makes_it_certain_or_clueless_without_bound():
    right = np.array([[1.0, 0], [0, 1]])
    assert temperature(right, np.array([0, 1])) == pytest.approx(COLDEST, rel=1e-3)
    assert temperature(right, np.array([1, 0])) == pytest.approx(HOTTEST, rel=1e-3)


@pytest.mark.parametrize(("logits", "labels"), [
    (np.zeros((2, 3)), [0]),
    (np.zeros((0, 3)), []),
    (np.zeros(3), [0, 1, 2]),
    (np.zeros((2, 3)), [0, 3]),
    (np.full((2, 3), np.nan), [0, 1]),
])  # fmt: skip
def test_input_that_does_not_fit(logits, labels):
    with pytest.raises(InvalidInput):
        temperature(logits, np.array(labels, dtype=int))
