"""Ridge regression and affine space classifiers, with hyperparameters selected on held-out examples.

Each is fitted for all hyperparameter values from one eigendecomposition.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, final

import numpy as np
from scipy.linalg import cho_factor, cho_solve, eigh, get_blas_funcs

from subband.errors import InvalidInput


class Scores(Protocol):
    """A classifier for several hyperparameter values: (N, D) features → (values, N, classes) scores."""

    def __call__(self, features: np.ndarray, /) -> np.ndarray:
        """Class scores of examples; the prediction is the argmax."""
        ...


@final
@dataclass(frozen=True)
class Projection:
    """Projection onto principal axes, scaled to mean squared norm 1.

    The scale is common to all axes, to preserve ratios of distances for kernels and affine spaces.

    Attributes:
        mean: (D,) of the features.
        axes: (D, kept) orthonormal principal axes.
        size: common divisor.
    """

    mean: np.ndarray
    axes: np.ndarray
    size: float

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """(N, D) → (N, kept)."""
        return ((features - self.mean) @ self.axes) / self.size


def principal_axes(features: np.ndarray, keep: int, *, most: int = 10_000) -> Projection:
    """The `keep` leading principal axes of the first `most` of (N, D) features.

    Raises:
        InvalidInput: fewer than two examples.
    """
    sample = features[:most]
    n, d = sample.shape
    if n < 2:
        raise InvalidInput(f"can't compute principal axes of {n} examples: give at least 2")
    mean = sample.mean(axis=0)
    x = sample - mean
    kept = min(keep, n - 1, d)
    if d <= n:
        axes = _leading(x.T @ x, kept)
    else:  # From the smaller Gram matrix: X Xᵀ u = λ u gives the axis Xᵀ u.
        axes = x.T @ _leading(x @ x.T, kept)
        axes /= np.maximum(np.linalg.norm(axes, axis=0), np.finfo(axes.dtype).tiny)
    size = float(np.sqrt(np.mean(np.sum((x @ axes) ** 2, axis=1))))
    return Projection(mean, axes, size or 1.0)


def _leading(matrix: np.ndarray, count: int) -> np.ndarray:
    n = len(matrix)
    return eigh(matrix, subset_by_index=(n - count, n - 1), overwrite_a=True, check_finite=False)[1][:, ::-1]


def ridge(features: np.ndarray, labels: np.ndarray, penalties: Sequence[float], *, classes: int) -> Scores:
    """Ridge regression to one-versus-rest targets ±1, with penalty · N · ‖w‖²."""
    mean = features.mean(axis=0)
    x, targets = features - mean, 2.0 * np.eye(classes, dtype=features.dtype)[labels] - 1
    offset = targets.mean(axis=0)
    eigenvalues, axes = np.linalg.eigh(x.T @ x / len(x))
    along = axes.T @ (x.T @ (targets - offset)) / len(x)
    # (XᵀX/N + p) w = Xᵀy/N, with XᵀX/N = V Λ Vᵀ.
    weights = [axes @ (along / (np.maximum(eigenvalues, 0) + p)[:, None]) for p in penalties]
    return lambda new: np.stack([(new - mean) @ w + offset for w in weights])


def affine_spaces(
    features: np.ndarray, labels: np.ndarray, dimensions: Sequence[int], *, classes: int
) -> Scores:
    """Nearest affine space, class mean plus leading principal axes (Bruna & Mallat 2013, eq. 23).

    Source: J. Bruna, S. Mallat, Invariant Scattering Convolution Networks (2013), section 4.1.
    """
    spaces = []
    for label in range(classes):
        own = features[labels == label]
        if not len(own):
            raise InvalidInput(f"no example of class {label}: give at least one of each class")
        mean = own.mean(axis=0)
        count = min(max(dimensions), *own.shape)
        spaces.append((mean, _leading((own - mean).T @ (own - mean), count)))

    def scores(new: np.ndarray) -> np.ndarray:
        found = np.empty((len(dimensions), len(new), classes), new.dtype)
        for label, (mean, axes) in enumerate(spaces):
            x = new - mean
            whole = np.sum(x**2, axis=1)
            explained = np.cumsum(np.pad((x @ axes) ** 2, ((0, 0), (1, 0))), axis=1)
            for row, dimension in enumerate(dimensions):
                found[row, :, label] = explained[:, min(dimension, axes.shape[1])] - whole
        return found

    return scores


@final
class KernelRidge:
    """Kernel ridge regression to ±1 with the Gaussian kernel exp(−γ ‖x − y‖²) and Nyström centres.

    α minimises ‖K α − y‖² + λ αᵀ C α, with the kernel matrices K between examples and centres and C between
    centres (Nyström approximation; exact if every example is a centre). Only KᵀK and Kᵀy are accumulated over
    batches of examples, so that memory does not grow with their number and nested training sets share the
    computation.

    Source: C. Williams, M. Seeger, Using the Nyström Method to Speed Up Kernel Machines (2001); A. Rudi, R.
    Camoriano, L. Rosasco, Less is More: Nyström Computational Regularization (2015), eq. 5.
    """

    def __init__(self, centres: np.ndarray, gamma: float, classes: int) -> None:
        self.syrk: Any = get_blas_funcs("syrk", dtype=np.float64)  # KᵀK at half the cost of a matrix product
        self.centres, self.gamma, self.classes = centres, gamma, classes
        self.within = self._kernel(centres)
        self.gram = np.zeros_like(self.within)
        self.along = np.zeros((len(centres), classes))

    def add(self, features: np.ndarray, labels: np.ndarray, *, part: int = 2000) -> None:
        """Accumulate (N, D) examples, in batches of `part`."""
        for start in range(0, len(labels), part):
            k = self._kernel(features[start : start + part])
            targets = 2 * np.eye(self.classes)[labels[start : start + part]] - 1
            self.gram = self.syrk(1.0, k.T, beta=1.0, c=self.gram.T, lower=1, overwrite_c=1).T
            self.along += k.T @ targets

    def solve(self, penalty: float) -> Scores:
        """The classifier fitted to all accumulated examples."""
        # Only the upper triangle is used. Jitter on the diagonal keeps the matrix positive definite for close
        # centres.
        matrix = self.gram + penalty * self.within
        matrix[np.diag_indices_from(matrix)] += 1e-10 * np.trace(matrix) / len(matrix)
        weights = cho_solve(cho_factor(matrix, overwrite_a=True, check_finite=False), self.along)
        return lambda new: self._kernel(new)[None] @ weights

    def _kernel(self, x: np.ndarray) -> np.ndarray:
        product = (x @ self.centres.T).astype(np.float64)
        squares = [np.sum(a.astype(np.float64) ** 2, axis=1) for a in (x, self.centres)]
        return np.exp(-self.gamma * np.maximum(squares[0][:, None] + squares[1] - 2 * product, 0))


def chosen(
    fit: Callable[..., Scores],
    features: np.ndarray,
    labels: np.ndarray,
    values: Sequence,
    *,
    classes: int,
    parts: np.ndarray | None = None,
    folds: int | None = None,
) -> int:
    """Hyperparameter selection by cross-validation.

    Args:
        fit: `ridge` or `affine_spaces`.
        features, labels: (N, D) and (N,).
        values: Candidate values.
        classes: Number of classes.
        parts: (N,) fold of each example; by default five interleaved folds.
        folds: Number of folds that are held out in turn; all by default.

    Returns:
        Index in `values` of the lowest error; the first of ties.
    """
    wrong = np.zeros(len(values))
    parts = np.arange(len(labels)) % 5 if parts is None else parts
    for part in np.unique(parts)[:folds]:
        check = parts == part
        scores = fit(features[~check], labels[~check], values, classes=classes)(features[check])
        wrong += (scores.argmax(axis=-1) != labels[check]).sum(axis=-1)
    return int(wrong.argmin())
