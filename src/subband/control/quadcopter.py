"""A quadcopter: rigid body, four motors, linear friction of the air."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
import torch
from torch import Tensor

from subband.control.linear_model import linearise
from subband.transforms.linear_systems import LinearSystem

STATES = ("x", "y", "z", "vx", "vy", "vz", "φ", "θ", "ψ", "ωx", "ωy", "ωz")
"""Position (m), velocity (m/s), roll, pitch, yaw (rad), angular velocity in the body's frame (rad/s)."""

SEEN = (0, 1, 2, 6, 7, 8)
"""States that are measured: position and angles."""

SUBSTEPS = 5
"""Runge–Kutta steps in a sampling interval."""


@dataclass(frozen=True)
class Quadcopter:
    """Parameters, by default those of an exercise in optimal control; inputs are squared motor voltages.

    Motor i turns at ω_i² = motor·u_i and lifts with lift·ω_i².

    Attributes:
        mass: kg.
        arm: Distance of a motor from the centre, m.
        lift: N s²/rad².
        drag: Torque of a propeller about its axis, N m s²/rad².
        friction: Of the air, N s/m.
        inertia: About the body's axes, kg m².
        motor: Motor constant, rad²/s² per unit of input.
        least, most: Limits of an input.
        gravity: m/s².
    """

    mass: float = 0.5
    arm: float = 0.25
    lift: float = 3e-6
    drag: float = 1e-7
    friction: float = 0.25
    inertia: tuple[float, float, float] = (5e-3, 5e-3, 1e-2)
    motor: float = 1e4
    least: float = 0.0
    most: float = 100.0
    gravity: float = 9.81

    @property
    def hover(self) -> np.ndarray:
        """(4,) inputs that carry the weight: 40.875 each by default."""
        return np.full(4, self.mass * self.gravity / (4 * self.lift * self.motor))

    def derivative(
        self, x: Tensor, u: Tensor, load: Tensor | float = 0.0, force: Tensor | float = 0.0
    ) -> Tensor:
        """x' of the states in `STATES`.

        Args:
            x: (…, 12) states.
            u: (…, 4) inputs.
            load: (…,) additional mass at the centre, kg.
            force: (…, 3) of the wind, N.

        Returns:
            (…, 12).

        Source: T. Luukkonen, Modelling and control of quadcopter, 2011, eq. 10–19.
        """
        wind = torch.as_tensor(force, dtype=x.dtype).expand(*x.shape[:-1], 3).unbind(-1)
        parts = self.motion(x.unbind(-1), u.unbind(-1), torch, load, wind)
        return torch.stack(torch.broadcast_tensors(*parts), dim=-1)

    def motion(
        self,
        x: Sequence[Any],
        u: Sequence[Any],
        functions: Any,
        load: Any = 0.0,
        force: Sequence[Any] = (0.0, 0.0, 0.0),
    ) -> list[Any]:
        """x' of the twelve states one by one, for numbers of any kind: tensors, or symbols of a solver.

        Args:
            x: The states in `STATES`.
            u: The four inputs.
            functions: With sin, cos and tan of such numbers.
            load: Additional mass at the centre, kg.
            force: Of the wind along each axis, N.

        Source: as `derivative`.
        """
        _, _, _, vx, vy, vz, φ, θ, ψ, p, q, r = x
        sx, sy, sz = map(functions.sin, (φ, θ, ψ))
        cx, cy, cz = map(functions.cos, (φ, θ, ψ))
        F = [self.lift * self.motor * input for input in u]
        # The body's z axis in the world, the last column of R_z(ψ) R_y(θ) R_x(φ).
        up = (cz * sy * cx + sz * sx, sz * sy * cx - cz * sx, cy * cx)
        forces = (sum(F) * e - self.friction * v + f for e, v, f in zip(up, (vx, vy, vz), force, strict=True))
        ax, ay, az = (f / (self.mass + load) for f in forces)
        turning = q * sx + r * cx
        angles = (p + turning * functions.tan(θ), q * cx - r * sx, turning / cy)
        Ix, Iy, Iz = self.inertia
        spin = (
            (self.arm * (F[0] - F[2]) - (Iz - Iy) * q * r) / Ix,
            (self.arm * (F[1] - F[3]) - (Ix - Iz) * p * r) / Iy,
            (self.drag * self.motor * (u[0] - u[1] + u[2] - u[3]) - (Iy - Ix) * p * q) / Iz,
        )
        return [vx, vy, vz, ax, ay, az - self.gravity, *angles, *spin]

    def step(
        self,
        x: Tensor,
        u: Tensor,
        dt: float | Tensor,
        load: Tensor | float = 0.0,
        force: Tensor | float = 0.0,
        substeps: int = SUBSTEPS,
    ) -> Tensor:
        """(substeps, …, 12) States after equal parts of `dt` with constant inputs, by Runge–Kutta of order 4."""
        states, h = [], dt / substeps
        for _ in range(substeps):
            a = self.derivative(x, u, load, force)
            b = self.derivative(x + h / 2 * a, u, load, force)
            c = self.derivative(x + h / 2 * b, u, load, force)
            d = self.derivative(x + h * c, u, load, force)
            x = x + h / 6 * (a + 2 * b + 2 * c + d)
            states.append(x)
        return torch.stack(states)

    def at_hover(self) -> LinearSystem:
        """The continuous linear model at hover, from inputs to position and angles."""
        outputs = np.eye(len(STATES))[list(SEEN)]
        return linearise(self.derivative, np.zeros(len(STATES)), self.hover, outputs)


def tilt(x: Tensor) -> Tensor:
    """(…,) angle of the body's z axis from the vertical, rad."""
    up = (torch.cos(x[..., 6]) * torch.cos(x[..., 7])).clamp(-1, 1)
    return torch.where(torch.isfinite(up), torch.acos(up), torch.full_like(up, inf))
