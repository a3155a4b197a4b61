"""The diffusion family: whatever its settings combine trains, draws, is kept and comes back."""

import math

import numpy as np
import pytest
import torch

from subband.data import Examples
from subband.errors import InvalidInput
from subband.generate import GENERATORS, load_generator, train_generator
from subband.generate.diffusion import OBJECTIVES, PATHS, SAMPLERS
from subband.generate.families.diffusion_settings import DiffusionConfig
from subband.generate.pixels import to_signal
from subband.generate.spaces.packets import PacketSpace, from_packets, to_packets
from subband.training import generator

FAMILY = GENERATORS["diffusion"]
SMALL = {"width": 16, "batch": 8}


def stripes(count=64, size=16, channels=1):
    """Two classes of images: rows or columns, of random phase."""
    rng = np.random.default_rng(0)
    labels = np.arange(count, dtype=np.int64) % 2
    wave = np.sin(2 * np.pi * (np.arange(size) / 8 + rng.uniform(size=(count, 1))))
    rows = np.where(labels[:, None, None] == 0, wave[:, :, None], wave[:, None, :])
    pixels = np.broadcast_to(rows, (count, size, size))[..., None].repeat(channels, axis=3)
    return Examples((127.5 + 100 * pixels).astype(np.uint8), labels, ("rows", "columns"))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("predict", OBJECTIVES)
def test_every_pair_of_path_and_objective_trains_and_draws(path, predict):
    made = train_generator("diffusion", stripes(16), steps=2, path=path, predict=predict, **SMALL)
    images = made.sample(2, seed=0, sampling_steps=2)
    assert (images.shape, images.dtype) == ((2, 16, 16, 1), np.uint8)
    assert np.isfinite(made.history.losses["main"]).all()


@pytest.fixture(scope="module")
def trained():
    return train_generator("diffusion", stripes(), steps=150, **SMALL)


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_sampler_draws_from_one_model(trained, name):
    images = trained.sample(3, seed=1, sampler=name, sampling_steps=2)
    np.testing.assert_array_equal(images, trained.sample(3, seed=1, sampler=name, sampling_steps=2))


def directions(images):
    """How much more a picture changes down its columns than along its rows, -1 to 1."""
    signal = images[..., 0].astype(float)
    down, along = (np.abs(np.diff(signal, axis=axis)).mean(axis=(1, 2)) for axis in (1, 2))
    return (down - along) / (down + along)


def test_classes_are_what_was_asked_for(trained):
    labels = np.repeat([0, 1], 24)
    for w in (1.0, 3.0):
        seen = directions(trained.sample(48, seed=0, labels=labels, guidance=w))
        assert seen[:24].mean() - seen[24:].mean() > 0.3
    none = trained.sample(48, seed=0, labels=labels, guidance=0.0)
    np.testing.assert_array_equal(none, trained.sample(48, seed=0))
    assert directions(none).std() > 0.1  # both classes turn up


def test_an_interval_that_is_never_reached_guides_nothing(trained):
    labels = np.zeros(4, dtype=np.int64)
    never = trained.sample(4, seed=0, labels=labels, guidance=5.0, guidance_from=2.0)
    np.testing.assert_array_equal(never, trained.sample(4, seed=0, labels=labels, guidance=1.0))


def test_kept_and_brought_back_with_all_settings(tmp_path):
    made = train_generator(
        "diffusion", stripes(), steps=2, path="iddpm", learn_variance=True, wavelet="db2", backbone="dit",
        width=32, blocks=1, predict="eps",
    )  # fmt: skip
    made.save(tmp_path)
    back = load_generator(tmp_path)
    assert back.config == made.config
    for name in ("ancestral", "heun"):
        drawn = (
            g.sample(2, seed=3, labels=np.array([1, -1]), sampler=name, sampling_steps=3)
            for g in (made, back)
        )
        np.testing.assert_array_equal(*drawn)


@pytest.mark.slow
@pytest.mark.parametrize("variance", [False, True])
def test_bits_fall_with_training(variance):
    examples = stripes(128)
    held_out = torch.from_numpy(examples.pixels[:4].transpose(0, 3, 1, 2).copy())
    settings = {"path": "ddpm", "chain": 25, "unround": True, "learn_variance": variance, **SMALL}
    bits = []
    for steps in (1, 100):
        made = train_generator("diffusion", examples, steps=steps, **settings)
        bits.append(made.network.bits(held_out, generator(0), tolerance=0.02).mean().item())
    assert bits[1] < bits[0] - 0.2
    assert 0 < bits[1] < 8


