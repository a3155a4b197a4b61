"""What a detector keeps of the pictures that it was calibrated with: enough to judge how usual another one is.

Scores of unusualness, each from the coordinates of a crop or its logits; larger is less usual. A picture's score is
the mean over its crops.

    mahalanobis   distance to the nearest class mean (Lee et al. 2018, arXiv:1807.03888)
    relative      its square less that to the mean of all classes (Ren et al. 2021, arXiv:2106.09022)
    neighbours    distance to the K-th nearest training picture (Sun et al. 2022, arXiv:2204.06507)
    energy        −ln Σ exp logits (Liu et al. 2020, arXiv:2010.03759)
    confidence    −max ln softmax (Hendrycks & Gimpel 2017, arXiv:1610.02136)
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from subband.errors import CheckpointError, InvalidInput
from subband.forensics.abstention.conformal import p_values
from subband.forensics.abstention.coordinates import Coordinates, fit_coordinates, shrunk_covariance

K = 5  # neighbours
BANK = 512  # training crops kept for distances to neighbours
PREFIX = "reference."


@dataclass(frozen=True, eq=False)
class Reference:
    """Training and calibration pictures, in the coordinates of a detector with C classes.

    Attributes:
        coordinates: from features to r coordinates.
        means: (C, r) class means of the training pictures; NaN for a class without any.
        overall: (r,) their mean.
        background: (r, r) whitening of their total covariance.
        bank: (b, r) training crops.
        bank_labels: (b,) their classes.
        logits: (n, C) of the calibration pictures, mean over crops.
        points: (n, r) their coordinates, mean over crops.
        labels: (n,) their classes.
        unusual: (n,) their unusualness by the score that was chosen.
        apart: (n,) their unusualness among generated pictures, by the score that was chosen for it.

    Example:
        >>> from subband.forensics import packaged_detector
        >>> reference = packaged_detector().reference
        >>> reference.means.shape[0] == len(packaged_detector().config.classes)
        True
        >>> reference.typical(0.0), round(reference.typical(1e6), 3)
        (1.0, 0.0)
    """

    coordinates: Coordinates
    means: np.ndarray
    overall: np.ndarray
    background: np.ndarray
    bank: np.ndarray
    bank_labels: np.ndarray
    logits: np.ndarray
    points: np.ndarray
    labels: np.ndarray
    unusual: np.ndarray
    apart: np.ndarray

    def typical(self, unusual: float) -> float:
        """Share of the calibration pictures that are less usual, 0..1 (a conformal p-value)."""
        return float(p_values(unusual, self.unusual))

    def stranger(self, apart: float) -> float:
        """Share of the generated calibration pictures that seem less to be of a known generator, 0..1."""
        return float(p_values(apart, self.apart[self.labels > 0]))

    def generated(self) -> "Reference":
        """The same without photographs among the training pictures: for scores of an unknown generator."""
        made = self.bank_labels > 0
        return replace(
            self, means=self.means[1:], bank=self.bank[made], bank_labels=self.bank_labels[made] - 1
        )

    def tensors(self) -> dict[str, np.ndarray]:
        """All arrays by name, for a checkpoint; float32, which moves a rank by less than a tie."""
        parts = {f"coordinates.{f.name}": getattr(self.coordinates, f.name) for f in fields(Coordinates)}
        parts |= {f.name: getattr(self, f.name) for f in fields(Reference) if f.name != "coordinates"}
        return {
            PREFIX + name: array.astype(np.int64 if name.endswith("labels") else np.float32)
            for name, array in parts.items()
        }

    def rounded(self) -> "Reference":
        """The same in the precision of a checkpoint, so that a saved detector judges like this one."""
        return Reference.of(self.tensors())

    @classmethod
    def of(cls, tensors: Mapping[str, np.ndarray]) -> "Reference":
        """Read what `tensors` gave.

        Raises:
            CheckpointError: an array is missing.
        """

        def part(name: str) -> np.ndarray:
            try:
                array = np.asarray(tensors[PREFIX + name])
            except KeyError as error:
                raise CheckpointError(
                    f"the checkpoint has no {PREFIX}{name}: it is damaged, save it again"
                ) from error
            return array if name.endswith("labels") else array.astype(np.float64)

        coordinates = Coordinates(*(part(f"coordinates.{f.name}") for f in fields(Coordinates)))
        return cls(coordinates, *(part(f.name) for f in fields(cls) if f.name != "coordinates"))


def fit_reference(features: np.ndarray, labels: np.ndarray, classes: int) -> Reference:
    """Coordinates and class means of training pictures; without calibration pictures yet.

    Args:
        features: (n, D) of training crops.
        labels: (n,) their classes.
        classes: C.

    Raises:
        InvalidInput: see `fit_coordinates`.
    """
    coordinates = fit_coordinates(features, labels)
    u = coordinates(features)
    means = np.stack(
        [
            u[labels == k].mean(0) if (labels == k).any() else np.full(u.shape[1], np.nan)
            for k in range(classes)
        ]
    )
    overall = u.mean(0)
    background = np.linalg.cholesky(np.linalg.inv(shrunk_covariance(u - overall)))
    chosen = np.linspace(0, len(u) - 1, min(BANK, len(u))).round().astype(int)
    r = coordinates.count
    nothing = (
        np.zeros((0, classes)), np.zeros((0, r)), np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0)
    )  # fmt: skip
    return Reference(coordinates, means, overall, background, u[chosen], labels[chosen], *nothing)


def squared_distances(u: np.ndarray, means: np.ndarray) -> np.ndarray:
    """(n, C) squared distances of (n, r) points to (C, r) class means; infinite to a class without one."""
    found = ((u[:, None] - means[None]) ** 2).sum(-1)
    return np.where(np.isnan(found), np.inf, found)


def _mahalanobis(reference: Reference, u: np.ndarray, logits: np.ndarray) -> np.ndarray:
    return np.sqrt(squared_distances(u, reference.means).min(1))


def _relative(reference: Reference, u: np.ndarray, logits: np.ndarray) -> np.ndarray:
    background = (((u - reference.overall) @ reference.background) ** 2).sum(1)
    return squared_distances(u, reference.means).min(1) - background


def _neighbours(reference: Reference, u: np.ndarray, logits: np.ndarray) -> np.ndarray:
    square = (u**2).sum(1)[:, None] - 2 * u @ reference.bank.T + (reference.bank**2).sum(1)
    k = min(K, len(reference.bank)) - 1
    return np.sqrt(np.maximum(np.partition(square, k, axis=1)[:, k], 0.0))


def _energy(reference: Reference, u: np.ndarray, logits: np.ndarray) -> np.ndarray:
    return -np.logaddexp.reduce(logits, axis=1)


def _confidence(reference: Reference, u: np.ndarray, logits: np.ndarray) -> np.ndarray:
    return np.logaddexp.reduce(logits, axis=1) - logits.max(1)


SCORES: dict[str, Callable[[Reference, np.ndarray, np.ndarray], np.ndarray]] = {
    "mahalanobis": _mahalanobis,
    "relative": _relative,
    "neighbours": _neighbours,
    "energy": _energy,
    "confidence": _confidence,
}
"""Scores of unusualness by name: (reference, (n, r) coordinates, (n, C) logits) → (n,)."""


def unusualness(reference: Reference, score: str, u: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """(n,) unusualness of crops by one of `SCORES`.

    Raises:
        InvalidInput: an unknown score.
    """
    if score not in SCORES:
        raise InvalidInput(f"no score {score!r}: use one of {', '.join(SCORES)}")
    return SCORES[score](reference, u, logits)
