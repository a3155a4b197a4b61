"""Validation of the items that metrics take: classes, numbers, sample weights; and their quotients."""

import numpy as np

from subband.errors import InvalidInput


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """part / whole, NaN where the whole is 0."""
    part, whole = np.broadcast_arrays(np.asarray(part, dtype=np.float64), whole)
    return np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole != 0)


def as_result(value: np.ndarray) -> float | np.ndarray:
    """A float for a single value, else the array."""
    return float(value) if np.ndim(value) == 0 else value


def as_numbers(values: np.ndarray, name: str) -> np.ndarray:
    """Finite numbers as float64.

    Raises:
        InvalidInput: an empty array, no numbers, NaN or infinite values.
    """
    values = np.asarray(values)
    if values.ndim == 0 or len(values) == 0 or values.dtype.kind not in "biuf":
        raise InvalidInput(
            f"{name} is a non-empty array of numbers, not {values.dtype} of shape {values.shape}"
        )
    if not np.isfinite(values).all():
        raise InvalidInput(
            f"{name} holds {int((~np.isfinite(values)).sum())} NaN or infinite of {values.size} values"
        )
    return values.astype(np.float64)


def as_classes(values: np.ndarray, name: str) -> np.ndarray:
    """Classes, whole numbers from 0, as int64 (N,).

    Raises:
        InvalidInput: other values.
    """
    numbers = as_numbers(values, name)
    if numbers.ndim != 1 or (numbers < 0).any() or (numbers % 1 != 0).any():
        raise InvalidInput(f"{name} holds classes, whole numbers from 0 in an array (N,), not {values!r:.80}")
    return numbers.astype(np.int64)


def as_weights(weights: np.ndarray | None, *items: np.ndarray) -> np.ndarray:
    """Validated weights, (..., N) float64, by default ones; checks that all items have the same length."""
    lengths = {len(array) for array in items}
    if len(lengths) != 1:
        raise InvalidInput(
            f"arrays of different lengths, {[len(array) for array in items]}; one entry per item"
        )
    n = lengths.pop()
    if weights is None:
        return np.ones(n)
    weights = np.asarray(weights, dtype=np.float64)
    if weights.shape[-1:] != (n,) or not np.isfinite(weights).all() or (weights < 0).any():
        raise InvalidInput(f"weights have shape {weights.shape}; need (..., {n}), finite and not negative")
    return weights
