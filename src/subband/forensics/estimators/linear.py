"""Linear discriminant analysis of a representation, learnt in one pass over chunks of images."""

from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np
import torch

from subband.errors import InvalidInput
from subband.forensics.estimators.base import ImageEstimator, Images, batches, count_labels
from subband.forensics.features.statistics.registry import representation


class Discriminant:
    """Linear discriminant analysis with a shrunk covariance, of K classes of numbers, learnt in one pass.

    The covariance within classes, in units of each feature's standard deviation, is mixed with its mean variance:
    Σ = (1 − γ) S + γ tr(S)/d · 1. Logits Σ⁻¹ μ_k · x − ½ μ_k Σ⁻¹ μ_k, classes weigh alike.

    Source: Hastie, Tibshirani & Friedman 2009, "The elements of statistical learning", section 4.3; Friedman 1989,
    "Regularized discriminant analysis"; the streaming update: Chan, Golub & LeVeque 1979.

    Args:
        classes: K.

    Attributes:
        counts: (K,) rows of each class so far.
        means: (K, d).
        scatter: (d, d) sum over all rows of the squared deviation from the mean of their class.
    """

    def __init__(self, classes: int) -> None:
        self.counts = np.zeros(classes, dtype=np.int64)
        self.means = np.zeros((classes, 0))
        self.scatter = np.zeros((0, 0))

    def add(self, z: np.ndarray, index: np.ndarray) -> None:
        """Add rows (n, d) of the classes (n,).

        Raises:
            InvalidInput: another number of features than before.
        """
        if not self.counts.sum():
            self.means, self.scatter = np.zeros((len(self.counts), z.shape[1])), np.zeros((z.shape[1],) * 2)
        if z.shape[1] != self.means.shape[1]:
            raise InvalidInput(
                f"features were {self.means.shape[1]} numbers, now {z.shape[1]}: call fit to start anew"
            )
        for k in np.unique(index):
            part = z[index == k]
            n, m = int(self.counts[k]), len(part)
            gap = part.mean(0) - self.means[k]
            centred = part - part.mean(0)
            self.scatter += centred.T @ centred + np.outer(gap, gap) * (n * m / (n + m))
            self.means[k] += gap * (m / (n + m))
            self.counts[k] = n + m

    def weights(self, shrinkage: float) -> tuple[np.ndarray, np.ndarray]:
        """(d, K) and (K,): logits are z @ weights + offsets."""
        covariance = self.scatter / self.counts.sum()
        scale = np.sqrt(np.diag(covariance))
        # A feature that is constant within the classes says nothing that could be trusted.
        scale = np.where(scale > 1e-12 * max(scale.max(), 1e-300), scale, np.inf)
        correlation = covariance / np.outer(scale, scale)
        d = len(scale)
        shrunk = (1 - shrinkage) * correlation
        shrunk[np.diag_indices(d)] += shrinkage * np.trace(correlation) / d + 1e-9
        centre = self.means.mean(0)
        means = (self.means - centre) / scale
        found = np.linalg.solve(shrunk, means.T)
        offsets = -0.5 * (means.T * found).sum(0)
        found = found / scale[:, None]
        return found, offsets - centre @ found


@final
class LinearDetector(ImageEstimator):
    """Linear discriminant analysis of representations of images of any size, see `Discriminant`.

    Only counts, means and one scatter matrix are kept, so chunks in any order and of any size give the same
    detector as all images at once.

    Args:
        features: a name, or names, of `registry.REPRESENTATIONS`.
        options: name → its keyword arguments, e.g. {"packets": {"wavelet": "db2"}}.
        shrinkage: γ, 0..1.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> noise = rng.integers(0, 256, (40, 32, 32, 3), dtype=np.uint8)
        >>> smooth = np.repeat(np.repeat(noise[:, ::2, ::2], 2, 1), 2, 2)
        >>> X, y = np.concatenate([noise, smooth]), ["real"] * 40 + ["generated"] * 40
        >>> LinearDetector("neighbours").fit(X[::2], y[::2]).score(X[1::2], y[1::2])
        1.0
    """

    def __init__(
        self,
        features: str | Sequence[str] = "packets",
        options: Mapping[str, Mapping[str, Any]] | None = None,
        shrinkage: float = 0.1,
    ) -> None:
        self.features, self.options, self.shrinkage = features, options, shrinkage

    def transform(self, X: Images) -> np.ndarray:
        """The features of images, (N, d) float64.

        Raises:
            InvalidInput: an unknown representation or option, images that are too small for it, or no images.
            UnsupportedArray: not NumPy arrays.
        """
        names = [self.features] if isinstance(self.features, str) else list(self.features)
        if not names:
            raise InvalidInput("features names no representation: give e.g. 'packets'")
        kinds, options = [representation(name) for name in names], self.options or {}
        if unknown := sorted(set(options) - set(names)):
            raise InvalidInput(f"options are for {unknown[0]!r}, which is not among the features {names}")
        rows: np.ndarray | None = None
        with torch.inference_mode():
            for index, x in batches(X):
                found = torch.cat([kind(x, **options.get(kind.name, {})) for kind in kinds], 1).numpy()
                if rows is None:
                    rows = np.empty((len(X), found.shape[1]))
                rows[index] = found
        assert rows is not None
        return rows

    def partial_fit(self, X: Images, y: Any, classes: Any = None) -> "LinearDetector":
        """Add a chunk of images to the statistics.

        Args:
            X: (N, H, W, 3) uint8, or a list of pictures.
            y: N labels.
            classes: all labels; needed in the first call, unless the chunk has all.

        Raises:
            InvalidInput: see `transform`; or labels that are no classes.
        """
        index = self._begin(y, classes)
        count_labels(X, index)
        z = self.transform(X)
        if not hasattr(self, "discriminant_"):
            self.discriminant_ = Discriminant(len(self.classes_))
        self.discriminant_.add(z, index)
        self._solved = None
        return self

    def decision_function(self, X: Images) -> np.ndarray:
        """Logits, (N, K) float64, before the temperature.

        Raises:
            InvalidInput: not fitted, a class without images, or see `transform`.
        """
        self._check_fitted()
        weights, offsets = self._weights()
        return self.transform(X) @ weights + offsets

    def _weights(self) -> tuple[np.ndarray, np.ndarray]:
        """(d, K) and (K,) of the logits."""
        if self._solved is not None:
            return self._solved
        if not 0 <= self.shrinkage <= 1:
            raise InvalidInput(f"shrinkage is a share from 0 to 1, not {self.shrinkage}")
        if (empty := self.classes_[self.discriminant_.counts == 0]).size:
            raise InvalidInput(f"no images of {empty.tolist()} yet: call partial_fit with some")
        self._solved = self.discriminant_.weights(self.shrinkage)
        return self._solved

    def _forget(self) -> None:
        for name in ("classes_", "temperature_", "discriminant_", "_solved"):
            if hasattr(self, name):
                delattr(self, name)
