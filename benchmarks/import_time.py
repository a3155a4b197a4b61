"""How long `import subband` takes, as a multiple of `import numpy`, which it needs.

    python benchmarks/import_time.py [--runs 10]

Each import is in a process of its own, the two in turn; counted are processor seconds of the import
alone, the least of all runs.
"""

import argparse
import subprocess
import sys

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
    pairs = [(seconds("numpy"), seconds("subband")) for _ in range(runs)]
    numpy, subband = (min(times) for times in zip(*pairs, strict=True))
    print(f"numpy {numpy:.3f} s, subband {subband:.3f} s: {subband / numpy:.2f} times numpy's import")


if __name__ == "__main__":
    main()
