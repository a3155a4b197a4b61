"""Integrated gradients obey the law of completeness, for every kind of net and along both paths."""

import numpy as np
import pytest
import torch
from planted import smooth, white
from torch import nn

from subband.errors import InvalidInput
from subband.forensics import DETECTORS, Shape, build, integrated_gradients
from subband.forensics.explanation.saliency import exactly
from subband.forensics.features.images import as_images
from subband.forensics.networks.predict import generated_logit
from subband.transforms.packets import ipackets, packets


@pytest.fixture(params=DETECTORS)
def classifier(request):
    net = build(request.param, Shape(16, 3, parameters=8_000), seed=2)
    net.prepare(smooth(30, 9))
    return net.eval()


def value(net, x):
    return generated_logit(exactly(net)(x.double())).detach()


def picture(n, seed):
    """Not whole grey levels, so that no packet is 0."""
    return 255 * torch.rand(n, 3, 16, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.slow
@pytest.mark.parametrize("straight", [True, False])
def test_attributions_sum_to_the_difference_within_the_error_of_the_quadrature(classifier, straight):
    x = picture(2, 1)
    # Between the two ends no packet passes zero: there ln|c| has no derivative, and a quadrature no known error.
    baseline = 0.25 * x if straight else None
    coarse, fine = (integrated_gradients(classifier, x, baseline, steps=steps) for steps in (4, 64))
    scale = 1 + fine.difference.abs()
    assert (fine.error.abs() / scale).max() < 2e-3
    assert fine.error.abs().max() <= coarse.error.abs().max() + 1e-9
    for found in (coarse, fine):
        torch.testing.assert_close(found.packets.flatten(1).sum(1), found.pixels.flatten(1).sum(1))
        torch.testing.assert_close(found.packets.flatten(1).sum(1) - found.difference, found.error)
    start = without_detail(x) if baseline is None else baseline
    torch.testing.assert_close(fine.difference, value(classifier, x) - value(classifier, start))


def without_detail(x):
    p = packets(x, "haar", level=3, mode="symmetric", axes=(-2, -1))
    c = 0.5 * torch.sign(p.array)
    c[:, :, 0, 0] = p.array[:, :, 0, 0]
    return ipackets(p.replace(c))


def test_a_linear_net_gets_its_weights_times_the_difference():
    net = build("linear on pixels", Shape(16, 2), seed=0)
    net.prepare(white(30, 9))
    x, baseline = picture(1, 3), picture(1, 4)
    found = integrated_gradients(net, x, baseline, steps=1)
    weights = next(p for p in net.parameters() if p.ndim == 2).detach().double()
    slope = (weights[1] - weights[0]).reshape(1, 3, 16, 16) / net.features.std.double()
    torch.testing.assert_close(found.pixels, slope * (x - baseline))
    assert found.error.abs().max() < 1e-8


class Quadratic(nn.Module):
    """f(x) = Σ x², whose attributions along a straight line are x² − b² by hand."""

    def forward(self, x):
        half = (x**2).flatten(1).sum(1)
        return torch.stack([torch.zeros_like(half), half], 1)


def test_a_quadratic_net_gets_the_closed_form():
    x, baseline = picture(2, 5), picture(2, 6)
    found = integrated_gradients(Quadratic(), x, baseline, steps=1)  # the midpoint rule is exact for 2·x(t)
    torch.testing.assert_close(found.pixels, x**2 - baseline**2)
    c, b = (packets(i, "haar", level=3, mode="symmetric", axes=(-2, -1)).array for i in (x, baseline))
    torch.testing.assert_close(found.packets, c**2 - b**2)  # Haar packets are orthonormal


def test_a_net_that_is_linear_in_ln_packets_is_integrated_in_one_step():
    net = build("linear on packets", Shape(16, 2), seed=0)
    net.prepare(white(30, 9))
    found = integrated_gradients(net, picture(2, 7), steps=1)
    assert found.error.abs().max() < 1e-6
    assert found.packets[:, :, 0, 0].abs().max() == 0  # the lowest band is the baseline's


def test_a_flat_picture_has_nothing_to_attribute(classifier):
    found = integrated_gradients(classifier, as_images(np.full((1, 16, 16, 3), 77, np.uint8)), steps=4)
    assert found.packets.abs().max() == 0
    assert found.difference.abs().max() < 1e-9


def test_what_cannot_be_integrated_is_named():
    with pytest.raises(InvalidInput, match="steps"):
        integrated_gradients(Quadratic(), picture(1, 0), steps=0)
    with pytest.raises(InvalidInput, match="shape"):
        integrated_gradients(Quadratic(), picture(1, 0), picture(2, 0))
