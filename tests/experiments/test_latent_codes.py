"""Paths between codes, and gradients that are unbiased however noisy they are."""

import numpy as np
import torch

from subband.experiments.methods.latent_codes import as_the_codes_lie, gradient_deviations, paths
from subband.generate.families.binary_vae import BinaryVAE, BinaryVAEConfig
from subband.training import generator, initialised


def test_lines_begin_and_end_at_the_codes() -> None:
    z = torch.randn(6, 3, generator=generator(0))
    lines = paths(z, torch.tensor([[0, 1], [4, 2]]), 5)
    torch.testing.assert_close(lines[:, 0], z[[0, 4]])
    torch.testing.assert_close(lines[:, -1], z[[1, 2]])
    torch.testing.assert_close(lines[:, 2], (z[[0, 4]] + z[[1, 2]]) / 2)


def test_random_codes_lie_like_the_codes() -> None:
    z = torch.randn(4000, 2, generator=generator(0)) * torch.tensor([1.0, 5.0]) + torch.tensor([3.0, -1.0])
    drawn = as_the_codes_lie(z, 20_000, generator(1))
    torch.testing.assert_close(drawn.mean(dim=0), z.mean(dim=0), atol=0.15, rtol=0)
    torch.testing.assert_close(drawn.std(dim=0), z.std(dim=0), atol=0.1, rtol=0)


def test_both_gradients_are_of_the_same_expectation_and_one_is_far_less_noisy() -> None:
    with initialised(0):
        network = BinaryVAE(BinaryVAEConfig(8, latent=2, hidden=8, prior="standard"))
    network.eval().requires_grad_(False)
    x = (torch.rand(4, 64, generator=generator(2)) < 0.5).float()
    draws = 4000
    found = gradient_deviations(network, x, generator(3), draws=draws)
    through, _, score = found["means"]
    error = np.hypot(found["reparameterised"], found["score function with a baseline"]) / np.sqrt(draws)
    assert (np.abs(through - score) < 5 * error).all()
    assert found["reparameterised"].mean() < found["score function with a baseline"].mean()
    assert found["score function with a baseline"].mean() < found["score function"].mean()
