"""StyleGAN3: the paper's schedule, inputs that move exactly, and equivariance of random weights."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from subband.errors import InvalidInput
from subband.generate import GENERATORS, equivariance
from subband.generate.equivariance import METRICS, rotations, translations
from subband.generate.families.stylegan3 import configure, planned
from subband.generate.stylegan3 import LADDER, layer_aliasing, schedule
from subband.generate.stylegan3.fourier_input import FourierInput
from subband.generate.stylegan3.schedule import Grid
from subband.generate.stylegan3.synthesis import modulated_conv
from subband.training import generator, initialised


def built(configuration: str, size: int, **settings):
    config = configure(size, configuration=configuration, **settings)
    with initialised(0):
        network = GENERATORS["stylegan3"].build(config).eval().requires_grad_(False)
    network.calibrate(8)
    return network


def paper(size: int, layers: int = 14, **more):
    return schedule(
        size, LADDER["T"], layers=layers, critical=2, margin=10, base=32768, most=512, channels=3, **more
    )


def test_the_schedule_is_that_of_the_paper_at_256_px() -> None:
    """Karras et al. 2021, figure 4 and the formulas of appendix C, evaluated here once more."""
    start, plans = paper(256)
    assert len(plans) == 15
    assert (start.rate, start.size, start.cutoff) == (16, 36, 2.0)
    for i, plan in enumerate(plans[:-1]):
        e = min(i / 12, 1)
        cutoff, stop = 2 * 64**e, 2**2.1 * (128 * 2**0.3 / 2**2.1) ** e
        rate = 2 ** math.ceil(math.log2(min(2 * stop, 256)))
        grid = plan.after
        assert grid.cutoff == pytest.approx(cutoff)
        assert grid.rate == rate
        assert grid.half_width == pytest.approx(max(stop, rate / 2) - cutoff)
        assert grid.channels == min(round(32768 / 2 / cutoff), 512)
        assert grid.size == rate + (0 if i >= 13 else 20)
        assert plan.relu().size((plan.convolved,) * 2) == (grid.size,) * 2
    assert plans[-1].image
    assert plans[-1].after.size == 256
    assert [p.after.critical for p in plans[:-1]] == [False] * 12 + [True] * 2


@pytest.mark.parametrize("size", [8, 16, 24, 32, 40, 64, 256, 1000, 1024])
@pytest.mark.parametrize("rung", LADDER)
def test_all_layers_fit_each_other(size, rung) -> None:
    start, plans = planned(configure(size, configuration=rung))
    assert plans[0].before == start
    for before, after in pairwise(plans):
        assert before.after == after.before
    for plan in plans[:-1]:
        assert plan.relu().size((plan.convolved,) * 2) == (plan.after.size,) * 2
        assert max(plan.after.rate, plan.before.rate) % min(plan.after.rate, plan.before.rate) == 0
    assert plans[-1].before.size == size
    assert (plans[-1].kernel, plans[-1].after.channels) == (1, 3)


@pytest.mark.parametrize("size", [20, 4, 2048])
def test_sizes_that_have_no_schedule(size) -> None:
    with pytest.raises(InvalidInput, match="multiple of 8"):
        paper(size)
    with pytest.raises(InvalidInput, match="critical"):
        paper(64, layers=2)


def test_the_input_moves_and_turns_exactly() -> None:
    grid = Grid(16, 16, 2.0, 4.0, 8)
    with initialised(0):
        layer = FourierInput(grid, 4, transformed=True)
        wider = FourierInput(Grid(16, 20, 2.0, 4.0, 8), 4, transformed=True)
    wider.load_state_dict(layer.state_dict())
    w = torch.randn(2, 4)
    whole = wider(w)
    # A plane that moves by a sample to the right and two up shows other samples of the same grid.
    told = torch.from_numpy(translations(np.array([[-2 / 16, 1 / 16]] * 2))).float()
    torch.testing.assert_close(layer(w, told), whole[:, :, 4:, 1:-3], atol=1e-4, rtol=0)
    quarter = torch.from_numpy(rotations(np.array([np.pi / 2] * 2))).float()
    torch.testing.assert_close(layer(w, quarter), layer(w).rot90(-1, (2, 3)), atol=1e-4, rtol=0)
    # The latent turns and moves as the caller does.
    with torch.no_grad():
        layer.affine.bias.copy_(torch.tensor([0.0, 2.0, 2 / 8, -4 / 8]))
    both = torch.from_numpy(
        translations(np.array([[-4 / 16, 2 / 16]])) @ rotations(np.array([np.pi / 2]))
    ).float()
    with torch.no_grad():
        turned = layer(w)
        layer.affine.bias.copy_(torch.tensor([1.0, 0.0, 0.0, 0.0]))
    torch.testing.assert_close(turned, layer(w, both), atol=1e-4, rtol=0)


def test_modulation_scales_one_shared_convolution() -> None:
    x, weight, s = (
        torch.randn(3, 4, 6, 6).double(),
        torch.randn(5, 4, 3, 3).double(),
        torch.rand(3, 4).double() + 0.5,
    )
    got = modulated_conv(x, weight, s, padding=1)
    unit = weight / weight.square().mean((1, 2, 3), keepdim=True).sqrt()
    for i in range(3):
        own = unit * s[i, None, :, None, None]
        own = own / (own.square().sum((1, 2, 3), keepdim=True) + 1e-8).sqrt()
        torch.testing.assert_close(got[i : i + 1], torch.conv2d(x[i : i + 1], own, padding=1))


def measured(configuration: str, size: int, count: int, metrics=METRICS) -> dict[str, float]:
    """EQ of random weights, of pictures scaled to mean square 1."""
    network = built(configuration, size)
    scale = float(network.draw(16, generator(0), {}, configure(size)).square().mean().rsqrt())
    found = equivariance(network, count=count, seed=0, scale=scale, metrics=metrics)
    return {name: ratio.value for name, ratio in found.items()}


@pytest.mark.slow
def test_random_weights_are_equivariant_by_construction() -> None:
    b, t, r = (measured(name, 64, 8) for name in "BTR")
    assert t["EQ-T"] >= 60
    assert r["EQ-T"] >= 60
    assert r["EQ-R"] >= 40
    assert b["EQ-T"] <= t["EQ-T"] - 35
    assert t["EQ-R"] < 25


def test_truncation_moves_towards_the_mean() -> None:
    network = built("T", 16)
    network.mapping.mean.copy_(torch.randn(network.latent))
    config = configure(16)
    same = [network.draw(4, generator(0), {}, configure(16, truncation=psi)) for psi in (0.0, 0.5, 1.0)]
    assert same[0].std(dim=0).max() < 1e-5
    assert not torch.equal(same[1], same[2])
    torch.testing.assert_close(network.draw(4, generator(0), {}, config), same[2])


def test_the_layers_of_t_alias_little_and_pointwise_ones_much() -> None:
    """Critically sampled layers, which keep what lies at the Nyquist frequency, alias by design."""
    leaks = {}
    for name in "ETR":
        network = built(name, 32)
        plans = [layer.plan for layer in network.synthesis.layers[:-1]]
        found = layer_aliasing(network, phases=8)
        leaks[name] = [
            leak for leak, plan in zip(found, plans, strict=True) if name == "E" or not plan.after.critical
        ]
    assert max(leaks["T"]) < -45
    assert max(leaks["R"]) < -45
    assert min(leaks["E"]) > -25
