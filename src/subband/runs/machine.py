"""What a result depends on besides its settings: versions of packages and the kind of machine."""

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
    """Return the versions of Subband, Python and the packages that results depend on."""
    found = {"subband": __version__, "python": platform.python_version()}
    return found | {package: version(package) for package in _PACKAGES}


def machine() -> str:
    """Return the processor's model and the cores that may be used; nothing that names a computer."""
    model = platform.machine()
    information = Path("/proc/cpuinfo")
    if information.is_file():
        lines = information.read_text("utf-8", errors="replace").splitlines()
        model = next(
            (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), model
        )
    return f"{model}, {cores()} cores"
