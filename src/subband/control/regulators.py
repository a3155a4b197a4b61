"""Linear–quadratic regulators: state feedback, with integrators, and over a finite horizon."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from subband.control.conditions import check_stabilisable
from subband.control.matrices import of_system, weight
from subband.errors import InvalidInput
from subband.transforms.linear_systems import LinearSystem


@dataclass(frozen=True, eq=False)
class Regulator:
    """u = −K x, which minimises the cost; or u = −K [x; z] with the integrators z.

    Attributes:
        K: (m, n) gain.
        P: (n, n) cost-to-go: xᵀ P x is the cost from the state x.
        poles: (n,) eigenvalues of A − B K.
    """

    K: np.ndarray
    P: np.ndarray
    poles: np.ndarray


@dataclass(frozen=True, eq=False)
class IntegralRegulator(Regulator):
    """A regulator of the states and of the integrated tracking errors.

    Attributes:
        tracked: Outputs whose errors are integrated.
        states: n; the columns of `K` after the first n belong to the integrators.
    """

    tracked: tuple[int, ...] = ()
    states: int = 0

    @property
    def K_x(self) -> np.ndarray:
        """(m, n) gain of the states."""
        return self.K[:, : self.states]

    @property
    def K_z(self) -> np.ndarray:
        """(m, len(tracked)) gain of the integrators z, z' = r − y or z[k+1] = z[k] + dt (r − y)."""
        return self.K[:, self.states :]


def lqr(system: LinearSystem, Q: Any, R: Any) -> Regulator:
    """The state feedback u = −K x of least cost Σ xᵀQx + uᵀRu, or ∫ for a continuous system.

    Args:
        system: Real; discrete or continuous.
        Q: (n, n) weight of the states, (n,) for a diagonal one, or a number.
        R: (m, m), (m,) or a number, positive definite: weight of the inputs.

    Returns:
        A `Regulator`.

    Raises:
        InvalidInput: weights that are not symmetric or definite, an unstable mode that no input moves (it is
            named), or one on the border of stability that Q doesn't see.

    Example:
        >>> import subband as sb
        >>> from subband.control import lqr
        >>> mass = sb.linear_system([[0.0, 1.0], [0.0, 0.0]], [[0.0], [1.0]], [[1.0, 0.0]])
        >>> lqr(mass, [1.0, 0.0], 1.0).K.round(6).tolist()
        [[1.0, 1.414214]]

    Source: R. E. Kalman, Contributions to the theory of optimal control, 1960; SciPy's solvers of the algebraic
    Riccati equations.
    """
    A, B, _, _, dt = of_system(system)
    Q, R = weight("Q", Q, len(A)), weight("R", R, B.shape[1], definite=True)
    check_stabilisable(A, B, dt)
    K, P = _gain(A, B, Q, R, dt)
    return Regulator(K, P, np.linalg.eigvals(A - B @ K))


def lqi(system: LinearSystem, Q: Any, R: Any, track: Sequence[int] | None = None) -> IntegralRegulator:
    """A regulator with integrators of the tracking errors, so that constant disturbances leave no offset.

    u = −K_x x − K_z z. The reference enters through the integrators only: feeding the error x − r back instead
    makes large steps of the reference saturate the inputs.

    Args:
        system: Real; D must be zero.
        Q: Weight of the n states and then of the integrators, in any form as in `lqr`.
        R: Weight of the inputs.
        track: Outputs whose errors are integrated; all by default. At most as many as there are inputs.

    Raises:
        InvalidInput: as `lqr`; outputs that can't be tracked at the same time, or that don't exist.
    """
    A, B, C, D, dt = of_system(system)
    n, m = B.shape
    chosen = tuple(range(len(C))) if track is None else tuple(track)
    if not chosen or not all(isinstance(k, int | np.integer) and -len(C) <= k < len(C) for k in chosen):
        raise InvalidInput(f"track={track}: give outputs among 0 … {len(C) - 1}")
    if len(chosen) > m:
        raise InvalidInput(
            f"{len(chosen)} outputs can't be held by {m} inputs: give at most {m} in track, e.g. "
            f"track={list(chosen[:m])}"
        )
    if np.any(D):
        raise InvalidInput("integrators need outputs without a direct term: D must be zero")
    rows, q = C[list(chosen)], len(chosen)
    A_a, B_a = with_integrators(A, B, rows, dt)
    Q, R = weight("Q", Q, n + q), weight("R", R, m, definite=True)
    check_stabilisable(A_a, B_a, dt)
    K, P = _gain(A_a, B_a, Q, R, dt)
    return IntegralRegulator(K, P, np.linalg.eigvals(A_a - B_a @ K), chosen, n)


def with_integrators(
    A: np.ndarray, B: np.ndarray, C: np.ndarray, dt: float | None
) -> tuple[np.ndarray, np.ndarray]:
    """A and B of the states and of the integrals of −C x."""
    n, q = len(A), len(C)
    if dt is None:
        return np.block([[A, np.zeros((n, q))], [-C, np.zeros((q, q))]]), np.vstack(
            [B, np.zeros((q, B.shape[1]))]
        )
    return np.block([[A, np.zeros((n, q))], [-dt * C, np.eye(q)]]), np.vstack([B, np.zeros((q, B.shape[1]))])


def lqr_horizon(A: np.ndarray, B: np.ndarray, Q: Any, R: Any, Q_last: Any) -> np.ndarray:
    """Gains of least cost Σ xᵀQx + uᵀRu + x_Tᵀ Q_last x_T along a trajectory, by the Riccati recursion.

    Args:
        A: (T, n, n) state matrices of the steps.
        B: (T, n, m) input matrices.
        Q, R: Weights of each step, as in `lqr`.
        Q_last: Weight of the last state.

    Returns:
        (T, m, n) gains Kₖ of u = −Kₖ x.

    Raises:
        InvalidInput: weights that are not symmetric or definite.

    Source: D. P. Bertsekas, Dynamic Programming and Optimal Control, vol. 1, §3.1.
    """
    n, m = B.shape[1:]
    Q, R, P = weight("Q", Q, n), weight("R", R, m, definite=True), weight("Q_last", Q_last, n)
    gains = np.empty((len(A), m, n))
    for k in reversed(range(len(A))):
        gains[k] = np.linalg.solve(R + B[k].T @ P @ B[k], B[k].T @ P @ A[k])
        P = Q + A[k].T @ P @ (A[k] - B[k] @ gains[k])
        P = (P + P.T) / 2
    return gains


def _gain(
    A: np.ndarray, B: np.ndarray, Q: np.ndarray, R: np.ndarray, dt: float | None
) -> tuple[np.ndarray, np.ndarray]:
    from scipy.linalg import solve_continuous_are, solve_discrete_are

    try:
        if dt is None:
            P = solve_continuous_are(A, B, Q, R)
            return np.linalg.solve(R, B.T @ P), P
        P = solve_discrete_are(A, B, Q, R)
        return np.linalg.solve(R + B.T @ P @ B, B.T @ P @ A), P
    except np.linalg.LinAlgError as error:
        raise InvalidInput(
            "the Riccati equation has no stabilising solution: Q must weight every mode on the border of "
            "stability, "
            "and the system must be well scaled"
        ) from error
