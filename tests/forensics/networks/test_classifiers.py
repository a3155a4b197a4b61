import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from subband.errors import InvalidInput
from subband.forensics.networks.registry import DETECTORS, Shape, build, widest
from subband.forensics.networks.small import _proportions, packet_cnn, pixel_cnn

SIZED = [name for name, kind in DETECTORS.items() if kind.sized]


def count(module):
    return sum(p.numel() for p in module.parameters())


@pytest.mark.parametrize(("classes", "linear", "packets", "pixels"), [
    (2, 98_306, 108_986, 56_794),
    (3, 147_459, 109_011, 81_883),
    (5, 245_765, 109_061, 132_061),
])  # fmt: skip
def test_parameters_at_128_pixels_are_the_papers(classes, linear, packets, pixels):
    shape = Shape(128, classes)
    assert build("linear on packets", shape, seed=0).parameters_count == linear
    assert build("linear on pixels", shape, seed=0).parameters_count == linear
    assert count(packet_cnn(3, 16, classes, 24)) == packets
    assert count(pixel_cnn(128, classes, 8)) == pixels


def test_kernels_at_128_pixels_are_the_papers():
    kernels = [m.kernel_size for m in packet_cnn(3, 16, 2, 24) if isinstance(m, torch.nn.Conv2d)]
    assert kernels == [(3, 3), (6, 6), (9, 9)]


@pytest.mark.parametrize("name", DETECTORS)
@pytest.mark.parametrize("size", [16, 20, 32, 36, 64])
def test_every_detector_takes_every_size(name, size):
    net = build(name, Shape(size, 3, parameters=20_000), seed=0).eval()
    logits = net(torch.rand(2, 3, size, size) * 255)
    assert logits.shape == (2, 3)
    assert torch.isfinite(logits).all()


@settings(deadline=None, max_examples=12)
@given(st.sampled_from(SIZED), st.sampled_from([16, 32, 48]), st.integers(10_000, 200_000))
def test_nets_use_the_budget_and_keep_to_it(name, size, budget):
    shape = Shape(size, 2, parameters=budget)
    width = widest(name, shape)
    assert DETECTORS[name].build(shape, width).parameters_count <= budget
    assert DETECTORS[name].build(shape, width + 1).parameters_count > budget


@given(st.integers(0, 100))
def test_proportions_add_up(total):
    assert sum(_proportions(total, (2, 5, 8))) == total
    assert min(_proportions(total, (2, 5, 8))) >= 0


def test_a_seed_gives_the_same_weights_and_another_one_others():
    first, second, other = (build("CNN on packets", Shape(32, 2), seed=s) for s in (1, 1, 2))
    pairs = list(zip(first.parameters(), second.parameters(), other.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b, _ in pairs)
    assert any(not torch.equal(a, c) for a, _, c in pairs)


@pytest.mark.parametrize(("name", "shape", "match"), [
    ("CNN on sounds", Shape(32, 2), "unknown detector.*linear on packets"),
    ("CNN on packets", Shape(32, 1), "1 classes"),
    ("CNN on packets", Shape(8, 2), "8×8 pixels.*at least 16"),
    ("CNN on packets", Shape(32, 2, level=0), "level 0"),
    ("CNN on packets", Shape(16, 2, level=5), "level 5 of 16"),
    ("CNN on pixels", Shape(32, 2, parameters=50), "50 parameters are too few.*at least"),
])  # fmt: skip
def test_impossible_nets(name, shape, match):
    with pytest.raises(InvalidInput, match=match):
        build(name, shape, seed=0)
