"""How fast a scan is, what Ray costs and gains, and whether memory stays flat.

    python benchmarks/scan.py runs/lab-1/detector photos/ --copies 7 --workers 0 1 2
    python benchmarks/scan.py runs/lab-1/detector photos.tar --copies 10 --workers 0 --memory

Packs the images of a source into tar shards, and scans these with each number of workers (0 is one
process without Ray). The first part of the table arrives once Ray and the detector have started; after it comes the
steady rate. Before that, the same images by a bare loop of the same judge in this process.
"""

import argparse
import io
import shutil
import sys
import tarfile
import tempfile
import threading
import time
from pathlib import Path

import psutil

from subband.data.sources import entries
from subband.forensics.scan import ScanSettings, scan
from subband.forensics.scan.judging import WITH_DETECTOR, judging


def packed(source: str, folder: Path, copies: int) -> list[bytes]:
    """The images of a source, and tar files with them below `folder`."""
    files = []
    for entry in entries(source, labels=False):
        with entry.open() as file:
            files.append((entry.name, file.read()))
    for k in range(copies):
        with tarfile.open(folder / f"shard-{k:03d}.tar", "w") as archive:
            for name, content in files:
                member = tarfile.TarInfo(name)
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return [content for _, content in files]


def bare(judge: str, model: str, files: list[bytes], seconds: float) -> float:
    """Images a second of the judge alone."""
    made = judging(judge, model, {"name": model})
    made(files[:1], lambda numbers: None, lambda number, answer: None)
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        batch = [files[(count + k) % len(files)] for k in range(16)]
        made(batch, lambda numbers: None, lambda number, answer: None)
        count += len(batch)
    return count / (time.perf_counter() - start)


def watch(images: list[int]) -> None:
    """Print every 15 seconds what this process and those below it hold in memory."""
    own, start = psutil.Process(), time.perf_counter()
    while True:
        below = 0.0
        for child in own.children(recursive=True):
            try:
                below += child.memory_info().rss / 2**20
            except psutil.NoSuchProcess:
                continue
        held = own.memory_info().rss / 2**20
        print(
            f"  {time.perf_counter() - start:4.0f} s, {images[0]} images: {held:.0f} MB, below {below:.0f} MB",
            flush=True,
        )
        time.sleep(15)


def main() -> None:
    """Measure, and print one line for each number of workers."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("model", help="folder of a detector")
    words.add_argument("source", help="folder, tar or zip file of images")
    words.add_argument("--copies", type=int, default=4, help="shards, each with all images")
    words.add_argument("--workers", type=int, nargs="+", default=[0, 1, 2])
    words.add_argument("--part", type=int, default=64)
    words.add_argument("--seconds", type=float, default=20.0, help="of the bare loop")
    words.add_argument("--memory", action="store_true", help="print memory every 15 seconds")
    words.add_argument("--judge", default=WITH_DETECTOR, help=argparse.SUPPRESS)
    given = words.parse_args()
    folder, tables = (Path(tempfile.mkdtemp(prefix="sb-bench-")) for _ in range(2))
    try:
        files = packed(given.source, folder, given.copies)
        print(
            f"{len(files)} images of {sum(map(len, files)) / len(files) / 1024:.0f} kB, {given.copies} shards"
        )
        print(f"bare loop: {bare(given.judge, given.model, files, given.seconds):.1f} images/s", flush=True)
        for workers in given.workers:
            seen, marks = [0], []
            if given.memory:
                threading.Thread(target=watch, args=(seen,), daemon=True).start()

            def told(done: float, total: float, images: int, seen: list = seen, marks: list = marks) -> None:
                seen[0] = images
                marks.append((time.perf_counter(), images))

            start = time.perf_counter()
            settings = ScanSettings(workers=workers, part=given.part, judge=given.judge)
            found = scan([folder], tables / f"{workers}", given.model, settings, progress=told)
            first, last = next(mark for mark in marks if mark[1]), marks[-1]
            steady = (last[1] - first[1]) / max(last[0] - first[0], 1e-9)
            print(
                f"workers {workers}: {found.images} images in {found.seconds:.1f} s; first part after "
                f"{first[0] - start:.1f} s, then {steady:.1f} images/s",
                flush=True,
            )
            shutil.rmtree(tables / f"{workers}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(tables, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
