"""Forecasts that need no learning."""

import numpy as np

from subband.errors import InvalidInput


def persistence(y: np.ndarray, horizon: int) -> np.ndarray:
    """(…, T) → (…, horizon): the last value again and again.

    Raises:
        InvalidInput: an empty series, or no horizon.
    """
    return seasonal_naive(y, horizon, 1)


def seasonal_naive(y: np.ndarray, horizon: int, period: int) -> np.ndarray:
    """(…, T) → (…, horizon): the last period again and again, e.g. 24 for daily persistence of hours.

    Args:
        y: (…, T) series.
        horizon: Samples to predict.
        period: Of the repetition, in samples.

    Raises:
        InvalidInput: a series shorter than a period, or no horizon.

    Example:
        >>> import numpy as np
        >>> from subband.sequences import seasonal_naive
        >>> seasonal_naive(np.array([1, 2, 3, 4]), 5, 2).tolist()
        [3, 4, 3, 4, 3]
    """
    y = np.asarray(y)
    if y.ndim < 1 or not 1 <= period <= y.shape[-1] or horizon < 1:
        raise InvalidInput(
            f"a series of shape {y.shape} can't be repeated with period {period} over {horizon} samples: give 1 or "
            f"more, "
            "and at least one period of the series"
        )
    return np.take(y, y.shape[-1] - period + np.arange(horizon) % period, axis=-1)
