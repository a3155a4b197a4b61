"""PyWavelets' names on Subband's transforms: `from subband.compat import pywt`.

Arguments, results, order of coefficients, warnings and errors are those of PyWavelets 1.10, whichever version is
installed; arrays may be NumPy's, PyTorch's or JAX's, and what comes out is of the kind that went in, with
gradients. Filter tables, wavelet objects, their functions and the demonstration signals are the installed
PyWavelets' own, and so is every name that no module here replaces.
"""

# ruff: noqa: F401, F403 - the list of names is PyWavelets' own, and each module here tells which of them it replaces.
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
    """Names that PyWavelets has without listing them, such as those in the `repr` of its wavelets."""
    return getattr(tables, name)
