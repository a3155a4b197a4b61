"""Every objective on every path: exact answers, minimisers in closed form, and errors measured otherwise."""

import itertools

import pytest
import torch
from torch import nn

from subband.errors import InvalidInput
from subband.generate.diffusion import (
    OBJECTIVES,
    PATHS,
    Denoiser,
    EdmPath,
    FlowPath,
    GaussianMixture,
    LinearPath,
    Projected,
    StepPath,
    corrupt,
    linear_betas,
    make_path,
    target,
)
from subband.generate.diffusion.objectives import spread
from subband.nn import Conditioner
from subband.training import generator

PAIRS = list(itertools.product(PATHS, OBJECTIVES))
MOMENTS = (0.1, 0.5, 0.8)


class Told(nn.Module):
    """A network that says what it was told to."""

    def __init__(self, output):
        super().__init__()
        self.output = output

    def forward(self, x, t):
        return self.output


class Line(nn.Module):
    """slope x + offset, one of each for all images."""

    def __init__(self, slope, offset):
        super().__init__()
        self.slope, self.offset = slope, offset

    def forward(self, x, t):
        return self.slope * x + self.offset


def normal(*shape, seed=0):
    return torch.randn(*shape, generator=generator(seed), dtype=torch.float64)


def times(path, count):
    return path.snap(torch.linspace(0.1, 0.9, count, dtype=torch.float64) * path.end)


