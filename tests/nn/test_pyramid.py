"""Resampling against the convolution that defines it, and the networks between vectors and images."""

import numpy as np
import pytest
import torch
from scipy.ndimage import convolve1d

from subband.errors import InvalidInput
from subband.nn import Analysis, Synthesis, double, halve
from subband.nn.residual import PlainBlock
from subband.training import initialised


def binomial(x: np.ndarray, gain: float) -> np.ndarray:
    for axis in (-2, -1):
        x = convolve1d(x, gain * np.array([1, 2, 1]), axis=axis, mode="nearest")
    return x


def test_halving_is_the_binomial_filter_and_every_second_sample():
    x = np.random.default_rng(0).standard_normal((2, 3, 8, 6))
    np.testing.assert_allclose(
        halve(torch.from_numpy(x)).numpy(), binomial(x, 1 / 4)[..., ::2, ::2], atol=1e-12
    )


def test_doubling_is_zeros_between_samples_and_the_binomial_filter():
    x = np.random.default_rng(1).standard_normal((2, 3, 5, 4))
    spread = np.zeros((2, 3, 10, 8))
    spread[..., ::2, ::2] = x
    ours = double(torch.from_numpy(x)).numpy()
    inside = np.s_[..., 1:-1, 1:-1]
    np.testing.assert_allclose(ours[inside], binomial(spread, 1 / 2)[inside], atol=1e-12)
    np.testing.assert_allclose(ours[..., ::2, ::2], x, atol=1e-12)


@pytest.mark.parametrize("resample", [halve, double])
def test_constants_stay_constant(resample):
    assert torch.allclose(resample(torch.full((1, 2, 6, 4), 3.0)), torch.tensor(3.0))


@pytest.mark.parametrize("resample", [halve, double])
def test_resampling_is_differentiable_twice(resample):
    x = torch.randn(1, 1, 4, 4, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(lambda v: resample(v).square(), (x,))


def test_blocks_start_as_the_identity():
    x = torch.randn(2, 4, 5, 5)
    assert torch.equal(PlainBlock(4)(x), x)


@pytest.mark.parametrize(
    ("grid", "widths"), [(4, (8,)), (12, (4, 8, 8)), (20, (4, 8, 8)), (32, (4, 4, 8, 8))]
)
def test_vector_to_image_and_back(grid, widths):
    with initialised(0):
        up, down = Synthesis(7, 12, grid, widths), Analysis(12, grid, 5, widths, blocks=2)
    images = up(torch.randn(2, 7))
    assert images.shape == (2, 12, grid, grid)
    assert down(images).shape == (2, 5)


def test_says_what_grids_can_be_halved():
    for make in (lambda: Analysis(3, 12, 1, (4,) * 4), lambda: Synthesis(3, 3, 12, (4,) * 4)):
        with pytest.raises(InvalidInput, match="multiple of 8"):
            make()
