"""The vision transformer as a classifier: it learns, resumes, is saved, and says what it takes."""

import numpy as np
import pytest
import torch

from subband.errors import CheckpointError, InvalidInput
from subband.vision import VisionTransformerClassifier
from subband.vision.augment import mixed_up, moved

TINY = {"patch": 4, "width": 16, "depth": 1, "heads": 2, "batch": 32}


def bars(count: int, seed: int = 0, channels: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Noise with a bright bar that lies, stands, or is not there, anywhere."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, count)
    x = rng.integers(0, 100, (count, 16, 16)).astype(np.uint8)
    for image, kind, at in zip(x, y, rng.integers(2, 14, count), strict=True):
        if kind == 0:
            image[at, 2:14] = 255
        elif kind == 1:
            image[2:14, at] = 255
    return (np.repeat(x[..., None], channels, axis=3) if channels else x), np.array(["—", "|", "none"])[y]


@pytest.mark.parametrize(
    "form",
    [
        {"tokens": "pixels"},
        *(
            pytest.param(form, marks=pytest.mark.slow)
            for form in (
                {"tokens": "convolution", "registers": 2, "positions": "sinusoidal"},
                {"tokens": "packets", "level": 1, "pool": "mean"},
                {"tokens": "bands", "level": 1, "wavelet": "db2"},
            )
        ),
    ],
)
def test_learns_what_depends_on_shape_and_not_on_place(form) -> None:
    x, y = bars(1200)
    model = VisionTransformerClassifier(**(TINY | form), steps=400, rate=4e-3, shift=1).fit(x, y)
    new, wanted = bars(300, seed=1)
    assert model.score(new, wanted) > 0.95
    p = model.predict_proba(new)
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert model.classes_.tolist() == sorted({*y})
    assert (model.predict(new) == model.classes_[p.argmax(axis=1)]).all()


def test_has_the_interface_of_scikit_learn() -> None:
    from sklearn.base import clone, is_classifier
    from sklearn.exceptions import NotFittedError
    from sklearn.model_selection import cross_val_score
    from sklearn.utils.validation import check_is_fitted

    model = VisionTransformerClassifier(**TINY, steps=150, rate=4e-3)
    assert is_classifier(model)
    assert clone(model).get_params() == model.get_params()
    with pytest.raises(NotFittedError):
        check_is_fitted(model)
    assert cross_val_score(model, *bars(600), cv=2).min() > 0.5


def test_equal_seeds_give_equal_bits_and_colours_are_taken() -> None:
    x, y = bars(100, channels=3)
    first, second, other = (
        VisionTransformerClassifier(**TINY, steps=5, seed=seed, shift=1.5, rotate=5, zoom=0.1, mixup=0.2)
        .fit(x, y)
        .decision_function(x)
        for seed in (0, 0, 1)
    )
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_a_training_that_was_cut_off_goes_on_to_the_same_weights(tmp_path) -> None:
    x, y = bars(200)
    whole = VisionTransformerClassifier(**TINY, steps=12, mixup=0.2).fit(x, y)

    def stop(done: int, *_) -> None:
        if done == 5:
            raise KeyboardInterrupt

    part = VisionTransformerClassifier(**TINY, steps=12, mixup=0.2, folder=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        part.fit(x, y, progress=stop)
    seen: list[int] = []
    part.fit(x, y, progress=lambda done, *_: seen.append(done))
    assert seen[0] == 6
    assert np.array_equal(part.decision_function(x), whole.decision_function(x))
    with pytest.raises(CheckpointError, match="of another run"):
        part.set_params(rate=1e-3).fit(x, y)
    with pytest.raises(CheckpointError, match="data"):
        part.set_params(rate=2e-3).fit(x[::-1].copy(), y)


def test_minutes_become_steps() -> None:
    x, y = bars(64)
    model = VisionTransformerClassifier(**TINY, minutes=0.05).fit(x, y)
    assert model.history_.steps == model.history_.planned > 1


@pytest.mark.parametrize("labels", ["words", "numbers"])
def test_what_is_saved_comes_back(tmp_path, labels) -> None:
    x, y = bars(100)
    y = y if labels == "words" else np.searchsorted(np.unique(y), y) + 7
    model = VisionTransformerClassifier(**TINY, tokens="bands", registers=1, steps=4).fit(x, y)
    model.save(tmp_path)
    again = VisionTransformerClassifier.load(tmp_path)
    assert np.array_equal(again.decision_function(x), model.decision_function(x))
    assert (again.predict(x) == model.predict(x)).all()
    assert again.width == 16
    (tmp_path / "model.safetensors").write_bytes(b"no")
    with pytest.raises(CheckpointError):
        VisionTransformerClassifier.load(tmp_path)


def test_moves_are_those_that_are_asked_for() -> None:
    random = torch.Generator().manual_seed(0)
    yy, xx = torch.meshgrid(torch.arange(21.0), torch.arange(31.0), indexing="ij")
    blob = torch.exp(-((yy - 10) ** 2 + (xx - 15) ** 2) / 8)
    x = blob.expand(400, 1, 21, 31).clone()

    def centres(z):
        mass = z.sum(dim=(1, 2, 3))
        return torch.stack([(z[:, 0] * g).sum(dim=(1, 2)) / mass for g in (yy, xx)], dim=1)

    shifted = moved(x, random, shift=3)
    offsets = centres(shifted) - torch.tensor([10.0, 15.0])
    assert 2.7 < offsets.abs().amax() < 3.01
    assert offsets.std(dim=0).min() > 1.5  # uniform on [−3, 3] has 1.73
    zoomed = moved(x, random, zoom=0.3).sum(dim=(1, 2, 3)).log() - x[0].sum().log()
    assert 0.5 < zoomed.abs().amax() < 0.61  # areas change by e^±0.6
    bar = torch.zeros(200, 1, 21, 31)
    bar[:, :, 10, 8:23] = 1
    turned = moved(bar, random, rotate=20)
    left = (turned[:, 0] * yy * (xx < 15)).sum(dim=(1, 2)) / (turned[:, 0] * (xx < 15)).sum(dim=(1, 2))
    most = 4 * np.tan(np.radians(20))  # the left half's centre is 4 from the middle
    assert 0.85 * most < (left - 10).abs().amax() < 1.1 * most
    side = torch.zeros(400, 1, 8, 8)
    side[..., :4] = 1
    flipped = moved(side, random, flip=True)[:, 0, 0, 0] == 0
    assert 0.4 < flipped.float().mean() < 0.6
    assert moved(x, random) is x


def test_mixtures_are_of_two_and_so_are_their_targets() -> None:
    x = torch.eye(6).reshape(6, 1, 2, 3)
    mixed, targets = mixed_up(x, torch.eye(6), torch.Generator().manual_seed(3), 1.0)
    torch.testing.assert_close(mixed.flatten(1), targets)
    torch.testing.assert_close(targets.sum(dim=1), torch.ones(6))
    assert ((targets > 0).sum(dim=1) <= 2).all()
    assert mixed_up(x, targets, torch.Generator(), 0.0)[0] is x


@pytest.mark.parametrize(
    ("changed", "x", "y", "message"),
    [
        ({}, np.zeros((4, 16)), np.arange(4), r"\(N, H, W\)"),
        ({}, np.zeros((0, 16, 16)), np.arange(0), "images are"),
        ({}, np.full((4, 16, 16), np.nan), np.arange(4), "NaN"),
        ({}, np.zeros((4, 16, 16)), np.arange(3), "as many labels"),
        ({}, np.zeros((4, 16, 16)), np.zeros(4), "one class"),
        ({"patch": 5}, np.zeros((4, 16, 16)), np.arange(4), "patches of 5"),
        ({"steps": None}, np.zeros((4, 16, 16)), np.arange(4), "exactly one"),
        ({"minutes": 1.0}, np.zeros((4, 16, 16)), np.arange(4), "exactly one"),
        ({"precision": "int8"}, np.zeros((4, 16, 16)), np.arange(4), "float32, bfloat16"),
    ],
)
def test_says_what_it_takes(changed, x, y, message) -> None:
    with pytest.raises(InvalidInput, match=message):
        VisionTransformerClassifier(**({**TINY, "steps": 2} | changed)).fit(x, y)


def test_says_what_a_fitted_one_takes() -> None:
    with pytest.raises(InvalidInput, match="call fit"):
        VisionTransformerClassifier().predict(np.zeros((2, 16, 16)))
    with pytest.raises(InvalidInput, match="call fit"):
        VisionTransformerClassifier().save("nowhere")
    model = VisionTransformerClassifier(**TINY, steps=1).fit(*bars(40))
    with pytest.raises(InvalidInput, match="learnt from"):
        model.predict(np.zeros((2, 16, 20)))
