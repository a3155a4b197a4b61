"""Corruptions, orders and samplers of tokens, codebooks of moving averages, and tokenizers of other runs."""

import numpy as np
import pytest
import torch

from subband.errors import CheckpointError, InvalidInput
from subband.generate import load_generator, train_generator
from subband.generate.tokens.corruption import Masking, RandomReplacement
from subband.generate.tokens.order import SCHEDULES, halton_order, masked_after
from subband.generate.tokens.samplers import renoise, unmask
from subband.generate.tokens.windows import next_window
from subband.nn import EmaVectorQuantiser
from subband.training import generator, load_checkpoint, save_checkpoint

V = 11


def truth():
    return torch.randint(V, (3, 4, 4), generator=generator(0))


def oracle(ids):
    """A model that knows the tokens."""
    return lambda x, t: 50.0 * torch.nn.functional.one_hot(ids, V).float()


def test_masks_hide_as_many_tokens_as_they_should_and_only_these():
    ids, t = truth(), torch.tensor([0.0, 0.5, 1.0])
    noisy, scored = Masking(V).corrupt(ids, t, generator(1))
    assert scored.flatten(1).sum(dim=1).tolist() == [1, 8, 16]
    assert ((noisy == V) == scored).all()
    assert torch.equal(noisy[~scored], ids[~scored])


def test_random_replacement_takes_its_share_and_scores_all():
    ids = torch.zeros(2, 100, 100, dtype=torch.long)
    noisy, scored = RandomReplacement(V).corrupt(ids, torch.tensor([0.0, 0.5]), generator(1))
    assert scored.all()
    assert torch.equal(noisy[0], ids[0])
    assert (noisy[1] != 0).float().mean().item() == pytest.approx(0.5 * (V - 1) / V, abs=0.03)


