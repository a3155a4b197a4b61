"""Autoencoders with a known likelihood: against integrals on a grid, their priors, classes, and collapsed units."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from digits import digits
from torch.nn.functional import softplus

from subband.errors import InvalidInput
from subband.generate import train_generator
from subband.generate.families.binary_vae import BinaryVAE, BinaryVAEConfig, normal_log_density
from subband.generate.likelihood_of import likelihood
from subband.generate.pixels import to_signal
from subband.nn import gaussian_divergence
from subband.training import generator, initialised

SMALL = {"hidden": 80, "components": 20, "rate": 1e-2, "batch": 100, "flip": False}


def network(**settings) -> BinaryVAE:
    with initialised(3):
        made = BinaryVAE(BinaryVAEConfig(8, 1, latent=1, hidden=12, components=7, **settings))
        for parameter in made.parameters():  # far from what layers begin with, where all is nearly constant
            parameter.data.mul_(2)
        # Posteriors of random weights are not those of the decoder: wide ones are good proposals all the same.
        for layers in (made.top, *([made.lower] if made.config.levels == 2 else [])):
            layers.head.weight.data.mul_(0.2)
            layers.head.bias.data.copy_(torch.tensor([0.0, 1.5]))
    return made.eval().requires_grad_(False)


def pictures(count: int) -> torch.Tensor:
    """Black and white already, in [-1, 1]."""
    return 2.0 * (torch.rand(count, 1, 8, 8, generator=torch.Generator().manual_seed(1)) < 0.4) - 1


@pytest.mark.parametrize("prior", ["standard", "vamp"])
def test_the_likelihood_is_the_integral_over_the_code(prior) -> None:
    made, images = network(prior=prior), pictures(6)
    z = torch.linspace(-12, 12, 20_001)[:, None]
    x = (images.flatten(1) + 1) / 2
    logits = made.decoder(z)
    joint = made.log_prior(z)[:, None] + logits @ x.T - softplus(logits).sum(dim=1, keepdim=True)
    exact = joint.logsumexp(dim=0) + math.log(24 / 20_000)
    found = made.log_likelihood(images, generator(0), samples=4000)
    torch.testing.assert_close(found, exact, atol=0.05, rtol=0)


def test_two_levels_of_one_number_are_an_integral_over_the_plane() -> None:
    made, images = network(prior="vamp", levels=2), pictures(3)
    axis = torch.linspace(-9, 9, 361)
    z1, z2 = (grid.reshape(-1, 1) for grid in torch.meshgrid(axis, axis, indexing="ij"))
    x = (images.flatten(1) + 1) / 2
    logits = made.decoder(torch.cat([z1, z2], dim=1))
    codes = made.log_prior(z2) + normal_log_density(z1, *made.lower_prior(z2))
    joint = codes[:, None] + logits @ x.T - softplus(logits).sum(dim=1, keepdim=True)
    exact = joint.logsumexp(dim=0) + 2 * math.log(18 / 360)
    found = made.log_likelihood(images, generator(0), samples=4000)
    torch.testing.assert_close(found, exact, atol=0.1, rtol=0)


def test_more_samples_come_nearer_from_below() -> None:
    made, images = network(prior="vamp"), pictures(400)
    means = [made.log_likelihood(images, generator(5), samples=count).mean() for count in (1, 5, 200)]
    assert means[0] < means[1] < means[2]


def test_both_priors_are_densities() -> None:
    z = torch.linspace(-40, 40, 40_001)[:, None]
    for prior in ("standard", "vamp"):
        total = network(prior=prior).log_prior(z).exp().sum() * 80 / 40_000
        assert total == pytest.approx(1, abs=1e-3)


def test_the_divergence_of_units_is_the_closed_form() -> None:
    made, images = network(prior="standard"), pictures(9)
    mean, log_variance = made.top((images.flatten(1) + 1) / 2)
    divergence, spread = made.information(images)
    assert float(divergence.sum()) == pytest.approx(
        float(gaussian_divergence(mean, log_variance).mean()), rel=1e-5
    )
    assert float(spread[0]) == pytest.approx(float(mean.var()), rel=1e-5)


@pytest.fixture(scope="module")
def halves():
    """150 black-and-white digits never seen, and the others."""
    examples = digits()
    examples = replace(examples, pixels=np.where(examples.pixels >= 96, 255, 0).astype(np.uint8))
    examples = examples.take(np.random.default_rng(0).permutation(len(examples)))
    return examples.take(np.arange(150)), examples.take(np.arange(150, len(examples)))


def test_digits_never_seen_are_likelier_than_by_their_pixels_alone(halves) -> None:
    held_out, training = halves
    made = train_generator("vampprior", training, steps=300, latent=8, **SMALL)
    found = likelihood(made.network, held_out, classes=())
    shares = (training.pixels / 255).mean(axis=0).clip(1e-3, 1 - 1e-3)
    x = held_out.pixels / 255
    alone = (x * np.log(shares) + (1 - x) * np.log(1 - shares)).sum(axis=(1, 2, 3)).mean()
    assert alone + 20 < found["nats"]
    assert found["elbo_nats"] < found["nats"]
    assert found["bits_per_value"] == pytest.approx(-found["nats"] / (256 * math.log(2)))
    assert 1 <= found["active_units"] <= 8


def test_units_collapse_under_a_heavy_divergence(halves) -> None:
    held_out, training = halves
    made = train_generator("vampprior", training, steps=100, latent=8, prior="standard", beta=200.0, **SMALL)
    found = likelihood(made.network, held_out, classes=())
    assert found["active_units"] == 0
    assert found["divergence_nats"] < 0.5


def test_a_class_is_drawn_as_it_was_asked_for(halves) -> None:
    _, training = halves
    made = train_generator("cvae", training, steps=300, latent=6, **SMALL)
    drawn = made.sample(100, seed=0, labels=np.arange(100) % 10)
    means = np.stack([training.pixels[training.labels == k].mean(axis=0) for k in range(10)]).reshape(10, -1)
    centred = drawn.reshape(100, -1) - means.mean(axis=0)
    nearest = (
        centred @ (means - means.mean(axis=0)).T / np.linalg.norm(means - means.mean(axis=0), axis=1)
    ).argmax(1)
    assert (nearest == np.arange(100) % 10).mean() > 0.75
    assert likelihood(made.network, training, classes=made.config.classes)["nats"] < 0
    assert (
        likelihood(made.network, replace(training, labels=None, classes=()), classes=made.config.classes)
        == {}
    )


def test_values_are_white_with_the_probability_of_their_brightness() -> None:
    made = network()
    images = to_signal(torch.full((500, 1, 8, 8), 64, dtype=torch.uint8))
    assert float(made.values(images, generator(0)).mean()) == pytest.approx(64 / 255, abs=0.01)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"levels": 3}, "1 or 2"),
        ({"classes": ("a", "b")}, "prior='standard'"),
        ({"components": 0}, "components"),
        ({"beta": 0.0}, "beta"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, says) -> None:
    with pytest.raises(InvalidInput, match=says):
        BinaryVAEConfig(16, **settings)


def test_a_prior_of_no_name_is_refused(unchecked) -> None:
    with pytest.raises(InvalidInput, match="prior='flow'"):
        BinaryVAEConfig(16, prior="flow")  # type: ignore[arg-type]
