"""Every sampler on every path: its limit law in closed form, its order, its way back, its errors."""

import inspect
import math
from itertools import pairwise

import pytest
import torch

from subband.errors import InvalidInput
from subband.generate.diffusion import (
    PATHS,
    SAMPLERS,
    Churn,
    EdmPath,
    Exploded,
    ExplodingPath,
    FlowPath,
    GaussianMixture,
    LinearPath,
    Projected,
    ancestral,
    annealed_langevin,
    ddim,
    dpm_solver,
    dpm_solver_sde,
    euler,
    make_path,
    posterior,
    sample,
    time_grid,
)
from subband.generate.diffusion.samplers.solvers import velocity
from subband.generate.families.diffusion_settings import DiffusionConfig
from subband.training import generator

FLOWING = [name for name, way in SAMPLERS.items() if not way.draws]
DRAWING = ["heun-churn", "dpm-solver-sde", "predictor-corrector"]
DEVIATION, MEAN = 0.5, 0.3


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


def gaussian(path, deviation=DEVIATION, mean=MEAN, size=4):
    return GaussianMixture(path, torch.full((1, size), mean).double(), torch.tensor([deviation]).double())


def exact_flow(path, z, deviation=DEVIATION, mean=MEAN):
    """Where the probability flow leads from noise z of variance 1: x0 = m + (x_T - a m) d / sqrt(a^2 d^2 + s^2)."""
    a, s = path.coefficients(torch.tensor([path.end], dtype=torch.float64))
    return mean + (s * z - a * mean) * deviation / (a**2 * deviation**2 + s**2).sqrt()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", FLOWING)
def test_samplers_of_the_flow_reach_where_it_leads(name, path):
    path, z = make_path(path), normal(6, 4)
    denoiser = gaussian(path)
    if name == "euler" and isinstance(path, ExplodingPath):  # whose noise begins like a root of time
        denoiser = Exploded(denoiser)
    x = sample(denoiser, z, name, grid=time_grid(200, denoiser.path, spacing="log-snr"))
    torch.testing.assert_close(x, exact_flow(path, z), atol=0.03, rtol=0)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", DRAWING)
def test_samplers_that_draw_reach_the_law_of_the_data(name, path):
    path = make_path(path)
    grid = time_grid(60, path, spacing="log-snr")
    x = sample(gaussian(path, size=1), normal(4000, 1), name, grid=grid, random=generator(1))
    assert x.mean().item() == pytest.approx(MEAN, abs=0.04)
    assert x.std().item() == pytest.approx(DEVIATION, rel=0.06)


@pytest.mark.parametrize("path", PATHS)
def test_the_ancestral_sampler_has_the_law_of_its_chain(path):
    """On a Gaussian each step is a line and noise: mean and variance follow a recursion, whatever the steps."""
    path = make_path(path)
    grid = time_grid(12, path)
    denoiser = gaussian(path, size=1)
    start = path.coefficients(grid[:1])[1]
    mean, variance = torch.zeros(1, 1).double(), start**2
    for now, then in pairwise(grid):
        ends = torch.stack([mean, mean + 1]).reshape(2, 1)
        t = now.expand(2)
        at, added = posterior(path, denoiser(ends, t).x0, ends, t, then.expand(2))
        slope = at[1] - at[0]
        mean, variance = at[:1], slope**2 * variance + (added[0] if then > 0 else 0)
    x = sample(denoiser, normal(20_000, 1), "ancestral", grid=grid, random=generator(1))
    assert x.mean().item() == pytest.approx(mean.item(), abs=0.02)
    assert x.std().item() == pytest.approx(variance.sqrt().item(), rel=0.03)


