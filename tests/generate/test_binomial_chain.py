"""Binomial diffusion: Bayes' rule by counting, and a bound that is exact for pixels that the network knows."""

import math

import pytest
import torch
from torch import nn

from subband.errors import InvalidInput
from subband.generate.diffusion import BinomialDenoiser, BinomialPath, erasing_betas
from subband.training import generator

PATH = BinomialPath((0.1, 0.3, 0.5, 1.0))


class Posterior(nn.Module):
    """Exact logits of x_0 for pixels that are independent, each 1 with probability `one`."""

    def __init__(self, path, one):
        super().__init__()
        self.path, self.one = path, one

    def forward(self, x, t):
        k = (t * self.path.steps).round().long()
        kept = self.path.kept(k).to(x).reshape(-1, *[1] * (x.ndim - 1))
        agree = (x + 1) / 2 * (1 + kept) / 2 + (1 - x) / 2 * (1 - kept) / 2  # P(x_k | x_0 = 1)
        return math.log(self.one / (1 - self.one)) + agree.log() - (1 - agree).log()


def test_chain_of_flips_is_the_marginal():
    one = torch.tensor([[0.0], [1.0]], dtype=torch.float64)
    p = one.clone()
    for k, beta in enumerate(PATH.betas, start=1):
        p = p * (1 - beta) + beta / 2
        torch.testing.assert_close(PATH.marginal(one, torch.full((2,), k)), p)


@pytest.mark.parametrize("k", [1, 2, 4])
def test_posterior_by_counting_all_cases(k):
    beta, step = PATH.betas[k - 1], torch.tensor([k])
    for x0 in (0.0, 1.0):
        for x in (0.0, 1.0):
            joint = []
            for before in (0.0, 1.0):
                prior = PATH.marginal(torch.tensor([[x0]]).double(), step - 1).item()
                prior = prior if before else 1 - prior
                joint.append(prior * (1 - beta / 2 if x == before else beta / 2))
            ours = PATH.posterior(torch.tensor([[x0]]).double(), torch.tensor([[x]]).double(), step).item()
            assert ours == pytest.approx(joint[1] / sum(joint))


def test_erasing_betas_take_equal_shares():
    path = BinomialPath(erasing_betas(10))
    torch.testing.assert_close(
        path.kept(torch.arange(11)), 1 - torch.arange(11).double() / 10, atol=1e-12, rtol=0
    )


def test_the_bound_is_the_entropy_where_the_network_is_exact():
    one, n = 0.8, 20_000
    path = BinomialPath(erasing_betas(8))
    denoiser = BinomialDenoiser(Posterior(path, one), path)
    x0 = (torch.rand(n, 3, generator=generator(0), dtype=torch.float64) < one).double()
    entropy = -(one * math.log(one) + (1 - one) * math.log(1 - one))
    assert denoiser.bound(x0, generator(1)).mean().item() / 3 == pytest.approx(entropy, abs=0.01)
    k = torch.randint(1, 9, (n,), generator=generator(2))
    assert denoiser.errors(x0, k, generator(3)).mean().item() / 3 == pytest.approx(entropy, abs=0.02)


def test_samples_have_the_law_of_the_data():
    path = BinomialPath(erasing_betas(8))
    x = BinomialDenoiser(Posterior(path, 0.8), path).sample((4000, 1, 2, 2), generator(0))
    assert set(x.unique().tolist()) == {0.0, 1.0}
    assert x.mean().item() == pytest.approx(0.8, abs=0.015)


def test_a_network_learns_pixels_that_go_together():
    """Two pixels that are always equal: one bit, and what is lost as each step flips its pixels independently."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2))

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net

        def forward(self, x, t):
            return self.net(x) * (2 - t[:, None])

    path = BinomialPath(erasing_betas(50))
    denoiser, random = BinomialDenoiser(Net(), path), generator(1)
    optimizer = torch.optim.Adam(denoiser.parameters(), 0.02)
    for _ in range(300):
        x0 = torch.randint(0, 2, (256, 1), generator=random).float().expand(-1, 2)
        loss = denoiser.errors(x0, torch.randint(1, 51, (256,), generator=random), random).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    x0 = torch.randint(0, 2, (4000, 1), generator=random).float().expand(-1, 2)
    bits = denoiser.bound(x0, random).mean().item() / math.log(2)
    assert 0.97 < bits < 1.2
    x = denoiser.sample((2000, 2), random)
    assert (x[:, 0] == x[:, 1]).float().mean() > 0.9


@pytest.mark.parametrize("betas", [(), (0.0,), (0.2, 1.5)])
def test_refuses_impossible_betas(betas):
    with pytest.raises(InvalidInput, match="at most 1"):
        BinomialPath(betas)
    with pytest.raises(InvalidInput, match="1 or more"):
        erasing_betas(0)
