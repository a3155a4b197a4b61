"""Aliasing of layers: closed forms for ReLU, strided layers, changes of rate, and layers of PyTorch."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import subband as sb
from subband.errors import InvalidInput


def relu(x):
    return np.maximum(x, 0)


def energy_of_relu(orders: np.ndarray) -> np.ndarray:
    """Mean energy of the harmonics of max(cos, 0): 1/2 of order 1, (2/(pi (k^2 - 1)))^2 / 2 of even orders k."""
    k = orders.astype(float)
    even = np.where((orders % 2 == 0) & (orders > 0), (2 / (np.pi * (k**2 - (orders != 1)))) ** 2 / 2, 0)
    return np.where(orders == 1, 1 / 8, np.where(orders == 0, 1 / np.pi**2, even))


def test_a_pointwise_relu_aliases_all_harmonics_beyond_nyquist() -> None:
    found = sb.aliasing(relu, [5 / 64], shape=64, phases=512)
    orders = np.arange(257)
    energy = energy_of_relu(orders)
    np.testing.assert_allclose(found.harmonics[0, :20], energy[:20], atol=5e-5)
    beyond = orders * 5 / 64 > 0.5
    assert found.aliased[0] == pytest.approx(energy[beyond].sum(), rel=0.03)
    assert found.signal[0] == pytest.approx(energy[~beyond & (orders > 0)].sum(), rel=1e-3)


def test_linear_layers_that_keep_the_rate_alias_nothing(rng) -> None:
    h = rng.standard_normal(5)

    def circular(x):
        return np.fft.ifft(np.fft.fft(x) * np.fft.fft(h, x.shape[-1])).real

    found = sb.aliasing(circular, [6 / 64, 29 / 64, 3 / 64])
    assert found.share.max() < 1e-12
    assert (found.decibels < -120).all()


def test_striding_folds_what_a_low_pass_takes_out_first() -> None:
    f = [20 / 64]
    assert sb.aliasing(lambda x: x[..., ::2], f).share[0] == pytest.approx(1)
    filtered = sb.aliasing(sb.downsample, f)
    assert filtered.aliased[0] < 1e-7
    low = sb.aliasing(sb.downsample, [7 / 64])
    assert low.share[0] < 1e-7
    assert low.signal[0] == pytest.approx(0.5, rel=1e-2)


def test_up_sampling_without_a_filter_leaves_images_of_the_spectrum() -> None:
    f = [10 / 64]
    assert sb.aliasing(lambda x: np.repeat(x, 2, axis=-1), f).share[0] > 0.02
    assert sb.aliasing(sb.upsample, f).share[0] < 1e-7


def test_filtering_a_relu_lowers_its_aliasing() -> None:
    f = np.arange(3, 14, 2) / 64
    shares = [
        sb.aliasing(layer, f).share
        for layer in (
            relu,
            lambda x: sb.filtered_nonlinearity(x, relu),
            lambda x: sb.filtered_nonlinearity(x, relu, factor=8),
        )
    ]
    assert (shares[1] < shares[0]).all()
    assert (shares[2] < shares[1] / 10).all()


def test_layers_of_torch_and_of_images() -> None:
    torch.manual_seed(0)
    conv = nn.Conv2d(3, 4, 3, padding=1)
    like = torch.zeros(1)
    waves = [(0.1, 0.2), (0.3, -0.05)]
    smooth = sb.aliasing(conv, waves, shape=(3, 24, 24), margin=1, like=like)
    assert smooth.share.max() < 1e-10
    strided = sb.aliasing(lambda x: conv(x)[..., ::2, ::2], waves, shape=(3, 24, 24), margin=1, like=like)
    assert strided.share[0] < 1e-10 < 0.99 < strided.share[1]
    edges = sb.aliasing(conv, waves, shape=(3, 24, 24), like=like)
    assert (edges.share > 1e-4).all()
    rough = sb.aliasing(lambda x: F.relu(x), waves, shape=(3, 24, 24), like=like)
    assert (rough.share > 1e-3).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"frequencies": [0.7]}, "−½ to ½"),
        ({"frequencies": [0.1], "margin": 40}, "leaves nothing"),
        ({"frequencies": [(0.1, 0.1)], "shape": 8}, "don't fit"),
        ({"frequencies": [0.1], "layer": lambda x: x.sum(axis=0)}, "must return real numbers"),
    ],
)
def test_errors_say_what_to_do(arguments, message) -> None:
    with pytest.raises(InvalidInput, match=message):
        sb.aliasing(**({"layer": relu} | arguments))
