"""Bottlenecks: codes and vectors are inverse to each other, gradients pass, and no code is left behind."""

import math

import pytest
import torch
from torch.nn import functional as F

from subband.errors import InvalidInput
from subband.nn import (
    DiscreteBottleneck,
    FiniteScalarQuantiser,
    GaussianBottleneck,
    VectorQuantiser,
    gaussian_divergence,
)

BOTTLENECKS = {
    "kl": lambda: GaussianBottleneck(3),
    "vq": lambda: VectorQuantiser(3, 50),
    "fsq": lambda: FiniteScalarQuantiser((8, 5, 2)),
}
DISCRETE = ("vq", "fsq")


@pytest.fixture(params=BOTTLENECKS)
def bottleneck(request):
    torch.manual_seed(0)
    return BOTTLENECKS[request.param]()


def random(seed=0):
    return torch.Generator().manual_seed(seed)


def test_shapes_and_gradients_reach_the_encoder(bottleneck):
    h = torch.randn(4, bottleneck.inputs, 6, 5, requires_grad=True)
    passed = bottleneck(h, random())
    assert passed.latents.shape == (4, bottleneck.latent, 6, 5) == bottleneck.continuous(h).shape
    assert passed.cost.shape == (4,)
    passed.latents.square().sum().backward()
    assert h.grad is not None
    assert (h.grad != 0).float().mean() > 0.8  # rounding an odd number of levels puts one at zero


def test_settled_latents_settle_no_further(bottleneck):
    z = bottleneck.continuous(torch.randn(4, bottleneck.inputs, 6, 5))
    once = bottleneck.settled(z)
    torch.testing.assert_close(bottleneck.settled(once), once)


@pytest.mark.parametrize("kind", DISCRETE)
def test_codes_and_vectors_are_inverse(kind):
    torch.manual_seed(0)
    bottleneck = BOTTLENECKS[kind]()
    ids = torch.arange(bottleneck.codes).reshape(1, 10, -1)
    vectors = bottleneck.vectors(ids)
    assert torch.equal(bottleneck.ids(vectors), ids)
    assert len(vectors.flatten(2)[0].T.unique(dim=0)) == bottleneck.codes


@pytest.mark.parametrize("kind", DISCRETE)
def test_what_passes_is_the_vector_of_the_code_that_is_told(kind):
    torch.manual_seed(0)
    bottleneck = BOTTLENECKS[kind]()
    assert isinstance(bottleneck, DiscreteBottleneck)
    h = torch.randn(4, bottleneck.inputs, 6, 5)
    passed = bottleneck(h, random())
    torch.testing.assert_close(passed.latents, bottleneck.vectors(passed.ids))
    assert torch.equal(passed.ids, bottleneck.ids(bottleneck.continuous(h)))


def test_the_nearest_code_is_the_nearest():
    torch.manual_seed(0)
    bottleneck = VectorQuantiser(4, 300)
    z = torch.randn(2, 4, 7, 7)
    book = bottleneck.vectors(torch.arange(300)[None, None])[0, :, 0].T
    away = torch.cdist(z.permute(0, 2, 3, 1).reshape(-1, 4), book)
    assert torch.equal(bottleneck.ids(z).flatten(), away.argmin(dim=1))


def test_levels_share_the_range_equally():
    bottleneck = FiniteScalarQuantiser((4,))
    z = torch.linspace(-1, 1, 4001)[:-1].reshape(1, 1, 1, -1)
    counts = torch.bincount(bottleneck.ids(z).flatten(), minlength=4)
    assert (counts - 1000).abs().max() <= 1
    assert (bottleneck.settled(z) - z).abs().max() <= 0.25 + 1e-6


def test_the_divergence_is_torchs():
    mean, log_variance = torch.randn(5, 7), torch.randn(5, 7)
    ours = gaussian_divergence(mean, log_variance)
    first = torch.distributions.Normal(mean, (log_variance / 2).exp())
    theirs = torch.distributions.kl_divergence(first, torch.distributions.Normal(0.0, 1.0)).sum(dim=1)
    torch.testing.assert_close(ours, theirs)
    h = torch.cat([mean, log_variance], dim=1)[:, :, None, None]
    torch.testing.assert_close(GaussianBottleneck(7)(h, random()).cost, theirs)


def test_gaussian_noise_has_the_learnt_strength_and_follows_the_seed():
    bottleneck = GaussianBottleneck(1)
    h = torch.cat([torch.full((1, 1, 200, 200), 0.5), torch.full((1, 1, 200, 200), 2 * math.log(0.3))], dim=1)
    z = bottleneck(h, random()).latents
    assert z.mean().item() == pytest.approx(0.5, abs=5 * 0.3 / 200)
    assert z.std().item() == pytest.approx(0.3, rel=0.02)
    torch.testing.assert_close(bottleneck(h, random()).latents, z)
    assert not torch.equal(bottleneck(h, random(1)).latents, z)


def test_a_book_follows_data_that_move_and_grow_and_stays_in_use():
    torch.manual_seed(0)
    bottleneck = VectorQuantiser(3, 128)
    data = (0.05 * torch.randn(1, 3, 40, 50).cumsum(dim=1) + 0.3).clone()  # correlated channels
    bottleneck.start(data)
    optimizer = torch.optim.Adam(bottleneck.parameters(), 2e-3)
    steps = 400
    for k in range(steps):
        grid = data * (1 + k / steps) + 0.3 * k / steps
        optimizer.zero_grad()
        bottleneck(grid, random()).cost.mean().backward()
        optimizer.step()
    assert bottleneck.ids(grid).unique().numel() > 0.9 * 128
    left = F.mse_loss(bottleneck.settled(grid), grid) / grid.var(dim=(0, 2, 3)).mean()
    assert left < 2 * 128 ** (-2 / 3)  # rate-distortion: a book of K codes of d numbers leaves some K^(-2/d)


@pytest.mark.parametrize("levels", [(), (1,), (8, 1), (0, 3)])
def test_impossible_levels(levels):
    with pytest.raises(InvalidInput, match="2 or more"):
        FiniteScalarQuantiser(levels)


def test_impossible_books():
    with pytest.raises(InvalidInput, match="2 or more"):
        VectorQuantiser(4, 1)
