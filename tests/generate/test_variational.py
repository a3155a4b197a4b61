"""Likelihoods, divergences, priors and gradient estimators against closed forms."""

import math

import pytest
import torch

from subband.errors import InvalidInput
from subband.generate.variational.gradients import gradient_samples
from subband.generate.variational.likelihood import importance_bound, log_likelihood
from subband.generate.variational.networks import OneLevel, TwoLevel
from subband.generate.variational.observation import DiscretisedLogistic
from subband.generate.variational.priors import Gaussian, mixture_log_prob, standard_normal
from subband.generate.variational.units import units
from subband.nn import gaussian_divergence
from subband.training import generator

D, X, NOISE = 3, 6, 0.5


def linear_gaussian():
    """x = W z + noise, z ~ N(0, 1): exact likelihoods, and weights from a wide, factorised posterior."""
    random = generator(0)
    w = torch.randn(X, D, generator=random, dtype=torch.float64)
    x = torch.randn(20, D, generator=random, dtype=torch.float64) @ w.T
    x = x + NOISE * torch.randn(x.shape, generator=random, dtype=torch.float64)
    joint = w @ w.T + NOISE**2 * torch.eye(X)
    exact = torch.distributions.MultivariateNormal(torch.zeros(X).double(), joint).log_prob(x)
    inverse = torch.linalg.inv(w.T @ w + NOISE**2 * torch.eye(D))
    q = Gaussian(x @ w @ inverse, (1.5 * NOISE**2 * inverse.diagonal()).log().expand(20, D))

    def weigh(count):
        z = q.sample(random, count)
        likelihood = torch.distributions.Normal(z @ w.T, NOISE).log_prob(x).sum(dim=-1)
        return likelihood + standard_normal(z) - q.log_prob(z)

    return exact, weigh


def test_importance_sampling_finds_the_likelihood_of_probabilistic_pca_within_its_error():
    exact, weigh = linear_gaussian()
    found = log_likelihood(weigh, 20_000, X)
    assert ((found.each - exact).abs() < 5 * found.noise + 1e-3).all()
    numbers = found.numbers()
    assert abs(numbers["log_likelihood"] - float(exact.mean())) < 5 * numbers["log_likelihood_sampling_error"]
    assert numbers["bits_per_dimension"] == pytest.approx(-numbers["log_likelihood"] / (X * math.log(2)))
    assert (found.bound < exact).all()


def test_the_bound_rises_with_the_number_of_samples():
    exact, weigh = linear_gaussian()
    means = [
        torch.stack([importance_bound(weigh(k)) for _ in range(2000)]).mean().item() for k in (1, 4, 16, 64)
    ]
    assert means == sorted(means)
    assert means[-1] < exact.mean().item() + 0.02
    with pytest.raises(InvalidInput, match="2 or more"):
        log_likelihood(weigh, 1, X)


def test_the_divergence_between_gaussians_is_torchs():
    first, second = (torch.randn(2, 5, 4, generator=generator(k)) for k in (1, 2))
    normal = torch.distributions.Normal
    theirs = torch.distributions.kl_divergence(
        normal(first[0], (first[1] / 2).exp()), normal(second[0], (second[1] / 2).exp())
    ).sum(dim=1)
    torch.testing.assert_close(gaussian_divergence(*first, *second), theirs)


@pytest.mark.parametrize("build", [OneLevel, TwoLevel])
def test_a_vampprior_whose_posteriors_are_standard_is_the_standard_prior(build):
    torch.manual_seed(0)
    net = build(16, 16, (8, 8), 4, prior="vamp", components=7)
    head = (net.encoder if build is OneLevel else net.top)[1].both
    torch.nn.init.zeros_(head.weight)
    torch.nn.init.zeros_(head.bias)
    z = torch.randn(9, 4, generator=generator(0))
    torch.testing.assert_close(net.prior.log_prob(z, net), standard_normal(z))


def test_a_mixture_is_that_of_torch():
    mean, log_variance = torch.randn(2, 6, 3, generator=generator(3))
    z = torch.randn(2, 5, 3, generator=generator(4))
    parts = torch.distributions.Independent(torch.distributions.Normal(mean, (log_variance / 2).exp()), 1)
    theirs = torch.distributions.MixtureSameFamily(torch.distributions.Categorical(torch.ones(6)), parts)
    torch.testing.assert_close(mixture_log_prob(z, Gaussian(mean, log_variance)), theirs.log_prob(z))


