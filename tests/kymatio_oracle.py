"""kymatio 0.3.0 as an oracle, where it is installed; it was written for a SciPy that had `sph_harm`."""

from types import ModuleType

import pytest


def kymatio_itself() -> ModuleType:
    """`kymatio`, or skip the test or its module."""
    special = pytest.importorskip("scipy.special")
    if not hasattr(special, "sph_harm"):
        special.sph_harm = lambda m, n, theta, phi: special.sph_harm_y(n, m, phi, theta)
    kymatio = pytest.importorskip("kymatio")
    if not kymatio.__version__.startswith("0.3."):
        reason = f"the values are those of kymatio 0.3, and {kymatio.__version__} is installed"
        pytest.skip(reason, allow_module_level=True)
    return kymatio


def kymatio_numpy() -> ModuleType:
    """`kymatio.numpy`, or skip the test."""
    kymatio_itself()
    return pytest.importorskip("kymatio.numpy")
