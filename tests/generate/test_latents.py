"""Autoencoders with a grid of latents, and diffusion in them."""

import numpy as np
import pytest
import torch

from subband.errors import CheckpointError, InvalidInput
from subband.generate import load_generator, train_generator
from subband.generate.families.autoencoder import GridAutoencoder
from subband.generate.families.latents import LatentSpace
from subband.generate.pixels import to_signal
from subband.generate.spaces.gaussian_field import GaussianField
from subband.training import generator

SMALL = {"widths": (16, 24), "critic_width": 8}
KINDS = ("kl", "vq", "fsq")


def discs(count=96, size=16, channels=1):
    """A disc each, somewhere, of some radius and brightness."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:size, :size] / size
    centre, radius, light = (
        rng.uniform(0.3, 0.7, (count, 2)),
        rng.uniform(0.15, 0.3, count),
        rng.uniform(90, 250, count),
    )
    away = np.hypot(x - centre[:, 0, None, None], y - centre[:, 1, None, None])
    inside = np.clip((radius[:, None, None] - away) * size, 0, 1)
    return (inside * light[:, None, None])[..., None].repeat(channels, axis=3).astype(np.uint8)


def signal(pixels):
    return to_signal(torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy()))


@pytest.fixture(scope="module", params=KINDS)
def trained(request):
    return train_generator("autoencoder", discs(), steps=30, bottleneck=request.param, **SMALL)


@pytest.fixture(scope="module", params=KINDS)
def learnt(request):
    return train_generator("autoencoder", discs(), steps=150, bottleneck=request.param, **SMALL)


@pytest.mark.slow
def test_reconstructions_come_near_images_it_has_not_seen(learnt):
    held_out = signal(discs(128)[96:])
    error = (learnt.network.reconstruct(held_out) - held_out).square().mean()
    assert error < 0.25 * held_out.var()


def test_latents_are_a_quarter_of_the_side_for_any_size(trained):
    latents = trained.network.encode(torch.zeros(2, 1, 24, 40))
    assert latents.shape == (2, trained.config.latent, 6, 10)
    assert trained.network.decode(latents).shape == (2, 1, 24, 40)


def test_tokens_are_what_decoding_sees(trained):
    network, images = trained.network, signal(discs(8))
    if trained.config.bottleneck == "kl":
        with pytest.raises(InvalidInput, match="vq or fsq"):
            network.tokens(images)
        return
    tokens = network.tokens(images)
    assert tokens.shape == (8, 4, 4)
    assert 0 <= int(tokens.min()) <= int(tokens.max()) < network.codes
    assert tokens.unique().numel() > 10
    torch.testing.assert_close(network.from_tokens(tokens), network.reconstruct(images))


@pytest.mark.slow
def test_losses_stay_in_balance_once_the_critic_is_there(learnt):
    losses = learnt.history.losses
    assert (losses["critic"][:75] == 0).all()
    assert (losses["critic"][76:] != 0).all()
    assert np.abs(losses["critic"][76:]).max() < 4
    assert np.isfinite(losses["main"]).all()


def test_without_a_critic_there_is_one_optimizer():
    made = train_generator("autoencoder", discs(16), steps=2, critic=0.0, **SMALL)
    assert list(made.history.losses) == ["main"]


@pytest.fixture(scope="module")
def latent(trained, tmp_path_factory):
    folder = tmp_path_factory.mktemp("autoencoder")
    trained.save(folder)
    return train_generator("diffusion", discs(), steps=30, autoencoder=str(folder), width=16, batch=8)


def test_latents_have_mean_0_and_deviation_1(latent):
    space, images = latent.network.space, signal(discs())
    assert isinstance(space, LatentSpace)
    channels = space.encode(images)
    assert channels.shape == (96, space.channels, 4, 4)
    torch.testing.assert_close(channels.mean(dim=(0, 2, 3)), torch.zeros(space.channels), atol=1e-4, rtol=0)
    torch.testing.assert_close(channels.std(dim=(0, 2, 3)), torch.ones(space.channels), atol=1e-3, rtol=0)
    torch.testing.assert_close(
        space.decode(channels), space.autoencoder.reconstruct(images), atol=1e-4, rtol=0
    )


def test_training_in_latents_leaves_the_autoencoder_alone(trained, latent):
    before, after = trained.network.state_dict(), latent.network.space.autoencoder.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_the_checkpoint_of_latent_diffusion_stands_alone(latent, tmp_path):
    latent.save(tmp_path)
    back = load_generator(tmp_path)
    assert back.config == latent.config
    np.testing.assert_array_equal(back.sample(3, seed=1), latent.sample(3, seed=1))


def test_latent_diffusion_counts_no_bits(latent):
    with pytest.raises(InvalidInput, match="latents of an autoencoder"):
        latent.network.bits(torch.zeros(1, 1, 16, 16, dtype=torch.uint8), generator(0))


def test_an_autoencoder_must_be_there_and_fit(tmp_path):
    with pytest.raises(CheckpointError, match="no checkpoint"):
        train_generator("diffusion", discs(16), steps=1, autoencoder=str(tmp_path))
    train_generator("autoencoder", discs(16), steps=1, **SMALL).save(tmp_path / "grey")
    with pytest.raises(InvalidInput, match="channels"):
        train_generator("diffusion", discs(16, channels=3), steps=1, autoencoder=str(tmp_path / "grey"))
    train_generator("vae", discs(16), steps=1).save(tmp_path / "vae")
    with pytest.raises(CheckpointError, match="'vae', not 'autoencoder'"):
        train_generator("diffusion", discs(16), steps=1, autoencoder=str(tmp_path / "vae"))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"widths": (8, 8, 8, 8, 8)}, "fewer widths"),
        ({"bottleneck": "fsq", "latent": 2}, "as many of both"),
        ({"bottleneck": "fsq", "levels": (8, 1)}, "2 or more"),
        ({"bottleneck": "vq", "codes": 1}, "2 or more"),
        ({"critic": 1.0}, "part below 1"),
    ],
)
def test_impossible_settings(settings, said):
    with pytest.raises(InvalidInput, match=said):
        train_generator("autoencoder", discs(16), steps=1, **settings)


def test_a_gaussian_field_has_the_second_moments_of_what_it_was_fitted_to():
    """Smooth noise with two dependent channels; odd sides too, where no wave is its own conjugate at the end."""
    random = generator(0)
    for height, width in ((8, 8), (6, 9)):
        white = torch.randn(20000, 2, height, width, generator=random)
        waves = torch.fft.rfft2(white)
        smooth = torch.fft.irfft2(waves / (1 + torch.arange(waves.shape[-1])), s=(height, width))
        fields = torch.stack([smooth[:, 0], smooth[:, 0] - 0.5 * smooth[:, 1].roll(1, dims=-1)], dim=1) + 3
        field = GaussianField(2, height, width)
        field.fit(fields)
        drawn = field(torch.randn(20000, 2, height, width, generator=random))
        theirs, ours = (torch.cov(rows.flatten(1).T) for rows in (fields, drawn))
        assert (theirs - ours).abs().max() < 0.06 * theirs.abs().max()
        torch.testing.assert_close(drawn.mean(dim=0), fields.mean(dim=0), atol=0.05, rtol=0)


def test_reconstruction_needs_no_particular_size_or_batch(trained):
    network = trained.network
    assert isinstance(network, GridAutoencoder)
    images = signal(discs(4))
    one_by_one = torch.cat([network.reconstruct(image[None]) for image in images])
    torch.testing.assert_close(one_by_one, network.reconstruct(images), atol=1e-4, rtol=0)
