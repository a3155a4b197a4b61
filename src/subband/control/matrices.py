"""Matrices of systems and weights as checked NumPy arrays of double precision."""

from typing import Any, NamedTuple

import numpy as np

from subband.arrays.concrete import known
from subband.errors import InvalidInput
from subband.transforms.linear_systems import LinearSystem


class Matrices(NamedTuple):
    """A, B, C, D of one system in NumPy, and its sampling interval or None."""

    A: np.ndarray
    B: np.ndarray
    C: np.ndarray
    D: np.ndarray
    dt: float | None


def of_system(system: LinearSystem) -> Matrices:
    """The matrices of one real system with a dense or diagonal state matrix.

    Raises:
        InvalidInput: a batch of systems, complex matrices, or numbers that are not finite.
    """
    if not isinstance(system, LinearSystem):
        raise InvalidInput(
            f"{type(system).__name__} is no system: give subband.linear_system(A, B, C, D, dt)"
        )
    A, B, C, D = (np.asarray(known(x)) for x in (system.A, system.B, system.C, system.D))
    A = np.diag(A) if system.is_diagonal and A.ndim == 1 else A
    if A.ndim != 2 or B.ndim != 2 or C.ndim != 2:
        raise InvalidInput("control is designed for one system at a time: give one without batch axes")
    if any(np.iscomplexobj(x) for x in (A, B, C, D)):
        raise InvalidInput("control is designed for real systems: this one has complex matrices")
    found = [np.asarray(x, dtype=np.float64) for x in (A, B, C, D)]
    if not all(np.isfinite(x).all() for x in found):
        raise InvalidInput("the system has NaN or infinite entries")
    return Matrices(found[0], found[1], found[2], found[3], system.dt)


def weight(name: str, value: Any, n: int, *, definite: bool = False) -> np.ndarray:
    """(n, n) A symmetric positive (semi)definite weight or covariance; a number or (n,) is its diagonal.

    Raises:
        InvalidInput: anything else.
    """
    try:
        W = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInput(
            f"{name} is no matrix of real numbers: give ({n}, {n}), ({n},) or a number"
        ) from error
    if W.ndim == 0:
        W = np.full(n, W)
    W = np.diag(W) if W.ndim == 1 else W
    if W.shape != (n, n) or not np.isfinite(W).all():
        raise InvalidInput(
            f"{name} of shape {np.shape(value)}: give finite numbers, ({n}, {n}), ({n},) or one"
        )
    if not np.allclose(W, W.T, atol=1e-10 * max(1.0, float(np.abs(W).max()))):
        raise InvalidInput(f"{name} is not symmetric: give e.g. ({name} + {name}.T) / 2")
    least, largest = np.linalg.eigvalsh(W)[[0, -1]]
    if least < -1e-10 * max(largest, 1.0) or (definite and least <= 0):
        kind = "positive definite" if definite else "positive semidefinite"
        raise InvalidInput(f"{name} has the eigenvalue {least:.3g}: give a {kind} matrix")
    return (W + W.T) / 2
