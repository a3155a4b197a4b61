"""Means and deviations over positions are those of PyTorch's one-pass function, constant features included."""

import torch

from subband.forensics.features.layers import LEAST_VARIANCE
from subband.forensics.features.statistics.moments import mean_and_deviation


def test_equals_var_mean(rng):
    z = torch.from_numpy(rng.standard_normal((3, 5, 1000)) * 4 + 7)
    z[1, 2] = 2.5
    variance, mean = torch.var_mean(z, -1)
    expected = torch.cat([mean, variance.clamp_min(LEAST_VARIANCE).sqrt()], 1)
    torch.testing.assert_close(mean_and_deviation(z), expected, rtol=1e-12, atol=0)


def test_gradients_are_finite_where_a_feature_is_constant():
    z = torch.full((1, 2, 9), 3.0, requires_grad=True)
    mean_and_deviation(z).sum().backward()
    assert z.grad is not None
    assert torch.isfinite(z.grad).all()
