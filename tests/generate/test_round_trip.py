"""From images to their noise and back: the error falls with the steps as fast as the theory says."""

import math

import pytest
import torch
from digits import digits

from subband.errors import InvalidInput
from subband.generate import train_generator
from subband.generate.diffusion import FlowPath, GaussianMixture, sample, time_grid
from subband.generate.pixels import to_signal
from subband.nn import Conditioner, UNet
from subband.training import generator, initialised

# Of a method of order p the step back undoes the step but for 1 + (-1)^(p + 1) times its leading error
# (Hairer, Lubich and Wanner 2006, "Geometric numerical integration", section II.3): an even p gains an order.
ORDERS = {"euler": 1, "ddim": 1, "heun": 3}


def order(denoiser, x, name, steps, spacing):
    """The order that two grids show, one of them with four times the steps."""
    errors = []
    for n in (steps, 4 * steps):
        grid = time_grid(n, denoiser.path, spacing=spacing)
        noise = sample(denoiser, x, name, grid=grid, reverse=True)
        errors.append((sample(denoiser, noise, name, grid=grid) - x).square().mean().sqrt().item())
    return math.log(errors[0] / errors[1], 4)


@pytest.fixture(scope="module")
def trained():
    """A diffusion autoencoder after some seconds on digits, and four of them."""
    pixels = digits().pixels
    made = train_generator("diffae", pixels, steps=120, flip=False, width=16, code=16, code_width=32)
    return made.network, to_signal(torch.from_numpy(pixels[:4].transpose(0, 3, 1, 2).copy()))


@pytest.mark.slow
@pytest.mark.parametrize("name", ORDERS)
def test_a_trained_network_comes_back_at_the_order_of_the_sampler(trained, name):
    network, images = trained
    with torch.no_grad():
        denoiser = network.denoiser.given({"code": network.encode(images)})
        found = order(denoiser, network.space.encode(images), name, 20, "log-snr")
    assert found == pytest.approx(ORDERS[name], abs=0.4)


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("spacing", ["uniform", "log-snr"])
def test_a_mixture_comes_back_at_the_order_of_the_sampler(name, spacing):
    """On a uniform grid Heun's last step, which is Euler's, is as long as the others, and costs the third order."""
    expected = 2 if (name, spacing) == ("heun", "uniform") else ORDERS[name]
    random = generator(0)
    means = torch.randn(3, 4, generator=random, dtype=torch.float64)
    mixture = GaussianMixture(FlowPath(), means, torch.tensor([0.3, 0.5, 0.4], dtype=torch.float64))
    x, _ = mixture.draw(64, random)
    assert order(mixture, x, name, 80, spacing) == pytest.approx(expected, abs=0.4)


@pytest.mark.slow
def test_code_and_noise_of_a_trained_network_are_the_image(trained):
    network, images = trained
    with torch.no_grad():
        codes = network.encode(images)
        again = network.decode(codes, network.noise(images, codes))
    assert (again - images).square().mean() < 1e-4 * images.square().mean()


def test_a_code_scales_the_features_and_one_of_zeros_leaves_them():
    """(1 + s_z) ((1 + t_s) GN(h) + t_b): without a code's effect the network is the one without codes."""
    with initialised(0):
        told, plain = UNet(3, width=8, code=5), UNet(3, width=8)
    told.load_state_dict(plain.state_dict(), strict=False)
    for net in (told, plain):
        torch.nn.init.ones_(net.unpatchify.weight)
    random = generator(0)
    x, t, code = (torch.randn(*s, generator=random) for s in ((2, 3, 8, 8), (2,), (2, 5)))
    torch.testing.assert_close(told(x, t, code=code), plain(x, t))  # the scales start at nothing
    block = told.middle
    torch.nn.init.normal_(block.of_code.weight)
    h, e = torch.randn(2, 16, 4, 4, generator=random), torch.randn(2, 32, generator=random)
    block.conv2 = torch.nn.Identity()
    silu = torch.nn.functional.silu
    scale, shift = block.modulation(e)[:, :, None, None].chunk(2, dim=1)
    inner = (1 + scale) * block.norm2(block.conv1(silu(block.norm1(h)))) + shift
    expected = h + silu((1 + block.of_code(code)[:, :, None, None]) * inner)
    torch.testing.assert_close(block(h, e, code), expected)
    with pytest.raises(InvalidInput, match="code=5"):
        told(x, t)
    with pytest.raises(InvalidInput, match="code=0"):
        plain(x, t, code=code)


def test_conditioner_hands_codes_on_and_a_dropped_one_is_learnt():
    told = Conditioner(8, code=3)
    torch.nn.init.ones_(told.no_code)
    code, x = torch.full((2, 3), 2.0), torch.zeros(2, 1, 4, 4)
    made = told({"code": code}, torch.tensor([True, False]), x)
    assert set(made) == {"code"}
    torch.testing.assert_close(made["code"], torch.tensor([[2.0] * 3, [1.0] * 3]))
