"""Residual networks: two inputs that hold the same numbers, one cost, and blocks that start as their shortcut."""

import numpy as np
import pytest
import torch
from planted import white

from subband.errors import InvalidInput
from subband.forensics import DETECTORS, Recipe, Shape, StudySettings, build, studied
from subband.forensics.networks.residual import Polyphase, Residual, ResidualCNN, SignedPackets
from subband.forensics.training.fit import shifted
from subband.forensics.training.rates import multiplications

PACKETS, PIXELS = "residual CNN on packets", "residual CNN on pixels"
HADAMARD = torch.tensor([[1.0, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]]) / 2


def test_haar_packets_are_an_orthonormal_map_of_the_four_pixels_of_each_square():
    x = 255 * torch.rand(3, 3, 16, 20)
    squares = Polyphase()(x).unflatten(1, (3, 4))
    c = SignedPackets().raw(x).flatten(2, 3)
    torch.testing.assert_close(c, torch.einsum("ab,ncbhw->ncahw", HADAMARD, squares), rtol=1e-5, atol=1e-3)


@pytest.mark.parametrize("size", [16, 17, 32, 63])
def test_both_inputs_have_the_same_shape(size):
    x = 255 * torch.rand(2, 3, size, size)
    assert SignedPackets()(x).shape == Polyphase()(x).shape == (2, 12, -(-size // 2), -(-size // 2))


def test_an_odd_side_is_extended_by_its_last_pixel():
    x = torch.rand(1, 1, 3, 3)
    squares = Polyphase()(x)[0]
    assert torch.equal(squares[:, 1, 1], x[0, 0, 2, 2].expand(4))
    assert torch.equal(squares[:, 0, 0], x[0, 0, :2, :2].flatten())


@pytest.mark.parametrize(("size", "budget"), [(32, 60_000), (64, 700_000)])
def test_packets_and_pixels_cost_the_same(size, budget):
    shape = Shape(size, 2, parameters=budget)
    assert build(PACKETS, shape, seed=0).parameters_count == build(PIXELS, shape, seed=0).parameters_count
    assert multiplications(PACKETS, shape) == multiplications(PIXELS, shape)


def test_packets_are_standardised_on_the_training_images():
    pixels = white(200, 0, 16)
    features = SignedPackets()
    features.fit(pixels)
    z = features(torch.from_numpy(pixels.transpose(0, 3, 1, 2).copy()).float())
    np.testing.assert_allclose(z.mean((0, 2, 3)), 0, atol=1e-4)
    np.testing.assert_allclose(z.std((0, 2, 3)), 1, atol=1e-2)


@pytest.mark.parametrize("stride", [1, 2])
def test_a_block_starts_as_its_shortcut(stride):
    block = Residual(4, 4, stride).eval()
    h = torch.randn(2, 4, 7, 7)
    torch.testing.assert_close(block(h), torch.relu(block.shortcut(h)))
    assert block(h).shape == (2, 4, -(-7 // stride), -(-7 // stride))


def test_every_block_learns():
    net = ResidualCNN(12, 2, 4)
    for module in net.modules():
        if isinstance(module, Residual):
            torch.nn.init.ones_(module.second_norm.weight)
    net(torch.randn(8, 12, 16, 16)).square().sum().backward()
    assert all(p.grad is not None and p.grad.abs().max() > 0 for p in net.parameters())


def test_they_are_no_part_of_a_study_by_default():
    assert {PACKETS, PIXELS} <= set(DETECTORS)
    assert not {PACKETS, PIXELS} & set(studied())
    assert StudySettings().detectors == studied()
    assert StudySettings(detectors=(PACKETS,)).detectors == (PACKETS,)


@pytest.mark.parametrize("decay", [-0.1, float("nan"), float("inf")])
def test_a_decay_that_is_none(decay):
    with pytest.raises(InvalidInput, match="decay"):
        Recipe(decay=decay)


@pytest.mark.parametrize("shift", [-2, 3])
def test_a_shift_that_leaves_the_grid_of_the_packets(shift):
    with pytest.raises(InvalidInput, match="shift"):
        Recipe(shift=shift)


def test_a_shift_moves_each_image_by_whole_squares_and_mirrors_it_at_the_edges():
    row, column = torch.arange(16.0), torch.arange(16.0)
    x = torch.stack([row[:, None].expand(16, 16), column.expand(16, 16)]).expand(64, 2, 16, 16)
    moved = shifted(x, 4, torch.Generator().manual_seed(0))
    centre = moved[:, :, 8, 8] - 8
    assert set(centre.flatten().tolist()) == {-4.0, -2.0, 0.0, 2.0, 4.0}
    assert (moved[:, 0].std(-1) == 0).all()  # rows stay rows
    down = moved[centre[:, 0] == -4][0, 0, :, 0]
    assert down.tolist() == [4, 3, 2, 1, *range(12)]


def test_packets_of_a_shifted_image_are_the_shifted_packets():
    x = 255 * torch.rand(2, 3, 16, 16)
    moved = shifted(x, 2, torch.Generator().manual_seed(3))
    c, shifted_c = SignedPackets().raw(x)[..., 2:-2, 2:-2], SignedPackets().raw(moved)
    for image, other in zip(c, shifted_c, strict=True):
        offsets = [other[..., i : i + 4, j : j + 4] for i in range(1, 4) for j in range(1, 4)]
        assert any(torch.allclose(image, part) for part in offsets)
