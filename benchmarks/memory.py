"""Peak extra memory of each transform and of its inverse, as a multiple of its output (which is part of it).

    python benchmarks/memory.py

Each is measured in a process of its own. The signals are there, code and threads are warm from a batch of two; then
Linux is told to forget the process's highest resident size (`/proc/self/clear_refs`), the transform runs, and the
new highest size is read (`VmHWM`). So no peak is missed, as by sampling, and none of the imports or of compiling
counts, as in `getrusage`, whose peak can't be reset. The allocator is told to give back each large array at once,
or memory that a warm-up had used would come free of charge.
"""

import os
import subprocess
import sys
from pathlib import Path

os.environ["SUBBAND_THREADS"] = os.environ["OMP_NUM_THREADS"] = "2"
os.environ["MALLOC_MMAP_THRESHOLD_"] = os.environ["MALLOC_TRIM_THRESHOLD_"] = "65536"

from contest import same
from workloads import WORKLOADS

DIRECTIONS = ("forward", "inverse")


def resident(field: str) -> int:
    """A line of /proc/self/status, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith(field))
    return 1024 * int(line.split()[1])


def extra(name: str, direction: str) -> float:
    """Peak extra memory of one call in this process, over the size of its output."""
    work = WORKLOADS[name]
    x = work.signals()
    work.inverse(work.forward(x[:2]))
    given = work.forward(x) if direction == "inverse" else x
    do = work.inverse if direction == "inverse" else work.forward
    Path("/proc/self/clear_refs").write_text("5")
    before = resident("VmRSS")
    made = do(given)
    peak = resident("VmHWM") - before
    same(f"{direction}, {name}", x, work.inverse(made) if direction == "forward" else made)
    return peak / (made if direction == "inverse" else made.array).nbytes


def main() -> None:
    if len(sys.argv) == 3:
        print(extra(sys.argv[1], sys.argv[2]))
        return
    for name in WORKLOADS:
        for direction in DIRECTIONS:
            run = [sys.executable, __file__, name, direction]
            ratio = float(subprocess.run(run, capture_output=True, text=True, check=True).stdout)
            print(f"{name:28}{direction:10}{ratio:6.2f} × its output")


if __name__ == "__main__":
    main()
