"""Classes from data to samples, and what an evaluation says of generators whose quality is known."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import nn

from subband.data import Examples
from subband.errors import DataError, InvalidInput
from subband.generate import (
    GeneratorFamily,
    ImageNetwork,
    TrainedGenerator,
    as_examples,
    evaluate,
    load_judge,
    train_family,
    train_judge,
)
from subband.generate.family import Rate
from subband.generate.trained import changed
from subband.training import Trainable, from_data, sampling

SIZE = 8


@dataclass(frozen=True)
class MeansConfig:
    """Settings of a toy.

    Attributes:
        size, channels, classes: of its images.
        batch: images per step.
        average: of the weights.
        noise: of the images drawn.
    """

    size: int = from_data()
    channels: int = from_data(3)
    classes: tuple[str, ...] = from_data(())
    batch: int = 8
    average: float = 0.1
    noise: float = sampling(0.0)


class Means(ImageNetwork):
    """One picture for each class, and a last one for any."""

    def __init__(self, config):
        super().__init__()
        shape = (len(config.classes) + 1, config.channels, config.size, config.size)
        self.means = nn.Parameter(torch.zeros(shape))

    def draw(self, count, random, condition, config):
        label = condition["label"] if condition else torch.full((count,), -1)
        return self.means[label] + config.noise * torch.randn(
            count, config.channels, SIZE, SIZE, generator=random
        )


class Fitting(Trainable):
    """Squared error; each image teaches its class and the picture for any."""

    def __init__(self, network, config, images):
        super().__init__()
        self.network = network

    def optimizers(self):
        return {"main": torch.optim.Adam(self.parameters(), 0.1)}

    def step(self, batch, k):
        means, image = self.network.means, batch["image"]
        loss = (means[-1] - image).square().mean()
        if "label" in batch:
            loss = loss + (means[batch["label"]] - image).square().mean()
        return {"loss": loss}


def configure(size, *, channels=3, classes=(), **chosen):
    return MeansConfig(size, channels, classes, **chosen)


FAMILY = GeneratorFamily(
    "means",
    MeansConfig,
    configure,
    Means,
    Fitting,
    channels=(1, 3),
    conditional=True,
    rates={32: Rate(100, 100)},
)


def stripes(count=400, seed=0):
    """Three classes of grey stripes in noise: lying, standing, slanted."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, count)
    y, x = np.mgrid[:SIZE, :SIZE]
    waves = np.stack([np.cos(np.pi * phase / 2) for phase in (y, x, x + y)])
    images = 128 + 60 * waves[labels] + random.normal(0, 25, (count, SIZE, SIZE))
    return Examples(images.clip(0, 255).astype(np.uint8)[..., None], labels, ("lying", "standing", "slanted"))


@pytest.fixture(scope="module")
def generator():
    data = stripes()
    config = configure(SIZE, channels=1, classes=data.classes)
    return train_family(FAMILY, data, config, steps=60, seed=0, flip=False)


@pytest.fixture(scope="module")
def judge():
    return train_judge(stripes(600, seed=1), steps=60)


def test_labels_are_learnt_and_asked_for(generator):
    data = stripes()
    drawn = generator.sample(4, seed=0, labels=np.array([0, 1, 2, -1]))
    assert drawn.shape == (4, SIZE, SIZE, 1)
    for k in range(3):
        mean = data.pixels[data.labels == k].mean(axis=0)
        assert np.abs(drawn[k] - mean).mean() < 25
        assert np.abs(drawn[(k + 1) % 3] - mean).mean() > 40
    np.testing.assert_array_equal(generator.sample(1, seed=0)[0], drawn[3])


def test_settings_of_the_sampler_can_be_changed_and_no_others(generator):
    assert generator.sample(50, seed=0, noise=0.5).std(axis=0).mean() > 20
    assert generator.sample(50, seed=0).std(axis=0).max() == 0
    with pytest.raises(InvalidInput, match="batch: it was fixed by the training; free are noise"):
        changed(generator.config, {"batch": 2})
    with pytest.raises(InvalidInput, match="colour: it is no setting"):
        generator.sample(1, seed=0, colour=1)


