"""What every family promises, swept over the registry: new families inherit these tests."""

import dataclasses

import numpy as np
import pytest
import torch
from learnable import learn

from subband.errors import BudgetError, CheckpointError, DataError, InvalidInput, TrainingError
from subband.generate import GENERATORS, drawing_seconds, load_generator, train_family, train_generator
from subband.generate.pixels import as_images, to_pixels, to_signal
from subband.generate.rates import rate, steps_in
from subband.generate.spaces.packets import to_packets
from subband.nn import gaussian_divergence
from subband.training import load_checkpoint, save_checkpoint

FAMILIES = sorted(GENERATORS)


def blobs(count: int = 48, size: int = 16) -> np.ndarray:
    """Images of one soft coloured blob each."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:size, :size] / size
    centres, colours = rng.uniform(0.2, 0.8, (count, 2)), rng.uniform(60, 250, (count, 3))
    distance = (x - centres[:, 0, None, None]) ** 2 + (y - centres[:, 1, None, None]) ** 2
    return (np.exp(-8 * distance)[..., None] * colours[:, None, None, :]).astype(np.uint8)


@pytest.fixture(scope="module", params=FAMILIES)
def trained(request):
    return learn(request.param, blobs(), steps=3, seed=0)


def test_samples_are_images_and_follow_the_seed(trained):
    images = trained.sample(5, seed=1)
    assert (images.shape, images.dtype) == ((5, 16, 16, 3), np.uint8)
    np.testing.assert_array_equal(trained.sample(5, seed=1), images)
    assert not np.array_equal(trained.sample(5, seed=2), images)
    assert len({image.tobytes() for image in images}) == 5


def test_any_number_of_samples(trained):
    assert trained.sample(65, seed=0).shape == (65, 16, 16, 3)
    with pytest.raises(InvalidInput, match="1 or more"):
        trained.sample(0, seed=0)
    with pytest.raises(InvalidInput, match="0 or more"):
        trained.sample(1, seed=-1)


def test_sampling_leaves_the_global_random_state(trained):
    before = torch.get_rng_state()
    trained.sample(2, seed=0)
    assert torch.equal(torch.get_rng_state(), before)


def test_saved_and_loaded_it_draws_the_same_images(trained, tmp_path):
    trained.save(tmp_path)
    back = load_generator(tmp_path)
    assert (back.family, back.size, back.history) == (trained.family, 16, None)
    assert back.config == trained.config
    np.testing.assert_array_equal(back.sample(3, seed=4), trained.sample(3, seed=4))


def test_training_twice_gives_the_same_weights_bit_for_bit(trained):
    again = learn(trained.family, blobs(), steps=3, seed=0)
    ours, theirs = trained.network.state_dict(), again.network.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    other = learn(trained.family, blobs(), steps=3, seed=1)
    assert not np.array_equal(other.sample(2, seed=0), trained.sample(2, seed=0))


@pytest.mark.parametrize("family", ["diffusion", "vae"])
def test_loss_falls(family):
    losses = train_generator(family, blobs(), steps=60, seed=0).history.losses["main"]
    assert losses[-10:].mean() < losses[:10].mean() - 0.1


@pytest.mark.slow
def test_adversaries_stay_in_balance_and_colours_come_near():
    pixels = blobs()
    untrained = train_generator("gan", pixels, steps=1, seed=0)
    trained = train_generator("gan", pixels, steps=150, seed=0)
    errors = [
        np.abs(g.sample(64, seed=0).mean(axis=(0, 1, 2)) - pixels.mean(axis=(0, 1, 2))).mean()
        for g in (untrained, trained)
    ]
    assert errors[1] < errors[0] / 2
    assert np.abs(trained.history.losses["critic"][-20:]).mean() < 2


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("size", [8, 24, 40, pytest.param(64, marks=pytest.mark.slow)])
def test_any_multiple_of_eight(family, size):
    generator = learn(family, blobs(16, size), steps=1, seed=0, batch=2)
    assert generator.sample(1, seed=0).shape == (1, size, size, 3)
    assert generator.size == size


@pytest.mark.parametrize("family", FAMILIES)
def test_seconds_become_steps_by_the_table_and_progress_is_told(family):
    told = []
    batch = GENERATORS[family].configure(16).batch
    seconds = 2.5 * batch / rate(GENERATORS[family], 16).trained
    history = learn(
        family, blobs(), seconds=seconds, seed=0, progress=lambda *now: told.append(now[:2])
    ).history
    assert history.steps == 2
    assert told == [(1, 2), (2, 2)]


def test_rates_go_by_pixels_beyond_the_table_and_more_time_is_more_steps():
    for family in GENERATORS.values():
        table = family.rates
        assert rate(family, 64) == table[64]
        assert rate(family, 128).trained == pytest.approx(table[64].trained / 4)
        assert steps_in(20, family, 64, 16) == pytest.approx(20 * table[64].trained / 16, abs=1)
        assert drawing_seconds(family, 64, 100) == pytest.approx(100 / table[64].drawn)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("seconds", [0.0, -1.0, 1e-4, float("nan"), float("inf")])
def test_budgets_too_short_for_a_step_say_what_one_takes(family, seconds):
    with pytest.raises(BudgetError, match=r"one step takes 0\.\d+ s"):
        learn(family, blobs(), seconds=seconds, seed=0)


def test_no_steps():
    with pytest.raises(BudgetError, match="1 or more"):
        train_generator("vae", blobs(), steps=0, seed=0)


@pytest.mark.parametrize("family", FAMILIES)
def test_ctrl_c_keeps_what_was_finished(family):
    def interrupt(done, *_):
        if done == 2:
            raise KeyboardInterrupt

    generator = learn(family, blobs(), steps=9, seed=0, progress=interrupt)
    assert (generator.history.steps, generator.history.interrupted) == (2, True)
    assert generator.sample(1, seed=0).shape == (1, 16, 16, 3)


def test_ctrl_c_before_the_first_step_goes_on_up():
    family = GENERATORS["vae"]
    broken = dataclasses.replace(family, task=lambda *args: _interrupting(family.task(*args)))
    with pytest.raises(KeyboardInterrupt):
        train_family(broken, blobs(), family.configure(16), steps=3, seed=0)


def _interrupting(task):
    def step(*_):
        raise KeyboardInterrupt

    task.step = step
    return task


def test_a_rate_that_blows_up_is_a_training_error():
    family = GENERATORS["vae"]
    config = dataclasses.replace(family.configure(16), rate=1e6)
    with pytest.raises(TrainingError, match=r"step \d+ of 50"):
        train_family(family, blobs(), config, steps=50, seed=0)


@pytest.mark.parametrize(
    ("pixels", "error", "message"),
    [
        (blobs().astype(np.float32), InvalidInput, "float32"),
        (blobs()[..., 0], InvalidInput, r"\(N, size, size, 3 or 1\)"),
        (blobs()[:, :8], InvalidInput, "size, size"),
        (blobs(size=20), InvalidInput, "multiple of 8"),
        (blobs(count=15), DataError, "15 images: give 16 or more"),
    ],
)
def test_pixels_that_cannot_be_trained_on(pixels, error, message):
    with pytest.raises(error, match=message):
        train_generator("vae", pixels, steps=1, seed=0)


def test_questions_that_make_no_sense():
    with pytest.raises(
        InvalidInput, match="diffusion, gan, maskgit, paella, stylegan3, transgan, vae, vampprior"
    ):
        train_generator("pixelcnn", blobs(), steps=1, seed=0)
    for budget in ({}, {"seconds": 1.0, "steps": 1}):
        with pytest.raises(InvalidInput, match="exactly one"):
            train_generator("vae", blobs(), seed=0, **budget)
    with pytest.raises(InvalidInput, match="32 px generator on 16 px"):
        train_family(GENERATORS["vae"], blobs(), GENERATORS["vae"].configure(32), steps=1, seed=0)


def test_checkpoints_that_are_no_generators(trained, tmp_path):
    with pytest.raises(CheckpointError, match=r"model\.safetensors"):
        load_generator(tmp_path)
    trained.save(tmp_path)
    kept = load_checkpoint(tmp_path)
    save_checkpoint(tmp_path, "detector", trained.config, kept.tensors)
    with pytest.raises(CheckpointError, match="'detector', not a generator"):
        load_generator(tmp_path)
    save_checkpoint(tmp_path, trained.family, trained.config, dict(list(kept.tensors.items())[1:]))
    with pytest.raises(CheckpointError, match="don't fit"):
        load_generator(tmp_path)
    path = tmp_path / "model.safetensors"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(CheckpointError, match="truncated"):
        load_generator(tmp_path)


def test_pixels_survive_the_way_in_and_out():
    pixels = np.random.default_rng(0).integers(0, 256, (16, 8, 8, 3), dtype=np.uint8)
    np.testing.assert_array_equal(to_pixels(to_signal(as_images(pixels))), pixels)


def test_divergence_from_the_prior_against_torch():
    mean, log_variance = torch.randn(5, 3, dtype=torch.float64), torch.randn(5, 3, dtype=torch.float64)
    ours = gaussian_divergence(mean, log_variance)
    posterior = torch.distributions.Normal(mean, (log_variance / 2).exp())
    prior = torch.distributions.Normal(torch.zeros_like(mean), 1.0)
    torch.testing.assert_close(ours, torch.distributions.kl_divergence(posterior, prior).sum(dim=1))


def test_codes_of_the_autoencoder_are_drawn_from_the_aggregated_posterior():
    generator = train_generator("vae", blobs(200), steps=40, seed=0)
    network = generator.network
    mean, log_variance = network.encode(to_packets(to_signal(as_images(blobs(200)))))
    torch.testing.assert_close(network.centre, mean.mean(dim=0), atol=1e-4, rtol=1e-4)
    spread = torch.cov(mean.T) + log_variance.exp().mean(dim=0).diag()
    torch.testing.assert_close(network.factor @ network.factor.T, spread, atol=1e-4, rtol=1e-4)
