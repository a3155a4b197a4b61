"""What a classifier says of crops: logits, and the features below its last layer."""

from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import nn

from subband.errors import InvalidInput
from subband.forensics.features.images import chunks
from subband.forensics.networks.registry import Classifier


@dataclass(frozen=True, eq=False)
class Measured:
    """Logits and features of the m crops of n pictures.

    Attributes:
        logits: (m, C) float64.
        features: (m, D) float32.
        picture: (m,) index of each crop's picture, 0 … n − 1.
        labels: (n,) class of each picture.
    """

    logits: np.ndarray
    features: np.ndarray
    picture: np.ndarray
    labels: np.ndarray

    @property
    def crop_labels(self) -> np.ndarray:
        """(m,) class of each crop."""
        return self.labels[self.picture]

    def part(self, chosen: np.ndarray) -> "Measured":
        """Some of the pictures, by a boolean mask (n,)."""
        crops = chosen[self.picture]
        number = np.cumsum(chosen) - 1
        return Measured(
            self.logits[crops], self.features[crops], number[self.picture[crops]], self.labels[chosen]
        )

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Mean over the crops of each picture: (m, ...) → (n, ...)."""
        count = np.bincount(self.picture, minlength=len(self.labels)).astype(np.float64)
        total = np.zeros((len(self.labels), *values.shape[1:]))
        np.add.at(total, self.picture, values)
        return total / count.reshape(-1, *[1] * (values.ndim - 1))


@runtime_checkable
class Cuts(Protocol):
    """Anything that cuts pictures into crops and measures these: a `Detector`."""

    def measure(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(m, S, S, 3) uint8 → logits (m, C) and features (m, D)."""
        ...

    def crops(self, pixels: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8 → crops (m, S, S, 3) uint8."""
        ...


def measured_pictures(detector: Cuts, pictures: Iterable[tuple[np.ndarray, int]]) -> Measured:
    """Measure pictures of any size, each with its class; only logits and features stay in memory.

    Raises:
        InvalidInput: no pictures, or one smaller than a crop.
    """
    logits, features, counts, labels = [], [], [], []
    for pixels, label in pictures:
        z, f = detector.measure(detector.crops(pixels))
        logits.append(z)
        features.append(f)
        counts.append(len(z))
        labels.append(label)
    if not labels:
        raise InvalidInput("no pictures to measure")
    picture = np.repeat(np.arange(len(labels)), counts)
    return Measured(np.concatenate(logits), np.concatenate(features), picture, np.array(labels))


def measured_crops(
    detector: Cuts, crops: np.ndarray, labels: np.ndarray, scenes: np.ndarray | Sequence[int]
) -> Measured:
    """Measure crops that went through the chain already; those of one scene count as one picture.

    Crops of one photograph resemble each other, so the photographs, not the crops, are exchangeable with a new one.

    Args:
        detector: measures them.
        crops: (m, S, S, 3) uint8.
        labels: (m,) classes.
        scenes: (m,) scene of each; a scene has one class.
    """
    _, first, picture = np.unique(np.asarray(scenes), return_index=True, return_inverse=True)
    logits, features = detector.measure(crops)
    return Measured(logits, features, picture.reshape(-1), np.asarray(labels)[first])


@torch.no_grad()
def logits_and_features(classifier: Classifier, pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Logits and the inputs of the last linear layer, in batches.

    Args:
        classifier: on any device; put into evaluation mode.
        pixels: (m, S, S, 3) uint8.

    Returns:
        (m, C) float64 and (m, D) float32.
    """
    classifier.eval()
    device = next(classifier.parameters()).device
    found: list[np.ndarray] = []

    def keep(layer: nn.Module, inputs: tuple[Any, ...]) -> None:
        found.append(inputs[0].flatten(1).float().cpu().numpy())

    # The hook is on modules of our own that share the weights: other threads may use the classifier meanwhile.
    weights = (*classifier.parameters(), *classifier.buffers())
    own = deepcopy(classifier, {id(tensor): tensor for tensor in weights})
    last_linear(own).register_forward_pre_hook(keep)
    logits = [own(x.to(device)).double().cpu().numpy() for x in chunks(pixels)]
    return np.concatenate(logits), np.concatenate(found)


def last_linear(classifier: nn.Module) -> nn.Linear:
    """The last linear layer in the order of definition.

    Raises:
        InvalidInput: there is none.
    """
    layers = [layer for layer in classifier.modules() if isinstance(layer, nn.Linear)]
    if not layers:
        raise InvalidInput("the classifier has no linear layer: its last one gives the features")
    return layers[-1]
