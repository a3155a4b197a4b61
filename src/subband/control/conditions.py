"""Which modes of a system no input moves, or no output shows (Popov, Belevitch, Hautus)."""

import numpy as np

from subband.control.matrices import of_system
from subband.errors import InvalidInput
from subband.transforms.linear_systems import LinearSystem

TOLERANCE = 1e-9
"""Least singular value, relative to the largest, below which a matrix has lost rank."""


def uncontrollable_modes(system: LinearSystem) -> list[complex]:
    """Eigenvalues λ of A for which [λ 1 − A, B] has no full rank: their modes are moved by no input.

    Example:
        >>> import subband as sb
        >>> from subband.control import uncontrollable_modes
        >>> uncontrollable_modes(sb.linear_system([[2.0, 0.0], [0.0, 0.5]], [[0.0], [1.0]], [[1.0, 1.0]], dt=1.0))
        [(2+0j)]

    Source: M. L. J. Hautus, Controllability and observability conditions of linear autonomous systems, 1969.
    """
    A, B, *_ = of_system(system)
    return _modes_without(A, B)


def unobservable_modes(system: LinearSystem) -> list[complex]:
    """Eigenvalues of A whose modes appear in no output: [λ 1 − A; C] has no full rank."""
    m = of_system(system)
    return _modes_without(m.A.T, m.C.T)


def check_stabilisable(A: np.ndarray, B: np.ndarray, dt: float | None) -> None:
    """Raise InvalidInput that names an unstable mode which no input moves."""
    _check(A, B, dt, "can't be stabilised", "is moved by no input: add an actuator, or leave that state out")


def check_detectable(A: np.ndarray, C: np.ndarray, dt: float | None) -> None:
    """Raise InvalidInput that names an unstable mode which no output shows."""
    _check(A.T, C.T, dt, "can't be observed", "appears in no output: add a sensor, or leave that state out")


def is_unstable(mode: complex, dt: float | None) -> bool:
    """Whether a mode doesn't decay."""
    return mode.real >= -1e-12 if dt is None else abs(mode) >= 1 - 1e-12


def _check(A: np.ndarray, B: np.ndarray, dt: float | None, what: str, why: str) -> None:
    for mode in _modes_without(A, B):
        if is_unstable(mode, dt):
            # The left eigenvector says which states the mode consists of.
            values, vectors = np.linalg.eig(A.T)
            state = int(np.abs(vectors[:, np.argmin(np.abs(values - mode))]).argmax())
            shown = f"{mode.real:.4g}" if mode.imag == 0 else f"{mode:.4g}"
            raise InvalidInput(f"the system {what}: its unstable mode {shown}, mostly state {state}, {why}")


def _modes_without(A: np.ndarray, B: np.ndarray) -> list[complex]:
    n = len(A)
    found: list[complex] = []
    for mode in np.linalg.eigvals(A):
        singular = np.linalg.svd(np.hstack([mode * np.eye(n) - A, B]), compute_uv=False)
        # A multiple eigenvalue comes n times, each with a rounding error of its own.
        if singular[n - 1] < TOLERANCE * max(singular[0], 1.0) and not any(
            abs(mode - m) < 1e-6 for m in found
        ):
            found.append(complex(mode))
    return found
