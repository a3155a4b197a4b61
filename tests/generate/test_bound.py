"""The variational bound: exact on a Gaussian, and terms that are divergences by hand."""

import math

import pytest
import torch
from torch import nn

from subband.errors import InvalidInput
from subband.generate.diffusion import (
    Denoiser,
    FlowPath,
    Gaussian,
    GaussianMixture,
    LinearPath,
    Prediction,
    StepPath,
    cosine_betas,
    hybrid_errors,
    linear_betas,
    time_grid,
    transition,
)
from subband.generate.diffusion.likelihood.bound import bound, divergence, log_probability
from subband.generate.diffusion.paths.path import between
from subband.generate.pixels import LEVEL
from subband.training import generator

DEVIATION = 0.5


class ExactChain:
    """Gaussian data, their exact denoiser, and the exact variance of each step back as a mix of the two bounds.

    Var[x_s | x_t] = sigma_{t|s}^2 (b^2 d^2 + r^2) / (a^2 d^2 + s^2) lies between that for a certain image and
    that for white noise.
    """

    def __init__(self, path, deviation=DEVIATION):
        self.path, self.deviation = path, deviation
        self.exact = GaussianMixture(path, torch.zeros(1, 1).double(), torch.tensor([deviation]).double())

    def __call__(self, x, t):
        answer = self.exact(x, t)
        now = t[:1].double()
        then = self.path.snap(now - 1 / self.path.steps)
        (a, s), (b, r) = self.path.coefficients(now), self.path.coefficients(then)
        added = between(self.path, then, now)[1]
        d2 = self.deviation**2
        exact = (added * (b**2 * d2 + r**2) / (a**2 * d2 + s**2)).log()
        low = (added * r**2 / s**2).log() if then > 0 else added.log()
        mix = (exact - low) / (added.log() - low) if then > 0 else torch.zeros(1)
        return answer._replace(mix=mix.to(x).expand_as(x))


def test_the_bound_is_the_entropy_where_every_step_back_is_exact():
    """E[bound] = E[-log p(x_0)], and with exact steps p(x_0) is the data's law.

    The very last step has no freedom of variance, so what it costs is computed by itself.
    """
    path = StepPath(linear_betas(40))
    n = 40_000
    x0 = DEVIATION * torch.randn(n, 1, generator=generator(0), dtype=torch.float64)
    terms = bound(ExactChain(path), x0, random=generator(1), variance="learned", pixel=None)
    assert terms.steps.shape == (39, n)
    # H(x_0) = cross-entropy of the chain = prior + steps + reconstruction, by hand for the last of them.
    one = torch.tensor([1 / 40], dtype=torch.float64)
    (a, s), d2 = path.coefficients(one), DEVIATION**2
    rest = 0.5 * torch.log(2 * math.pi * math.e * d2 * s**2 / (a**2 * d2 + s**2)).item()  # H(x_0 | x_1)
    entropy = 0.5 * math.log(2 * math.pi * math.e * d2)
    mutual = (terms.prior + terms.steps.sum(dim=0)).mean().item()
    assert mutual + rest == pytest.approx(entropy, abs=0.02)
    # The last step's variance is sigma_1^2, not that of x_0 given x_1: what this costs is known too.
    spent = terms.reconstruction.mean().item()
    v, added = d2 * s**2 / (a**2 * d2 + s**2), between(path, torch.zeros(1).double(), one)[1]
    assert spent == pytest.approx((0.5 * (torch.log(2 * math.pi * added) + v / added)).item(), abs=0.02)
    assert (terms.total >= 0).any()


def test_exact_variances_beat_both_bounds_and_all_stay_above_the_entropy():
    path = StepPath(cosine_betas(30))
    x0 = DEVIATION * torch.randn(4000, 1, generator=generator(0), dtype=torch.float64)
    spent = {
        name: bound(ExactChain(path), x0, random=generator(1), variance=name, pixel=None).total.mean().item()
        for name in ("learned", "small", "large")
    }
    entropy = 0.5 * math.log(2 * math.pi * math.e * DEVIATION**2)
    assert entropy - 0.02 < spent["learned"] < min(spent["small"], spent["large"])


def test_any_path_has_a_bound_on_a_grid():
    path = FlowPath()
    x0 = DEVIATION * torch.randn(2000, 1, generator=generator(0), dtype=torch.float64)
    exact = GaussianMixture(path, torch.zeros(1, 1).double(), torch.tensor([DEVIATION]).double())
    entropy = 0.5 * math.log(2 * math.pi * math.e * DEVIATION**2)
    spent = []
    for steps in (20, 80):
        grid = torch.cat(
            [time_grid(steps, path, spacing="log-snr")[:-1].clamp(max=path.far), torch.zeros(1).double()]
        )
        spent.append(
            bound(exact, x0, random=generator(1), grid=grid, pixel=None).total.mean().item() - entropy
        )
    assert 0 < spent[1] < spent[0] / 2  # finer steps bound more tightly