@pytest.mark.parametrize("path", PATHS)
def test_annealed_langevin_has_the_law_of_its_walk(path):
    """Each update is x - h/2 (x - a m) / V + sqrt(h) z with V = a^2 d^2 + sigma^2, and the last step the mean."""
    path = make_path(path)
    grid = time_grid(8, path, spacing="log-snr")
    variance, before = path.coefficients(grid[:1])[1] ** 2, path.coefficients(grid[:1].clamp(max=path.far))[0]
    for time in grid[:-1].clamp(max=path.far):
        a, s = path.coefficients(time)
        total, h = a**2 * DEVIATION**2 + s**2, 0.3 * s**2
        variance = variance * (a / before) ** 2
        for _ in range(20):
            variance = variance * (1 - h / (2 * total)) ** 2 + h
        before = a
    a, s = path.coefficients(torch.tensor(path.near, dtype=torch.float64))
    variance = variance * (a * DEVIATION**2 / (a**2 * DEVIATION**2 + s**2)) ** 2
    x = sample(
        gaussian(path, size=1),
        normal(5000, 1),
        "langevin",
        grid=grid,
        random=generator(1),
        updates=20,
        size=0.3,
    )
    assert x.std().item() == pytest.approx(variance.sqrt().item(), rel=0.04)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*FLOWING, *DRAWING, "ancestral", "langevin"])
def test_all_modes_of_a_mixture_get_their_share(name):
    """Five standard errors of 12,000 draws are 0.023; "ancestral" is 0.01 off at 200 steps."""
    path = EdmPath(0.01, 20.0)
    means = torch.tensor([[-2.0], [0.0], [2.0]]).double()
    mixture = GaussianMixture(
        path, means, torch.tensor([0.2, 0.3, 0.2]).double(), torch.tensor([1.0, 2.0, 1.0])
    )
    random = generator(2) if SAMPLERS[name].draws else None
    x = sample(mixture, normal(12_000, 1), name, grid=time_grid(200, path, spacing="log-snr"), random=random)
    shares = [((x - m).abs() < 1).double().mean().item() for m in (-2, 0, 2)]
    assert shares == pytest.approx([0.25, 0.5, 0.25], abs=0.033)


@pytest.mark.parametrize(("name", "order"), [("euler", 1), ("heun", 2), ("ddim", 1), ("dpm-solver", 2)])
@pytest.mark.parametrize("path", [FlowPath(), LinearPath(), EdmPath(0.002, 5.0)])
def test_orders_of_convergence(name, order, path):
    """Errors before the last step, which is of first order for all, fall as they should with the steps."""
    denoiser, x, end = gaussian(path), normal(3, 4), 0.3 * path.end
    begin = 0.7 * path.end

    def far(t):
        a, s = path.coefficients(torch.tensor(t, dtype=torch.float64))
        return a * MEAN, (a**2 * DEVIATION**2 + s**2).sqrt()

    (m0, r0), (m1, r1) = far(begin), far(end)
    exact = m1 + (x - m0) * r1 / r0
    errors = []
    for steps in (40, 80):
        grid = torch.linspace(begin, end, steps + 1, dtype=torch.float64)
        errors.append((SAMPLERS[name].walk(denoiser, x, grid) - exact).abs().max().item())
    assert math.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.15)


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", FLOWING)
def test_images_come_back_from_their_noise(name, path):
    """x -> noise -> x on one grid: methods of first order lose some hundredths, of second order next to nothing."""
    path = make_path(path)
    images = MEAN + DEVIATION * normal(5, 4, seed=3)
    denoiser = gaussian(path)
    if name == "euler" and isinstance(path, ExplodingPath):
        denoiser = Exploded(denoiser)
    grid = time_grid(150, denoiser.path, spacing="log-snr")
    noise = sample(denoiser, images, name, grid=grid, reverse=True)
    back = sample(denoiser, noise, name, grid=grid)
    lost = (back - images).square().mean().sqrt() / DEVIATION
    assert lost < (0.08 if name in ("euler", "ddim") else 2e-3)
    torch.testing.assert_close(exact_flow(path, noise), images, atol=0.05, rtol=0)


@pytest.mark.parametrize("name", ["euler", "heun", "ddim", "dpm-solver", "ancestral", "dpm-solver-sde"])
@pytest.mark.parametrize("steps", [1, 3])
def test_one_image_is_reached_exactly_in_any_number_of_steps(name, steps):
    """Data at a single point: its flow is straight on the straight path, and each sampler ends on it."""
    image, path = normal(1, 4, seed=5), FlowPath()
    denoiser = GaussianMixture(path, image, torch.zeros(1).double())
    random = generator(0) if SAMPLERS[name].draws else None
    x = sample(denoiser, normal(3, 4), name, steps=steps, random=random)
    torch.testing.assert_close(x, image.expand(3, 4), atol=1e-8, rtol=0)


