"""kymatio's transforms of NumPy arrays: `from subband.compat.kymatio.numpy import Scattering1D`."""

from typing import Any, ClassVar

import numpy as np

from subband.compat.kymatio.joint import Joint
from subband.compat.kymatio.line import Line
from subband.compat.kymatio.plane import Plane
from subband.compat.kymatio.space import Space
from subband.compat.kymatio.transform import Transform

__all__ = ["HarmonicScattering3D", "Scattering1D", "Scattering2D", "TimeFrequencyScattering"]


class NumPyFlavour(Transform):
    """Callable transform of NumPy arrays."""

    frontend_name: ClassVar[str] = "numpy"

    def accept(self, x: Any) -> np.ndarray:
        if x is None:
            raise TypeError("The input should be not empty.")
        if not isinstance(x, np.ndarray):
            raise TypeError(f"The input should be a numpy array, got type {type(x)}")
        return x

    def __call__(self, x: np.ndarray) -> Any:
        """Alias of `scattering`."""
        return self.scattering(x)


class Scattering1D(NumPyFlavour, Line):
    """Scattering of (…, N) signals."""


class Scattering2D(NumPyFlavour, Plane):
    """Scattering of (…, M, N) images."""

    noun: ClassVar[str] = "array"


class HarmonicScattering3D(NumPyFlavour, Space):
    """Solid harmonic scattering of (…, M, N, O) densities."""


class TimeFrequencyScattering(NumPyFlavour, Joint):
    """Joint time–frequency scattering of (…, N) signals."""
