"""Seconds of the first call in a process: with nothing compiled yet, and with the compiled code on disk.

    python benchmarks/first_call.py

Each line is a process of its own. Cold ones keep their compiled code in an empty folder ($NUMBA_CACHE_DIR), which
the second process of the same work then finds. The import is not counted; a second call, with all in place, is.
"""

import os
import subprocess
import sys
import tempfile

os.environ["SUBBAND_THREADS"] = os.environ["OMP_NUM_THREADS"] = "2"

from contest import same, seconds
from workloads import WORKLOADS


def first_call(name: str) -> str:
    """Seconds of the first and of the second transform of one signal in this process, and of its inverse."""
    work = WORKLOADS[name]
    x = work.signals()[:1]
    taken = [seconds(lambda: work.forward(x)) for _ in range(2)]
    c = work.forward(x)
    taken += [seconds(lambda: work.inverse(c)) for _ in range(2)]
    same(name, x, work.inverse(c))
    return " ".join(map(str, taken))


def main() -> None:
    if len(sys.argv) == 2:
        print(first_call(sys.argv[1]))
        return
    for name in WORKLOADS:
        with tempfile.TemporaryDirectory(prefix="subband-") as folder:
            for state in ("cold", "cached"):
                environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
                run = [sys.executable, __file__, name]
                out = subprocess.run(run, env=environment, capture_output=True, text=True, check=True).stdout
                first, second, back, again = map(float, out.split())
                print(
                    f"{name:28}{state:8} forward {first:6.2f} s, then {1e3 * second:6.2f} ms; "
                    f"inverse {back:6.2f} s, then {1e3 * again:6.2f} ms",
                    flush=True,
                )


if __name__ == "__main__":
    main()
