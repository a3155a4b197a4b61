"""Across generators: a planted fingerprint is learnt, and only its own generator's."""

import numpy as np
import pytest

from subband.data.chain import Chain
from subband.data.imageset import from_arrays, split
from subband.errors import InvalidInput
from subband.forensics import Recipe
from subband.forensics.evaluation import ALL, OTHERS, cross_generators, trainer

QUICK = Recipe(steps=60, batch=32, points=5, parameters=4_000)


def white(n, seed, size=16):
    return np.random.default_rng(seed).integers(0, 256, (n, size, size, 3), dtype=np.uint8)


def smooth(n, seed):
    """White noise averaged over 2×2 pixels, brought back to its contrast."""
    noise = white(n, seed) - 127.5
    total = sum(np.roll(noise, (i, j), (1, 2)) for i in range(2) for j in range(2))
    return np.clip(np.round(total / 2 + 127.5), 0, 255).astype(np.uint8)


def source(name, pixels):
    images = from_arrays(name, pixels, Chain(pixels.shape[1]))
    return split(images, (0.5, 0.25, 0.25), rng=np.random.default_rng(0))


def recogniser(fingerprints):
    """Training without learning: knows the fingerprints of the sources that it was given."""
    seen = []

    def train(sources, progress):
        seen.append(tuple(sorted(sources)))
        known = [fingerprints[name] for name in sources if name != "real"]
        progress(1.0)
        return lambda pixels: np.array(
            [1.0 if any((image[0, 0] == mark).all() for mark in known) else -1.0 for image in pixels]
        )

    return train, seen


def marked(name, mark, seed):
    pixels = white(60, seed)
    if mark is not None:
        pixels[:, 0, 0] = mark
    return source(name, pixels)


@pytest.fixture(scope="module")
def three():
    marks = {"a": (1, 2, 3), "b": (4, 5, 6), "c": (7, 8, 9)}
    return marks, {"real": marked("real", None, 0)} | {
        name: marked(name, mark, k) for k, (name, mark) in enumerate(marks.items(), start=1)
    }


def test_the_table_is_what_a_detector_of_fingerprints_would_give(three):
    marks, sources = three
    train, seen = recogniser(marks)
    told = []
    found = cross_generators(
        sources, train, detector="marks", resamples=50, progress=lambda what, share: told.append(share)
    )
    assert list(found.rows) == ["a", "b", "c", ALL, OTHERS]
    for trained in marks:
        for tested in marks:
            expected = 1.0 if trained == tested else 0.5
            assert found.rows[trained][tested]["auroc"].mean == expected
    assert all(cell["balanced_accuracy"].mean == 1 for cell in found.rows[ALL].values())
    assert found.unseen == {"a": 0.5, "b": 0.5, "c": 0.5}
    assert seen[-1] == ("a", "b", "real")  # tested on c
    assert len(seen) == 3 + 1 + 3
    assert told == sorted(told)
    assert told[-1] == 1


def test_one_generator_has_no_row_of_others(three):
    marks, sources = three
    train, _ = recogniser(marks)
    found = cross_generators({k: sources[k] for k in ("real", "a")}, train, detector="x", resamples=0)
    assert list(found.rows) == ["a"]
    assert found.unseen == {}


def test_a_real_training():
    sources = {"real": source("real", white(160, 0)), "smooth": source("smooth", smooth(160, 1))}
    found = cross_generators(
        sources, trainer("linear on packets", QUICK), detector="linear on packets", resamples=50
    )
    cell = found.rows["smooth"]["smooth"]
    assert cell["auroc"].mean > 0.9
    assert cell["auroc"].interval[0] <= cell["auroc"].mean
    with pytest.raises(InvalidInput, match="unknown detector"):
        trainer("CNN on sounds", QUICK)
