"""The linear detector on statistics of packets and of the block DCT: trained in one pass, without steps."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from subband.data.chain import Chain
from subband.experiments.packaged_detector.folds import CLASSES
from subband.forensics.detectors.detector import Detector, config_of
from subband.forensics.estimators.linear import Discriminant
from subband.forensics.features.images import chunks
from subband.forensics.networks.measured import Measured
from subband.forensics.networks.registry import Shape, build
from subband.forensics.training.material import Item
from subband.forensics.training.treated import TreatedBatches, TreatedRecipe, classes_of
from subband.runs.files import write_bytes

KIND = "linear on statistics"
EXAMPLES = 1_200
"""Treated crops of a fold."""

SHRINKAGE = 0.1
SIZE = 128
"""Side of the squares that are judged. The statistics are means over positions, so crops of 96 train them."""


@dataclass(frozen=True, eq=False)
class Statistics:
    """Statistics of treated crops.

    Attributes:
        values: (n, d) float32.
        labels: (n,) names of classes.
    """

    values: np.ndarray
    labels: np.ndarray


def statistics_of(items: Sequence[Item], file: Path, seed: int, examples: int = EXAMPLES) -> Statistics:
    """Statistics of treated crops of the items of a fold, kept in `file`."""
    if file.is_file():
        with np.load(file, allow_pickle=False) as found:
            return Statistics(found["values"], found["labels"])
    classes = classes_of(items)
    crops, index = TreatedBatches(items, classes, TreatedRecipe(), seed)(range(examples))
    features = build(KIND, Shape(SIZE, len(classes)), seed=0).features
    with torch.inference_mode():
        values = np.concatenate([features(x).numpy() for x in chunks(crops, 32)])
    labels = np.array([classes[k] for k in index])
    content = io.BytesIO()
    np.savez_compressed(content, values=values, labels=labels)
    write_bytes(file, content.getvalue())
    return Statistics(values, labels)


def discriminant_detector(parts: Sequence[Statistics]) -> Detector:
    """The detector whose last layer is the linear discriminant of some folds, one logit for each class there."""
    labels = np.concatenate([part.labels for part in parts])
    classes = [name for name in CLASSES if name in set(labels.tolist())]
    discriminant = Discriminant(len(classes))
    for part in parts:
        discriminant.add(
            part.values.astype(np.float64), np.array([classes.index(name) for name in part.labels])
        )
    weights, offsets = discriminant.weights(SHRINKAGE)
    shape = Shape(SIZE, len(classes))
    classifier = build(KIND, shape, seed=0)
    last = [layer for layer in classifier.modules() if isinstance(layer, nn.Linear)][-1]
    with torch.no_grad():
        last.weight.copy_(torch.from_numpy(weights.T))
        last.bias.copy_(torch.from_numpy(offsets))
    return Detector(classifier, config_of(KIND, classes, Chain(SIZE), shape, 1.0, {}))


def measured_statistics(detector: Detector, values: np.ndarray, labels: Sequence[str]) -> Measured:
    """Statistics as measured pictures of one crop each; those of unknown classes are left out."""
    classes = detector.config.classes
    known = np.array([name in classes for name in labels])
    index = np.array([classes.index(name) for name in np.asarray(labels)[known].tolist()])
    last = [layer for layer in detector.classifier.modules() if isinstance(layer, nn.Linear)][-1]
    z = values[known].astype(np.float64)
    logits = z @ last.weight.detach().double().numpy().T + last.bias.detach().double().numpy()
    return Measured(logits, z.astype(np.float32), np.arange(len(z)), index)