def test_haltons_order_visits_all_and_spreads():
    order = halton_order(8, 8)
    assert sorted(order.tolist()) == list(range(64))
    quarters = (order[:16] // 8 // 4) * 2 + order[:16] % 8 // 4
    assert torch.bincount(quarters, minlength=4).min() >= 3


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_fall_from_all_to_none(name):
    shares = [masked_after(name, k, 8) for k in range(9)]
    assert (shares[0], shares[-1]) == (1.0, pytest.approx(0.0, abs=1e-12))
    assert shares == sorted(shares, reverse=True)


@pytest.mark.parametrize("order", ["confidence", "halton", "random"])
@pytest.mark.parametrize("steps", [1, 5, 40])
def test_unmasking_with_a_model_that_knows_gives_the_truth_and_keeps_what_is_known(order, steps):
    ids = truth()
    unknown = torch.rand(ids.shape, generator=generator(2)) < 0.6
    given = torch.where(unknown, 0, ids)
    drawn = unmask(oracle(ids), given, unknown, Masking(V), steps=steps, order=order, random=generator(3))
    assert torch.equal(drawn, ids)


def test_renoising_with_a_model_that_knows_gives_the_truth():
    ids = truth()
    places = torch.ones_like(ids, dtype=torch.bool)
    drawn = renoise(
        oracle(ids), torch.zeros_like(ids), places, RandomReplacement(V), steps=6, random=generator(3)
    )
    assert torch.equal(drawn, ids)


@pytest.mark.parametrize(("seed", "share"), [(0, 0.02), (1, 0.4), (2, 0.95)])
def test_windows_cover_all_that_is_unknown_and_see_enough_of_the_rest(seed, share):
    unknown = torch.rand(9, 13, generator=generator(seed)) < share
    visited = 0
    while (corner := next_window(unknown, (4, 4))) is not None:
        row, column = corner
        window = unknown[row : row + 4, column : column + 4]
        assert window.shape == (4, 4)
        assert window.any()
        others = unknown.unfold(0, 4, 1).unfold(1, 4, 1).sum(dim=(2, 3))
        half = ((others > 0) & (others <= 8)).any()
        assert int(window.sum()) <= 8 or not half
        window[:] = False
        visited += 1
    assert not unknown.any()
    assert visited <= 9 * 13
    with pytest.raises(InvalidInput, match="must not be smaller"):
        next_window(unknown[:3], (4, 4))


@pytest.mark.usefixtures("unchecked")
def test_tokens_out_of_range_and_grids_that_differ():
    ids = truth()
    for wrong in (ids + V, ids - V):
        with pytest.raises(InvalidInput, match="they go from 0 to 10"):
            Masking(V).corrupt(wrong, torch.ones(3), generator(0))
    with pytest.raises(InvalidInput, match="both are"):
        unmask(
            oracle(ids), ids, torch.ones(3, 4, 5, dtype=torch.bool), Masking(V), steps=2, random=generator(0)
        )
    with pytest.raises(InvalidInput, match="1 or more"):
        renoise(oracle(ids), ids, ids >= 0, RandomReplacement(V), steps=0, random=generator(0))


def test_codes_of_moving_averages_find_clusters_and_dead_ones_restart():
    centres = 10 * torch.randn(8, 3, generator=generator(1))
    quantiser = EmaVectorQuantiser(3, 8, decay=0.5, restart=0.2).train()
    quantiser.book.copy_(
        quantiser.book * 0 + 100 + torch.arange(8)[:, None]
    )  # all but one will never be nearest
    for k in range(200):
        rows = centres[torch.arange(400) % 8] + 0.1 * torch.randn(400, 3, generator=generator(2, k))
        quantiser(rows.T.reshape(1, 3, 20, 20), generator(3, k))
    assert len(torch.cdist(centres, quantiser.book).argmin(dim=1).unique()) >= 7
    before = quantiser.book.clone()
    quantiser.eval()(rows.T.reshape(1, 3, 20, 20), generator(0))
    assert torch.equal(quantiser.book, before)


def stripes():
    return np.random.default_rng(0).integers(0, 256, (16, 16, 16, 1), dtype=np.uint8)


@pytest.fixture(scope="module")
def tokenizers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizers")
    for seed in (0, 1):
        made = train_generator("autoencoder", stripes(), steps=2, seed=seed, bottleneck="fsq", widths=(8, 8))
        made.save(folder / str(seed))
    train_generator("autoencoder", stripes(), steps=1, widths=(8, 8)).save(folder / "kl")
    return folder


@pytest.mark.parametrize("family", ["maskgit", "paella"])
def test_a_tokenizer_of_another_run_is_kept_and_one_of_another_training_refused(family, tokenizers, tmp_path):
    made = train_generator(family, stripes(), steps=2, tokenizer=str(tokenizers / "0"), width=16, depth=1)
    kept = load_checkpoint(tokenizers / "0").tensors
    ours = made.network.tokenizer.autoencoder.state_dict()
    assert all(torch.equal(ours[name], kept[name]) for name in kept)
    made.save(tmp_path)
    assert np.array_equal(load_generator(tmp_path).sample(2, seed=0), made.sample(2, seed=0))
    tensors = load_checkpoint(tmp_path).tensors
    other = load_checkpoint(tokenizers / "1").tensors
    mixed = tensors | {f"tokenizer.autoencoder.{name}": tensor for name, tensor in other.items()}
    save_checkpoint(tmp_path, family, made.config, mixed)
    with pytest.raises(CheckpointError, match="tokens of another tokenizer mean nothing"):
        load_generator(tmp_path)
    with pytest.raises(InvalidInput, match="bottleneck is 'kl'"):
        train_generator(family, stripes(), steps=1, tokenizer=str(tokenizers / "kl"))


@pytest.mark.usefixtures("unchecked")
def test_places_and_tokens_of_another_grid():
    made = train_generator("maskgit", stripes(), steps=1, width=16, depth=1)
    network, places = made.network, torch.zeros(3, 3, dtype=torch.bool)
    with pytest.raises(InvalidInput, match="these images have tokens of shape"):
        network.redraw(torch.zeros(16, 1, 16, 16), places, generator(0), {}, made.config)
    with pytest.raises(InvalidInput, match="this model's images are"):
        network.tokenizer.decode(torch.zeros(1, 3, 3, dtype=torch.long))