@pytest.mark.parametrize(("name", "predict"), PAIRS)
def test_a_perfect_network_gives_the_image_and_the_noise(name, predict):
    path = make_path(name)
    x0, eps, t = normal(5, 2, 3, seed=1), normal(5, 2, 3, seed=2), times(path, 5)
    denoiser = Denoiser(Told(target(path, predict, x0, eps, t, 0.5)), path, predict, data_deviation=0.5)
    answer = denoiser(corrupt(path, x0, eps, t), t)
    torch.testing.assert_close(answer.x0, x0)
    torch.testing.assert_close(answer.eps, eps, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(answer.score, -eps / answer.sigma, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(answer.v, target(path, "v", x0, eps, t), rtol=1e-6, atol=1e-6)
    assert denoiser.loss(x0, eps, t).item() < 1e-20


@pytest.mark.parametrize(("name", "predict"), PAIRS)
def test_x0_and_eps_are_tied_by_x_t_whatever_the_network_says(name, predict):
    path = make_path(name)
    x, t = normal(4, 6), times(path, 4)
    answer = Denoiser(Told(normal(4, 6, seed=3)), path, predict)(x, t)
    torch.testing.assert_close(corrupt(path, answer.x0, answer.eps, t), x, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(("name", "predict"), PAIRS)
def test_the_minimiser_on_a_gaussian_is_the_posterior_mean(name, predict, moment):
    """Of data N(m, d^2) the best network is a line in what it sees: by the normal equations, in moments."""
    path, m, d = make_path(name), 0.6, 0.5
    t = path.snap(torch.tensor([moment * path.end], dtype=torch.float64))
    c = path.at(t, normal(1, 1))
    goal = OBJECTIVES[predict]
    p, q = goal.p(c, d), goal.q(c, d)
    # Second moments of what the network sees, (alpha x0 + sigma eps) / r, with the target, p x0 + q eps.
    r = spread(c, d)
    slope = (c.alpha * p * d**2 + c.sigma * q) * r / (c.alpha**2 * d**2 + c.sigma**2)
    denoiser = Denoiser(Line(slope, p * m - slope * c.alpha * m / r), path, predict, data_deviation=d)
    x = normal(7, 1, seed=4)
    answer = denoiser(x, t.expand(7))
    exact = GaussianMixture(path, torch.tensor([[m]]).double(), torch.tensor([d]).double())(x, t.expand(7))
    torch.testing.assert_close(answer.x0, exact.x0, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(answer.eps, exact.eps, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("predict", OBJECTIVES)
def test_the_loss_is_least_at_the_exact_denoiser_of_a_mixture(predict):
    """The gradient of the loss vanishes along any function of x, there and only there."""
    path = LinearPath()
    mixture = GaussianMixture(path, torch.tensor([[-1.0], [1.5]]).double(), torch.tensor([0.3, 0.6]).double())
    x0, _ = mixture.draw(200_000, generator(0))
    eps, t = normal(200_000, 1, seed=5), torch.full((200_000,), 0.25, dtype=torch.float64)
    x = corrupt(path, x0, eps, t)
    exact = mixture(x, t)
    best = target(path, predict, exact.x0, exact.eps, t)
    for bump in (x.sin(), torch.ones_like(x), (2 * x).cos()):
        amount = torch.zeros((), dtype=torch.float64, requires_grad=True)
        loss = Denoiser(Told(best + amount * bump), path, predict).errors(x0, eps, t)
        (slope,) = torch.autograd.grad(loss.mean(), amount, create_graph=True)
        (curve,) = torch.autograd.grad(slope, amount)
        assert abs(slope / curve) < 0.01  # the least loss lies this far away, by Newton


def test_targets_are_those_of_the_papers():
    x0, eps, t = normal(3, 2, seed=1), normal(3, 2, seed=2), torch.full((3,), 0.3, dtype=torch.float64)
    flow = FlowPath()
    torch.testing.assert_close(target(flow, "flow", x0, eps, t), eps - x0)
    vp = LinearPath()
    a, s = (c[:1] for c in vp.coefficients(t))
    torch.testing.assert_close(target(vp, "v", x0, eps, t), a * eps - s * x0)
    x = corrupt(vp, x0, eps, t)
    torch.testing.assert_close(target(vp, "score", x0, eps, t), -(x - a * x0) / s**2)


def test_v_on_the_edm_path_is_the_preconditioning_of_karras():
    """D = c_skip x + c_out F(c_in x; ln(sigma) / 4) with the weight (sigma^2 + d^2) / (sigma d)^2."""
    d, sigma = 0.5, torch.tensor([0.01, 0.4, 30.0], dtype=torch.float64)
    x0, eps = 0.5 * normal(3, 4, seed=1), normal(3, 4, seed=2)
    x, level = x0 + sigma[:, None] * eps, sigma[:, None]

    class Watching(nn.Module):
        def forward(self, x, t):
            self.seen = (x, t)
            return torch.tanh(x) - t[:, None]

    net = Watching()
    denoiser = Denoiser(net, EdmPath(), "v", data_deviation=d)
    answer = denoiser(x, sigma).x0
    skip, out, scale = (
        d**2 / (level**2 + d**2),
        level * d / (level**2 + d**2).sqrt(),
        (level**2 + d**2).rsqrt(),
    )
    f = -(torch.tanh(scale * x) - sigma.log()[:, None] / 4)
    torch.testing.assert_close(answer, skip * x + out * f)
    torch.testing.assert_close(net.seen, (scale * x, sigma.log() / 4))
    weighted = ((answer - x0).square() * (level**2 + d**2) / (level * d) ** 2).mean()
    torch.testing.assert_close(denoiser.loss(x0, eps, sigma), weighted)


@pytest.mark.parametrize(("predict", "measure"), list(itertools.permutations(OBJECTIVES, 2)))
def test_an_error_can_be_measured_as_that_of_another_target(predict, measure):
    path = LinearPath()
    x0, eps, t = normal(4, 3, seed=1), normal(4, 3, seed=2), times(path, 4)
    denoiser = Denoiser(Told(normal(4, 3, seed=3)), path, predict, data_deviation=0.7)
    answer = denoiser(corrupt(path, x0, eps, t), t)
    said = target(path, measure, answer.x0, answer.eps, t, 0.7)
    other = Denoiser(Told(said), path, measure, data_deviation=0.7)
    torch.testing.assert_close(denoiser.errors(x0, eps, t, measure=measure), other.errors(x0, eps, t))


def test_noise_that_is_asked_for_the_image_is_asked_a_little_earlier():
    """At the end of the straight path x_t is noise alone, and eps says nothing of x0."""
    x, end = normal(2, 3), torch.ones(2, dtype=torch.float64)
    for predict in OBJECTIVES:
        answer = Denoiser(Told(normal(2, 3, seed=1)), FlowPath(), predict)(x, end)
        assert answer.x0.isfinite().all()
        assert answer.eps.isfinite().all()


def test_projected_predictions_stay_tied():
    x, t = normal(4, 6), torch.full((4,), 0.5, dtype=torch.float64)
    denoiser = Denoiser(Told(normal(4, 6, seed=3)), FlowPath(), "v")
    answer = Projected(denoiser, lambda x0: x0.clamp(-0.2, 0.2))(x, t)
    assert answer.x0.abs().max() <= 0.2
    torch.testing.assert_close(corrupt(FlowPath(), answer.x0, answer.eps, t), x)


class TellsBoth(nn.Module):
    def forward(self, x, t, **told):
        return torch.zeros_like(x)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Denoiser(nn.Identity(), FlowPath(), "epsilon"), "x0, eps, score, flow, v"),
        (lambda: Denoiser(nn.Identity(), FlowPath(), data_deviation=0.0), "above 0"),
        (lambda: target(FlowPath(), "noise", normal(1, 1), normal(1, 1), normal(1)), "choose one of"),
        (lambda: Denoiser(Told(normal(2, 4)), FlowPath())(normal(2, 3), torch.rand(2)), r"expected \(2, 3\)"),
        (
            lambda: Denoiser(Told(normal(2, 3)), StepPath(linear_betas(5)), learn_variance=True)(
                normal(2, 3), torch.rand(2)
            ),
            r"expected \(2, 6\)",
        ),
        (
            lambda: Denoiser(TellsBoth(), FlowPath())(normal(2, 3), torch.rand(2), {"label": torch.zeros(2)}),
            "without a conditioner",
        ),
        (
            lambda: Denoiser(TellsBoth(), FlowPath(), conditioner=Conditioner(4, classes=3))(
                normal(2, 3), torch.rand(2), {"vector": torch.zeros(2, 4)}
            ),
            "takes label",
        ),
    ],
)
def test_refuses_what_does_not_fit(make, message):
    with pytest.raises(InvalidInput, match=message):
        make()
