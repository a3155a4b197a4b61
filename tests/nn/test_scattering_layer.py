"""Scattering as a module: no parameters, gradients to what comes before it, copies and checkpoints that agree."""

import copy
import pickle

import pytest
import torch
from torch import nn

import subband as sb
from subband.nn import Scattering

TRANSFORMS = {
    "line": (sb.Scattering(J=3, Q=2), (64,)),
    "plane": (sb.Scattering(ndim=2, J=2, L=3), (12, 16)),
    "joint": (sb.JointScattering(J=4, J_fr=2, Q=4), (128,)),
    "space": (sb.HarmonicScattering(1, L=1), (4, 6, 4)),
}


@pytest.mark.parametrize("case", TRANSFORMS.values(), ids=TRANSFORMS)
def test_module(case) -> None:
    transform, shape = case
    layer, x = Scattering(transform), torch.randn(2, *shape)
    expected = transform(x).array
    assert not list(layer.parameters())
    assert not layer.state_dict()
    for same in (
        layer,
        copy.deepcopy(layer),
        pickle.loads(pickle.dumps(layer)),
        layer.to("cpu", torch.float64),
    ):
        assert torch.equal(same(x), expected)
    assert len(layer.paths) == expected.shape[1]
    assert repr(transform) in repr(layer)


@pytest.mark.parametrize("case", TRANSFORMS.values(), ids=TRANSFORMS)
def test_gradient_reaches_what_comes_before(case) -> None:
    transform, shape = case
    gain = nn.Parameter(torch.ones(()))
    x = torch.randn(2, *shape)
    layer = Scattering(transform)
    # Powers other than 1 aside, scattering is homogeneous: scaling by g scales the output by g.
    if isinstance(transform, sb.HarmonicScattering):
        layer = Scattering(sb.HarmonicScattering(1, L=1, powers=(1.0,)))
    total = layer(gain * x).sum()
    total.backward()
    torch.testing.assert_close(gain.grad, total.detach(), rtol=1e-3, atol=0)


def test_without_an_average_it_gives_a_tuple() -> None:
    made = Scattering(sb.Scattering(J=2, Q=1, average=False))(torch.randn(3, 32))
    assert isinstance(made, tuple)
    assert made[0].shape == (3, 32)


def test_points_go_along() -> None:
    layer = Scattering(sb.HarmonicScattering(1, L=1, method="local"))
    x, points = torch.randn(2, 6, 6, 6), torch.tensor([[0, 0, 0], [1, 2, 3]])
    assert torch.equal(layer(x, points), layer.transform(x, points).array)
    assert layer(x, points).shape == (2, len(layer.paths), 2)
