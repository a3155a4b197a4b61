import copy

import numpy as np
import pytest
import torch
from planted import smooth, white

from subband.errors import InvalidInput
from subband.forensics import DETECTORS, Shape, build, gradients, saliency, scaled, smooth_gradients
from subband.forensics.features.images import as_images
from subband.forensics.networks.predict import generated_logit
from subband.transforms.packets import ipackets, packets

STEP = 1e-4


@pytest.fixture(params=DETECTORS)
def classifier(request):
    net = build(request.param, Shape(16, 3, parameters=8_000), seed=2)
    net.prepare(smooth(30, 9))
    return net.eval()


def logit(net, x):
    return generated_logit(copy.deepcopy(net).double()(x)).detach()


def test_pixel_gradients_are_finite_differences(classifier):
    x = as_images(white(2, 1)).double()
    _, by_pixel = gradients(classifier, x.clone())
    for place in ((0, 3, 4), (2, 15, 0)):
        step = torch.zeros_like(x)
        step[(slice(None), *place)] = STEP
        slope = (logit(classifier, x + step) - logit(classifier, x - step)) / (2 * STEP)
        torch.testing.assert_close(by_pixel[(slice(None), *place)], slope, rtol=1e-4, atol=1e-8)


def test_packet_gradients_are_finite_differences_of_the_logarithm(classifier):
    # Not whole grey levels: of those some coefficients are 0, and the round trip would make 1e-14 of them.
    x = 255 * torch.rand(2, 3, 16, 16, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    by_packet, _ = gradients(classifier, x.clone())
    p = packets(x, "haar", level=3, mode="symmetric", axes=(-2, -1))

    def changed(place, amount):
        c = p.array.clone()
        c[(slice(None), *place)] *= np.exp(amount)
        return logit(classifier, ipackets(p.replace(c)))

    for place in ((0, 0, 0, 1, 1), (1, 7, 7, 0, 1), (2, 3, 5, 1, 0)):
        slope = (changed(place, STEP) - changed(place, -STEP)) / (2 * STEP)
        torch.testing.assert_close(by_packet[(slice(None), *place)], slope, rtol=1e-3, atol=1e-7)


def test_the_gradient_by_ln_packets_is_that_of_the_net_where_the_net_looks_at_them():
    net = build("CNN on packets", Shape(16, 2, parameters=20_000), seed=0)
    net.prepare(white(30, 9))
    exact = copy.deepcopy(net).double().eval()
    x = as_images(white(3, 4)).double()
    z = exact.features.raw(x).detach().requires_grad_()
    outputs = exact.net((z - exact.features.mean) / exact.features.std)
    (plain,) = torch.autograd.grad(generated_logit(outputs).sum(), z)
    by_packet, _ = gradients(net, x)
    nonzero = z > np.log(1e-6)
    torch.testing.assert_close(by_packet[nonzero], plain[nonzero], rtol=1e-5, atol=1e-9)


def test_saliency_of_a_linear_net_on_pixels_is_its_weights():
    net = build("linear on pixels", Shape(16, 2), seed=0)
    net.prepare(white(30, 9))
    weights = next(p for p in net.parameters() if p.ndim == 2).detach()
    expected = ((weights[1] - weights[0]).reshape(3, 16, 16) / net.features.std).abs().mean(0)
    found = saliency(net, white(70, 0))  # two chunks
    np.testing.assert_allclose(found.pixels, expected, rtol=1e-5)
    assert found.packets.shape == (8, 8, 2, 2)


def test_saliency_is_the_mean_over_images_and_leaves_the_net_as_it_was(classifier):
    before = {name: value.clone() for name, value in classifier.state_dict().items()}
    pixels = white(3, 7)
    alone = [saliency(classifier, pixels[k : k + 1]) for k in range(3)]
    together = saliency(classifier, pixels)
    np.testing.assert_allclose(together.packets, np.mean([s.packets for s in alone], axis=0), rtol=1e-9)
    np.testing.assert_allclose(together.pixels, np.mean([s.pixels for s in alone], axis=0), rtol=1e-9)
    assert all(torch.equal(before[name], value) for name, value in classifier.state_dict().items())
    assert all(p.requires_grad and p.grad is None for p in classifier.parameters())


def test_scaled_maps_reach_from_0_to_1():
    np.testing.assert_allclose(scaled(np.array([2.0, 4, 3])), [0, 1, 0.5])
    np.testing.assert_array_equal(scaled(np.full(3, 5.0)), 0)


def test_smooth_gradients_without_noise_are_gradients(classifier):
    x = as_images(white(2, 1))
    for found, plain in zip(
        smooth_gradients(classifier, x, samples=2, spread=0), gradients(classifier, x), strict=True
    ):
        torch.testing.assert_close(found, plain)


class Cubic(torch.nn.Module):
    """f(x) = Σ x³, whose gradient smoothed by a normal density of variance σ² is 3 x² + 3 σ²."""

    def forward(self, x):
        return torch.stack([torch.zeros(len(x)), (x**3).flatten(1).sum(1)], 1)


def test_smooth_gradients_are_those_of_the_smoothed_net():
    x = as_images(np.zeros((1, 16, 16, 3), np.uint8))
    _, found = smooth_gradients(Cubic(), x, samples=200, spread=2.0)
    # 3 σ² = 12; each of 768 means of 200 values has the standard deviation 12 √(2/200).
    assert found.mean().item() == pytest.approx(12, abs=4 * 12 * np.sqrt(2 / 200 / 768))
    assert found.std().item() == pytest.approx(12 * np.sqrt(2 / 200), rel=0.15)


def test_smooth_gradients_refuse_what_is_no_mean():
    for wrong in ({"samples": 0}, {"spread": -1.0}, {"spread": float("nan")}):
        with pytest.raises(InvalidInput, match="SmoothGrad"):
            smooth_gradients(Cubic(), as_images(white(1, 1)), **wrong)
