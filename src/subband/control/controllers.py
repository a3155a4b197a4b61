"""Controllers of quadcopters in flight, for a whole batch at once."""

from collections.abc import Callable
from typing import Any, Protocol, final

import numpy as np
import torch
from torch import Tensor

from subband.control.kalman_filters import Estimator, kalman_horizon
from subband.control.matrices import of_system
from subband.control.quadcopter import SEEN, STATES, Quadcopter
from subband.control.quickest import Plan
from subband.control.regulators import IntegralRegulator, lqr_horizon
from subband.errors import InvalidInput
from subband.transforms.linear_systems import LinearSystem

N = len(STATES)


class Controller(Protocol):
    """Inputs from what is measured; keeps its own memory, so that each flight needs a new one."""

    def __call__(self, k: int, x: Tensor, y: Tensor) -> Tensor:
        """Step, true states (batch, 12) and measured outputs (batch, 6) → inputs (batch, 4), not yet limited."""
        ...


def tensor(x: Any) -> Tensor:
    """In double precision."""
    return torch.as_tensor(np.ascontiguousarray(x), dtype=torch.float64)


@final
class AtHover:
    """u = hover − K (x̂ − r) − K_d d̂, or with integrators u = hover − K_x x̂ − K_z z and z ← z + dt (r − C x̂).

    Args:
        hover: (4,) inputs at rest.
        K: (4, 12 + q) gain of the states and of q estimated disturbances; or an `IntegralRegulator`.
        reference: Step → (12,) or (batch, 12) state to fly to; the origin by default.
        estimator: A Kalman filter of `model`; without one the true states are fed back.
        model: The discrete model of the filter, or of the integrators.
    """

    def __init__(
        self,
        hover: np.ndarray,
        K: np.ndarray | IntegralRegulator,
        model: LinearSystem,
        *,
        reference: Callable[[int], Tensor] | None = None,
        estimator: Estimator | None = None,
    ) -> None:
        self.hover, self.reference = tensor(hover), reference
        A, B, C, _, dt = of_system(model)
        if dt is None:
            raise InvalidInput(
                "a controller acts at samples: give a discrete model, e.g. model.discretise(0.05)"
            )
        self.A, self.B, self.C, self.dt = tensor(A), tensor(B), tensor(C), dt
        self.M = None if estimator is None else tensor(estimator.M)
        self.integral = isinstance(K, IntegralRegulator)
        if isinstance(K, IntegralRegulator):
            self.K, self.K_z = tensor(K.K_x), tensor(K.K_z)
            self.rows = tensor(C[list(K.tracked)])
        else:
            self.K = tensor(K)
        self.predicted: Tensor | None = None
        self.z: Tensor | None = None

    def __call__(self, k: int, x: Tensor, y: Tensor) -> Tensor:
        if self.M is not None:
            before = x.new_zeros(len(x), len(self.A)) if self.predicted is None else self.predicted
            x = before + (y - before @ self.C.mT) @ self.M.mT
        r = x.new_zeros(N) if self.reference is None else self.reference(k)
        if self.integral:
            z = x.new_zeros(len(x), len(self.rows)) if self.z is None else self.z
            u = -x[:, : self.K.shape[1]] @ self.K.mT - z @ self.K_z.mT
            self.z = z + self.dt * ((r - x[:, :N]) @ self.rows[:, :N].mT)
        else:
            off = torch.cat([x[:, :N] - r, x[:, N:]], dim=1)
            u = -off @ self.K.mT
        if self.M is not None:
            self.predicted = x @ self.A.mT + u @ self.B.mT
        return self.hover + u


