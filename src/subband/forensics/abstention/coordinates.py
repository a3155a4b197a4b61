"""Coordinates in which the features of a detector are compared: few, whitened, with a measure of what they miss.

Features of a net are many and correlated, calibration pictures few. So a feature vector is standardised and
projected on the leading principal axes of the training pictures; the length of the residual is one more
coordinate, since unusual pictures often differ just in directions that the usual ones lack. These coordinates
are whitened by the covariance within classes, shrunk as the number of pictures requires. A Mahalanobis
distance is then Euclidean.

Source: Lee et al. 2018, arXiv:1807.03888 (class means with a common covariance); Wang et al. 2022, arXiv:2203.10807
(residual); Ledoit & Wolf 2004, "A well-conditioned estimator for large-dimensional covariance matrices".
"""

from dataclasses import dataclass

import numpy as np

from subband.errors import InvalidInput

AXES = 32  # most principal axes
ROWS = 1500  # most feature vectors that axes are computed from


@dataclass(frozen=True, eq=False)
class Coordinates:
    """An affine map from features to whitened coordinates.

    Attributes:
        centre: (D,) mean of the features.
        scale: (D,) their standard deviations.
        axes: (D, r) orthonormal principal axes of the standardised features.
        whitening: (r + 1, r + 1), of the projections and the residual's length.
    """

    centre: np.ndarray
    scale: np.ndarray
    axes: np.ndarray
    whitening: np.ndarray

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """(n, D) features → (n, r + 1) coordinates, float64."""
        return _projected(features, self.centre, self.scale, self.axes) @ self.whitening

    @property
    def count(self) -> int:
        """r + 1."""
        return len(self.whitening)


def fit_coordinates(features: np.ndarray, labels: np.ndarray) -> Coordinates:
    """Fit coordinates to the features of training pictures.

    Args:
        features: (n, D), n ≥ 4.
        labels: (n,) classes; the covariance is that within classes.

    Raises:
        InvalidInput: too few feature vectors, or non-finite ones.
    """
    if features.ndim != 2 or len(features) != len(labels) or len(features) < 4:
        raise InvalidInput(
            f"need at least 4 feature vectors with labels, not {features.shape} and {labels.shape}"
        )
    if not np.isfinite(features).all():
        raise InvalidInput("some features are NaN or infinite: the net or its training is broken")
    if len(features) > ROWS:
        chosen = np.linspace(0, len(features) - 1, ROWS).round().astype(int)
        features, labels = features[chosen], labels[chosen]
    features = features.astype(np.float64)
    centre, spread = features.mean(0), features.std(0)
    # A feature that hardly moves on training pictures, and does on another, must count.
    scale = np.maximum(spread, 0.05 * (np.median(spread[spread > 0]) if (spread > 0).any() else 1.0))
    z = (features - centre) / scale
    axes = _principal_axes(z, min(AXES, len(z) // 4, z.shape[1]))
    projected = _projected(features, centre, scale, axes)
    within = projected.copy()
    for label in np.unique(labels):
        within[labels == label] -= projected[labels == label].mean(0)
    return Coordinates(centre, scale, axes, np.linalg.cholesky(np.linalg.inv(shrunk_covariance(within))))


def shrunk_covariance(rows: np.ndarray) -> np.ndarray:
    """Covariance of centred rows, shrunk towards its diagonal by the Ledoit–Wolf intensity.

    S* = (1 − λ) S + λ diag(S), λ = Σ_ij Var(s_ij) / Σ_ij s_ij² over i ≠ j, which minimises the expected
    squared error (Schäfer & Strimmer 2005, target D).

    Args:
        rows: (n, d) with mean zero.

    Returns:
        (d, d), positive definite.
    """
    n = len(rows)
    covariance = rows.T @ rows / n
    squares = rows**2
    variance = (squares.T @ squares / n - covariance**2) / n  # of each entry of the covariance
    off = ~np.eye(len(covariance), dtype=bool)
    total = float((covariance[off] ** 2).sum())
    intensity = min(1.0, float(variance[off].sum()) / total) if total > 0 else 1.0
    diagonal = np.diag(covariance)
    floor = max(1e-6 * float(diagonal.max(initial=0.0)), 1e-12)
    return (1 - intensity) * covariance + intensity * np.diag(diagonal) + floor * np.eye(len(covariance))


def _principal_axes(z: np.ndarray, count: int) -> np.ndarray:
    """(D, count) leading right singular vectors, from the smaller of the two Gram matrices."""
    z = z - z.mean(0)
    if z.shape[1] <= len(z):
        _, vectors = np.linalg.eigh(z.T @ z)
        return vectors[:, ::-1][:, :count].copy()
    values, vectors = np.linalg.eigh(z @ z.T)
    keep = np.flatnonzero(values[::-1] > 1e-9 * max(values[-1], 1e-300))[:count]
    leading = vectors[:, ::-1][:, keep]
    axes = z.T @ leading
    return axes / np.linalg.norm(axes, axis=0)


def _projected(features: np.ndarray, centre: np.ndarray, scale: np.ndarray, axes: np.ndarray) -> np.ndarray:
    z = (features.astype(np.float64) - centre) / scale
    inside = z @ axes
    complete = axes.shape[0] == axes.shape[1]  # what is left is rounding then, which whitening would enlarge
    residual = np.zeros(len(z)) if complete else np.sqrt(np.maximum((z**2).sum(1) - (inside**2).sum(1), 0.0))
    return np.concatenate([inside, residual[:, None]], axis=1)
