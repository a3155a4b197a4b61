"""Compiled loops where no compiled code can be kept: a read-only installation without a home."""

import os
import subprocess
import sys
from pathlib import Path

NO_CACHE = """
from importlib import import_module
import numpy as np
from numba import njit

def one():
    return 1

try:
    njit(cache=True)(one)
except RuntimeError as error:
    assert "no locator available" in str(error), error
else:
    raise AssertionError("numba found a place for its cache")

for name in ("plane", "plane_gradient"):
    import_module(f"subband.kernels.cascade.{name}")
import_module("subband.kernels.filterbank.compiled")
loops = import_module("subband.kernels.analytic_bank.loops")
bands = np.empty((1, 2), np.int64)
loops.find_bands(np.eye(1, 40, 20), 0.5, bands, 0, 1)
print(*bands[0])
"""


def test_without_a_place_for_its_cache_code_is_compiled_anew(tmp_path: Path) -> None:
    # A file where the cache's folder should be can't be written to, not even by root.
    (tmp_path / "file").touch()
    given = {
        "NUMBA_CACHE_DIR": str(tmp_path / "file"),
        "NUMBA_CACHE_LOCATOR_CLASSES": "UserProvidedCacheLocator,UserWideCacheLocator",
        "HOME": str(tmp_path / "file"),
        "XDG_CACHE_HOME": str(tmp_path / "file"),
    }
    code = [sys.executable, "-c", NO_CACHE]
    run = subprocess.run(
        code, env=os.environ | given, capture_output=True, text=True, timeout=300, check=False
    )
    assert run.returncode == 0, run.stderr
    first, last = map(int, run.stdout.split())
    assert first <= 20 < last
