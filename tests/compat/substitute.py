"""A pytest plugin: what asks for `pywt` gets `subband.compat.pywt`.

PyWavelets' tests also import private modules (`pywt._pytest`, `pywt._extensions`); those stay PyWavelets' own, but
are no attributes of the substitute.
"""

import importlib
import sys

import pywt

for name in ("_pytest", "_utils", "_extensions._pywt", "_extensions._swt", "data"):
    importlib.import_module(f"{pywt.__name__}.{name}")

sys.modules["pywt"] = importlib.import_module("subband.compat.pywt")
