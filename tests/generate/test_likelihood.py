"""Exact likelihoods: of a Gaussian and a mixture, by the trace and by its estimate."""

import math

import pytest
import torch

from subband.errors import InvalidInput
from subband.generate.diffusion import (
    PATHS,
    EdmPath,
    FlowPath,
    GaussianMixture,
    bits_per_dimension,
    integrate,
    log_likelihood,
    make_path,
)
from subband.training import generator

DEVIATION, MEAN = 0.5, 0.3


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


@pytest.mark.parametrize("path", PATHS)
def test_likelihood_of_a_gaussian(path):
    path = make_path(path)
    x = MEAN + DEVIATION * normal(6, 3, seed=1)
    (a, b), (s, r) = path.coefficients(torch.tensor([path.near, path.end], dtype=torch.float64))
    # The flow is a line from time `near` to the end, where the model's law is N(0, r^2).
    near, far = (a**2 * DEVIATION**2 + s**2).sqrt(), (b**2 * DEVIATION**2 + r**2).sqrt()
    end = torch.distributions.Normal(0, r).log_prob(b * MEAN + (x - a * MEAN) * far / near)
    ours = log_likelihood(
        GaussianMixture(path, torch.full((1, 3), MEAN).double(), torch.tensor([DEVIATION]).double()),
        x,
        tolerance=1e-6,
    )
    torch.testing.assert_close(ours, (end + (far / near).log()).sum(dim=1), atol=1e-4, rtol=0)
    data = torch.distributions.Normal(MEAN, DEVIATION).log_prob(x).sum(dim=1)
    torch.testing.assert_close(ours, data, atol=0.1, rtol=0)


def test_likelihood_of_a_mixture_and_its_estimate():
    path = EdmPath(0.001, 1000.0)
    mixture = GaussianMixture(path, normal(3, 2, seed=7), torch.tensor([0.4, 0.6, 0.5]).double())
    x, _ = mixture.draw(5, generator(0))
    exact = mixture.log_density(x, torch.zeros(5, dtype=torch.float64))
    torch.testing.assert_close(log_likelihood(mixture, x, tolerance=1e-6), exact, atol=2e-3, rtol=0)
    guesses = torch.stack(
        [log_likelihood(mixture, x, random=generator(i), tolerance=1e-4, probes=4) for i in range(6)]
    )
    spread = guesses.std(dim=0) / 6**0.5
    assert ((guesses.mean(dim=0) - exact).abs() < 4 * spread + 5e-3).all()
    assert (spread > 0).any()


def test_bits_of_uniform_pixels_are_eight():
    density = torch.full((1,), -10 * math.log(2.0))  # 10 numbers, uniform on [-1, 1]
    assert bits_per_dimension(density, 10).item() == pytest.approx(math.log2(255), abs=1e-5)


def test_dormand_and_prince_on_a_rotation():
    y = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    turned = integrate(
        lambda t, y: torch.stack([-y[:, 1], y[:, 0]], dim=1) * (1 + t), y, 0.0, 2.0, tolerance=1e-9
    )
    torch.testing.assert_close(turned, torch.tensor([[math.cos(4), math.sin(4)]]).double(), atol=1e-7, rtol=0)
    assert integrate(lambda t, y: y, y, 1.0, 1.0) is not None


def test_refuses_no_probes():
    mixture = GaussianMixture(FlowPath(), torch.zeros(1, 2), torch.ones(1))
    with pytest.raises(InvalidInput, match="1 or more"):
        log_likelihood(mixture, torch.zeros(1, 2), probes=0)
