"""The U-Net: shape laws, parameter counts, what it starts as, and its errors."""

import pytest
import torch
from torch import nn

from subband.errors import InvalidInput
from subband.nn import UNet
from subband.nn.blocks import ResidualBlock, SelfAttention, time_features
from subband.training import initialised


def parameters(module: nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize(
    ("settings", "height", "width"),
    [
        ({}, 8, 12),
        ({"multipliers": (1,), "patch": 1}, 5, 7),
        ({"multipliers": (1, 2, 2), "blocks": 2}, 16, 8),
        ({"width": 24, "attention": False, "patch": 4}, 16, 24),
    ],
)
def test_keeps_any_shape_that_its_stride_divides(settings, height, width):
    with initialised(0):
        net = UNet(5, **{"width": 16, **settings})
    x = torch.randn(2, 5, height, width)
    assert net(x, torch.rand(2)).shape == x.shape
    assert height % net.stride == width % net.stride == 0


def test_documented_parameter_counts():
    assert parameters(UNet(12)) == 2_462_832
    assert parameters(UNet(12, width=48, multipliers=(1, 2, 2))) == 2_280_000
    block = ResidualBlock(8, 16, 32)
    weights = sum(p.numel() for name, p in block.named_parameters() if name.endswith("weight") and p.ndim > 1)
    assert weights == 9 * 8 * 16 + 9 * 16**2 + 2 * 16 * 32 + 8 * 16
    attention = SelfAttention(16, heads=2)
    assert sum(p.numel() for p in attention.parameters() if p.ndim > 1) == 4 * 16**2


def test_starts_as_zero_and_learns_to_depend_on_time_and_place():
    with initialised(0):
        net = UNet(3, width=16)
    x, t = torch.randn(2, 3, 8, 8), torch.tensor([0.1, 0.9])
    assert torch.equal(net(x, t), torch.zeros_like(x))
    optimizer = torch.optim.Adam(net.parameters(), 1e-2)
    for _ in range(3):
        optimizer.zero_grad()
        (net(x, t) - x).square().mean().backward()
        optimizer.step()
    same = x[:1].expand(2, -1, -1, -1)
    early, late = net(same, t)
    assert not torch.allclose(early, late)


def test_each_image_is_treated_alone():
    with initialised(1):
        net = UNet(3, width=16).double()
        nn.init.normal_(net.unpatchify.weight)
    x, t = torch.randn(3, 3, 8, 8, dtype=torch.float64), torch.rand(3, dtype=torch.float64)
    torch.testing.assert_close(net(x, t)[1:2], net(x[1:2], t[1:2]))


def test_residual_block_starts_as_its_skip():
    block = ResidualBlock(8, 8, 16)
    x = torch.randn(2, 8, 4, 4)
    assert torch.equal(block(x, torch.randn(2, 16)), x)


def test_attention_sees_positions_as_a_set():
    with initialised(2):
        layer = SelfAttention(8, heads=2).double()
        nn.init.normal_(layer.out.weight)
    x = torch.randn(1, 8, 3, 4, dtype=torch.float64)
    order = torch.randperm(12)
    shuffled = x.flatten(2)[..., order].unflatten(2, (3, 4))
    torch.testing.assert_close(layer(shuffled).flatten(2), layer(x).flatten(2)[..., order])


def test_time_features_are_unit_phasors():
    features = time_features(torch.tensor([0.0, 0.3, 1.0]), 32)
    cos, sin = features.chunk(2, dim=1)
    torch.testing.assert_close(cos**2 + sin**2, torch.ones(3, 16))
    torch.testing.assert_close(features[0], torch.cat([torch.ones(16), torch.zeros(16)]))


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("shape", [(1, 4, 8, 8), (1, 3, 8, 10), (3, 8, 8)])
def test_says_what_shapes_it_takes(shape):
    with pytest.raises(InvalidInput, match=r"\(N, 3, H, W\), H and W multiples of 4"):
        UNet(3, width=16)(torch.zeros(shape), torch.zeros(1))


@pytest.mark.parametrize(
    "settings", [{"width": 0}, {"multipliers": ()}, {"multipliers": (1, 0)}, {"patch": -1}]
)
def test_refuses_impossible_settings(settings):
    with pytest.raises(InvalidInput, match="1 or more"):
        UNet(3, **settings)
