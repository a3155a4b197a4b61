"""Layers of diagonals and learnt wavelets: exact inverses, parameter counts, drop-in use, compressed models."""

import copy

import pytest
import torch
from torch import nn

import subband as sb
from subband.errors import InvalidInput
from subband.nn import FreeWavelet, WaveletGRU, WaveletLinear, wavelet_loss
from subband.nn.compression import PacketLinear
from subband.nn.wavelet_linear import BANKS
from subband.training import initialised


def unit(layer: WaveletLinear) -> WaveletLinear:
    """The layer with diagonals of ones and no permutation."""
    with torch.no_grad():
        for p in (layer.outer, layer.middle, layer.inner):
            p.fill_(1)
        layer.permutation.copy_(torch.arange(len(layer.permutation)))
    return layer


@pytest.mark.parametrize("level", [1, 2, 4])
@pytest.mark.parametrize("bank", ["lattice", "lifting"])
def test_without_diagonals_and_permutation_it_is_the_identity(bank: str, level: int) -> None:
    """Where the source's inverse, from two scales on, was off by 70 %: it dropped coefficients."""
    with initialised(0):
        layer = unit(WaveletLinear(128, bias=False, wavelet=bank, level=level))
        x = torch.randn(5, 128)
    torch.testing.assert_close(layer(x), x, atol=2e-4, rtol=0)


def test_every_coefficient_reaches_the_output() -> None:
    with initialised(0):
        layer = WaveletLinear(64, bias=False, level=3, start="signs")
        x = torch.randn(3, 64)
    layer(x).square().sum().backward()
    assert (layer.middle.grad.abs() > 0).all()


@pytest.mark.parametrize("bank", BANKS)
def test_it_is_the_product_of_its_factors(bank: str) -> None:
    with initialised(1):
        layer = WaveletLinear(32, bias=False, wavelet=bank, level=2, start="signs").double()
    filters = layer.wavelet.filters()
    one = torch.eye(32, dtype=torch.double)
    W = sb.dwt(one, filters, level=2, mode="periodization").array.mT
    c = sb.dwt(one, filters, level=2, mode="periodization")
    inverse = sb.idwt(c.replace(one)).mT
    P = one[layer.permutation]
    S, G, B = (torch.diag(p) for p in (layer.outer, layer.middle, layer.inner))
    torch.testing.assert_close(layer.dense(), S @ inverse @ G @ P @ W @ B)


def test_the_number_of_parameters_is_three_diagonals_and_a_bank() -> None:
    def count(layer: nn.Module) -> int:
        return sum(p.numel() for p in layer.parameters())

    assert count(WaveletLinear(1024, bias=False, level=6)) == 3 * 1024 + 3
    assert count(WaveletLinear(1024, bias=False, wavelet="free", level=6)) == 3 * 1024 + 4 * 6
    assert count(WaveletLinear(100, 30, level=3)) == 3 * 104 + 3 + 30


def test_it_takes_the_place_of_a_linear_layer() -> None:
    x = torch.randn(2, 3, 100)
    assert WaveletLinear(100, 30, level=3)(x).shape == nn.Linear(100, 30)(x).shape
    assert WaveletLinear(30, 100, level=3)(x[..., :30]).shape == (2, 3, 100)


@pytest.mark.slow
def test_it_finds_back_to_a_layer_of_its_own_kind() -> None:
    """Diagonals and filters that were disturbed are learnt again from outputs alone."""
    with initialised(3):
        x, target = torch.randn(256, 32), WaveletLinear(32, bias=False, level=2, start="signs")
        layer = copy.deepcopy(target)
        with torch.no_grad():
            want = target(x)
            for p in layer.parameters():
                p += 0.2 * torch.randn_like(p)
    optimizer, losses = torch.optim.Adam(layer.parameters(), 0.01), []
    for _ in range(400):
        optimizer.zero_grad()
        loss = (layer(x) - want).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.02 * losses[0]


def test_the_loss_of_a_free_bank_is_that_of_its_wavelet() -> None:
    free = FreeWavelet(6)
    net = nn.Sequential(WaveletLinear(32, wavelet=free, level=2), nn.ReLU(), WaveletLinear(32, level=2))
    torch.testing.assert_close(wavelet_loss(net), free.loss())
    assert wavelet_loss(nn.Linear(2, 2)) == 0


