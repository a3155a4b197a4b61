"""Archives of pictures, and the table of a scan as rows to compare."""

import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

from subband.forensics.scan import ScanSettings, scan

SAME = ("sha256", "bytes", "width", "height", "format", "verdict", "reason", "probability", "source", "typical",
        "opinion", "sources", "provenance", "traces", "detector", "error")  # fmt: skip
"""Columns that don't depend on where an image came from."""

PLAIN = ScanSettings(workers=0, part=8, judge="stand_in:means")


def png(k: int, colour: tuple[int, int, int] | None = None) -> bytes:
    """Picture number k; with a first pixel of a colour."""
    rng = np.random.default_rng(k)
    pixels = rng.integers(0, 128, (12 + k % 5, 16, 3), dtype=np.uint8) + np.uint8(127 * (k % 2))
    if colour is not None:
        pixels[0, 0] = colour
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def tar(place, files, mode: str = "w", **options) -> Path:
    """A tar file of (name, contents) pairs."""
    with tarfile.open(place, mode, **options) as archive:
        for name, content in files:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return Path(place)


def zipped(place, files) -> Path:
    """A zip file of (name, contents) pairs."""
    with zipfile.ZipFile(place, "w") as archive:
        for name, content in files:
            archive.writestr(name, content)
    return Path(place)


def table(out) -> list[dict]:
    """All rows, by name and number."""
    import pyarrow.parquet as pq

    rows = pq.read_table(out).to_pylist()
    assert len({(row["unit"], row["number"]) for row in rows}) == len(rows), "an image twice"
    return sorted(rows, key=lambda row: (row["uri"], row["number"]))


def contents(out) -> list[tuple]:
    """The columns that don't depend on the place, in an order that doesn't either."""
    return sorted((tuple(row[name] for name in SAME) for row in table(out)), key=str)


def scanned(sources, out, model, settings=PLAIN, **options):
    """Scan, and give the table back."""
    scan(sources, out, model, settings, **options)
    return table(out)
