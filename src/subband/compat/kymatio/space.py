"""Solid harmonic scattering with kymatio's arguments and layout; see `kymatio.HarmonicScattering3D`."""

from collections.abc import Sequence
from typing import Any, ClassVar

from subband.arrays.namespace import Array, namespace
from subband.compat.kymatio.transform import Transform
from subband.transforms.scattering import HarmonicScattering


class Space(Transform):
    """The three-dimensional transform of kymatio 0.3.0 (arguments, attributes), for any array library."""

    rank: ClassVar[int] = 3

    def __init__(
        self,
        J: int,
        shape: tuple[int, int, int],
        L: int = 3,
        sigma_0: float = 1,
        max_order: int = 2,
        rotation_covariant: bool = True,
        method: str = "integral",
        points: Any = None,
        integral_powers: Sequence[float] = (0.5, 1.0, 2.0),
        backend: Any = None,
    ) -> None:
        super().__init__()
        self.J, self.shape, self.L, self.sigma_0 = int(J), shape, int(L), sigma_0
        self.backend = self.choose_backend(backend)
        self.max_order, self.rotation_covariant, self.method = max_order, rotation_covariant, method
        self.points, self.integral_powers = points, integral_powers
        self.M, self.N, self.O = self.shape

    def scattering(self, input_array: Array) -> Array:
        """(…, M, N, O) → (…, scales, L + 1, powers): integrals of the moduli, first order first."""
        x = self.accept(input_array)
        if x.ndim < 3:
            raise RuntimeError("Input tensor must have at least three dimensions.")
        if tuple(x.shape[-3:]) != (self.M, self.N, self.O):
            raise RuntimeError(f"Tensor must be of spatial size ({self.M}, {self.N}, {self.O}).")
        if self.method != "integral":
            raise ValueError("method must be in ['integral']")
        plan = HarmonicScattering(
            self.J,
            self.L,
            float(self.sigma_0),
            int(self.max_order),
            tuple(float(q) for q in self.integral_powers),
            covariant=bool(self.rotation_covariant),
        )
        x = self.real(x)
        layout = (len(plan.scales), self.L + 1, len(plan.exponents))
        return namespace(x).reshape(plan(x).array, (*x.shape[:-3], *layout))
