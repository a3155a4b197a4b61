"""The rows of `workloads.py` over time: pytest-benchmark keeps each run, and compares it with those before it.

    python benchmarks/history.py                # times all rows and keeps the run
    python benchmarks/history.py --compare      # the kept runs side by side

Runs are files in .benchmarks/, in one folder for each kind of machine, with its description and the commit. A copy
by NumPy is timed as well: divide by it before two machines are compared.
"""

import argparse
import os
import sys
from pathlib import Path

os.environ["SUBBAND_THREADS"] = "2"

import pytest
from workloads import WORKLOADS

HERE = Path(__file__).parent
STORAGE = f"file://{HERE.parent / '.benchmarks'}"


@pytest.mark.parametrize("name", WORKLOADS)
def test_copy(benchmark, name: str) -> None:
    benchmark.group = name
    benchmark(WORKLOADS[name].signals().copy)


@pytest.mark.parametrize("name", WORKLOADS)
def test_forward(benchmark, name: str) -> None:
    work = WORKLOADS[name]
    benchmark.group = name
    benchmark(work.forward, work.signals())


@pytest.mark.parametrize("name", WORKLOADS)
def test_inverse(benchmark, name: str) -> None:
    work = WORKLOADS[name]
    benchmark.group = name
    benchmark(work.inverse, work.forward(work.signals()))


def main() -> int:
    """Time and keep, or compare; returns the exit status of pytest."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--compare", action="store_true", help="the kept runs side by side; times nothing")
    parser.add_argument("--storage", default=STORAGE, help="where runs are kept")
    parser.add_argument("--rows", default="", help="only rows whose name contains this")
    given = parser.parse_args()
    if given.compare:
        from pytest_benchmark.cli import main as compare

        sys.argv = ["pytest-benchmark", "--storage", given.storage, "compare"]
        sys.argv += ["--columns=min,median", "--group-by=fullname"]
        compare()
        return 0
    words = [str(Path(__file__)), "-c", str(HERE / "pytest.ini"), "--rootdir", str(HERE.parent)]
    words += [
        "--benchmark-autosave",
        f"--benchmark-storage={given.storage}",
        "--benchmark-columns=min,median,rounds",
    ]
    words += ["-k", given.rows] if given.rows else []
    return pytest.main(words)


if __name__ == "__main__":
    sys.exit(main())
