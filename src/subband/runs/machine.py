"""Package versions and processor model, for the record of a run."""

import platform
from importlib.metadata import version
from pathlib import Path

from subband._version import __version__
from subband.runs.environment import cores

_PACKAGES = (
    "torch",
    "numpy",
    "scipy",
    "PyWavelets",
    "accelerate",
    "scikit-learn",
    "scikit-image",
    "pillow",
)


def versions() -> dict[str, str]:
    """Versions of Subband, Python and the numerical packages: name → version."""
    found = {"subband": __version__, "python": platform.python_version()}
    return found | {package: version(package) for package in _PACKAGES}


def machine() -> str:
    """Processor model and number of available cores, without the host name."""
    model = platform.machine()
    information = Path("/proc/cpuinfo")
    if information.is_file():
        lines = information.read_text("utf-8", errors="replace").splitlines()
        model = next(
            (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), model
        )
    return f"{model}, {cores()} cores"
