"""Laws of every forward process: its rates, its Markov chain, its posterior, its times."""

from itertools import pairwise

import pytest
import torch

from subband.errors import InvalidInput
from subband.generate.diffusion import (
    PATHS,
    SPACINGS,
    CosinePath,
    EdmPath,
    ExplodingPath,
    FlowPath,
    LinearPath,
    RatePath,
    StepPath,
    corrupt,
    cosine_betas,
    linear_betas,
    make_path,
    marginal,
    posterior,
    time_grid,
    transition,
)
from subband.training import generator

ALL = {name: make_path(name) for name in PATHS} | {"any-beta": RatePath(lambda t: 1 + 28 * t**3)}
paths = pytest.mark.parametrize("path", ALL.values(), ids=ALL)


def inner(path, count=9):
    """Times inside, at steps where the path has steps."""
    return path.snap(torch.linspace(0.05, 0.95, count, dtype=torch.float64) * path.end)


@paths
def test_an_image_at_first_and_noise_at_last(path):
    a, s = path.coefficients(torch.tensor([0.0, path.end], dtype=torch.float64))
    assert a[0] == pytest.approx(1, abs=1e-12)
    assert s[0] == pytest.approx(0, abs=1e-7)
    assert a[1] / s[1] < 0.05
    assert path.snr(inner(path)).diff().max() < 0
    assert 0 < path.near < path.far <= path.end


@paths
def test_rates_are_the_derivatives(path):
    t, h = inner(path), 1e-6
    before, after = path.coefficients(t - h), path.coefficients(t + h)
    for rate, low, high in zip(path.rates(t), before, after, strict=True):
        torch.testing.assert_close(rate, (high - low) / (2 * h), rtol=1e-5, atol=1e-7)


@paths
def test_two_transitions_are_one(path):
    """q(x_t | x_0) is the same directly and through any time between: Chapman and Kolmogorov."""
    x0 = torch.full((1, 1), 0.7, dtype=torch.float64)
    s, t = inner(path)[2:3], inner(path)[6:7]
    half = marginal(path, x0, s)
    kept, added = transition(path, torch.ones_like(x0), s, t)
    whole = marginal(path, x0, t)
    torch.testing.assert_close(kept * half.mean, whole.mean)
    torch.testing.assert_close(kept**2 * half.variance + added, whole.variance)


@paths
def test_posterior_is_bayes_rule(path):
    """log q(x_s | x_t, x_0) = log q(x_s | x_0) + log q(x_t | x_s) - log q(x_t | x_0), at any x_s."""
    s, t = inner(path)[2:3], inner(path)[6:7]
    x0, x = torch.tensor([[0.7]], dtype=torch.float64), torch.tensor([[-0.4]], dtype=torch.float64)

    def log(value, law):
        return torch.distributions.Normal(law.mean, law.variance.sqrt()).log_prob(value)

    between = posterior(path, x0, x, t, s)
    for z in (-0.5, 0.2, 1.1):
        point = torch.full_like(x0, z)
        bayes = (
            log(point, marginal(path, x0, s))
            + log(x, transition(path, point, s, t))
            - log(x, marginal(path, x0, t))
        )
        torch.testing.assert_close(log(point, between), bayes)


@paths
def test_the_last_posterior_is_the_image(path):
    x0, x = torch.randn(2, 1, 3, dtype=torch.float64).unbind()
    mean, variance = posterior(path, x0, x, inner(path)[:1], torch.zeros(1, dtype=torch.float64))
    torch.testing.assert_close(mean, x0)
    assert variance.max() == 0


@paths
def test_time_of_a_noise_level(path):
    t = inner(path)
    torch.testing.assert_close(path.time_of(path.noise_level(t)), t)


@paths
def test_training_times_are_inside_and_follow_the_seed(path):
    t = path.draw_times(500, generator(0))
    assert torch.equal(t, path.draw_times(500, generator(0)))
    assert t.shape == (500,)
    assert 0 < t.min() < t.max() <= max(path.end, 1)
    torch.testing.assert_close(path.snap(t.double()), t.double(), atol=1e-6, rtol=0)


