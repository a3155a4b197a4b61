"""The tiny autoencoder against what is known of it: sizes, and how well it reconstructs photographs."""

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from subband.data.sources import read
from subband.errors import CheckpointError, InvalidInput
from subband.nn.tiny_autoencoder import TinyAutoencoder


@pytest.fixture(scope="module")
def net(shared_data) -> TinyAutoencoder:
    file = shared_data / "taef2.safetensors"
    if not file.is_file():
        pytest.skip("no taef2.safetensors in the folder of data")
    return TinyAutoencoder.load(file)


def test_encoder_and_decoder_have_the_stated_number_of_weights(net) -> None:
    for part in (net.encoder, net.decoder):
        assert sum(p.numel() for p in part.parameters()) == pytest.approx(1.34e6, rel=0.01)


def test_photographs_come_back_within_the_known_range(net, shared_data) -> None:
    """24.8 to 30.4 dB for crops of 256×256, by an independent implementation in NumPy."""
    found = []
    with torch.inference_mode():
        for picture in list(read(str(shared_data / "kodak.tar")))[::8]:
            crop = picture.pixels[128:384, 256:512]
            x = torch.from_numpy(crop.copy()).permute(2, 0, 1)[None].float() / 255
            error = float((net(x) - x).square().mean())
            found.append(-10 * np.log10(error))
    assert 24.8 <= np.mean(found) <= 30.4
    assert min(found) > 22


def test_constant_pictures_come_back_as_constants(net) -> None:
    with torch.inference_mode():
        y = net(torch.full((1, 3, 64, 64), 0.5))[..., 16:48, 16:48]
    assert float(y.std()) < 0.02
    assert float(y.mean()) == pytest.approx(0.5, abs=0.05)


def test_latents_are_eight_times_smaller_and_fully_convolutional() -> None:
    net = TinyAutoencoder().eval()
    with torch.no_grad():
        assert net.encode(torch.rand(2, 3, 40, 24)).shape == (2, 32, 5, 3)
        assert net.decode(torch.randn(1, 32, 2, 5)).shape == (1, 3, 16, 40)


def test_odd_sizes_and_other_files_are_refused(tmp_path) -> None:
    with pytest.raises(InvalidInput, match="divisible by 8"):
        TinyAutoencoder().encode(torch.rand(1, 3, 20, 24))
    with pytest.raises(CheckpointError, match="can't read"):
        TinyAutoencoder.load(tmp_path / "missing.safetensors")
    save_file({"encoder.0.weight": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(CheckpointError, match="another network"):
        TinyAutoencoder.load(tmp_path / "other.safetensors")
