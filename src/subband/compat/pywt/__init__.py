"""PyWavelets' interface to Subband's transforms: `from subband.compat import pywt`.

Arguments, results, order of coefficients, warnings and errors are those of PyWavelets 1.10, whichever version is
installed. Arrays may be NumPy's, PyTorch's or JAX's; results are of the same library, with gradients. Filter
tables, wavelet objects and their functions, demonstration signals, and all names that are not replaced here are
re-exported from the installed PyWavelets.
"""

# ruff: noqa: F401, F403 - re-exports all names of PyWavelets; `__all__` of each module lists those it
# replaces.
from typing import Any

from pywt import *  # pyright: ignore[reportWildcardImportFromLibrary]
from pywt import __all__

from subband.compat.pywt.additive import *
from subband.compat.pywt.arguments import tables
from subband.compat.pywt.continuous import *
from subband.compat.pywt.extension import *
from subband.compat.pywt.multidim import *
from subband.compat.pywt.multilevel import *
from subband.compat.pywt.onelevel import *
from subband.compat.pywt.packets import *
from subband.compat.pywt.packing import *
from subband.compat.pywt.separable import *
from subband.compat.pywt.stationary import *
from subband.compat.pywt.thresholding import *
from subband.compat.pywt.trees import *


def __getattr__(name: str) -> Any:
    """Fallback for names outside of PyWavelets' `__all__`, such as those in the `repr` of its wavelets."""
    return getattr(tables, name)