def test_the_256_levels_of_a_pixel_are_all_there_is():
    levels = (torch.arange(256) / 255)[:, None]
    for logit, log_scale in ((0.0, -3.0), (4.0, -6.0), (-6.0, 0.5)):
        parameters = torch.tensor([logit, log_scale], dtype=torch.float64).expand(256, 2)
        total = DiscretisedLogistic().log_prob(parameters, levels.double()).exp().sum()
        assert total.item() == pytest.approx(1.0, abs=1e-6)


def test_variances_of_both_gradient_estimators_of_a_square():
    """Of z^2 at mean 0 they are 4 s^2 and 15 s^2; the score's is unbiased with a baseline too."""
    s = 0.7
    q = Gaussian(torch.zeros(1).double(), torch.full((1,), 2 * math.log(s)).double())
    found = gradient_samples(lambda z: z.square().sum(dim=1), q, 200_000, generator(0))
    variances = found.variances()
    assert variances["reparameterised"] == pytest.approx(4 * s**2, rel=0.03)
    assert variances["score"] == pytest.approx(15 * s**2, rel=0.05)
    assert variances["score_baseline"] < variances["score"]
    for each in (found.reparameterised, found.score, found.score_baseline):
        assert abs(each.mean().item()) < 5 * each.std().item() / 200_000**0.5


def test_active_units_are_those_that_follow_the_image():
    mean = torch.randn(1000, 3, generator=generator(5)) * torch.tensor([1.0, 0.05, 0.5])
    report = units(Gaussian(mean, torch.zeros(1000, 3)))
    assert (report.active, report.order.tolist()) == (2, [0, 2, 1])


def test_the_likelihood_of_the_packet_autoencoder_is_that_of_a_linear_decoder():
    """With a decoder that is linear, x is Gaussian, and its density is known."""
    from torch import nn

    from subband.generate.families.vae import PacketVAE, configure
    from subband.generate.pixels import LEVEL
    from subband.generate.spaces.packets import to_packets

    torch.manual_seed(0)
    network = PacketVAE(configure(8, latent=2, widths=(8,))).eval().requires_grad_(False)
    values = 3 * 8 * 8
    w = torch.randn(values, 2, dtype=torch.float64) / 8
    network.decoder = nn.Sequential(nn.Linear(2, values, bias=False), nn.Unflatten(1, (12, 4, 4)))
    network.decoder[0].weight.data = w.float()
    noise = 0.2
    x = torch.randn(30, 2, dtype=torch.float64) @ w.T + noise * torch.randn(30, values, dtype=torch.float64)
    precision = torch.eye(2) + w.T @ w / noise**2
    spread = torch.linalg.inv(precision)
    factor = 1.5 * spread.diagonal()

    class Posterior(nn.Module):
        def forward(self, packets):
            mean = packets.flatten(1).double() @ w @ spread / noise**2
            return torch.cat([mean, factor.log().expand(len(mean), -1)], dim=1).float()

    network.encoder = Posterior()
    from subband.generate.spaces.packets import from_packets

    images = from_packets(x.reshape(30, 12, 4, 4).float())
    found = network.log_likelihood(images, {}, samples=4000)
    dithered = images + LEVEL * (torch.rand(images.shape, generator=generator(0, 0)) - 0.5)
    seen = to_packets(dithered).flatten(1).double()
    q = network.encoder(to_packets(dithered))
    z = Gaussian(*q.chunk(2, dim=1)).sample(generator(0, 1), 1)[0].double()
    variance = (z @ w.T - seen).square().mean()
    joint = w @ w.T + variance * torch.eye(values)
    exact = torch.distributions.MultivariateNormal(torch.zeros(values).double(), joint).log_prob(seen)
    assert ((found.each - exact - values * math.log(LEVEL)).abs() < 6 * found.noise + 0.02).all()


def test_temperatures_multiply_the_deviations_of_codes():
    torch.manual_seed(0)
    net = OneLevel(16, 16, (8, 8), 4)
    z = torch.randn(5, 4, generator=generator(3))
    torch.testing.assert_close(
        net.generate(5, torch.zeros(5, 0), generator(3), temperature=0.5),
        net.decode(0.5 * z, torch.zeros(5, 0)),
    )
    q = Gaussian(torch.ones(2), torch.zeros(2)).narrowed(0.5)
    assert q.sample(generator(0), 10_000).std(dim=0).tolist() == pytest.approx([0.5, 0.5], rel=0.05)
