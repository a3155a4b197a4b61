"""Classifiers of features: ridge regression and affine spaces, whose one parameter held-out examples choose.

Each is fitted for all values of its parameter at once, from one eigendecomposition.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, final

import numpy as np
from scipy.linalg import cho_factor, cho_solve, eigh, get_blas_funcs

from subband.errors import InvalidInput


class Scores(Protocol):
    """A classifier for several values of a parameter: (N, D) features → (values, N, classes) scores."""

    def __call__(self, features: np.ndarray, /) -> np.ndarray:
        """Score examples; the largest score is the class."""
        ...


@final
@dataclass(frozen=True)
class Projection:
    """Features centred, turned to their principal axes, and divided by one number, so that their mean square is 1.

    One number for all axes keeps distances in proportion, which kernels and affine spaces live by.
    """

    mean: np.ndarray
    axes: np.ndarray
    size: float

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """(N, D) → (N, kept)."""
        return ((features - self.mean) @ self.axes) / self.size


def principal_axes(features: np.ndarray, keep: int, *, most: int = 10_000) -> Projection:
    """The `keep` directions in which (N, D) features vary most, of the first `most` examples.

    Raises:
        InvalidInput: fewer than two examples.
    """
    sample = features[:most]
    n, d = sample.shape
    if n < 2:
        raise InvalidInput(f"{n} examples vary along no axis: give at least 2")
    mean = sample.mean(axis=0)
    x = sample - mean
    kept = min(keep, n - 1, d)
    if d <= n:
        axes = _leading(x.T @ x, kept)
    else:  # The same axes from the smaller of the two matrices: X Xᵀ u = λ u gives Xᵀ u.
        axes = x.T @ _leading(x @ x.T, kept)
        axes /= np.maximum(np.linalg.norm(axes, axis=0), np.finfo(axes.dtype).tiny)
    size = float(np.sqrt(np.mean(np.sum((x @ axes) ** 2, axis=1))))
    return Projection(mean, axes, size or 1.0)


def _leading(matrix: np.ndarray, count: int) -> np.ndarray:
    n = len(matrix)
    return eigh(matrix, subset_by_index=(n - count, n - 1), overwrite_a=True, check_finite=False)[1][:, ::-1]


def ridge(features: np.ndarray, labels: np.ndarray, penalties: Sequence[float], *, classes: int) -> Scores:
    """Linear least squares to ±1, one against the rest, with penalty · N · ‖w‖²."""
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
    """The class whose affine space, mean plus leading principal axes, comes nearest (Bruna & Mallat 2013, eq. 23).

    Source: J. Bruna, S. Mallat, Invariant Scattering Convolution Networks (2013), section 4.1.
    """
    spaces = []
    for label in range(classes):
        own = features[labels == label]
        if not len(own):
            raise InvalidInput(f"no example of class {label}: an affine space needs one at least")
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
    """Least squares to ±1 in the space of the Gaussian kernel exp(−γ ‖x − y‖²), on centres that are examples.

    α minimises ‖K α − y‖² + λ αᵀ C α, with K the kernel between examples and centres and C that between centres
    (Nyström's approximation; exact if every example is a centre). Examples come in parts, of which only KᵀK and Kᵀy
    are kept, so that 60,000 need no matrix of 60,000 columns, and nested training sets share the work.

    Source: C. Williams, M. Seeger, Using the Nyström Method to Speed Up Kernel Machines (2001); A. Rudi, R.
    Camoriano, L. Rosasco, Less is More: Nyström Computational Regularization (2015), eq. 5.
    """

    def __init__(self, centres: np.ndarray, gamma: float, classes: int) -> None:
        self.syrk: Any = get_blas_funcs("syrk", dtype=np.float64)  # KᵀK at half the work of a product
        self.centres, self.gamma, self.classes = centres, gamma, classes
        self.within = self._kernel(centres)
        self.gram = np.zeros_like(self.within)
        self.along = np.zeros((len(centres), classes))

    def add(self, features: np.ndarray, labels: np.ndarray, *, part: int = 2000) -> None:
        """Take (N, D) examples in, `part` at a time."""
        for start in range(0, len(labels), part):
            k = self._kernel(features[start : start + part])
            targets = 2 * np.eye(self.classes)[labels[start : start + part]] - 1
            self.gram = self.syrk(1.0, k.T, beta=1.0, c=self.gram.T, lower=1, overwrite_c=1).T
            self.along += k.T @ targets

    def solve(self, penalty: float) -> Scores:
        """The classifier of all examples so far."""
        # The upper triangle counts. Rounding makes nearby centres dependent: a trace of the diagonal parts them.
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
    """Which of `values` errs least on held-out parts of the examples; the first of equals.

    Args:
        fit: `ridge` or `affine_spaces`.
        features, labels: (N, D) and (N,).
        values: Candidates for the parameter.
        classes: How many classes there are.
        parts: (N,) which examples are held out together; by default every fifth.
        folds: How many parts are held out, one after the other; by default all.

    Returns:
        The place in `values`.
    """
    wrong = np.zeros(len(values))
    parts = np.arange(len(labels)) % 5 if parts is None else parts
    for part in np.unique(parts)[:folds]:
        check = parts == part
        scores = fit(features[~check], labels[~check], values, classes=classes)(features[check])
        wrong += (scores.argmax(axis=-1) != labels[check]).sum(axis=-1)
    return int(wrong.argmin())
