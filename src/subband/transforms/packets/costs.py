"""Additive costs of coefficients: small where few of them hold the signal."""

from collections.abc import Callable

from subband.arrays.arguments import number
from subband.arrays.namespace import Array, namespace

Cost = Callable[[Array], Array]
"""Coefficients, real or complex, of any shape → the cost of each, real, of the same shape."""


def entropy(size: Array, norm: float, parameter: float | None) -> Array:
    """−p ln p with p = |v|²/‖x‖², the share of the energy: Shannon's entropy (Coifman & Wickerhauser, IEEE
    Trans. Information Theory 38, 1992). Its exponential is about the number of coefficients that matter."""
    xp = namespace(size)
    share = (size / norm) ** 2
    return -share * _log(share, xp)


def log_energy(size: Array, norm: float, parameter: float | None) -> Array:
    """ln p, with ln 0 = 0: the entropy of a Gauss–Markov process whose variances are p (Coifman & Wickerhauser
    1992). A coefficient of nothing but rounding lowers it without bound, so it is for noisy signals."""
    return 2 * _log(size / norm, namespace(size))


def threshold(size: Array, norm: float, parameter: float | None) -> Array:
    """1 where |v| exceeds the parameter, in the signal's units, else 0: how many must be stored (Coifman &
    Wickerhauser 1992)."""
    xp = namespace(size)
    what = "the threshold of cost 'threshold', 0 or more, in the signal's units"
    parameter = number("parameter", parameter, what, low=0, below=None)
    return xp.where(size > parameter, xp.ones_like(size), xp.zeros_like(size))


def lp(size: Array, norm: float, parameter: float | None) -> Array:
    """(|v|/‖x‖)^p, the ℓᵖ norm to its p-th power; p = 1 unless the parameter says otherwise, and p < 2 rewards
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
"""Name → (|v|, ‖x‖, parameter) ↦ the cost of each coefficient."""


def _log(share: Array, xp) -> Array:
    """ln, and 0 of 0."""
    return xp.log(xp.where(share > 0, share, xp.ones_like(share)))
