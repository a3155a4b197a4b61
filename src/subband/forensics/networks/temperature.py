"""Temperature scaling: calibration of classifier probabilities by one scalar."""

import math

import numpy as np
import scipy

from subband.errors import InvalidInput

COLDEST, HOTTEST = 0.05, 20.0


def temperature(logits: np.ndarray, labels: np.ndarray, weights: np.ndarray | None = None) -> float:
    """The T > 0 that minimises the negative log-likelihood of softmax(logits / T).

    The log-likelihood is concave in 1/T, so the optimum is unique. The search is bounded to [0.05, 20]: for a
    detector without errors on the validation images the optimum would be T = 0, a certainty that no finite
    sample supports.

    Source: Guo et al. 2017, "On calibration of modern neural networks", arXiv:1706.04599, section 4.2.

    Args:
        logits: (N, K), of validation images.
        labels: (N,) true classes.
        weights: (N,) sample weights; all 1 by default.

    Raises:
        InvalidInput: mismatched shapes, labels outside 0..K−1, no images, or non-finite logits.

    Example:
        >>> import numpy as np
        >>> from subband.forensics import temperature
        >>> logits = np.array([[4.0, 0.0], [4.0, 0.0], [0.0, 4.0], [0.0, 4.0]])
        >>> t = temperature(logits, labels=np.array([0, 1, 1, 1]))  # sure to 98 %, right in three of four
        >>> round(t, 2), round(float(1 / (1 + np.exp(-4 / t))), 2)
        (3.64, 0.75)
    """
    logits, labels = np.asarray(logits, dtype=np.float64), np.asarray(labels)
    weights = np.ones(len(labels)) if weights is None else np.asarray(weights, dtype=np.float64)
    if (
        logits.ndim != 2
        or len(logits) == 0
        or labels.shape != logits.shape[:1]
        or weights.shape != labels.shape
    ):
        raise InvalidInput(
            f"need logits (N, K), labels (N,) and weights (N,), "
            f"not {logits.shape}, {labels.shape}, {weights.shape}"
        )
    if not np.isfinite(logits).all() or labels.min() < 0 or labels.max() >= logits.shape[1]:
        raise InvalidInput(f"logits must be finite, and labels lie in 0..{logits.shape[1] - 1}")
    right = logits[np.arange(len(labels)), labels]

    def negative_log_likelihood(inverse: float) -> float:
        return float(
            np.average(np.logaddexp.reduce(inverse * logits, axis=1) - inverse * right, weights=weights)
        )

    # Over u = ln(1/T) the optimum stays unique, and the range of a factor 400 becomes a short interval.
    best = scipy.optimize.minimize_scalar(
        lambda u: negative_log_likelihood(math.exp(u)),
        bounds=(-math.log(HOTTEST), -math.log(COLDEST)),
        method="bounded",
        options={"xatol": 1e-8},
    )
    return math.exp(-best.x)
