"""The packet space: orthonormal, invertible, with normalised channels."""

import numpy as np
import pytest
import torch

from subband.generate.pixels import to_signal
from subband.generate.spaces.packets import PacketSpace, from_packets, to_packets
from subband.training import generator


def signals(*shape):
    return torch.randn(*shape, generator=generator(0), dtype=torch.float64)


@pytest.mark.parametrize("level", [1, 2])
@pytest.mark.parametrize("size", [8, 40])
def test_round_trip_and_equal_energy(level, size):
    x = signals(2, 3, size, size)
    channels = to_packets(x, level)
    assert channels.shape == (2, 3 * 4**level, size >> level, size >> level)
    torch.testing.assert_close(from_packets(channels, level), x)
    torch.testing.assert_close(channels.square().sum(), x.square().sum())


def test_one_level_is_sums_and_differences_of_four():
    x = signals(1, 1, 4, 4)
    corners = [x[0, 0, i::2, j::2] for i in (0, 1) for j in (0, 1)]
    signs = [(1, 1, 1, 1), (1, -1, 1, -1), (1, 1, -1, -1), (1, -1, -1, 1)]
    for channel, sign in zip(to_packets(x)[0], signs, strict=True):
        expected = sum(s * c for s, c in zip(sign, corners, strict=True)) / 2
        torch.testing.assert_close(channel.abs(), expected.abs())


def test_gradients_pass_through():
    x = signals(1, 3, 4, 4).requires_grad_()
    assert torch.autograd.gradcheck(lambda v: from_packets(to_packets(v) ** 2), (x,))


@pytest.mark.parametrize("level", [1, 2])
def test_training_images_become_white_and_come_back(level):
    pixels = torch.from_numpy(np.random.default_rng(0).integers(40, 200, (30, 3, 16, 16), dtype=np.uint8))
    space = PacketSpace(level)
    space.take_statistics(pixels)
    images = to_signal(pixels)
    channels = space.encode(images)
    torch.testing.assert_close(channels.mean(dim=(0, 2, 3)), torch.zeros(space.channels), atol=1e-4, rtol=0)
    torch.testing.assert_close(channels.std(dim=(0, 2, 3)), torch.ones(space.channels), atol=1e-3, rtol=0)
    torch.testing.assert_close(space.decode(channels), images, atol=1e-5, rtol=0)


def test_flat_images_do_not_divide_by_zero():
    space = PacketSpace()
    space.take_statistics(torch.full((16, 3, 8, 8), 7, dtype=torch.uint8))
    assert torch.isfinite(space.encode(torch.zeros(1, 3, 8, 8))).all()
