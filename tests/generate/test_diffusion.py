"""Laws of the diffusion parts in closed form: the path, the four targets, and samplers on Gaussian data."""

from itertools import pairwise
from typing import get_args

import pytest
import torch
from torch import nn

from subband.errors import InvalidInput
from subband.generate.diffusion import (
    SAMPLERS,
    Denoiser,
    DiffusionConfig,
    FlowPath,
    corrupt,
    euler,
    heun,
    target,
    time_grid,
)
from subband.generate.diffusion.denoiser import Target, wide
from subband.generate.diffusion.samplers import velocity
from subband.training import generator

TARGETS = get_args(Target)


class Told(nn.Module):
    """A network that says what it was told to."""

    def __init__(self, output):
        super().__init__()
        self.output = output

    def forward(self, x, t):
        return self.output


class GaussianMean(nn.Module):
    """The exact E[x0 | x_t] for x0 ~ N(0, s^2): a s^2 x / (a^2 s^2 + sigma^2)."""

    def __init__(self, deviation: float):
        super().__init__()
        self.power = deviation**2

    def forward(self, x, t):
        a, s = (wide(c, x) for c in FlowPath().coefficients(t))
        return a * self.power * x / (a**2 * self.power + s**2)


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


def test_the_path_is_straight_and_knows_its_rates():
    t = torch.linspace(0, 1, 11, dtype=torch.float64, requires_grad=True)
    path = FlowPath()
    a, s = path.coefficients(t)
    torch.testing.assert_close(a + s, torch.ones_like(t))
    torch.testing.assert_close((a[0].item(), s[0].item(), a[-1].item(), s[-1].item()), (1.0, 0.0, 0.0, 1.0))
    for value, rate in zip((a, s), path.rates(t), strict=True):
        torch.testing.assert_close(torch.autograd.grad(value.sum(), t, retain_graph=True)[0], rate)


def test_times_are_logit_normal():
    t = FlowPath(0.5, 0.8).draw_times(20_000, generator(0)).double().logit()
    assert t.mean().item() == pytest.approx(0.5, abs=0.02)
    assert t.std().item() == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize("predict", TARGETS)
def test_a_perfect_network_gives_the_image_and_the_noise(predict):
    x0, eps, t = (
        normal(5, 2, 3, seed=1),
        normal(5, 2, 3, seed=2),
        torch.linspace(0.1, 0.9, 5, dtype=torch.float64),
    )
    path = FlowPath()
    denoiser = Denoiser(Told(target(path, predict, x0, eps, t)), path, predict)
    answer = denoiser(corrupt(path, x0, eps, t), t)
    torch.testing.assert_close(answer.x0, x0)
    torch.testing.assert_close(answer.eps, eps)
    assert denoiser.loss(x0, eps, t).item() == 0


@pytest.mark.parametrize("predict", TARGETS)
def test_x0_and_eps_are_tied_by_x_t_whatever_the_network_says(predict):
    x, t = normal(4, 6), torch.linspace(0.2, 0.8, 4, dtype=torch.float64)
    x0, eps = Denoiser(Told(normal(4, 6, seed=3)), FlowPath(), predict)(x, t)
    torch.testing.assert_close(corrupt(FlowPath(), x0, eps, t), x)


def test_the_flow_target_is_noise_minus_image():
    x0, eps = normal(3, 2, seed=1), normal(3, 2, seed=2)
    torch.testing.assert_close(target(FlowPath(), "flow", x0, eps, torch.full((3,), 0.3)), eps - x0)


def test_v_of_white_images_is_white_and_uncorrelated_with_what_the_network_sees():
    x0, eps, t = normal(200_000, 1, seed=1), normal(200_000, 1, seed=2), torch.full((200_000,), 0.3)
    path = FlowPath()
    seen = corrupt(path, x0, eps, t) / (0.7**2 + 0.3**2) ** 0.5
    both = torch.cov(torch.cat([seen, target(path, "v", x0, eps, t)], dim=1).T)
    torch.testing.assert_close(both, torch.eye(2, dtype=torch.float64), atol=0.02, rtol=0)