@pytest.mark.slow
def test_clipping_keeps_a_young_network_that_predicts_noise_within_the_images():
    """Unclipped, its errors at the noisy end are divided by alpha near 0, and all pixels end black or white."""
    made = train_generator("diffusion", stripes(), steps=150, path="iddpm", predict="eps", **SMALL)
    draws = {"sampler": "ddim", "sampling_steps": 20, "sampling_shift": 1.0}
    ends = [
        np.isin(made.sample(16, seed=0, clip_denoised=clip, **draws), (0, 255)).mean()
        for clip in (True, False)
    ]
    assert ends[0] < 0.9 < 0.99 < ends[1]


def test_the_last_part_of_a_training_tunes_for_few_steps():
    made = train_generator(
        "diffusion", stripes(), steps=40, consistency=0.5, sampler="consistency", sampling_steps=1, **SMALL
    )
    assert made.sample(2, seed=0).shape == (2, 16, 16, 1)
    assert np.isfinite(made.history.losses["main"]).all()


@pytest.mark.parametrize("wavelet", ["haar", "db2", "bior4.4"])
@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("colours", [1, 3])
def test_packet_spaces_lose_nothing(wavelet, level, colours):
    pixels = torch.randint(0, 256, (4, colours, 64, 64), generator=generator(0), dtype=torch.uint8)
    images, space = to_signal(pixels), PacketSpace(level, wavelet, colours)
    space.take_statistics(pixels)
    channels = space.encode(images)
    assert channels.shape == (4, colours * 4**level, 64 // 2**level, 64 // 2**level)
    torch.testing.assert_close(space.decode(channels), images, atol=1e-4, rtol=0)
    mean, back = (
        channels.mean(dim=(0, 2, 3)),
        from_packets(to_packets(images, level, wavelet), level, wavelet),
    )
    torch.testing.assert_close(mean, torch.zeros(colours * 4**level), atol=1e-4, rtol=0)
    torch.testing.assert_close(back, images, atol=1e-5, rtol=0)


def test_volume_is_the_determinant_of_the_packets():
    space = PacketSpace(1, "db2", 1).double()
    space.deviation.copy_(torch.tensor([3.0, 0.5, 0.2, 0.1])[:, None, None])
    matrix = torch.func.jacrev(lambda x: space.encode(x.reshape(1, 1, 8, 8)).flatten())(
        torch.zeros(64).double()
    )
    assert space.log_volume(8) == pytest.approx(torch.linalg.slogdet(matrix)[1].item())


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 60}, "multiple of 8"),
        ({"size": 64, "batch": 0}, "batch=0"),
        ({"size": 64, "sampler": "leapfrog"}, "euler"),
        ({"size": 40}, "multiples of 16"),
        ({"size": 64, "path": "straight"}, "flow"),
        ({"size": 64, "predict": "noise"}, "x0, eps"),
        ({"size": 64, "measure": "noise"}, "x0, eps"),
        ({"size": 64, "learn_variance": True}, "ddpm or iddpm"),
        ({"size": 64, "consistency": 1.0}, "below 1"),
        ({"size": 64, "drop": 1.0}, "below 1"),
        ({"size": 64, "wavelet": "db0"}, "db0"),
        ({"size": 32, "wavelet": "bior4.4", "level": 2}, "at most 1"),
        ({"size": 64, "backbone": "cnn"}, "unet, dit"),
        ({"size": 64, "level": -1}, "0 for pixels"),
    ],
)
def test_refuses_impossible_settings(settings, message):
    with pytest.raises(InvalidInput, match=message):
        DiffusionConfig(**settings)


def test_refuses_guidance_of_a_model_that_was_always_told():
    made = train_generator("diffusion", stripes(16), steps=1, drop=0.0, **SMALL)
    for settings in ({"guidance": 2.0}, {"guide": "classifier"}):
        with pytest.raises(InvalidInput, match=r"drop=0\.1"):
            made.sample(1, seed=0, labels=np.array([0]), **settings)
    assert made.sample(1, seed=0, labels=np.array([0])).shape == (1, 16, 16, 1)


def test_bits_need_an_orthogonal_wavelet():
    made = train_generator("diffusion", stripes(16), steps=1, wavelet="bior4.4", **SMALL)
    with pytest.raises(InvalidInput, match="not orthogonal"):
        made.network.bits(torch.zeros(1, 1, 16, 16, dtype=torch.uint8), generator(0))
    assert math.isfinite(made.history.losses["main"][0])
