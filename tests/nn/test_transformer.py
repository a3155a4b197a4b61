"""The diffusion transformer, the encoder, and what networks are told besides the image."""

import pytest
import torch
from torch import nn

from subband.errors import InvalidInput
from subband.nn import Conditioner, DiT, Encoder, UNet
from subband.nn.transformer import TransformerBlock, positions
from subband.training import generator, initialised

CONDITION = {
    "label": torch.tensor([2, 0]),
    "vector": torch.randn(2, 5, generator=generator(0)),
    "context": torch.randn(2, 3, 7, generator=generator(1)),
    "image": torch.randn(2, 1, 8, 8, generator=generator(2)),
}
NOISE = torch.zeros(2, 3, 8, 8)
SIZES = {"classes": 4, "vector": 5, "context": (3, 7), "image": 1}


def backbones(**settings):
    with initialised(0):
        return [
            DiT(3, width=16, depth=2, heads=2, **settings),
            UNet(3, width=16, **settings),
        ]


def awake(net: nn.Module) -> nn.Module:
    """Layers that start at zero are given values, so that what goes in shows in what comes out."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        for p in net.parameters():
            if not p.any():
                nn.init.normal_(p, std=0.1)
    return net.double()


def test_keeps_the_shape_and_starts_as_zero():
    for net in backbones():
        x = torch.randn(2, 3, 8, 12)
        assert torch.equal(net(x, torch.rand(2)), torch.zeros_like(x))
    for net in backbones(outputs=6):
        assert net(torch.randn(2, 3, 8, 12), torch.rand(2)).shape == (2, 6, 8, 12)


def test_a_block_starts_as_nothing_and_has_the_documented_size():
    block = TransformerBlock(16, 2)
    x = torch.randn(2, 5, 16)
    assert torch.equal(block(x, torch.randn(2, 16)), x)
    assert sum(p.numel() for p in block.parameters() if p.ndim > 1) == 18 * 16**2


def test_each_image_is_treated_alone_and_told_its_own():
    for net in backbones(context=7):
        awake(net)
        x, t = torch.randn(2, 3, 8, 8, dtype=torch.float64), torch.rand(2, dtype=torch.float64)
        embedding = torch.randn(2, net.embedding, dtype=torch.float64)
        context = torch.randn(2, 3, 7, dtype=torch.float64)
        both = net(x, t, embedding, context)
        torch.testing.assert_close(net(x[1:], t[1:], embedding[1:], context[1:]), both[1:])
        for other in (
            net(x, t, embedding.flip(0), context),
            net(x, t, embedding, context.flip(0)),
            net(x, t.flip(0), embedding, context),
        ):
            assert not torch.allclose(other, both)
        torch.testing.assert_close(net(x, t, embedding, context[:, [2, 0, 1]]), both)  # tokens are a set


def test_positions_tell_rows_from_columns():
    table = positions(3, 4, 16)
    assert table.shape == (12, 16)
    assert len(table.unique(dim=0)) == 12
    torch.testing.assert_close(table.square().sum(dim=1), torch.full((12,), 8.0))
    torch.testing.assert_close(table[1, :8], table[2, :8])  # one row
    torch.testing.assert_close(table[1, 8:], table[5, 8:])  # one column


def test_a_larger_image_is_only_more_tokens():
    net = backbones()[0]
    assert net(torch.randn(1, 3, 32, 16), torch.rand(1)).shape == (1, 3, 32, 16)


@pytest.mark.parametrize("kind", CONDITION)
def test_each_kind_of_condition_reaches_the_network_and_can_be_dropped(kind):
    name = "classes" if kind == "label" else kind
    with initialised(0):
        conditioner = Conditioner(6, **{name: SIZES[name]})
        for p in conditioner.parameters():
            nn.init.normal_(p)
    assert conditioner.kinds == (kind,)
    x = torch.zeros(2, 3, 8, 8)
    condition = {kind: CONDITION[kind]}
    (told,) = conditioner(condition, None, x).values()
    (half,) = conditioner(condition, torch.tensor([True, False]), x).values()
    (none,) = conditioner(None, None, x).values()
    assert len(told) == 2
    assert torch.equal(half[0], told[0])
    assert torch.equal(half[1], none[1])
    assert not torch.equal(half[1], told[1])


def test_all_kinds_at_once():
    conditioner = Conditioner(6, **SIZES)
    made = conditioner(CONDITION, None, torch.zeros(2, 3, 8, 8))
    assert {name: tuple(value.shape) for name, value in made.items()} == {
        "embedding": (2, 6),
        "context": (2, 3, 7),
        "image": (2, 1, 8, 8),
    }


def test_conditions_are_dropped_as_often_as_asked():
    conditioner = Conditioner(6, classes=2, drop=0.25)
    keep = conditioner.drawn_keep(20_000, generator(0))
    assert keep.float().mean().item() == pytest.approx(0.75, abs=0.01)
    assert Conditioner(6, classes=2, drop=0.0).drawn_keep(100, generator(0)).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": torch.tensor([0, 4])}, "from 0 to 3"),
        ({"label": torch.tensor([0.5, 1.0])}, "whole numbers"),
        ({"vector": torch.zeros(2, 4)}, r"expected \(2, 5\)"),
        ({"context": torch.zeros(2, 4, 7)}, r"expected \(2, 3, 7\)"),
        ({"image": torch.zeros(2, 1, 4, 8)}, r"expected \(2, 1, 8, 8\)"),
        ({"mood": torch.zeros(2)}, "takes label, vector, context, image"),
    ],
)
def test_refuses_other_conditions(change, message):
    with pytest.raises(InvalidInput, match=message):
        Conditioner(6, **SIZES)(CONDITION | change, None, torch.zeros(2, 3, 8, 8))


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Conditioner(6), "nothing"),
        (lambda: Conditioner(6, classes=2, drop=1.0), "below 1"),
        (lambda: Conditioner(6, classes=2)({"label": torch.zeros(2)}, torch.ones(3) > 0, NOISE), "2 images"),
        (lambda: DiT(3, width=18), "multiple"),
        (lambda: DiT(3, depth=0), "1 or more"),
        (lambda: DiT(3, width=16, heads=2)(torch.zeros(1, 3, 7, 8), torch.zeros(1)), "multiples of 2"),
        (lambda: UNet(3, width=16)(NOISE, torch.zeros(2), None, torch.zeros(2, 2, 4)), "context=0"),
        (lambda: DiT(3, width=16, heads=2, context=4)(torch.zeros(1, 3, 8, 8), torch.zeros(1)), "context=4"),
        (lambda: Encoder(3, 0), "1 or more"),
        (lambda: Encoder(3, 4)(torch.zeros(1, 3, 6, 8), torch.zeros(1)), "multiples of 4"),
    ],
)  # fmt: skip
def test_says_what_it_takes(make, message):
    with pytest.raises(InvalidInput, match=message):
        make()


def test_encoder_gives_a_vector_for_each_image():
    with initialised(0):
        net = awake(Encoder(3, 5, width=16, multipliers=(1, 2, 2)))
    x, t = torch.randn(3, 3, 16, 8, dtype=torch.float64), torch.rand(3, dtype=torch.float64)
    assert net(x, t).shape == (3, 5)
    torch.testing.assert_close(net(x, t)[1:2], net(x[1:2], t[1:2]))
    assert not torch.allclose(net(x, t), net(x, t.flip(0)))