@pytest.mark.usefixtures("unchecked")
def test_refuses_unknown_targets():
    with pytest.raises(InvalidInput, match="x0, eps, flow, v"):
        Denoiser(nn.Identity(), FlowPath(), "score")  # type: ignore[arg-type]


@pytest.mark.parametrize("shift", [0.5, 1.0, 10.0])
def test_time_grids_fall_from_one_to_zero(shift):
    grid = time_grid(7, shift=shift)
    assert (len(grid), grid[0], grid[-1]) == (8, 1, 0)
    assert all(a > b for a, b in pairwise(grid))
    assert grid[1] == pytest.approx(shift * 6 / 7 / (1 + (shift - 1) * 6 / 7))


@pytest.mark.parametrize(("steps", "shift"), [(0, 1.0), (4, 0.0)])
def test_refuses_impossible_grids(steps, shift):
    with pytest.raises(InvalidInput, match="1 step or more"):
        time_grid(steps, shift=shift)


@pytest.mark.parametrize("sampler", SAMPLERS.values())
@pytest.mark.parametrize("steps", [1, 3])
def test_one_image_is_reached_exactly_in_any_number_of_steps(sampler, steps):
    """Data at a single point: the flow is straight, so each step is exact."""
    image = normal(1, 4, seed=5)
    denoiser = Denoiser(Told(image.expand(3, 4)), FlowPath(), "x0")
    grid = time_grid(steps)
    grid[-1] = 1e-9  # at exactly 0, x_t holds no trace of the noise to answer with
    torch.testing.assert_close(sampler(denoiser, normal(3, 4), grid), image.expand(3, 4), atol=1e-6, rtol=0)


@pytest.mark.parametrize(("sampler", "order"), [(euler, 1), (heun, 2)])
def test_order_of_convergence_on_a_gaussian(sampler, order):
    """The exact flow scales noise by r(t) / r(1), r^2 = a^2 s^2 + sigma^2; errors fall as they should."""
    deviation, end = 0.5, 0.4
    denoiser = Denoiser(GaussianMean(deviation), FlowPath(), "x0")
    x = normal(3, 4)
    exact = x * ((1 - end) ** 2 * deviation**2 + end**2) ** 0.5
    errors = []
    for steps in (40, 80):
        grid = 1 - (1 - end) * torch.linspace(0, 1, steps + 1, dtype=torch.float64)
        if sampler is heun:  # its last step is Euler's: give it one of no length
            grid = torch.cat([grid, grid[-1:]])
        errors.append((sampler(denoiser, x, grid) - exact).abs().max().item())
    assert errors[0] / errors[1] == pytest.approx(2**order, rel=0.1)


def test_velocity_of_a_gaussian_is_the_derivative_of_its_flow():
    deviation, x = 0.5, normal(2, 3)
    t = torch.tensor(0.6, dtype=torch.float64, requires_grad=True)
    flow = ((1 - t) ** 2 * deviation**2 + t**2).sqrt()
    (rate,) = torch.autograd.grad(flow.log(), t)
    denoiser = Denoiser(GaussianMean(deviation), FlowPath(), "x0")
    torch.testing.assert_close(velocity(denoiser, x, t.detach()), rate * x)


def test_the_reversed_grid_takes_the_image_back_to_its_noise():
    denoiser = Denoiser(GaussianMean(0.5), FlowPath(), "x0")
    x = normal(3, 4)
    grid = torch.linspace(1, 0.2, 101, dtype=torch.float64)
    torch.testing.assert_close(heun(denoiser, heun(denoiser, x, grid), grid.flip(0)), x, atol=1e-3, rtol=0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 60}, "multiple of 8"),
        ({"size": 64, "batch": 0}, "batch=0"),
        ({"size": 64, "sampler": "leapfrog"}, "euler, heun"),
        ({"size": 40}, "multiples of 16"),
    ],
)
def test_refuses_impossible_settings(settings, message):
    with pytest.raises(InvalidInput, match=message):
        DiffusionConfig(**settings)