def test_divergence_is_torchs():
    q, p = (Gaussian(torch.randn(3, 4), torch.rand(3, 4) + 0.1) for _ in range(2))
    a, b = (torch.distributions.Normal(g.mean, g.variance.sqrt()) for g in (q, p))
    torch.testing.assert_close(divergence(q, p), torch.distributions.kl_divergence(a, b).sum(dim=1))


@pytest.mark.parametrize("deviation", [1e-3, 0.02, 3.0])
def test_probabilities_of_levels_sum_to_one(deviation):
    levels = (torch.arange(256, dtype=torch.float64) * LEVEL - 1)[:, None]
    for mean in (-1.3, 0.0, 0.4):
        log = log_probability(
            levels, torch.full_like(levels, mean), torch.full_like(levels, 2 * math.log(deviation)), LEVEL
        )
        assert log.isfinite().all()
        assert log.exp().sum().item() == pytest.approx(1, abs=1e-6)


def test_bits_per_dimension_are_nats_over_their_number():
    path = StepPath(linear_betas(5))
    exact = GaussianMixture(path, torch.zeros(1, 4), torch.ones(1))
    terms = bound(exact, torch.randn(3, 4).clamp(-1, 1), random=generator(0))
    torch.testing.assert_close(terms.bits_per_dimension(4), terms.total / (4 * math.log(2)))


class Two(nn.Module):
    """A network of one weight for the answer and one for the variance."""

    def __init__(self):
        super().__init__()
        self.answer = nn.Parameter(torch.tensor(0.3))
        self.mix = nn.Parameter(torch.tensor(0.0))

    def forward(self, x, t):
        return torch.cat([self.answer * x, self.mix.expand_as(x)], dim=1)


def test_the_bound_teaches_variances_only():
    path = StepPath(linear_betas(20))
    denoiser = Denoiser(Two(), path, "eps", learn_variance=True)
    x0, eps = torch.randn(2, 64, 3, generator=generator(0)).unbind()
    t = path.draw_times(64, generator(1))
    errors = hybrid_errors(denoiser, x0, eps, t, weight=0.1)
    answer, mix = torch.autograd.grad(errors.mean(), [denoiser.net.answer, denoiser.net.mix])
    plain = Denoiser(nn.Module(), path, "eps")
    plain.net.forward = lambda x, t: denoiser.net.answer * x  # type: ignore[method-assign]
    (alone,) = torch.autograd.grad(plain.loss(x0, eps, t), denoiser.net.answer)
    torch.testing.assert_close(answer, alone)
    assert mix != 0


def test_learned_variances_come_near_to_the_best_ones():
    """On Gaussian data with the exact mean, descent on the bound finds the mix that the closed form gives."""
    path, k = StepPath(linear_betas(20)), 8
    chain = ExactChain(path)
    t = torch.full((4000,), k / 20, dtype=torch.float64)
    x0 = DEVIATION * torch.randn(4000, 1, generator=generator(0), dtype=torch.float64)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.mix = nn.Parameter(torch.zeros(1, dtype=torch.float64))

        def forward(self, x, label):
            return torch.cat([chain(x, t[: len(x)]).x0, (2 * self.mix - 1).expand_as(x)], dim=1)

    denoiser = Denoiser(Net(), path, "x0", learn_variance=True, data_deviation=1.0)
    optimizer = torch.optim.Adam(denoiser.parameters(), 0.05)
    random = generator(1)
    for _ in range(150):
        eps = torch.randn(4000, 1, generator=random, dtype=torch.float64)
        loss = hybrid_errors(denoiser, x0, eps, t, weight=1.0, pixel=None).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    best = chain(x0[:1], t[:1]).mix
    assert denoiser.net.mix.item() == pytest.approx(best.item(), abs=0.1)


def test_refuses_what_has_no_bound():
    x = torch.zeros(2, 1)
    exact = GaussianMixture(LinearPath(), torch.zeros(1, 1), torch.ones(1))
    with pytest.raises(InvalidInput, match="time_grid"):
        bound(exact, x, random=generator(0))
    with pytest.raises(InvalidInput, match="learn_variance=True"):
        hybrid_errors(Denoiser(nn.Identity(), LinearPath()), x, x, torch.rand(2))
    assert isinstance(exact(x, torch.rand(2)), Prediction)
    assert transition(LinearPath(), x, torch.rand(2) * 0.1, torch.ones(2)).variance.shape == (2, 1)
