"""PyWavelets' own tests, run against `subband.compat.pywt`: the measure of the promise.

The tests are those in the installed wheel; nothing of them is copied. Each file runs in a process of its own, in
which `import pywt` gives our namespace, and short signals too go through our kernels (`substitute.py`).
"""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import pywt

TESTS = Path(pywt.__file__).parent / "tests"
HERE = Path(__file__).parent
ROOT = HERE.parents[1]

PASSES = {
    "test__pywt": 15,
    "test_concurrent": 4,
    "test_cwt_wavelets": 24,
    "test_data": 5,
    "test_deprecations": 8,
    "test_dwt_idwt": 21,
    "test_functions": 4,
    "test_matlab_compatibility": 1,
    "test_matlab_compatibility_cwt": 1,
    "test_modes": 5,
    "test_mra": 788,
    "test_multidim": 27,
    "test_multilevel": 66,
    "test_perfect_reconstruction": 1,
    "test_swt": 27,
    "test_thresholding": 3,
    "test_wavelet": 6,
    "test_wp": 11,
    "test_wp2d": 10,
    "test_wpnd": 6,
}
"""How many tests each file has, those aside that are skipped where MATLAB is missing; later versions have more."""


def outcomes(name: str, folder: Path) -> tuple[set[str], set[str], set[str]]:
    """Names of the tests of one file that passed, failed and were skipped."""
    report = folder / f"{name}.xml"
    paths = [str(HERE), str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", str(TESTS / f"{name}.py"), "-c", os.devnull),
            *("-q", "-p", "substitute", "-p", "no:cacheprovider", "-p", "no:xdist", "--noconftest"),
            *("-W", "ignore", f"--junitxml={report}"),
        ],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert report.is_file(), run.stdout + run.stderr
    passed, failed, skipped = set(), set(), set()
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = {child.tag for child in case}
        group = failed if kinds & {"failure", "error"} else skipped if "skipped" in kinds else passed
        group.add(case.attrib["name"])
    return passed, failed, skipped


def test_every_file_is_listed() -> None:
    found = {path.stem for path in TESTS.glob("test_*.py")} - {"test_doc"}  # which holds no test
    assert set(PASSES) == found


@pytest.mark.skipif(
    "SUBBAND_PYWT_SUITE" not in os.environ, reason="takes minutes: SUBBAND_PYWT_SUITE=1 make test runs it"
)
@pytest.mark.parametrize("name", sorted(PASSES))
def test_pywavelets_own_tests_pass(name: str, tmp_path: Path) -> None:
    passed, failed, _ = outcomes(name, tmp_path)
    assert not failed
    assert len(passed) >= PASSES[name]
