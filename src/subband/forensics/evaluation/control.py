"""Format-only control: a classifier on file metadata; accuracy above chance indicates data leakage."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from subband.data.decode import FileFacts
from subband.errors import InvalidInput
from subband.forensics.evaluation.scores import Score, interval_of
from subband.metrics import auroc, balanced_accuracy


@dataclass(frozen=True)
class ControlResult:
    """Real-versus-generated scores of the format-only classifier.

    Attributes:
        accuracy: balanced accuracy on test scenes.
        auroc: AUROC on test scenes.
        at_chance: whether the confidence interval of the AUROC contains 0.5; None without an interval (too few
            test scenes, or no resamples), so that the control decides nothing.
        columns: names of the features that vary in the training set; if there are none, the scores are 0.5.
    """

    accuracy: Score
    auroc: Score
    at_chance: bool | None
    columns: tuple[str, ...]


def format_features(
    facts: Sequence[FileFacts], *, size: bool = True, dimensions: bool = True
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Feature table of file metadata: bytes, width, height, one-hot container, 64 quantisation table entries.

    Args:
        facts: metadata of N files.
        size: whether "bytes" is a column. The length of a compressed file depends on the image content:
            detailed images are longer.
        dimensions: whether width and height are columns.

    Returns:
        (N, C) float64 features and the C column names.
    """
    containers = sorted({f.container for f in facts})
    rows = [
        (
            *([f.bytes] if size else []),
            *((f.width, f.height) if dimensions else ()),
            *(f.container == name for name in containers),
            *(f.quantisation or (0,) * 64),
        )
        for f in facts
    ]
    names = (
        *(["bytes"] if size else []),
        *(("width", "height") if dimensions else ()),
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
    dimensions: bool = True,
    resamples: int = 1000,
    rng: np.random.Generator,
) -> ControlResult:
    """Train gradient-boosted trees on file metadata of the training scenes and score them on the test scenes.

    Args:
        facts: metadata of N files.
        generated: (N,) labels, 0 for real, 1 for generated.
        scenes: (N,) scene of each file; bootstrap intervals resample scenes.
        train: (N,) bool mask of the training files; the others are test files.
        size: whether the file length is a feature, see `format_features`.
        dimensions: whether width and height are features; without both, only the compression is left.
        resamples: number of bootstrap resamples.
        rng: of the bootstrap and the trees.

    Returns:
        Scores; exactly 0.5 if no feature varies in the training set.

    Raises:
        InvalidInput: lengths differ, or a class is missing from the training or the test files.

    Example:
        >>> import numpy as np
        >>> from subband.data import FileFacts
        >>> from subband.forensics import format_control
        >>> generated, train = np.arange(80) % 2, np.arange(80) < 40
        >>> facts = [FileFacts(5000, 64, 64, "PNG" if made else "JPEG", None) for made in generated]
        >>> found = format_control(facts, generated, np.arange(80), train, rng=np.random.default_rng(0))
        >>> found.auroc.mean, found.columns  # the container alone tells the classes apart
        (1.0, ('container JPEG', 'container PNG'))
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
    table, names = format_features(facts, size=size, dimensions=dimensions)
    varies = np.ptp(table[train], axis=0) > 0
    columns = tuple(name for name, keep in zip(names, varies, strict=True) if keep)
    if not columns:
        half = Score(0.5, 0.0, (0.5,), (0.5, 0.5))
        return ControlResult(half, half, True, ())
    from sklearn.ensemble import HistGradientBoostingClassifier  # takes most of a second

    trees = HistGradientBoostingClassifier(
        max_iter=40, min_samples_leaf=5, class_weight="balanced", random_state=int(rng.integers(2**31))
    )
    trees.fit(table[train][:, varies], generated[train])
    scores = trees.predict_proba(table[~train][:, varies])[:, 1]
    labels, groups, called = generated[~train], scenes[~train], (scores >= 0.5).astype(np.int64)
    # Not widened for few photographs: "at chance" is the favourable answer, which a wide interval would give.
    common = {"groups": groups, "resamples": resamples, "rng": rng, "photographs": math.inf}
    area = interval_of(auroc, labels, scores, **common)
    right = interval_of(balanced_accuracy, labels, called, **common)
    at_chance = None if area.interval is None else area.interval[0] <= 0.5 <= area.interval[1]
    return ControlResult(right, area, at_chance, columns)