def test_a_denoiser_that_keeps_its_answer_is_followed_exactly_by_ddim_on_any_path():
    image = normal(1, 4, seed=5)
    for path in (LinearPath(), EdmPath(), FlowPath()):
        denoiser = GaussianMixture(path, image, torch.zeros(1).double())
        x = sample(denoiser, normal(3, 4), "ddim", steps=2)
        torch.testing.assert_close(x, image.expand(3, 4), atol=1e-8, rtol=0)


def test_one_consistency_jump_from_a_point_is_the_image_and_more_jumps_stay():
    image, path = normal(1, 4, seed=5), EdmPath()
    denoiser = GaussianMixture(path, image, torch.zeros(1).double())
    for steps in (1, 3):
        x = sample(denoiser, normal(3, 4), "consistency", steps=steps, random=generator(0))
        torch.testing.assert_close(x, image.expand(3, 4), atol=1e-6, rtol=0)


def test_relatives_are_one():
    """DDIM with eta = 1 is the ancestral sampler; Euler in noise levels, and on the straight path, is DDIM."""
    path = LinearPath()
    denoiser, x = gaussian(path), normal(3, 4)
    grid = time_grid(9, path)
    torch.testing.assert_close(
        ddim(denoiser, x, grid, eta=1.0, random=generator(4)),
        ancestral(denoiser, x, grid, random=generator(4)),
    )
    levels = path.noise_level(grid.clamp(max=path.far))
    alpha = path.coefficients(grid[:1])[0]
    torch.testing.assert_close(euler(Exploded(denoiser), x / alpha, levels), ddim(denoiser, x, grid))
    flow = gaussian(FlowPath())
    grid = time_grid(9, FlowPath())
    torch.testing.assert_close(euler(flow, x, grid), ddim(flow, x, grid))
    assert torch.equal(
        dpm_solver_sde(denoiser, x, grid, random=generator(5)),
        dpm_solver(denoiser, x, grid, eta=1.0, random=generator(5)),
    )


def test_large_variance_is_right_for_white_noise_and_small_for_one_image():
    """Ho et al. 2020, section 3.2: in steps of any size, each gives its data's law exactly."""
    path = LinearPath()
    grid = torch.tensor([1.0, 0.6, 0.3, 0.1], dtype=torch.float64)
    white = gaussian(path, deviation=1.0, mean=0.0, size=1)
    x = ancestral(white, normal(20_000, 1), grid, random=generator(1), variance="large")
    assert x.var().item() == pytest.approx(1, rel=0.03)
    point = gaussian(path, deviation=0.0, mean=0.0, size=1)
    start = path.coefficients(grid[:1])[1] * normal(20_000, 1)
    x = ancestral(point, start, grid, random=generator(1), variance="small")
    assert x.var().item() == pytest.approx(path.coefficients(grid[-1])[1].item() ** 2, rel=0.03)


def test_langevin_has_the_variance_of_its_step_size():
    path = ExplodingPath()
    time = path.time_of(torch.tensor([0.5], dtype=torch.float64))
    sigma2, v = 0.25, DEVIATION**2 + 0.25
    x = annealed_langevin(
        gaussian(path, size=1), normal(20_000, 1), time, random=generator(0), updates=200, size=0.8
    )
    assert x.var().item() == pytest.approx(v / (1 - 0.8 * sigma2 / (4 * v)), rel=0.03)


def test_churn_adds_noise_between_its_levels_only():
    churn = Churn(40, first=50.0, last=0.05)
    assert churn.raised(1.0, 100) == pytest.approx(1.4)
    assert churn.raised(1.0, 10) == pytest.approx(math.sqrt(2))
    assert [churn.raised(level, 10) for level in (60.0, 0.01)] == [60.0, 0.01]
    path, x = EdmPath(), normal(3, 4)
    still = sample(gaussian(path), x, "heun-churn", random=generator(0), churn=Churn(0.0))
    torch.testing.assert_close(still, sample(gaussian(path), x, "heun"))


