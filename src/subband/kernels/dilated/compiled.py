"""Undecimated filter banks compiled for the CPU (`native/dilated`); complex numbers count as two real ones."""

from functools import lru_cache

import numpy as np

from subband import _native
from subband.kernels.dilated.plan import DilatedPlan
from subband.kernels.threads import share

_BANKS = {"f": _native.DilatedBank32, "d": _native.DilatedBank64}


def analyse(x: np.ndarray, plan: DilatedPlan) -> np.ndarray:
    """(batch, n₁, …, n_d) → (batch, bands, n₁, …, n_d): the approximation, then details from coarse to fine."""
    x, bank = np.require(x, requirements=("C", "A")), bank_of(plan, x.dtype.char)
    bands = 1 + plan.levels * (2 ** len(plan.size) - 1)
    out = np.empty((len(x), bands, *plan.size), x.dtype)
    source, target = _real(x), _real(out)
    share(lambda start, stop: bank.analyse(source, target, start, stop), len(x), out.size)
    return out


def synthesise(bands: np.ndarray, plan: DilatedPlan, last: int) -> np.ndarray:
    """(batch, bands, n₁, …, n_d) → (batch, n₁, …, n_d): the approximation of level `last`, 0 for the signal."""
    bands, bank = np.require(bands, requirements=("C", "A")), bank_of(plan, bands.dtype.char)
    y = np.empty((len(bands), *plan.size), bands.dtype)
    source, target = _real(bands), _real(y)
    share(lambda start, stop: bank.synthesise(source, target, last, start, stop), len(y), bands.size)
    return y


def _real(x: np.ndarray) -> np.ndarray:
    return x.view(x.dtype.char.lower())


@lru_cache(maxsize=256)
def bank_of(plan: DilatedPlan, char: str) -> _native.DilatedBank32 | _native.DilatedBank64:
    """The kernel of a plan, for numbers of a type."""
    weights = [
        np.array(plan.weights(level, axis)) for level in range(plan.levels) for axis in range(len(plan.size))
    ]
    return _BANKS[char.lower()](
        plan.levels,
        1 if char.islower() else 2,
        np.array(plan.size),
        np.cumsum([0, *map(len, weights)]),
        np.concatenate([w[:, 0] for w in weights]).astype(np.int64),
        np.concatenate([w[:, 1:].T.ravel() for w in weights]).astype(char.lower()),
    )