@pytest.mark.parametrize("labels", [[0, 1], [0, 1, 3], [0, 1, -2], [[0, 1, 2]]])
def test_labels_that_make_no_sense(generator, labels):
    with pytest.raises(InvalidInput, match="give 3 numbers, each from 0 to 2"):
        generator.sample(3, seed=0, labels=np.array(labels))
    unconditional = train_family(FAMILY, stripes().pixels, configure(SIZE, channels=1), steps=1, seed=0)
    with pytest.raises(InvalidInput, match="without labels"):
        unconditional.sample(1, seed=0, labels=np.array([0]))


def test_families_get_what_they_can_use():
    data = stripes()
    plain = replace(FAMILY, conditional=False, channels=(3,))
    assert as_examples(data, FAMILY) is data
    given = as_examples(data, plain)
    assert (given.labels, given.classes, given.channels) == (None, (), 3)
    np.testing.assert_array_equal(given.pixels[..., 2], data.pixels[..., 0])
    with pytest.raises(InvalidInput, match="1 channels and 0 classes on images of 1 channels and 3 classes"):
        train_family(FAMILY, data, configure(SIZE, channels=1), steps=1, seed=0)


class Memory(Means):
    """Draws real images of the class it is asked for, or of the next class."""

    def __init__(self, data, turn):
        nn.Module.__init__(self)
        self.data, self.turn = data, turn

    def draw(self, count, random, condition, config):
        wanted = (condition["label"].numpy() + self.turn) % 3
        chosen = [int(torch.randint(0, 10**6, (), generator=random)) for _ in wanted]
        places = [np.flatnonzero(self.data.labels == w) for w in wanted]
        pixels = np.stack([self.data.pixels[p[c % len(p)]] for p, c in zip(places, chosen, strict=True)])
        return torch.from_numpy(pixels).permute(0, 3, 1, 2) / 127.5 - 1


def test_an_evaluation_knows_perfect_obedient_and_blurred_generators(generator, judge):
    real = stripes(600, seed=2)
    config = generator.config
    numbers = {
        name: evaluate(made, real, judge, count=200).numbers
        for name, made in {
            "perfect": TrainedGenerator("means", config, Memory(stripes(600, seed=3), 0)),
            "disobedient": TrainedGenerator("means", config, Memory(stripes(600, seed=3), 1)),
            "blurred": generator,
        }.items()
    }
    assert numbers["perfect"]["judge_accuracy"] > 0.95
    assert numbers["perfect"]["accuracy"] > 0.95 > 0.05 > numbers["disobedient"]["accuracy"]
    for kind in ("perfect", "disobedient"):
        assert numbers[kind]["kid"] < 0.05 * numbers["blurred"]["kid"]
        assert numbers[kind]["frechet"] == pytest.approx(0, abs=2 * numbers[kind]["floor_frechet"])
    assert numbers["blurred"]["recall"] < 0.1
    assert numbers["blurred"]["accuracy"] == 1


def test_judges_come_back_and_learn_turns_where_there_are_no_classes(judge, tmp_path):
    judge.save(tmp_path)
    data = stripes(20)
    for ours, theirs in zip(load_judge(tmp_path).look(data.pixels), judge.look(data.pixels), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    ramp = np.linspace(0, 200, SIZE)[:, None] + np.random.default_rng(0).integers(0, 50, (300, SIZE, SIZE))
    turned = train_judge(Examples(ramp.astype(np.uint8)[..., None]), steps=40)
    assert turned.config.task == "turns"
    assert turned.accuracy(Examples(ramp.astype(np.uint8)[:50, ..., None])) > 0.95


def test_features_have_mean_0_and_variance_1_over_what_was_learnt(judge):
    features, probabilities = judge.look(stripes(600, seed=1).pixels)
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(features.std(axis=0), 1, atol=1e-2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


def test_evaluations_that_make_no_sense(generator, judge):
    with pytest.raises(DataError, match="99 real images"):
        evaluate(generator, stripes(99), judge)
    with pytest.raises(InvalidInput, match="50 are the least"):
        evaluate(generator, stripes(200), judge, count=10)
    with pytest.raises(InvalidInput, match=r"uint8 \(N, 8, 8, 1\)"):
        judge.look(np.zeros((2, 8, 8, 3), np.uint8))