def test_velocity_is_the_derivative_of_the_flow():
    path, x = FlowPath(), normal(2, 3)
    t = torch.tensor(0.6, dtype=torch.float64, requires_grad=True)
    spread = ((1 - t) ** 2 * DEVIATION**2 + t**2).sqrt()
    (rate,) = torch.autograd.grad(spread.log(), t)
    denoiser = gaussian(path, mean=0.0, size=3)
    torch.testing.assert_close(velocity(denoiser, x, t.detach()), rate * x)


def test_sampling_keeps_the_type_and_draws_from_what_it_is_given_only():
    for name, way in SAMPLERS.items():
        x = torch.randn(2, 1, 2, 2, generator=generator(0))
        random = {"random": generator(1)} if way.draws else {}
        before = torch.get_rng_state()
        denoiser = GaussianMixture(FlowPath(), torch.zeros(1, 1, 2, 2), torch.ones(1))
        out = sample(denoiser, x, name, steps=3, **random)
        assert (out.dtype, out.shape) == (x.dtype, x.shape)
        assert torch.equal(before, torch.get_rng_state())
        assert ("random" in inspect.signature(way.walk).parameters) >= way.draws


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "leapfrog"}, "euler"),
        ({"steps": 0}, "1 step or more"),
        ({"name": "ancestral"}, "give random"),
        ({"name": "ancestral", "reverse": True, "random": generator(0)}, "choose one of euler, heun"),
        ({"name": "euler", "random": generator(0)}, "takes no random"),
        ({"name": "heun", "eta": 1.0}, "takes no eta"),
        ({"name": "ddim", "eta": 1.0}, "random=torch.Generator"),
        ({"name": "ddim", "grid": torch.tensor([0.0, 1.0])}, "falling"),
        ({"name": "ancestral", "random": generator(0), "variance": "huge"}, "small, large or learned"),
        ({"name": "ancestral", "random": generator(0), "variance": "learned"}, "learn_variance=True"),
        ({"name": "adaptive", "tolerance": 0.0}, "above 0"),
    ],
)
def test_refuses_what_it_cannot_do(arguments, message):
    with pytest.raises(InvalidInput, match=message):
        sample(gaussian(FlowPath()), normal(2, 4), **arguments)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 60}, "multiple of 8"),
        ({"size": 64, "batch": 0}, "batch=0"),
        ({"size": 64, "sampler": "leapfrog"}, "euler"),
        ({"size": 40}, "multiples of 16"),
    ],
)
def test_refuses_impossible_settings(settings, message):
    with pytest.raises(InvalidInput, match=message):
        DiffusionConfig(**settings)


class Biased:
    """A denoiser like a network that predicts eps: with an error, and bounded where it was never trained."""

    def __init__(self, denoiser, bias):
        self.denoiser, self.bias, self.path = denoiser, bias, denoiser.path

    def __call__(self, x, t):
        found = self.denoiser(x, t)
        eps = (found.eps + self.bias).clamp(-4, 4)
        return found._replace(x0=(x - found.sigma * eps) / found.alpha, eps=eps)


@pytest.mark.parametrize("name", ["ddim", "ancestral"])
def test_with_a_projection_errors_in_the_noise_stay_small(name):
    """On 1000 steps of cosine betas alpha begins near 10⁻⁴: an error of 0.05 in eps is one of hundreds in x0."""
    means = torch.tensor([[-0.5], [0.5]], dtype=torch.float64)
    exact = GaussianMixture(make_path("iddpm"), means, torch.zeros(2, dtype=torch.float64))
    noise = torch.randn(500, 1, generator=generator(0), dtype=torch.float64)

    def drawn(denoiser):
        options = {"random": generator(1)} if SAMPLERS[name].draws else {}
        return sample(denoiser, noise, name, steps=20, **options)

    biased = Biased(exact, 0.05)
    assert drawn(biased).abs().median() > 3
    x = drawn(Projected(biased, lambda x0: x0.clamp(-1, 1)))
    assert (x.abs() - 0.5).abs().quantile(0.95) < 0.05
    assert x.abs().max() < 1
    assert 0.2 < (x > 0).double().mean() < 0.8
