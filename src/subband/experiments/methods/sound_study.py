"""Sound classification: a linear classifier on three feature sets and a small ConvNet, on held-out groups."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from subband.data.sounds import SoundSet
from subband.experiments.methods.classifiers import chosen, principal_axes, ridge
from subband.experiments.methods.convnet import fit_convnet
from subband.experiments.methods.sound_features import compressed, descriptions, log_mel
from subband.metrics import balanced_accuracy, bootstrap_interval

KEPT = 400  # principal axes
PENALTIES = tuple(10.0**-k for k in range(6))
NET_HOP = 0.020  # seconds
NET = "ConvNet on log-mel"
LOGARITHMIC = ("time scattering", "joint scattering")


@dataclass(frozen=True)
class Division:
    """One split into training and test sounds.

    Attributes:
        train: indices of training sounds.
        test: indices of test sounds.
        parts: (train,) cross-validation fold of each training sound.
    """

    train: np.ndarray
    test: np.ndarray
    parts: np.ndarray


def by_group(sounds: SoundSet) -> list[Division]:
    """Leave-one-group-out splits; the cross-validation folds are the other groups."""
    divisions = []
    for group in np.unique(sounds.groups):
        train = np.flatnonzero(sounds.groups != group)
        divisions.append(Division(train, np.flatnonzero(sounds.groups == group), sounds.groups[train]))
    return divisions


def by_take(sounds: SoundSet, most: int) -> list[Division]:
    """One split: takes below `most` are the test set; the others have five interleaved folds."""
    train = np.flatnonzero(sounds.takes >= most)
    return [Division(train, np.flatnonzero(sounds.takes < most), np.arange(len(train)) % 5)]


def describe(
    sounds: SoundSet, *, J: int, Q: int, J_fr: int, report: Callable[[str], None]
) -> dict[str, np.ndarray]:
    """All feature sets of the sounds, normalised to the same power: name → (N, rows, frames)."""
    x = leveled(sounds.x)
    features = {}
    for name, transform in descriptions(sounds.fs, x.shape[-1], J=J, Q=Q, J_fr=J_fr).items():
        report(name)
        features[name] = transform(x)
    return features


def leveled(x: np.ndarray) -> np.ndarray:
    """Sounds scaled to mean square 1; silence is unchanged."""
    power = np.mean(x**2, axis=-1, keepdims=True)
    return x / np.sqrt(np.where(power > 0, power, 1))


def linear(
    s: np.ndarray, labels: np.ndarray, division: Division, classes: int, *, logarithm: bool
) -> np.ndarray:
    """Predicted classes of the test sounds from one feature set.

    Features are scaled by their standard deviation over training sounds and projected onto `KEPT` principal
    axes; the penalty of the ridge regression is chosen by cross-validation.
    """
    if logarithm:
        s = compressed(s, s[division.train].mean(axis=(0, 2)))
    s = s.reshape(len(s), -1)
    train, test = s[division.train], s[division.test]
    scale = train.std(axis=0)
    scale[scale == 0] = 1
    axes = principal_axes(train / scale, KEPT)
    train, test, y = axes(train / scale), axes(test / scale), labels[division.train]
    best = PENALTIES[chosen(ridge, train, y, PENALTIES, classes=classes, parts=division.parts)]
    return ridge(train, y, (best,), classes=classes)(test)[0].argmax(axis=-1)


def study(
    sounds: SoundSet,
    described: Mapping[str, np.ndarray],
    divisions: Iterable[Division],
    *,
    steps: int,
    report: Callable[[str], None],
) -> dict[str, np.ndarray]:
    """Held-out predictions of each method: name → (N,) classes, −1 if never tested."""
    classes = len(sounds.classes)
    image = log_mel(leveled(sounds.x), sounds.fs, hop=NET_HOP).astype(np.float32)
    predicted = {name: np.full(len(sounds.labels), -1) for name in (*described, NET)}
    for fold, division in enumerate(divisions):
        for name, s in described.items():
            report(f"division {fold + 1}: {name}")
            predicted[name][division.test] = linear(
                s, sounds.labels, division, classes, logarithm=name in LOGARITHMIC
            )
        report(f"division {fold + 1}: {NET}")
        net = fit_convnet(
            image[division.train], sounds.labels[division.train], classes=classes, steps=steps, seed=fold
        )
        predicted[NET][division.test] = net(image[division.test])
    return predicted


def scores(
    sounds: SoundSet, predicted: Mapping[str, np.ndarray], title: str, *, clustered: bool
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """Class-wise average errors in percent with bootstrap intervals, and the standard deviation over groups.

    Args:
        sounds: The classified sounds.
        predicted: Predictions, see `study`.
        title: Prefix of the names.
        clustered: Whether intervals resample whole groups rather than single sounds.
    """
    ours: dict[str, float] = {}
    uncertainty: dict[str, tuple[float, float]] = {}
    for name, classes in predicted.items():
        tested = classes >= 0
        y, found, groups = sounds.labels[tested], classes[tested], sounds.groups[tested]
        key = f"{title}: {name}, class-wise error (%)"
        ours[key] = 100 * (1 - float(balanced_accuracy(y, found)))
        low, high = bootstrap_interval(
            balanced_accuracy, y, found, groups=groups if clustered else None, rng=np.random.default_rng(0)
        )
        uncertainty[key] = (100 * (1 - high), 100 * (1 - low))
        if clustered:
            each = [100 * np.mean(found[groups == g] != y[groups == g]) for g in np.unique(groups)]
            ours[f"{key}, std over groups"] = float(np.std(each, ddof=1))
    return ours, uncertainty
