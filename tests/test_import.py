"""Importing is light."""

import subprocess
import sys

HEAVY = {"torch", "jax", "matplotlib", "pywt", "numba", "sklearn", "skimage", "pandas", "scipy.signal"}


def test_import_brings_no_framework_and_is_quick() -> None:
    code = (
        "import time; t = time.process_time(); import subband; t = time.process_time() - t; "
        "import sys; print(t); print(*sys.modules)"
    )
    runs = [
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split(
            "\n"
        )
        for _ in range(3)
    ]
    assert not HEAVY & set(runs[0][1].split())
    # Seconds of the processor, so that a busy machine does not count.
    assert min(float(run[0]) for run in runs) < 0.3
