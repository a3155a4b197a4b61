"""Forced two-dimensional turbulence: vorticity by a pseudo-spectral simulation, not a measurement."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import final

import numpy as np

from subband.arrays.arguments import integer, number
from subband.data.processes.process import Process
from subband.errors import InvalidInput

LENGTH = 2 * np.pi


@final
@dataclass(frozen=True)
class Turbulence(Process):
    """Vorticity ω of a forced, damped flow on a torus of side 2π: ∂ω/∂t + u·∇ω = f − αω − ν (−Δ)^4 ω.

    The force is white in time on wavenumbers near `forced`, so that energy goes to larger scales, where friction α
    takes it, and enstrophy to smaller ones, where hyperviscosity does. ν is such that the smallest scale is
    damped at the rate of `damping`.

    Attributes:
        shape: (N, N), N even.
        forced: Wavenumber of the force.
        friction: α.
        damping: Rate of decay at the largest wavenumber kept (2/3 of the grid's).
        step: Time step.
        spin_up: Steps before the first field.
        apart: Steps between fields.

    Source: pseudo-spectral method with the 2/3 rule, S. Orszag, J. Atmos. Sci. 28 (1971); integrating factor and
    fourth-order Runge–Kutta as in L. Trefethen, Spectral Methods in MATLAB (2000), ch. 10.
    """

    forced: float = 6.0
    friction: float = 0.1
    damping: float = 40.0
    step: float = 4e-3
    spin_up: int = 4000
    apart: int = 800

    def __post_init__(self) -> None:
        if len(self.shape) != 2 or self.shape[0] != self.shape[1] or self.shape[0] % 2 or self.shape[0] < 16:
            raise InvalidInput(f"shape={self.shape}: give (N, N), an even N of 16 or more")
        for name in ("forced", "friction", "damping", "step"):
            number(name, getattr(self, name), "a number above 0", above=0)
        integer("spin_up", self.spin_up, 0)
        integer("apart", self.apart, 1)

    def sample(
        self, n: int = 1, *, seed: int = 0, progress: Callable[[int, int], None] | None = None
    ) -> np.ndarray:
        """(n, N, N) fields `apart` steps from each other, scaled to standard deviation 1.

        Raises:
            InvalidInput: a flow that the time step can't follow.
        """
        rng = np.random.default_rng(seed)
        flow = _Flow(self)
        spectrum = np.zeros((self.shape[0], self.shape[0] // 2 + 1), complex)
        total, made = self.spin_up + self.apart * (n - 1), []
        for k in range(total + 1):
            if k >= self.spin_up and (k - self.spin_up) % self.apart == 0:
                made.append(np.fft.irfft2(spectrum, self.shape))
            spectrum = flow.advance(spectrum, rng)
            if progress is not None:
                progress(k + 1, total + 1)
            if k % 100 == 0 and not np.isfinite(spectrum).all():
                raise InvalidInput(f"the flow is faster than the time step: give step={self.step / 2:g}")
        fields = np.stack(made)
        return fields / fields.std()

    @property
    def moments(self) -> Mapping[str, float]:
        """The mean alone: vorticity is a derivative."""
        return {"mean": 0.0}


class _Flow:
    """One step of the simulation, with its tables."""

    def __init__(self, spec: Turbulence) -> None:
        n, self.dt = spec.shape[0], spec.step
        kx, ky = np.fft.rfftfreq(n, 1 / n)[None, :], np.fft.fftfreq(n, 1 / n)[:, None]
        square = kx**2 + ky**2
        self.kx, self.ky, self.shape = kx, ky, spec.shape
        self.inverse = np.where(square > 0, 1 / np.maximum(square, 1), 0)
        largest = n / 3
        self.kept = (np.abs(kx) < largest) & (np.abs(ky) < largest)
        decay = -spec.friction - spec.damping * (square / largest**2) ** 4
        self.half, self.whole = np.exp(decay * self.dt / 2), np.exp(decay * self.dt)
        ring = np.exp(-0.5 * ((np.sqrt(square) - spec.forced) / 0.5) ** 2) * self.kept
        ring[0, 0] = 0
        self.force = ring / np.sqrt(np.sum(ring**2)) * n**2 * np.sqrt(self.dt)

    def transported(self, w: np.ndarray) -> np.ndarray:
        """Spectrum of −u·∇ω, with u = (∂ψ/∂y, −∂ψ/∂x), Δψ = −ω."""
        psi = w * self.inverse
        fields = [np.fft.irfft2(f, self.shape) for f in (
            1j * self.ky * psi, -1j * self.kx * psi, 1j * self.kx * w, 1j * self.ky * w,
        )]  # fmt: skip
        u, v, wx, wy = fields
        return -np.fft.rfft2(u * wx + v * wy) * self.kept

    def advance(self, w: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Runge–Kutta with the exact decay as integrating factor, then the random force."""
        dt, half, whole = self.dt, self.half, self.whole
        a = self.transported(w)
        b = self.transported(half * (w + dt / 2 * a))
        c = self.transported(half * w + dt / 2 * b)
        d = self.transported(whole * w + dt * half * c)
        made = whole * w + dt / 6 * (whole * a + 2 * half * (b + c) + d)
        phases = np.fft.rfft2(rng.standard_normal(self.shape)) / self.shape[0]
        return made + 3.0 * self.force * phases / np.sqrt(2)
