"""The format-only control: a classifier that sees no picture. Where it beats chance, the data leak."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from subband.data.decode import FileFacts
from subband.errors import InvalidInput
from subband.forensics.scores import Score, interval_of
from subband.metrics import auroc, balanced_accuracy


@dataclass(frozen=True)
class ControlResult:
    """What file facts alone tell of real and generated.

    Attributes:
        accuracy: balanced accuracy on test scenes.
        auroc: on test scenes.
        at_chance: whether the interval of AUROC holds 0.5.
        columns: names of the facts that vary in the training set; without any, the scores are 0.5.
    """

    accuracy: Score
    auroc: Score
    at_chance: bool
    columns: tuple[str, ...]


def format_features(facts: Sequence[FileFacts], *, size: bool = True) -> tuple[np.ndarray, tuple[str, ...]]:
    """Table of file facts: bytes, width, height, one column per container, 64 of the quantisation table.

    Args:
        facts: N of them.
        size: whether "bytes" is a column. In lossy or compressed files it tells of the picture: a busy one
        is longer.

    Returns:
        (N, C) float64 and the C names.
    """
    containers = sorted({f.container for f in facts})
    rows = [
        (
            *([f.bytes] if size else []),
            f.width,
            f.height,
            *(f.container == name for name in containers),
            *(f.quantisation or (0,) * 64),
        )
        for f in facts
    ]
    names = (
        *(["bytes"] if size else []),
        *("width", "height"),
        *(f"container {name}" for name in containers),
        *(f"quantisation {k // 8},{k % 8}" for k in range(64)),
    )
    return np.asarray(rows, dtype=np.float64), names


def format_control(
    facts: Sequence[FileFacts],
    generated: np.ndarray,
    scenes: np.ndarray,
    train: np.ndarray,
    *,
    size: bool = True,
    resamples: int = 1000,
    rng: np.random.Generator,
) -> ControlResult:
    """Train gradient-boosted trees on file facts of the training scenes and judge the others.

    Args:
        facts: N facts.
        generated: (N,) 0 for real, 1 for generated.
        scenes: (N,) scene of each; intervals resample scenes.
        train: (N,) bool, which are for training; the others are for the test.
        size: whether the length of the file is among the facts, see `format_features`.
        resamples: of the bootstrap.
        rng: of the bootstrap and the trees.

    Returns:
        Scores; where nothing varies in the training set, 0.5 exactly.

    Raises:
        InvalidInput: lengths differ, or one class is missing on either side.
    """
    generated, scenes, train = np.asarray(generated), np.asarray(scenes), np.asarray(train, dtype=bool)
    if len({len(facts), len(generated), len(scenes), len(train)}) > 1:
        raise InvalidInput(
            f"{len(facts)} facts need as many labels, scenes and places, "
            f"not {len(generated)}, {len(scenes)}, {len(train)}"
        )
    for side, name in ((train, "training"), (~train, "test")):
        if len(np.unique(generated[side])) < 2:
            raise InvalidInput(f"the control needs real and generated files for {name}; one class is missing")
    table, names = format_features(facts, size=size)
    varies = np.ptp(table[train], axis=0) > 0
    columns = tuple(name for name, keep in zip(names, varies, strict=True) if keep)
    if not columns:
        half = Score(0.5, 0.0, (0.5,), (0.5, 0.5))
        return ControlResult(half, half, True, ())
    trees = HistGradientBoostingClassifier(
        max_iter=40, min_samples_leaf=5, class_weight="balanced", random_state=int(rng.integers(2**31))
    )
    trees.fit(table[train][:, varies], generated[train])
    scores = trees.predict_proba(table[~train][:, varies])[:, 1]
    labels, groups, called = generated[~train], scenes[~train], (scores >= 0.5).astype(np.int64)
    area = interval_of(auroc, labels, scores, groups=groups, resamples=resamples, rng=rng)
    right = interval_of(balanced_accuracy, labels, called, groups=groups, resamples=resamples, rng=rng)
    assert area.interval is not None
    return ControlResult(right, area, area.interval[0] <= 0.5 <= area.interval[1], columns)