def test_a_recurrent_layer_without_compression_is_pytorchs() -> None:
    with initialised(0):
        ours, theirs = WaveletGRU(3, 8, ()), nn.GRU(3, 8)
        x, h = torch.randn(7, 2, 3), torch.randn(1, 2, 8)
    with torch.no_grad():
        theirs.weight_ih_l0.copy_(ours.inputs.weight)
        theirs.bias_ih_l0.copy_(ours.inputs.bias)
        theirs.weight_hh_l0.copy_(torch.cat([layer.weight for layer in ours.recurrent]))
        theirs.bias_hh_l0.zero_()
    for a, b in zip(ours(x, h), theirs(x, h), strict=True):
        torch.testing.assert_close(a, b)


def test_recurrent_layers_have_the_sizes_of_the_published_table() -> None:
    """512 states, two features, and the output: 791,553; each compressed gate saves 512² − 3 · 512 − 3."""

    def count(*gates: str) -> int:
        return sum(p.numel() for p in WaveletGRU(2, 512, gates).parameters()) + 513

    assert count() == 791_553
    each = 512 * 512 - (3 * 512 + 3)
    assert [count("reset"), count("reset", "update"), count("reset", "update", "state")] == [
        count() - k * each for k in (1, 2, 3)
    ]


@pytest.fixture
def net() -> nn.Sequential:
    with initialised(0):
        return nn.Sequential(nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10))


def test_a_model_gets_smaller_by_the_ratio(net) -> None:
    before, seen = [p.clone() for p in net.parameters()], []
    made = sb.compress_model(net, 10, fine_tune=seen.append)
    assert made.ratio >= 10
    assert seen == [made.model]
    assert isinstance(made.model[0], WaveletLinear)
    assert isinstance(made.model[2], nn.Linear)
    assert all(torch.equal(a, b) for a, b in zip(before, net.parameters(), strict=True))
    assert made.model(torch.randn(4, 256)).shape == (4, 10)
    assert made.after == sum(p.numel() for p in made.model.parameters())
    assert "times fewer" in str(made)
    assert isinstance(sb.compress_model(net, 3, keep=("2",)).model[2], nn.Linear)


def test_packets_keep_the_largest_coefficients(net) -> None:
    x = torch.randn(64, 256)
    errors = []
    for ratio in (1.01, 2, 8):
        made = sb.compress_model(net, ratio, method="packets", level=2, wavelet="haar")
        assert made.ratio == pytest.approx(ratio, rel=0.02)
        errors.append(float((made.model(x) - net(x)).detach().norm() / net(x).detach().norm()))
    assert errors[0] < 0.02 < errors[1] < errors[2]


def test_a_smooth_matrix_needs_few_packets() -> None:
    layer = nn.Linear(64, 64, bias=False)
    t = torch.linspace(0, 1, 64)
    with torch.no_grad():
        layer.weight.copy_(torch.outer(torch.sin(3 * t), torch.cos(2 * t)))
    made = sb.compress_model(nn.Sequential(layer), 12, method="packets", level=3, wavelet="db2")
    assert made.layers[0].error < 0.03


def test_rounding_to_bits_lets_gradients_through(net) -> None:
    made = sb.compress_model(net, 2, method="packets", bits=8)
    layer = made.model[0]
    assert isinstance(layer, PacketLinear)
    assert len(torch.unique((layer.coefficients * layer.mask).detach())) > 256
    made.model(torch.randn(4, 256)).sum().backward()
    assert layer.coefficients.grad[layer.mask > 0].abs().sum() > 0
    assert layer.coefficients.grad[layer.mask == 0].abs().sum() == 0
    assert made.bits_after < made.bits_before / 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda net: sb.compress_model(net, 0.5), "ratio=0.5"),
        (lambda net: sb.compress_model(net, 1000), "can't be reached"),
        (lambda net: sb.compress_model(net, 1000, method="packets"), "can't be reached"),
        (lambda net: sb.compress_model(net, 10, method="prune"), "method 'prune' is unknown"),
        (lambda net: sb.compress_model(net, 10, keep=("9",)), "no layer '9'"),
        (lambda net: sb.compress_model(nn.ReLU(), 10), "no nn.Linear"),
        (lambda net: sb.compress_model(net, 10, bits=1), "bits=1"),
        (lambda net: WaveletLinear(0), "can't map 0"),
        (lambda net: WaveletLinear(8, wavelet="db4"), "is no learnt bank"),
        (lambda net: WaveletLinear(8, level=1, start="zeros"), "start='zeros'"),
        (lambda net: WaveletLinear(64, level=6), "level=6 is too high"),
        (lambda net: WaveletLinear(16, level=1)(torch.zeros(3, 9)), "9 features"),
        (lambda net: WaveletGRU(3, 8, ("forget",)), "gate 'forget'"),
    ],
)
def test_what_is_wrong_is_explained(call, message: str, net, unchecked) -> None:
    with pytest.raises(InvalidInput, match=message):
        call(net)
