"""How long the package and its program take to import, as multiples of `import numpy`, which both need.

    python benchmarks/import_time.py [--runs 10]

Each import is in a process of its own; what counts are processor seconds of the import alone, the least of all
runs.
"""

import argparse
import subprocess
import sys

PACKAGES = ("numpy", "subband", "subband.cli")
CODE = "import time; t = time.process_time(); import {}; print(time.process_time() - t)"


def seconds(package: str) -> float:
    """Processor seconds of importing one package in a new process."""
    run = subprocess.run(
        [sys.executable, "-c", CODE.format(package)], capture_output=True, text=True, check=True
    )
    return float(run.stdout)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=10, help="imports of each package")
    runs = parser.parse_args().runs
    times = {package: min(seconds(package) for _ in range(runs)) for package in PACKAGES}
    for package, taken in times.items():
        print(f"{package:12} {taken:6.3f} s, {taken / times['numpy']:5.2f} times numpy's import")


if __name__ == "__main__":
    main()