@final
class Along:
    """Follows a plan by a time-varying regulator and Kalman filter with an acceleration as a disturbance.

    The dynamics are linearised about each step of the plan, so that it may be far from hover. Both gains are found
    once for all flights. After the plan, the last checkpoint is held. With the default weights, noisy sensors
    rarely drive the motors to their limits, beyond which a flight at a steep tilt is lost.

    Args:
        quad: The quadcopter that is assumed.
        plan: On the controller's grid, from `on_grid`.
        hold: Steps for which to stay at the end.
        noise: Standard deviations of measured position (m) and angles (rad).
        weights: Of position, velocity, angles, angular velocity in the regulator.
        effort: Weight of the inputs.
        drift: Standard deviation of the change of the estimated acceleration in a step, m/s².

    Example:
        >>> import numpy as np
        >>> import torch
        >>> from subband.control import Along, Plan, Quadcopter
        >>> quad = Quadcopter()
        >>> hover, steps = np.tile(quad.hover, (10, 1)), np.full(10, 0.02)
        >>> plan = Plan(np.zeros((11, 12)), hover, steps, np.array([10]), np.zeros((1, 3)), defect=0.0)
        >>> along = Along(quad, plan, hold=5)
        >>> u = along(0, torch.zeros(1, 12, dtype=torch.float64), torch.zeros(1, 6, dtype=torch.float64))
        >>> along.steps, bool(np.allclose(u, quad.hover))  # where all goes to plan
        (15, True)
    """

    def __init__(
        self,
        quad: Quadcopter,
        plan: Plan,
        *,
        hold: int = 0,
        noise: tuple[float, float] = (5e-3, 8.7e-3),
        weights: tuple[float, float, float, float] = (100.0, 10.0, 40.0, 0.5),
        effort: float = 0.02,
        drift: float = 0.05,
    ) -> None:
        dt = float(plan.steps[0])
        end = np.concatenate([plan.states[-1, :3], np.zeros(N - 3)])
        X = np.vstack([plan.states[:-1], np.tile(end, (hold + 1, 1))])
        U = np.vstack([plan.inputs, np.tile(quad.hover, (hold, 1))])
        A, B = _jacobians(quad, X[:-1], U, dt)
        A, B, C = _with_acceleration(A, B, dt)
        Q = np.diag(np.concatenate([np.repeat(weights, 3), np.zeros(3)]))
        # What the motors cancel of an acceleration at once is no effort, or the regulator would leave some of it.
        cancelled = -np.linalg.pinv(B[:, :N]) @ A[:, :N, N:]
        countered = A.copy()
        countered[:, :, N:] += B @ cancelled
        K = lqr_horizon(countered, B, Q, effort, Q)
        K[:, :, N:] -= cancelled
        process = np.diag(np.repeat([1e-7, 1e-5, 1e-7, 1e-4, drift**2], 3))
        V = np.diag(np.repeat(np.square(noise), 3))
        first = np.diag(np.repeat([1e-4, 1e-2, 1e-4, 1e-2, 1.0], 3))
        M = kalman_horizon(A, C, process, V, first)
        self.X, self.U, self.A, self.B, self.C, self.K, self.M = map(tensor, (X, U, A, B, C, K, M))
        self.least, self.most = quad.least, quad.most
        self.steps, self.dt = len(U), dt
        self.predicted: Tensor | None = None

    def __call__(self, k: int, x: Tensor, y: Tensor) -> Tensor:
        before = x.new_zeros(len(x), self.A.shape[-1]) if self.predicted is None else self.predicted
        seen = y - self.X[k, list(SEEN)]
        off = before + (seen - before @ self.C.mT) @ self.M[k].mT
        # The filter must know what the motors do, so limits are applied here.
        u = (self.U[k] - off @ self.K[k].mT).clamp(self.least, self.most)
        self.predicted = off @ self.A[k].mT + (u - self.U[k]) @ self.B[k].mT
        return u


def _jacobians(quad: Quadcopter, X: np.ndarray, U: np.ndarray, dt: float) -> tuple[np.ndarray, np.ndarray]:
    """∂x_{k+1}/∂xₖ (K, 12, 12) and ∂x_{k+1}/∂uₖ (K, 12, 4) of the nonlinear steps."""

    def advance(x: Tensor, u: Tensor) -> Tensor:
        return quad.step(x, u, dt)[-1]

    both = torch.func.vmap(torch.func.jacfwd(advance, argnums=(0, 1)))
    A, B = both(tensor(X), tensor(U))
    return A.numpy(), B.numpy()


def acceleration_drives(dt: float) -> np.ndarray:
    """(12, 3) How an acceleration that is constant during `dt` changes the states."""
    E = np.zeros((N, 3))
    E[:3], E[3:6] = dt**2 / 2 * np.eye(3), dt * np.eye(3)
    return E


def _with_acceleration(A: np.ndarray, B: np.ndarray, dt: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The steps' matrices with an unknown acceleration as three more states, and the outputs of these."""
    K = len(A)
    A_d = np.zeros((K, N + 3, N + 3))
    A_d[:, :N, :N], A_d[:, :N, N:], A_d[:, N:, N:] = A, acceleration_drives(dt), np.eye(3)
    return A_d, np.concatenate([B, np.zeros((K, 3, B.shape[2]))], axis=1), np.eye(N + 3)[list(SEEN)]
