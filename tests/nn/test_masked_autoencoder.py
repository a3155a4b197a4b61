"""The masked autoencoder of lines, against the best linear predictor of a set where that is the best of all."""

import numpy as np
import pytest
import torch

from subband.errors import InvalidInput
from subband.nn import MaskedAutoencoder
from subband.nn.transformer import line_positions
from subband.training import initialised

LENGTH, PATCH, RANK = 64, 4, 4


def small(**changed) -> MaskedAutoencoder:
    settings = {
        "patch": PATCH, "width": 64, "depth": 2, "heads": 4, "decoder_width": 32, "decoder_depth": 2,
        "decoder_heads": 4,
    }  # fmt: skip
    with initialised(0):
        return MaskedAutoencoder(**(settings | changed))


def covariance(random: torch.Generator) -> torch.Tensor:
    """Of x = W z + noise with RANK hidden factors, 5 % of the variance noise; mean variance 1."""
    w = torch.randn(LENGTH, RANK, generator=random, dtype=torch.float64) / RANK**0.5
    s = w @ w.T + 0.05 * torch.eye(LENGTH, dtype=torch.float64)
    return s / s.diagonal().mean()


def best_error(s: torch.Tensor, hidden: torch.Tensor) -> float:
    """Mean variance of hidden numbers given visible ones: Σ_hh − Σ_hv Σ_vv⁻¹ Σ_vh, averaged over masks.

    For Gaussian x no predictor, linear or not, has a smaller mean squared error.
    """
    found = []
    for h in hidden.repeat_interleave(PATCH, dim=1):
        v = ~h
        left = s[h][:, h] - s[h][:, v] @ torch.linalg.solve(s[v][:, v], s[v][:, h])
        found.append(left.trace().item() / int(h.sum()))
    return float(np.mean(found))


@pytest.mark.slow
def test_learns_nearly_what_the_best_linear_predictor_knows() -> None:
    random = torch.Generator().manual_seed(0)
    s = covariance(random)
    root = torch.linalg.cholesky(s)
    model = small()
    optimizer = torch.optim.AdamW(model.parameters(), 3e-3, betas=(0.9, 0.95), fused=True)

    def batch(n: int) -> tuple[torch.Tensor, torch.Tensor]:
        x = torch.randn(n, LENGTH, generator=random, dtype=torch.float64) @ root.T
        return x.float(), model.draw_mask(n, LENGTH, 0.75, random)

    steps = 1000
    for k in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = 3e-3 * min(1, (k + 1) / 50) * 0.5 * (1 + np.cos(np.pi * k / steps))
        optimizer.zero_grad()
        model.loss(*batch(128)).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    with torch.no_grad():
        x, hidden = batch(2000)
        error = model.loss(x, hidden).item()
    best = best_error(s, hidden[:300])
    assert 0.05 < best < 0.09  # of variance 1
    assert error > 0.97 * best  # else the test would be wrong
    assert 1 - error > 0.9 * (1 - best)


def test_hidden_patches_are_not_seen() -> None:
    model = small().double()
    random = torch.Generator().manual_seed(0)
    x = torch.randn(5, LENGTH, generator=random).double()
    hidden = model.draw_mask(5, LENGTH, 0.75, random)
    other = torch.where(hidden.repeat_interleave(PATCH, dim=1), 100.0, x)
    torch.testing.assert_close(model(x, hidden), model(other, hidden))
    changed = torch.where(hidden.repeat_interleave(PATCH, dim=1), x, x + 1)
    assert (model(x, hidden) - model(changed, hidden)).abs().max() > 1e-3


def test_each_line_has_its_own_mask_and_only_hidden_patches_count() -> None:
    model = small().double()
    random = torch.Generator().manual_seed(1)
    x = torch.randn(4, LENGTH, generator=random).double()
    hidden = model.draw_mask(4, LENGTH, 0.75, random)
    assert hidden.sum(dim=1).tolist() == [12] * 4
    assert len(hidden.unique(dim=0)) == 4
    whole = model(x, hidden)
    for k in range(4):
        torch.testing.assert_close(model(x[k : k + 1], hidden[k : k + 1]), whole[k : k + 1])
    wrong = ((whole - x) ** 2)[hidden.repeat_interleave(PATCH, dim=1)].mean()
    torch.testing.assert_close(model.loss(x, hidden), wrong)


def test_codes_are_overcomplete_and_lines_may_have_any_length() -> None:
    model = small()
    assert model.encode(torch.zeros(2, LENGTH)).shape == (2, 16, 64)
    assert model.encode(torch.zeros(2, 2 * LENGTH)).shape == (2, 32, 64)
    assert model.width / model.patch == 16


def test_masks_are_uniform() -> None:
    hidden = small().draw_mask(4000, LENGTH, 0.75, torch.Generator().manual_seed(2)).double()
    np.testing.assert_allclose(hidden.mean(dim=0), 0.75, atol=0.03)


def test_positions_are_sinusoids() -> None:
    table = line_positions(50, 16)
    assert table.shape == (50, 16)
    torch.testing.assert_close(table[:, 0], torch.arange(50.0).sin())
    torch.testing.assert_close(table.square().sum(dim=1), torch.full((50,), 8.0))


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: small(heads=3), "multiples of their heads"),
        (lambda: small(depth=0), "1 or more"),
        (lambda: small(width=0), "1 or more"),
        (lambda: small().encode(torch.zeros(2, 62)), "patches of 4.*pad_voxels"),
        (lambda: small().encode(torch.zeros(2, 3, 64)), "give \\(N, length\\)"),
        (lambda: small().draw_mask(2, 64, 1.0, torch.Generator()), "leaves 0"),
        (lambda: small().draw_mask(2, 64, 0.0, torch.Generator()), "leaves 16"),
        (lambda: small().draw_mask(2, 4, 0.75, torch.Generator()), "at least one must be visible"),
        (lambda: small()(torch.zeros(2, 64), torch.ones(2, 16).bool()), "all or nothing"),
        (lambda: small()(torch.zeros(2, 64), torch.zeros(2, 16).bool()), "all or nothing"),
        (lambda: small()(torch.zeros(2, 64), torch.ones(2, 8).bool()), "don't fit"),
        (lambda: small()(torch.zeros(2, 64), torch.eye(2, 16).bool().cumsum(1).bool()), "as many in each"),
    ],
)  # fmt: skip
def test_says_what_it_takes(make, message) -> None:
    with pytest.raises(InvalidInput, match=message):
        make()
