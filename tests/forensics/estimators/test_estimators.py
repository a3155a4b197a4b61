"""Estimators: scikit-learn's interface, its discriminant analysis as oracle, chunks against all at once."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone, is_classifier
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.model_selection import cross_val_score

from subband.data.augment import Augmentation
from subband.errors import InvalidInput
from subband.forensics.estimators import LinearDetector, NetworkDetector
from subband.forensics.features.statistics import REPRESENTATIONS


def pictures(n: int, size: int = 64, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """White noise is "real", noise of doubled pixels "generated", noise of doubled rows "other"."""
    noise = np.random.default_rng(seed).integers(0, 256, (3 * n, size, size, 3), dtype=np.uint8)
    noise[n : 2 * n] = np.repeat(np.repeat(noise[n : 2 * n, ::2, ::2], 2, 1), 2, 2)
    noise[2 * n :] = np.repeat(noise[2 * n :, ::2], 2, 1)
    order = np.random.default_rng(seed + 1).permutation(3 * n)
    return noise[order], np.repeat(["real", "generated", "other"], n)[order]


@pytest.mark.parametrize("name", REPRESENTATIONS)
def test_every_representation_tells_noise_apart(name: str) -> None:
    (X, y), (more, labels) = pictures(20), pictures(10, seed=5)
    detector = LinearDetector(name).fit(X, y)
    assert detector.score(more, labels) > 0.9
    np.testing.assert_allclose(detector.predict_proba(more).sum(1), 1)
    assert detector.classes_.tolist() == ["generated", "other", "real"]


@pytest.mark.parametrize("cuts", [(1,), (30,), (5, 17, 40)])
def test_chunks_of_any_size_and_order_give_what_all_images_give(cuts: tuple[int, ...]) -> None:
    X, y = pictures(15)
    whole = LinearDetector(["neighbours", "radial spectrum"]).fit(X, y)
    parts = LinearDetector(["neighbours", "radial spectrum"])
    for chunk in reversed(np.split(np.arange(len(X)), cuts)):
        parts.partial_fit(X[chunk], y[chunk], classes=["real", "generated", "other"])
    np.testing.assert_allclose(parts.decision_function(X), whole.decision_function(X), rtol=1e-7, atol=1e-6)


def test_logits_are_those_of_scikit_learn() -> None:
    X, y = pictures(40)
    detector = LinearDetector("radial spectrum", shrinkage=0.3).fit(X, y)
    z = detector.transform(X)
    within = np.sqrt(sum(((z[y == k] - z[y == k].mean(0)) ** 2).sum(0) for k in detector.classes_) / len(z))
    peer = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.3, priors=[1 / 3] * 3).fit(z / within, y)
    expected = z / within @ peer.coef_.T + peer.intercept_
    found = detector.decision_function(X)
    np.testing.assert_allclose(found - found[:, :1], expected - expected[:, :1], rtol=1e-4, atol=1e-4)


def test_pictures_of_different_sizes_go_together() -> None:
    X, y = pictures(10)
    mixed = [x[: 40 + k % 20] for k, x in enumerate(X)]
    detector = LinearDetector("neighbours").fit(mixed, y)
    alone = np.concatenate([detector.decision_function([x]) for x in mixed])
    np.testing.assert_allclose(detector.decision_function(mixed), alone, atol=1e-8)


def test_a_feature_that_never_changes_has_no_weight() -> None:
    X, y = pictures(10)
    X = X.copy()
    X[..., 1:] = X[..., :1]  # grey: no colour differences
    detector = LinearDetector("DCT").fit(X, y)
    assert np.isfinite(detector.decision_function(X)).all()
    assert detector.score(X, y) == 1


def test_scikit_learn_takes_them() -> None:
    X, y = pictures(12)
    detector = LinearDetector("neighbours", shrinkage=0.5)
    copy = clone(detector)
    assert (
        copy.get_params()
        == detector.get_params()
        == {"features": "neighbours", "options": None, "shrinkage": 0.5}
    )
    assert is_classifier(detector)
    assert cross_val_score(detector, X, y, cv=3).min() > 0.9
    assert detector.set_params(shrinkage=0.2).shrinkage == 0.2
    assert "shrinkage=0.2" in repr(detector)


def test_calibration_lowers_the_loss_and_keeps_the_order() -> None:
    (X, y), (other, labels) = pictures(30), pictures(30, seed=9)
    noisy = np.where(np.random.default_rng(0).random(len(labels)) < 0.1, "real", labels)
    detector = LinearDetector("radial spectrum").fit(X, y)

    def loss() -> float:
        index = np.searchsorted(detector.classes_, noisy)
        return -np.log(np.maximum(detector.predict_proba(other)[np.arange(len(noisy)), index], 1e-300)).mean()

    before, said = loss(), detector.predict(other)
    detector.calibrate(other, noisy)
    assert loss() < before
    assert (detector.predict(other) == said).all()


@pytest.mark.slow
def test_a_network_learns_and_grows_with_its_images() -> None:
    (X, y), (other, labels) = pictures(16), pictures(8, seed=3)
    sizes = []
    for images in (1_000, 5_000):
        detector = NetworkDetector(size=32, passes=16, batch=16, rate=4e-3, images=images).fit(X, y)
        sizes.append(sum(p.numel() for p in detector.classifier_.parameters()))
        assert detector.score(other, labels) > 0.9
        assert np.mean(detector.losses_[-3:]) < np.mean(detector.losses_[:3])
    assert sizes[1] > 2 * sizes[0]


def test_a_network_goes_on_with_the_next_chunk() -> None:
    X, y = pictures(12)
    detector = NetworkDetector(kind="linear on packets", size=16, passes=1, batch=8, level=2)
    detector.partial_fit(X[:18], y[:18], classes=["real", "generated", "other"])
    first = len(detector.losses_)
    before = detector.decision_function(X[:2])
    detector.partial_fit(X[18:], y[18:])
    assert len(detector.losses_) == 2 * first
    assert not np.allclose(detector.decision_function(X[:2]), before)


def test_equal_seeds_give_equal_networks() -> None:
    X, y = pictures(8)
    one, other = (
        NetworkDetector(size=16, kind="linear on pixels", passes=1, batch=8).fit(X, y) for _ in range(2)
    )
    np.testing.assert_array_equal(one.decision_function(X), other.decision_function(X))


def test_what_can_not_be_learnt_is_refused() -> None:
    X, y = pictures(4)
    with pytest.raises(InvalidInput, match="not fitted"):
        LinearDetector().predict(X)
    with pytest.raises(InvalidInput, match="two or more classes"):
        LinearDetector().fit(X, ["real"] * len(X))
    with pytest.raises(InvalidInput, match="need as many labels"):
        LinearDetector().fit(X[:5], y)
    with pytest.raises(InvalidInput, match="no representation 'pixels'"):
        LinearDetector("pixels").fit(X, y)
    with pytest.raises(InvalidInput, match="the classes were"):
        LinearDetector("neighbours").fit(X, y).partial_fit(X, y, classes=["a", "b"])
    with pytest.raises(InvalidInput, match="no images of"):
        LinearDetector("neighbours").partial_fit(
            X[y == "real"], y[y == "real"], classes=["real", "x"]
        ).predict(X)
    with pytest.raises(InvalidInput, match="smaller than 96"):
        NetworkDetector().fit(X, y)
    with pytest.raises(InvalidInput, match="squares of 96"):
        NetworkDetector(size=32, augmentation=Augmentation()).fit(X, y)


def test_no_inference_needs_scikit_learn() -> None:
    code = """
import sys, numpy as np
from subband.forensics.estimators import LinearDetector
X = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3), dtype=np.uint8)
LinearDetector("packets").fit(X, [0, 1] * 4).predict_proba(X)
print(*sorted({name.split(".")[0] for name in sys.modules} & {"sklearn", "pandas", "accelerate", "matplotlib"}))
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == ""
