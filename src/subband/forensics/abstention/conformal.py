"""Split conformal prediction: thresholds with a finite-sample guarantee, free of any assumption on distributions.

For n calibration scores and one new score that is exchangeable with them, the rank of the new one is uniform.
So p = (1 + #{calibration scores at least as strange}) / (n + 1) is at most α with probability at most α.

Source: Vovk, Gammerman & Shafer 2005, "Algorithmic learning in a random world", chapters 2 and 4; Angelopoulos &
Bates 2021, arXiv:2107.07511, section 4 (class-conditional); the bounds: Clopper & Pearson 1934, and Vovk 2012,
arXiv:1209.2673 (training-conditional coverage).
"""

import math

import numpy as np

from subband.errors import InvalidInput

CONFIDENCE = 0.95
"""Of the bounds on rates."""


def needed(rate: float) -> int:
    """Fewest calibration scores that allow a p-value of `rate`: n with 1 / (n + 1) ≤ rate.

    Raises:
        InvalidInput: a rate outside (0, 1).

    Example:
        >>> needed(0.02), needed(0.05)
        (49, 19)
    """
    if not 0 < rate < 1:
        raise InvalidInput(f"a rate lies between 0 and 1, not {rate}: give e.g. 0.02 for 2 %")
    return math.ceil(1 / rate - 1e-9) - 1


def p_values(scores: np.ndarray | float, calibration: np.ndarray) -> np.ndarray:
    """Conformal p-values (1 + #{c ≥ s}) / (n + 1); large scores are strange.

    Args:
        scores: any shape.
        calibration: (n,) scores of the calibration pictures; n = 0 gives 1, since nothing can be excluded.

    Returns:
        Same shape as `scores`, float64.

    Example:
        >>> p_values(2.5, np.array([0.0, 1.0, 2.0, 3.0])).tolist()
        0.4
    """
    ordered = np.sort(np.asarray(calibration, dtype=np.float64))
    at_least = len(ordered) - np.searchsorted(ordered, np.asarray(scores, dtype=np.float64), side="left")
    return np.asarray((1.0 + at_least) / (len(ordered) + 1.0))


def threshold(calibration: np.ndarray, rate: float) -> float | None:
    """The smallest t such that a new score exceeds t with probability at most `rate`.

    t is the k-th largest of n calibration scores with k = ⌊rate · (n + 1)⌋, so that s > t exactly if the p-value
    of s is at most `rate`.

    Args:
        calibration: (n,) scores.
        rate: between 0 and 1.

    Returns:
        t; None if n is below `needed(rate)`.

    Raises:
        InvalidInput: a rate outside (0, 1), or NaN among the scores.
    """
    scores = np.sort(np.asarray(calibration, dtype=np.float64))
    if np.isnan(scores).any():
        raise InvalidInput(f"{int(np.isnan(scores).sum())} of {len(scores)} calibration scores are NaN")
    if len(scores) < needed(rate):
        return None
    k = math.floor(rate * (len(scores) + 1) + 1e-9)
    return float(scores[-k])


def exceedance_bound(n: int, rate: float, confidence: float = CONFIDENCE) -> float:
    """Upper confidence bound of the rate at which new scores exceed `threshold`.

    Given the calibration scores, that rate is distributed as Beta(k, n + 1 − k) if their distribution is
    continuous, and lies below otherwise. On average over calibration sets it is k / (n + 1) ≤ `rate`.

    Returns:
        The bound; 1 if n is below `needed(rate)`.
    """
    from scipy.special import betaincinv

    if n < needed(rate):
        return 1.0
    k = math.floor(rate * (n + 1) + 1e-9)
    return float(betaincinv(k, n + 1 - k, confidence))


def clopper_pearson(count: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Exact two-sided confidence interval of a proportion, `count` of `n`.

    Raises:
        InvalidInput: count outside 0 … n.

    Example:
        >>> [round(p, 3) for p in clopper_pearson(0, 100)]
        [0.0, 0.036]
    """
    from scipy.special import betaincinv

    if not 0 <= count <= n:
        raise InvalidInput(f"{count} of {n} is no proportion")
    tail = (1 - confidence) / 2
    low = 0.0 if count == 0 else float(betaincinv(count, n - count + 1, tail))
    high = 1.0 if count == n else float(betaincinv(count + 1, n - count, 1 - tail))
    return low, high
