"""Linear detectors on the same pictures, folds and views: what the network has to be better than."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from subband.experiments.packaged_detector.folds import LARGEST, Scores, view_of
from subband.forensics.estimators.base import batches
from subband.forensics.estimators.linear import Discriminant
from subband.forensics.features.statistics.registry import REPRESENTATIONS
from subband.forensics.training.material import Item, square
from subband.forensics.training.treated import TreatedBatches, TreatedRecipe, classes_of

EXAMPLES = 9_600
"""Treated crops of the training, of all folds."""

SHRINKAGE = 0.1
VIEW = "q75"


def linear_scores(items: Sequence[Item], whole: Sequence[Item], seed: int) -> Mapping[str, Scores]:
    """Out-of-fold scores of linear discriminant analysis of each representation, real against generated.

    Args:
        items: to be scored, with folds, by their central squares after JPEG q75.
        whole: to learn from, reconstructions among them.
        seed: of the treated crops.
    """
    names = list(REPRESENTATIONS)
    train = {name: [] for name in names}
    folds, labels = [], []
    for fold in sorted({item.fold for item in whole}):
        some = [item for item in whole if item.fold == fold]
        if all(item.generated for item in some):
            continue
        draw = TreatedBatches(some, classes_of(some), TreatedRecipe(), seed)
        crops, index = draw(range(EXAMPLES // 5))
        for name, z in represented(list(crops)).items():
            train[name].append(z)
        folds.append(np.full(len(index), fold))
        labels.append(index > 0)
    fold, label = np.concatenate(folds), np.concatenate(labels).astype(int)
    pictures = [
        view_of(square(item.pixels, LARGEST) if min(item.pixels.shape[:2]) > LARGEST else item.pixels, VIEW)
        for item in items
    ]
    test = represented(pictures)
    own = np.array([item.fold for item in items])
    found = {}
    for name in names:
        z = np.concatenate(train[name])
        logits = np.zeros((len(items), 1, 2))
        for held in np.unique(own):
            discriminant = Discriminant(2)
            discriminant.add(z[fold != held], label[fold != held])
            weights, offsets = discriminant.weights(SHRINKAGE)
            logits[own == held, 0] = test[name][own == held] @ weights + offsets
        found[name] = Scores(
            tuple(item.name for item in items),
            tuple(item.source for item in items),
            np.array([item.generated for item in items]),
            own,
            logits,
            np.zeros((len(items), 1, 0)),
        )
    return found


def represented(pictures: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
    """All representations of pictures, name → (N, d)."""
    rows: dict[str, dict[int, np.ndarray]] = {name: {} for name in REPRESENTATIONS}
    with torch.inference_mode():
        for index, x in batches(list(pictures)):
            for name, kind in REPRESENTATIONS.items():
                rows[name].update(zip(index.tolist(), kind(x).numpy(), strict=True))
    return {name: np.stack([found[k] for k in range(len(pictures))]) for name, found in rows.items()}
