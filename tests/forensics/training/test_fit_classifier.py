import dataclasses

import numpy as np
import pytest
import torch
from planted import QUICK, planted, white

from subband.errors import BudgetError, CheckpointError, DataError, InvalidInput
from subband.forensics import DETECTORS, Examples, Recipe, collect, fit_classifier
from subband.forensics.networks.predict import logits_of, probabilities, probability_generated
from subband.forensics.training.fit import with_squares_of
from subband.forensics.training.labelled import class_names


@pytest.fixture(scope="module")
def parts():
    sources = planted()
    return collect(sources, "train"), collect(sources, "val")


@pytest.mark.parametrize("name", ["CNN on packets", "fused CNN on packets"])
def test_training_repeats_bit_for_bit(parts, name):
    recipe = dataclasses.replace(QUICK, steps=8)
    first, second, other = (fit_classifier(name, *parts, classes=2, recipe=recipe, seed=s) for s in (3, 3, 4))
    a, b, c = (logits_of(fitted.classifier, parts[1].pixels) for fitted in (first, second, other))
    np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(first.curve.accuracy, second.curve.accuracy)
    assert (a != c).any()


def test_global_random_state_is_left_alone(parts):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    fit_classifier("linear on packets", *parts, classes=2, recipe=dataclasses.replace(QUICK, steps=2), seed=1)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("name", DETECTORS)
def test_the_curve_runs_from_the_first_step_to_the_last(parts, name):
    told = []
    recipe = dataclasses.replace(QUICK, steps=10, points=4, parameters=8_000)
    fitted = fit_classifier(name, *parts, classes=2, recipe=recipe, seed=0, progress=told.append)
    assert fitted.curve.steps[0] == 1
    assert fitted.curve.steps[-1] == 10
    assert told == pytest.approx(np.arange(1, 11) / 10)
    assert ((fitted.curve.accuracy >= 0) & (fitted.curve.accuracy <= 1)).all()
    assert np.isfinite(fitted.curve.loss).all()
    assert not fitted.interrupted
    assert not fitted.classifier.training


def test_ctrl_c_ends_training(parts):
    def stop(fraction):
        if fraction > 0.25:
            raise KeyboardInterrupt

    fitted = fit_classifier("linear on packets", *parts, classes=2, recipe=QUICK, seed=0, progress=stop)
    assert fitted.interrupted


def test_an_interrupted_training_goes_on_to_the_same_weights_and_curve(parts, tmp_path):
    recipe = dataclasses.replace(QUICK, mixed=0.5, points=QUICK.steps)
    whole = fit_classifier("CNN on packets", *parts, classes=2, recipe=recipe, seed=1)
    cuts, state = iter((0.2, 0.5, 0.7)), tmp_path / "state.safetensors"
    until = next(cuts)

    def stop(fraction):
        nonlocal until
        if fraction >= until:
            until = next(cuts, 2.0)
            raise KeyboardInterrupt

    seconds = [0.0]
    while True:
        fitted = fit_classifier(
            "CNN on packets", *parts, classes=2, recipe=recipe, seed=1, progress=stop, state=state
        )
        seconds.append(fitted.seconds)
        if not fitted.interrupted:
            break
    assert len(seconds) == 5
    assert seconds == sorted(seconds)
    for name in ("steps", "accuracy", "loss"):
        np.testing.assert_array_equal(getattr(fitted.curve, name), getattr(whole.curve, name))
    np.testing.assert_array_equal(
        *(logits_of(found.classifier, parts[1].pixels) for found in (fitted, whole))
    )
    with pytest.raises(CheckpointError):
        fit_classifier("linear on packets", *parts, classes=2, recipe=recipe, seed=1, state=state)


def test_probabilities_are_a_softmax():
    logits = np.array([[1000.0, 0, 0], [0, 0, 0], [0, 2, 1]])
    p = probabilities(logits, 2.0)
    np.testing.assert_allclose(p, torch.softmax(torch.tensor(logits) / 2, 1), rtol=1e-12)
    np.testing.assert_allclose(probability_generated(logits, 2.0), 1 - p[:, 0])


