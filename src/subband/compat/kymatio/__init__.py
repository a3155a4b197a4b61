"""kymatio's interface to Subband's scattering transforms: `from subband.compat import kymatio`.

    S = kymatio.Scattering2D(J=3, shape=(32, 32), frontend="torch")
    from subband.compat.kymatio.torch import Scattering2D          # the same

Arguments, attributes, layouts, values, warnings and errors are those of kymatio 0.3.0; those of
`TimeFrequencyScattering`, which it lacks, follow its development version. The frontends are "numpy"
(default), "torch", "jax" and "sklearn".
"""

from importlib import import_module
from typing import Any

__all__ = ["HarmonicScattering3D", "Scattering1D", "Scattering2D", "TimeFrequencyScattering"]

FRONTENDS = ("numpy", "torch", "jax", "sklearn")


def Scattering1D(*args: Any, frontend: str = "numpy", **kwargs: Any) -> Any:
    """Scattering of one-dimensional signals: an instance of the frontend's class."""
    return _of(frontend).Scattering1D(*args, **kwargs)


def Scattering2D(*args: Any, frontend: str = "numpy", **kwargs: Any) -> Any:
    """Scattering of images: an instance of the frontend's class."""
    return _of(frontend).Scattering2D(*args, **kwargs)


def HarmonicScattering3D(*args: Any, frontend: str = "numpy", **kwargs: Any) -> Any:
    """Solid harmonic scattering of three-dimensional densities: an instance of the frontend's class."""
    return _of(frontend).HarmonicScattering3D(*args, **kwargs)


def TimeFrequencyScattering(*args: Any, frontend: str = "numpy", **kwargs: Any) -> Any:
    """Joint time–frequency scattering: an instance of the frontend's class."""
    return _of(frontend).TimeFrequencyScattering(*args, **kwargs)


def _of(frontend: str) -> Any:
    if frontend.lower() not in FRONTENDS:
        raise RuntimeError(f"The frontend '{frontend}' is not valid. Must be one of {', '.join(FRONTENDS)}.")
    return import_module(f"subband.compat.kymatio.{frontend.lower()}")
