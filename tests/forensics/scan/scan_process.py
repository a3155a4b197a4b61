"""A scan as a process of its own, which tests kill: SOURCE OUT MODEL WORKERS [ADDRESS]."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from subband.forensics.scan import ScanSettings, scan

if __name__ == "__main__":
    source, out, model, workers, *address = sys.argv[1:]
    settings = ScanSettings(int(workers), *address, part=8, judge="stand_in:dangerous")
    found = scan(
        [source], out, model, settings, progress=lambda done, total, images: print(images, flush=True)
    )
    print("done", found.images, found.errors, len(found.failures), flush=True)