def test_weights_balance_real_against_all_generated_and_these_among_each_other():
    labels = np.repeat([0, 1, 2], [10, 30, 5])
    weights = Examples(white(45, 0), labels, np.arange(45)).weights
    sums = np.bincount(labels, weights)
    assert weights.mean() == pytest.approx(1)
    assert sums[0] == pytest.approx(sums[1] + sums[2])
    assert sums[1] == pytest.approx(sums[2])


def test_recipes_that_cannot_be_followed():
    with pytest.raises(BudgetError, match="0 steps"):
        Recipe(steps=0)
    with pytest.raises(InvalidInput, match="batch=1"):
        Recipe(batch=1)


def test_a_mixed_training_learns_and_repeats(parts):
    recipe = dataclasses.replace(QUICK, mixed=0.5)
    first, second = (
        fit_classifier("CNN on packets", *parts, classes=2, recipe=recipe, seed=1) for _ in range(2)
    )
    np.testing.assert_array_equal(
        *(logits_of(fitted.classifier, parts[1].pixels) for fitted in (first, second))
    )
    assert first.curve.accuracy[-1] > 0.9


@pytest.mark.parametrize("seed", range(20))
def test_a_mixed_image_has_one_square_of_the_other_and_its_share(seed):
    x, others = torch.zeros(3, 1, 12, 12), torch.ones(3, 1, 12, 12)
    mixed, share = with_squares_of(x, others, torch.Generator().manual_seed(seed))
    assert mixed.mean().item() == pytest.approx(share)
    side = round(12 * share**0.5)
    rows, columns = (torch.unique(index) for index in mixed[0, 0].nonzero(as_tuple=True))
    assert len(rows) == len(columns) == side
    assert rows[0] % 2 == columns[0] % 2 == side % 2 == 0
    assert (mixed == mixed[:1]).all()
    assert not x.any()


def test_the_share_of_mixed_batches_is_a_share():
    with pytest.raises(InvalidInput, match=r"mixed=1\.5 is no share"):
        Recipe(mixed=1.5)


def test_images_of_different_sizes(parts):
    with pytest.raises(InvalidInput, match=r"\(16, 16\).*\(24, 24\)"):
        fit_classifier(
            "linear on pixels", parts[0], Examples(white(4, 0, 24), np.array([0, 0, 1, 1]), np.arange(4)),
            classes=2, recipe=QUICK, seed=0,
        )  # fmt: skip
    sources = planted(12) | {"big": planted(12, 24)["smooth"]}
    with pytest.raises(InvalidInput, match=r"different sizes.*big 24×24"):
        collect(sources, "train")


def test_sources_that_cannot_be_used():
    sources = planted(12)
    with pytest.raises(InvalidInput, match="need 'real'"):
        class_names({"smooth": sources["smooth"]})
    with pytest.raises(InvalidInput, match="at least one generated"):
        class_names({"real": sources["real"]})
    few = dataclasses.replace(sources["real"], val=sources["real"].val.subset([0]))
    with pytest.raises(DataError, match=r"'real' has 1 images for val.*add photographs"):
        collect(sources | {"real": few}, "val")
    images = sources["real"].train
    oblong = dataclasses.replace(images, pixels=images.pixels[:, :8])
    both = {name: dataclasses.replace(s, train=oblong) for name, s in sources.items()}
    with pytest.raises(InvalidInput, match="8×16: need squares"):
        collect(both, "train")
    with pytest.raises(InvalidInput, match="3 images need as many labels"):
        Examples(white(3, 0), np.zeros(2, int), np.zeros(3, int))


def test_classes_are_real_and_then_sorted():
    sources = planted(12)
    assert class_names({"z": sources["smooth"], "a": sources["smooth"], "real": sources["real"]}) == (
        "real", "a", "z",
    )  # fmt: skip
    train = collect(sources, "train")
    assert len(np.unique(train.scenes[train.labels == 0])) == (train.labels == 0).sum()
    assert not set(train.scenes[train.labels == 0]) & set(train.scenes[train.labels == 1])
