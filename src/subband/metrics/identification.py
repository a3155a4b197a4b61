"""Identification of what was seen among n classes."""

import numpy as np
import scipy

from subband.errors import InvalidInput


def n_way_accuracy(scores: np.ndarray, truth: np.ndarray, n: int, *, top: int = 1) -> np.ndarray:
    """Probability that the true class is among the `top` of itself and n - 1 others, drawn at random.

    If r of the K - 1 other classes have a higher score than the true one, the number of these among the n - 1 is
    hypergeometric; the sum over its values below `top` is what the mean over all draws would be. Among equal scores
    all places are equally likely.

    Args:
        scores: (N, K) of a classifier on reconstructed images.
        truth: (N,) true classes from 0, or those that the classifier sees in the original images.
        n: number of classes of a draw, 2 to K.
        top: how many may be named.

    Returns:
        (N,) probabilities; chance is top / n.

    Raises:
        InvalidInput: shapes that do not fit, NaN, a class that is not there, or n or top out of range.

    Example:
        >>> import numpy as np
        >>> from subband.metrics import n_way_accuracy
        >>> n_way_accuracy(np.array([[0.5, 0.3, 0.2]]), np.array([1]), 2)  # below one of the two others
        array([0.5])

    Source: Chen et al. 2023, section 4, "n-way identification", there with random draws.
    """
    scores, truth = np.asarray(scores, dtype=float), np.asarray(truth)
    if scores.ndim != 2 or truth.shape != scores.shape[:1] or not len(truth) or np.isnan(scores).any():
        raise InvalidInput(
            f"scores of {scores.shape} and classes of {truth.shape}: give (N, K) without NaN, and (N,)"
        )
    classes = scores.shape[1]
    if not 0 <= truth.min() <= truth.max() < classes:
        raise InvalidInput(f"classes from {truth.min()} to {truth.max()}: scores are of 0 to {classes - 1}")
    if not 2 <= n <= classes or not 1 <= top <= n:
        raise InvalidInput(
            f"can't identify the top {top} of n={n} among {classes} classes: 1 ≤ top ≤ n ≤ {classes}"
        )
    own = np.take_along_axis(scores, truth[:, None], axis=1)
    above, equal = (scores > own).sum(axis=1), (scores == own).sum(axis=1) - 1
    if not equal.any():
        return _below(above, classes - 1, n - 1, top)
    # Ranks among equal scores are equally likely.
    return np.array(
        [
            _below(r + np.arange(e + 1), classes - 1, n - 1, top).mean()
            for r, e in zip(above, equal, strict=True)
        ]
    )


def _below(above: np.ndarray, others: int, drawn: int, top: int) -> np.ndarray:
    """P(fewer than `top` of the `above` better ones are among `drawn` of `others`)."""
    return sum(
        (
            np.exp(
                _log_choose(above, k) + _log_choose(others - above, drawn - k) - _log_choose(others, drawn)
            )
            for k in range(min(top, drawn + 1))
        ),
        start=np.zeros(np.shape(above)),
    )


def _log_choose(n: np.ndarray | int, k: int) -> np.ndarray:
    n = np.asarray(n, dtype=float)
    possible = (k >= 0) & (k <= n)
    safe = np.where(possible, n, max(k, 0))
    gammaln = scipy.special.gammaln
    return np.where(
        possible, gammaln(safe + 1) - gammaln(max(k, 0) + 1) - gammaln(safe - max(k, 0) + 1), -np.inf
    )
