"""Regulator and Kalman filter together: feedback from measured outputs."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from subband.control.kalman_filters import Estimator, kalman, with_disturbance
from subband.control.matrices import of_system
from subband.control.regulators import Regulator, lqr
from subband.errors import InvalidInput
from subband.transforms.linear_systems import LinearSystem, linear_system


@dataclass(frozen=True, eq=False)
class Compensator:
    """u = −K x̂ − K_d d̂, with the estimates of a Kalman filter.

    Attributes:
        regulator: Of the system without disturbances.
        estimator: Of the states, and then of the disturbances.
        K_d: (m, q) compensation of the estimated disturbances; no columns without any.
        controller: The compensator as a discrete system from y to u.
        model: The system, with the disturbances as states, that the estimator assumes.

    Example:
        >>> import subband as sb
    """

    regulator: Regulator
    estimator: Estimator
    K_d: np.ndarray
    controller: LinearSystem
    model: LinearSystem

    @property
    def K(self) -> np.ndarray:
        """(m, n + q) gain of the estimates: u = −K [x̂; d̂]."""
        return np.hstack([self.regulator.K, self.K_d])


def lqg(
    system: LinearSystem,
    Q: Any,
    R: Any,
    process: Any,
    measurement: Any,
    *,
    disturbance: Any = None,
    drift: Any = 1e-4,
    track: Any = None,
) -> Compensator:
    """Least expected cost E Σ xᵀQx + uᵀRu from noisy outputs: `lqr` of the estimates of `kalman`.

    Args:
        system: Discrete and real, with D = 0.
        Q, R: As in `lqr`.
        process, measurement: As in `kalman`.
        disturbance: (n, q) how constant unknown inputs drive the states; they are estimated and compensated.
        drift: Covariance of the change of a disturbance in a step, in any form: how fast estimates follow.
        track: Outputs that compensation holds at zero; all by default.

    Returns:
        A `Compensator`.

    Raises:
        InvalidInput: as `lqr` and `kalman`; a continuous system; a direct term.

    Source: B. D. O. Anderson, J. B. Moore, Optimal Control: Linear Quadratic Methods, 1990, ch. 8; G. Pannocchia,
    J. B. Rawlings, Disturbance models for offset-free model-predictive control, 2003.

    Example:
        >>> import subband as sb
        >>> from subband.control import lqg
        >>> mass = sb.linear_system([[0.0, 1.0], [0.0, 0.0]], [[0.0], [1.0]], [[1.0, 0.0]]).discretise(0.1)
        >>> found = lqg(mass, [1.0, 0.0], 1.0, 1e-3, 1e-2, disturbance=[[0.005], [0.1]], drift=1e-3)
        >>> found.K.shape, found.K_d.round(6).tolist()  # a force is countered by as much
        ((1, 3), [[1.0]])
    """
    A, B, C, D, dt = of_system(system)
    if dt is None or np.any(D):
        raise InvalidInput(
            "lqg needs a discrete system without a direct term: give system.discretise(dt) with D = 0"
        )
    n, m = B.shape
    regulator = lqr(system, Q, R)
    W = np.diag(np.broadcast_to(process, n)) if np.ndim(process) < 2 else np.asarray(process)
    if disturbance is None:
        model, K_d = system, np.zeros((m, 0))
    else:
        E = np.asarray(disturbance, dtype=np.float64)
        model = with_disturbance(system, E)
        q = E.shape[1]
        drifts = np.diag(np.broadcast_to(drift, q)) if np.ndim(drift) < 2 else np.asarray(drift)
        W = np.block([[W, np.zeros((n, q))], [np.zeros((q, n)), drifts]])
        rows = C if track is None else C[list(track)]
        x_s, u_s = steady_state(A, B, rows, E)
        K_d = -(u_s + regulator.K @ x_s)
    estimator = kalman(model, W, measurement)
    controller = _controller(model, np.hstack([regulator.K, K_d]), estimator)
    return Compensator(regulator, estimator, K_d, controller, model)


def steady_state(A: np.ndarray, B: np.ndarray, C: np.ndarray, E: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """States (n, q) and inputs (m, q) at rest under each unit disturbance, with C x = 0; of least norm, or least
    error.

    [[A − 1, B], [C, 0]] [x; u] = [−E; 0].
    """
    n, m = B.shape
    left = np.block([[A - np.eye(n), B], [C, np.zeros((len(C), m))]])
    found = np.linalg.lstsq(left, np.vstack([-E, np.zeros((len(C), E.shape[1]))]), rcond=None)[0]
    return found[:n], found[n:]


def _controller(model: LinearSystem, K: np.ndarray, estimator: Estimator) -> LinearSystem:
    """x̂ = (1 − M C) x̄ + M y, u = −K x̂, x̄⁺ = A x̂ + B u: a system from y to u."""
    A, B, C, _, dt = of_system(model)
    M = estimator.M
    assert M is not None  # the model is discrete
    closed, kept = A - B @ K, np.eye(len(A)) - M @ C
    return linear_system(closed @ kept, closed @ M, -K @ kept, -K @ M, dt)
