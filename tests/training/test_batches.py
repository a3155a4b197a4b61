"""Batches and seeds: every example once an epoch, any step without the steps before it."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from subband.errors import InvalidInput
from subband.training import generator, initialised, normal_like, shuffled


@given(st.integers(1, 30), st.integers(1, 40), st.integers(0, 5))
def test_each_epoch_has_every_example_once(total, size, seed):
    draw = shuffled(torch.arange(total), size, seed=seed)
    seen = torch.cat([draw(k) for k in range(-(-2 * total // size))])
    for epoch in range(2):
        assert sorted(seen[epoch * total : (epoch + 1) * total].tolist()) == list(range(total))


def test_a_batch_depends_on_its_step_alone():
    images = torch.arange(70).reshape(7, 1, 2, 5)
    through = shuffled(images, 3, seed=4, flip=True)
    kept = [through(k) for k in range(9)]
    assert torch.equal(shuffled(images, 3, seed=4, flip=True)(8), kept[8])
    assert not torch.equal(shuffled(images, 3, seed=5, flip=True)(8), kept[8])
    assert torch.equal(through(0), kept[0])


def test_flips_are_mirror_images_half_of_the_time_and_leave_the_examples_alone():
    images = torch.arange(5, dtype=torch.uint8).expand(400, 1, 1, 5).clone()
    drawn = shuffled(images, 400, seed=0, flip=True)(0)
    mirrored = drawn[..., 0] == 4
    assert torch.equal(drawn[mirrored.flatten()][0], images[0].flip(-1))
    assert 160 < mirrored.sum() < 240
    assert torch.equal(images[:, 0, 0, 0], torch.zeros(400, dtype=torch.uint8))


@pytest.mark.parametrize(("total", "size"), [(0, 1), (3, 0)])
def test_refuses_nothing(total, size):
    with pytest.raises(InvalidInput, match="1 or more"):
        shuffled(torch.zeros(total, 2), size, seed=0)


def test_places_have_streams_of_their_own():
    places = [(0,), (1,), (0, 0), (1, 0), (0, 1), (0, 0, 0), (0, 1, 2)]
    streams = {place: torch.rand(4, generator=generator(*place)) for place in places}
    values = list(streams.values())
    assert all(not torch.equal(a, b) for i, a in enumerate(values) for b in values[:i])
    assert torch.equal(torch.rand(4, generator=generator(0, 1)), streams[0, 1])


@pytest.mark.parametrize("place", [(-1,), (0, -2)])
def test_seeds_are_not_negative(place):
    with pytest.raises(InvalidInput, match="0 or more"):
        generator(*place)


def test_noise_has_the_shape_and_type_asked_for():
    x = torch.zeros(2, 3, dtype=torch.float64)
    noise = normal_like(x, generator(0))
    assert (noise.shape, noise.dtype) == (x.shape, x.dtype)


def test_initialisation_is_seeded_and_leaves_the_global_stream():
    torch.manual_seed(3)
    before = torch.get_rng_state()
    weights = []
    for seed in (0, 0, 1):
        with initialised(seed):
            weights.append(torch.nn.Linear(3, 3).weight)
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
