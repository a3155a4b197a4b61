"""Thresholding: threshold and threshold_firm."""

from typing import Any

from subband.arrays.namespace import Array, namespace
from subband.compat.pywt.arguments import as_array

__all__ = ["threshold", "threshold_firm"]


def _shrink(x: Array, magnitude: Array, lost: Array, power: int, value: Any, substitute: Any) -> Array:
    """x (1 − (value/|x|)^power), 0 where `lost`, without division by zero."""
    xp = namespace(x)
    gain = 1 - (value / xp.where(lost | (magnitude == 0), xp.ones_like(magnitude), magnitude)) ** power
    kept = x * xp.where(lost, xp.zeros_like(gain), gain)
    return kept if substitute == 0 else _replace(kept, magnitude < value, substitute)


def _replace(x: Array, where: Array, value: Any) -> Array:
    """x with `value` substituted where the mask is set, in the common dtype."""
    xp = namespace(x)
    return xp.where(where, xp.zeros_like(x) + value, x)


def threshold(data: Array, value: Any, mode: str = "soft", substitute: Any = 0) -> Array:
    """Soft, hard, garrote or one-sided thresholding; see `pywt.threshold`."""
    x = as_array(data)
    xp = namespace(x)
    match mode:
        case "soft" | "garrote" | "garotte":
            magnitude = xp.abs(x)
            return _shrink(x, magnitude, magnitude <= value, 1 if mode == "soft" else 2, value, substitute)
        case "hard":
            return _replace(x, xp.abs(x) < value, substitute)
        case "greater" | "less":
            if xp.isdtype(x.dtype, "complex floating"):
                raise ValueError(f"{mode} thresholding only supports real data")
            return _replace(x, x < value if mode == "greater" else x > value, substitute)
        case _:
            allowed = "'garotte', 'garrote', 'greater', 'hard', 'less', 'soft'"
            raise ValueError(f"The mode parameter only takes values from: {allowed}.")


def threshold_firm(data: Array, value_low: float, value_high: float) -> Array:
    """Firm thresholding: 0 up to `value_low`, identity above `value_high`; see `pywt.threshold_firm`."""
    if value_low < 0:
        raise ValueError("value_low must be non-negative.")
    if value_high < value_low:
        raise ValueError("value_high must be greater than or equal to value_low.")
    x = as_array(data)
    xp = namespace(x)
    magnitude = xp.abs(x)
    if value_high == float("inf"):
        return threshold(x, value_low)
    slope = value_high / (value_high - value_low) if value_high > value_low else 0.0
    shrunk = slope * _shrink(x, magnitude, magnitude <= value_low, 1, value_low, 0)
    return xp.where(magnitude > value_high, xp.astype(x, shrunk.dtype), shrunk)
