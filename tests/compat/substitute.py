"""A pytest plugin: what asks for `pywt` gets `subband.compat.pywt`, and short signals get no short cut.

PyWavelets' tests also import private modules (`pywt._pytest`, `pywt._extensions`); those stay PyWavelets' own.
"""

import importlib
import sys

import pywt

for name in ("_pytest", "_utils", "_extensions._pywt", "_extensions._swt", "data"):
    importlib.import_module(f"{pywt.__name__}.{name}")

sys.modules["pywt"] = importlib.import_module("subband.compat.pywt")
importlib.import_module("subband.compat.pywt.onelevel").SHORT = 0
