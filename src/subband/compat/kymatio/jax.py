"""kymatio's transforms of JAX arrays: `from subband.compat.kymatio.jax import Scattering1D`."""

from typing import Any, ClassVar

import jax

from subband.compat.kymatio.joint import Joint
from subband.compat.kymatio.line import Line
from subband.compat.kymatio.plane import Plane
from subband.compat.kymatio.space import Space
from subband.compat.kymatio.transform import Transform

__all__ = ["HarmonicScattering3D", "Scattering1D", "Scattering2D", "TimeFrequencyScattering"]


class JaxFlavour(Transform):
    """Callable transform of JAX or NumPy arrays with JAX results; compatible with tracing."""

    frontend_name: ClassVar[str] = "jax"

    def accept(self, x: Any) -> jax.Array:
        if x is None:
            raise TypeError("The input should be not empty.")
        return jax.numpy.asarray(x)

    def __call__(self, x: Any) -> Any:
        """Alias of `scattering`."""
        return self.scattering(x)


class Scattering1D(JaxFlavour, Line):
    """Scattering of (…, N) signals."""


class Scattering2D(JaxFlavour, Plane):
    """Scattering of (…, M, N) images."""

    noun: ClassVar[str] = "array"


class HarmonicScattering3D(JaxFlavour, Space):
    """Solid harmonic scattering of (…, M, N, O) densities."""


class TimeFrequencyScattering(JaxFlavour, Joint):
    """Joint time–frequency scattering of (…, N) signals."""
