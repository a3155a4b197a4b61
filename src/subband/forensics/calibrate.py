"""Temperature scaling: one number that makes probabilities mean what they say."""

import math

import numpy as np
from scipy.optimize import minimize_scalar

from subband.errors import InvalidInput

COLDEST, HOTTEST = 0.05, 20.0


def temperature(logits: np.ndarray, labels: np.ndarray, weights: np.ndarray | None = None) -> float:
    """The T > 0 that minimises the negative log-likelihood of softmax(logits / T).

    The likelihood is concave in 1/T, so there is one optimum. It is sought between 0.05 and 20: where a
    detector makes no mistake on the validation images the optimum would be T = 0, and no finite sample
    supports that certainty.

    Source: Guo et al. 2017, "On calibration of modern neural networks", arXiv:1706.04599, section 4.2.

    Args:
        logits: (N, K), of validation images.
        labels: (N,) true classes.
        weights: (N,), by default all 1.

    Raises:
        InvalidInput: shapes that don't fit, labels outside 0..K−1, no images, or values that are not finite.
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

    def surprise(coldness: float) -> float:
        return float(
            np.average(np.logaddexp.reduce(coldness * logits, axis=1) - coldness * right, weights=weights)
        )

    # In ln(1/T) the optimum is still the only one, and a hundredfold range is a short interval.
    best = minimize_scalar(
        lambda u: surprise(math.exp(u)),
        bounds=(-math.log(HOTTEST), -math.log(COLDEST)),
        method="bounded",
        options={"xatol": 1e-8},
    )
    return math.exp(-best.x)
