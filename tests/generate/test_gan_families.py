"""DCGAN, conditional GAN, TransGAN, CycleGAN and StyleGAN3 as families: labels, domains, resuming, records."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from learnable import labelled, learn

from subband.data import Examples
from subband.errors import InvalidInput
from subband.generate import (
    GENERATORS,
    TrainSettings,
    train_family,
    train_generator,
    train_in_folder,
    translated,
)
from subband.generate.families.cyclegan import Cycle, CycleGAN, configure
from subband.nn.dcgan import DCCritic, DCGenerator, measured_again, start_grid
from subband.nn.transgan import PositionedAttention, TransGenerator
from subband.training import Moment, generator

ADVERSARIAL = ("cgan", "cyclegan", "dcgan", "stylegan3", "transgan")
QUICK = TrainSettings(steps=6, save_every=1e9, sheet_every=10**6)


def pictures(count: int = 24, size: int = 16, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, size, size, channels), dtype=np.uint8)


def in_folder(family: str, folder, steps: int, **more):
    kind = GENERATORS[family]
    examples = labelled(pictures()) if kind.conditional else Examples(pictures())
    config = kind.configure(16, channels=3, classes=examples.classes, batch=4)
    second = Examples(255 - pictures()) if kind.domains == 2 else None
    return train_in_folder(kind, examples, config, replace(QUICK, steps=steps), folder, second=second, **more)


@pytest.mark.parametrize("family", ADVERSARIAL)
def test_a_training_that_was_cut_off_reaches_the_same_bits(family, tmp_path) -> None:
    whole = in_folder(family, tmp_path / "whole", 5)

    def cut(done, *_):
        if done == 2:
            raise KeyboardInterrupt

    in_folder(family, tmp_path / "cut", 5, progress=cut)
    resumed = in_folder(family, tmp_path / "cut", 5)
    ours, theirs = resumed.network.state_dict(), whole.network.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    record = json.loads((tmp_path / "cut" / "health.json").read_text())
    assert set(record) == {"problems", "means", "episodes"}
    assert "generator/spread" in record["means"]


def test_a_conditional_gan_needs_labels() -> None:
    with pytest.raises(InvalidInput, match="cgan needs labels"):
        train_generator("cgan", pictures(), steps=1)


@pytest.mark.parametrize("family", ["cgan", "stylegan3"])
def test_classes_change_pictures_and_none_is_any(family) -> None:
    made = learn(family, labelled(pictures()), steps=2, seed=0)
    one, other = (made.sample(4, seed=0, labels=np.full(4, k)) for k in (0, 1))
    assert not np.array_equal(one, other)
    assert made.sample(4, seed=0).shape == one.shape


@pytest.mark.parametrize("condition", ["projection", "concatenation"])
def test_critics_hear_the_class(condition) -> None:
    critic = DCCritic(1, 16, width=8, classes=3, condition=condition).eval()
    x = torch.randn(4, 1, 16, 16)
    told = [critic(x, torch.full((4,), k)) for k in (-1, 0, 1)]
    assert not torch.equal(told[0], told[1])
    assert not torch.equal(told[1], told[2])
    assert torch.equal(told[0], critic(x))


def test_averaged_weights_get_statistics_of_their_own() -> None:
    torch.manual_seed(0)
    network = DCGenerator(8, 1, 16, width=4)
    noise = [torch.randn(64, 8) for _ in range(4)]
    with torch.no_grad():
        for layer in network.body:
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.running_var.fill_(100.0)
    measured_again(network, noise, network)
    network.eval()
    hidden = network.project(torch.cat(noise)).unflatten(1, network.start)
    first = network.body[0]
    torch.testing.assert_close(first.running_mean, hidden.mean((0, 2, 3)), atol=1e-5, rtol=1e-4)
    assert first.momentum == pytest.approx(0.1)


def test_start_grids_have_four_to_seven_pixels() -> None:
    assert [start_grid(n) for n in (8, 16, 24, 32, 40, 64)] == [
        (4, 1),
        (4, 2),
        (6, 2),
        (4, 3),
        (5, 3),
        (4, 4),
    ]


def test_the_bias_of_attention_is_one_for_each_relative_position() -> None:
    """A large bias for one offset, and nothing else to attend by: tokens move by this offset."""
    layer = PositionedAttention(8, 2, 5)
    down, across = 2, -1
    with torch.no_grad():
        layer.qkv.weight.copy_(torch.cat([torch.zeros(16, 8), torch.eye(8)]))
        layer.out.weight.copy_(torch.eye(8))
        layer.bias[(down + 4) * 9 + across + 4] = 100.0
        for linear in (layer.qkv, layer.out):
            linear.bias.zero_()
    x = torch.randn(1, 5, 5, 8, generator=generator(0))
    y = layer(x.flatten(1, 2)).unflatten(1, (5, 5))
    torch.testing.assert_close(y[:, 2:, :-1], x[:, :-2, 1:])
    torch.testing.assert_close(y[:, 0], x.mean((1, 2))[:, None].expand(1, 5, 8))  # none at this offset


def test_windows_are_attended_to_apart() -> None:
    torch.manual_seed(0)
    network = TransGenerator(8, 1, 64, widths=(8, 8), depths=(1, 1), heads=2)
    block = network.stages[1][0]
    assert (block.grid, block.window) == (64, 16)
    x = torch.randn(1, 64 * 64, 8)
    y = block(x)
    x2 = x.clone()
    x2[0, 0] += 1
    changed = (block(x2) - y)[0].abs().sum(dim=1).view(64, 64) > 1e-7
    assert changed[:16, :16].any()
    assert not changed[16:].any()
    assert not changed[:, 16:].any()


def test_two_domains_are_wanted_and_must_be_alike() -> None:
    with pytest.raises(InvalidInput, match="2 sets of images: give a second one"):
        train_generator("cyclegan", pictures(), steps=1)
    with pytest.raises(InvalidInput, match="leave out --data-b"):
        train_generator("dcgan", pictures(), second=pictures(), steps=1)
    kind = GENERATORS["cyclegan"]
    with pytest.raises(InvalidInput, match="domains differ: images of 16 px"):
        train_family(kind, pictures(), kind.configure(16), second=pictures(size=24), steps=1, seed=0)


def test_translation_goes_both_ways_and_keeps_its_shape() -> None:
    made = learn("cyclegan", pictures(), steps=1, seed=0)
    x = pictures(5)
    there, back = translated(made, x), translated(made, x, back=True)
    assert there.shape == back.shape == x.shape
    assert not np.array_equal(there, back)
    np.testing.assert_array_equal(translated(made, x[:2]), there[:2])
    with pytest.raises(InvalidInput, match="this model takes"):
        translated(made, pictures(size=24))
    with pytest.raises(InvalidInput, match="no images of images"):
        translated(learn("dcgan", pictures(), steps=1, seed=0), x)


def test_the_pool_gives_back_former_translations() -> None:
    config = configure(16, pool=4, batch=2)
    task = Cycle(CycleGAN(config), config, torch.zeros(1))
    first = torch.arange(4.0)[:, None, None, None].expand(4, 3, 16, 16)
    for k in range(2):
        random = generator(0, k)
        assert torch.equal(
            task._pooled(first[2 * k : 2 * k + 2], task.pool_b, random), first[2 * k : 2 * k + 2]
        )
        task.filled.add_(2)
    assert torch.equal(task.pool_b, first)
    fresh = torch.full((64, 3, 16, 16), 9.0)
    seen = task._pooled(fresh, task.pool_b, generator(1))[:, 0, 0, 0]
    assert {0.0, 1.0, 2.0, 3.0} <= set(seen.tolist())
    assert 20 < (seen == 9).sum() < 64


def test_losses_of_a_cycle_are_finite_and_have_gradients_where_they_should() -> None:
    config = configure(16, batch=2)
    task = Cycle(CycleGAN(config), config, torch.zeros(1)).train()
    batch = {name: torch.rand(2, 3, 16, 16) * 2 - 1 for name in ("image", "image_b")}
    for phase, learning in (("critic", task.critics), ("generator", task.network)):
        task.zero_grad()
        task.step(batch, Moment(0, 1, phase, generator(0)))["loss"].backward()
        for name, p in task.named_parameters():
            assert (p.grad is not None) == any(p is q for q in learning.parameters()), name
            assert p.grad is None or bool(p.grad.isfinite().all()), name
