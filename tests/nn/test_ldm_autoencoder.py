"""The autoencoder of latent diffusion gives what diffusers' classes give from the same weights."""

import json

import pytest
import torch

from subband.errors import CheckpointError, InvalidInput
from subband.nn import LDMAutoencoder, VectorQuantiser
from subband.nn.ldm_autoencoder import CONFIG

diffusers = pytest.importorskip("diffusers")
SHAPE = {
    "block_out_channels": (8, 16, 24), "layers_per_block": 2, "latent_channels": 4, "norm_num_groups": 4,
    "down_block_types": ("DownEncoderBlock2D",) * 3, "up_block_types": ("UpDecoderBlock2D",) * 3,
}  # fmt: skip
CLOSE = {"atol": 1e-5, "rtol": 0.0}


def saved(kind, folder, **more):
    """A model of diffusers with random weights of large enough size to be seen, and ours from its files."""
    torch.manual_seed(0)
    theirs = getattr(diffusers, kind)(**SHAPE, **more).eval()
    theirs.save_pretrained(folder)
    return theirs, LDMAutoencoder.from_diffusers(folder)


def images():
    return torch.rand(2, 3, 24, 32, generator=torch.Generator().manual_seed(1)) * 2 - 1


@torch.no_grad()
def test_gaussian_latents_are_those_of_autoencoder_kl(tmp_path):
    theirs, ours = saved("AutoencoderKL", tmp_path)
    x = images()
    wanted = theirs.encode(x).latent_dist
    mean, log_variance = ours.posterior(x)
    torch.testing.assert_close(mean, wanted.mean, **CLOSE)
    torch.testing.assert_close(log_variance, wanted.logvar, **CLOSE)
    torch.testing.assert_close(ours.divergence(x), wanted.kl(), atol=0, rtol=1e-5)
    torch.testing.assert_close(ours.decode(mean), theirs.decode(wanted.mean).sample, **CLOSE)
    torch.testing.assert_close(ours(x), theirs(x).sample, **CLOSE)


@pytest.mark.parametrize("code", [4, 3])
@torch.no_grad()
def test_quantised_latents_are_those_of_vq_model(code, tmp_path):
    theirs, ours = saved("VQModel", tmp_path, num_vq_embeddings=64, vq_embed_dim=code)
    theirs.quantize.embedding.weight.normal_(generator=torch.Generator().manual_seed(2))
    theirs.save_pretrained(tmp_path)
    ours = LDMAutoencoder.from_diffusers(tmp_path)
    x = images()
    h = theirs.encode(x).latents
    torch.testing.assert_close(ours.encode(x), h, **CLOSE)
    _, loss, (_, _, ids) = theirs.quantize(h)
    assert torch.equal(ours.tokens(x).flatten(), ids)
    assert ids.unique().numel() > 2
    torch.testing.assert_close(ours.decode(h), theirs.decode(h).sample, **CLOSE)
    torch.testing.assert_close(ours.from_tokens(ours.tokens(x)), theirs.decode(h).sample, **CLOSE)
    quantiser = VectorQuantiser(code, 64, commitment=theirs.quantize.beta)
    quantiser.draws.copy_(theirs.quantize.embedding.weight)
    passed = quantiser(h, torch.Generator())
    torch.testing.assert_close(passed.cost.mean(), loss, **CLOSE)
    assert torch.equal(passed.ids.flatten(), ids)


@torch.no_grad()
def test_an_autoencoder_without_attention(tmp_path):
    theirs, ours = saved("AutoencoderKL", tmp_path, mid_block_add_attention=False)
    torch.testing.assert_close(ours(images()), theirs(images()).sample, **CLOSE)


def test_what_is_no_such_autoencoder(tmp_path):
    with pytest.raises(CheckpointError, match="can't read"):
        LDMAutoencoder.from_diffusers(tmp_path)
    saved("AutoencoderKL", tmp_path)
    config = json.loads((tmp_path / CONFIG).read_text())
    for change, says in (
        ({"_class_name": "AutoencoderTiny"}, "AutoencoderKL and VQModel"),
        ({"norm_type": "spatial"}, "norm_type differ"),
        ({"block_out_channels": [8, 16]}, "don't fit"),
    ):
        (tmp_path / CONFIG).write_text(json.dumps(config | change))
        with pytest.raises(CheckpointError, match=says):
            LDMAutoencoder.from_diffusers(tmp_path)


def test_sizes_ids_and_latents_that_cannot_be():
    kl, vq = (LDMAutoencoder(widths=(8, 16), groups=4, codes=codes) for codes in (0, 5))
    with pytest.raises(InvalidInput, match="multiples of 2"):
        kl.encode(torch.zeros(1, 3, 15, 16))
    with pytest.raises(InvalidInput, match="build the autoencoder with codes"):
        kl.tokens(torch.zeros(1, 3, 16, 16))
    with pytest.raises(InvalidInput, match="no variances"):
        vq.posterior(torch.zeros(1, 3, 16, 16))
    with pytest.raises(InvalidInput, match="tokens 0 to 5: they go from 0 to 4"):
        vq.from_tokens(torch.tensor([[[0, 5]]]))
    with pytest.raises(InvalidInput, match="groups"):
        LDMAutoencoder(widths=(8, 10), groups=4)
    with pytest.raises(InvalidInput, match="1 or more"):
        LDMAutoencoder(widths=())