def test_the_straight_path_is_straight_at_logit_normal_times():
    t = torch.linspace(0, 1, 5)
    torch.testing.assert_close(sum(FlowPath().coefficients(t)), torch.ones(5))
    drawn = FlowPath(0.5, 0.8).draw_times(20_000, generator(0)).double().logit()
    assert (drawn.mean().item(), drawn.std().item()) == pytest.approx((0.5, 0.8), abs=0.02)


def test_edm_times_are_log_normal_noise_levels():
    drawn = EdmPath().draw_times(20_000, generator(0)).double().log()
    assert (drawn.mean().item(), drawn.std().item()) == pytest.approx((-1.2, 1.2), abs=0.03)
    t = torch.tensor([0.002, 80.0])
    torch.testing.assert_close(EdmPath().coefficients(t)[1], t)


def test_any_beta_is_integrated_exactly():
    t = torch.linspace(0, 1, 11, dtype=torch.float64)
    line = RatePath(lambda t: 0.1 + 19.9 * t)
    for mine, closed in zip(line.coefficients(t), LinearPath().coefficients(t), strict=True):
        torch.testing.assert_close(mine, closed)


def test_many_small_steps_are_the_continuous_path():
    t = torch.tensor([0.2, 0.5, 0.9], dtype=torch.float64)
    for betas, path in ((linear_betas, LinearPath()), (cosine_betas, CosinePath())):
        gaps = [
            (StepPath(betas(steps)).coefficients(t)[0] - path.coefficients(t)[0]).abs().max().item()
            for steps in (1000, 4000)
        ]
        assert gaps[1] < 0.01
        assert gaps[1] <= gaps[0] / 3 + 1e-12


def test_steps_multiply():
    path = StepPath((0.1, 0.3, 0.5))
    a, s = path.coefficients(path.times())
    torch.testing.assert_close(a**2, torch.tensor([0.9, 0.63, 0.315], dtype=torch.float64))
    torch.testing.assert_close(a**2 + s**2, torch.ones(3, dtype=torch.float64))


@paths
@pytest.mark.parametrize("spacing", SPACINGS)
def test_grids_fall_from_noise_to_the_image(path, spacing):
    grid = time_grid(7, path, spacing=spacing)
    assert (grid[0], grid[-1]) == (path.end, 0)
    assert all(a > b for a, b in pairwise(grid))
    assert len(grid) <= 8
    torch.testing.assert_close(path.snap(grid), grid)


def test_spacings_are_what_they_say():
    grid = time_grid(7, FlowPath(), shift=10.0)
    assert grid[1] == pytest.approx(10 * 6 / 7 / (1 + 9 * 6 / 7))
    edm = time_grid(18, EdmPath())
    torch.testing.assert_close((edm[:-1] ** (1 / 7)).diff().std(), torch.zeros((), dtype=torch.float64))
    levels = LinearPath().noise_level(time_grid(9, LinearPath(), spacing="log-snr")[:-1])
    torch.testing.assert_close(
        levels.log().diff().std(), torch.zeros((), dtype=torch.float64), atol=1e-6, rtol=0
    )
    assert len(time_grid(50, StepPath(linear_betas(10)))) == 11


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 0}, "1 step or more"),
        ({"steps": 4, "shift": 0.0}, "above 0"),
        ({"steps": 4, "spacing": "prime"}, "uniform"),
    ],
)
def test_refuses_impossible_grids(settings, message):
    with pytest.raises(InvalidInput, match=message):
        time_grid(path=FlowPath(), **settings)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: make_path("straight"), "flow"),
        (lambda: StepPath(()), "betas"),
        (lambda: StepPath((0.1, 1.0)), "below 1"),
        (lambda: linear_betas(0), "1 or more"),
        (lambda: EdmPath(2.0, 1.0), "least < most"),
        (lambda: ExplodingPath(0.0, 1.0), "least < most"),
    ],
)
def test_refuses_impossible_paths(make, message):
    with pytest.raises(InvalidInput, match=message):
        make()


def test_corrupt_has_the_marginals():
    x0, eps = torch.zeros(50_000, 1), torch.randn(50_000, 1, generator=generator(3))
    x = corrupt(LinearPath(), x0 + 2, eps, torch.full((50_000,), 0.3))
    mean, variance = marginal(LinearPath(), torch.full((1, 1), 2.0), torch.tensor([0.3]))
    assert x.mean().item() == pytest.approx(mean.item(), abs=0.02)
    assert x.var().item() == pytest.approx(variance.item(), rel=0.03)
