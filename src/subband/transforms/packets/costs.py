"""Additive cost functions for best-basis selection, small for sparse coefficients."""

from collections.abc import Callable

from subband.arrays.arguments import number
from subband.arrays.namespace import Array, namespace

Cost = Callable[[Array], Array]
"""Real or complex coefficients, of any shape → real cost of each, of the same shape."""


def entropy(size: Array, norm: float, parameter: float | None) -> Array:
    """−p ln p with p = |v|²/‖x‖²: Shannon entropy of the energy distribution. Its exponential is roughly the number
    of significant coefficients (Coifman & Wickerhauser, IEEE Trans. Information Theory 38, 1992)."""
    xp = namespace(size)
    share = (size / norm) ** 2
    return -share * _log(share, xp)


def log_energy(size: Array, norm: float, parameter: float | None) -> Array:
    """ln p, with ln 0 = 0: the entropy of a Gauss–Markov process with variances p (Coifman & Wickerhauser
    1992). Coefficients at the level of rounding make it arbitrarily low, so it suits noisy signals only."""
    return 2 * _log(size / norm, namespace(size))


def threshold(size: Array, norm: float, parameter: float | None) -> Array:
    """1 where |v| exceeds the parameter, in the signal's units, else 0: number of coefficients to store (Coifman &
    Wickerhauser 1992)."""
    xp = namespace(size)
    what = "the threshold of cost 'threshold', 0 or more, in the signal's units"
    parameter = number("parameter", parameter, what, low=0, below=None)
    return xp.where(size > parameter, xp.ones_like(size), xp.zeros_like(size))


def lp(size: Array, norm: float, parameter: float | None) -> Array:
    """(|v|/‖x‖)^p, the p-th power of the ℓᵖ norm; p is the parameter, by default 1; p < 2 favours
    sparsity (Coifman & Wickerhauser 1992; Donoho, Appl. Comput. Harmon. Anal. 1, 1993)."""
    power = 1.0 if parameter is None else parameter
    power = number(
        "parameter", power, "the power of cost 'lp', between 0 and 2, both excluded", above=0, below=2
    )
    return (size / norm) ** power


COSTS: dict[str, Callable[[Array, float, float | None], Array]] = {
    "entropy": entropy,
    "log_energy": log_energy,
    "threshold": threshold,
    "lp": lp,
}
"""Cost functions by name: (|v|, ‖x‖, parameter) ↦ cost of each coefficient."""


def _log(share: Array, xp) -> Array:
    """Logarithm, with ln 0 = 0."""
    return xp.log(xp.where(share > 0, share, xp.ones_like(share)))
