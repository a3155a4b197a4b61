"""Scan any number of images: sources in, a table in Parquet out, resumable."""

import importlib.util
import os
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from subband._version import __version__
from subband.errors import DataError, InvalidInput, MissingDependency
from subband.forensics.scan.in_turn import Task, in_turn
from subband.forensics.scan.judging import WITH_DETECTOR
from subband.forensics.scan.ledger import Ledger
from subband.forensics.scan.listing import Found, units_of
from subband.forensics.scan.model import Packed, packed
from subband.forensics.scan.on_ray import on_ray
from subband.forensics.scan.process import JudgeOrder
from subband.forensics.scan.stores import is_url
from subband.forensics.scan.units import Unit, extended
from subband.forensics.scan.work import Part
from subband.runs.files import write_json
from subband.runs.names import printable


@dataclass(frozen=True)
class ScanSettings:
    """How a scan works.

    Attributes:
        workers: number of workers on Ray; 0 for one process without Ray; None for all processors, or for one
            process if Ray is not installed or there is only one unit to do.
        address: of a Ray cluster; None for this machine.
        threshold: the least probability of a firm verdict; None for the detector's frozen thresholds.
        seconds: most time for one step on one image.
        memory: bytes that a judging process may take on top of its detector.
        most_bytes: length of the largest file that is read.
        part: images in a file of the table.
        judge: "module:function" that makes the judge, see `subband.forensics.scan.judging`; that of `subband
            detect` if empty.
    """

    workers: int | None = None
    address: str | None = None
    threshold: float | None = None
    seconds: float = 10.0
    memory: int = 4 << 30
    most_bytes: int = 256 << 20
    part: int = 256
    judge: str = ""

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 0:
            raise InvalidInput(
                f"can't scan with {self.workers} workers: 0 for one process without Ray, or more"
            )
        if self.workers == 0 and self.address is not None:
            raise InvalidInput("one process without Ray (workers 0) takes no address of a cluster")
        if self.threshold is not None and not 0.5 <= self.threshold <= 1:
            raise InvalidInput(f"the threshold is {self.threshold}: at least 0.5, at most 1")
        for name in ("seconds", "memory", "most_bytes", "part"):
            if not getattr(self, name) > 0:
                raise InvalidInput(f"{name} is {getattr(self, name)}: it must be above 0")


@dataclass(frozen=True)
class Summary:
    """What a scan found, the table of earlier runs included.

    Attributes:
        out: the folder of the table.
        images: number of rows.
        verdicts: verdict → number of images.
        errors: images without a verdict.
        new: images of this run.
        seconds: this run took.
        failures: units that could not be read, with the reason; the next run tries them again.
        others: files that are neither images nor archives, passed over.
        unlisted: folders that can't be listed, with the reason.
    """

    out: Path
    images: int
    verdicts: Mapping[str, int]
    errors: int
    new: int
    seconds: float
    failures: tuple[str, ...] = ()
    others: int = 0
    unlisted: tuple[str, ...] = ()

    @property
    def rate(self) -> float:
        """Images per second in this run."""
        return self.new / self.seconds if self.seconds else 0.0

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        more = {"seconds": round(self.seconds, 3), "images_per_second": round(self.rate, 2)}
        return asdict(self) | {"out": printable(self.out)} | more


def scan(
    sources: Sequence[str | Path],
    out: str | Path,
    detector: str | Path,
    settings: ScanSettings | None = None,
    *,
    overwrite: bool = False,
    progress: Callable[[float, float, int], None] | None = None,
) -> Summary:
    """Judge each image of some sources and write a table in Parquet, one row an image.

    The same call again goes on where the last one stopped, also after it was killed; images that came into a folder
    since are added. Each image is in the table exactly once. One that can't be judged (damaged, too large, one
    that hangs a decoder or takes all memory) costs a row with an error.

    Args:
        sources: folders with images and archives, images, tar files (streamed), zip files, URLs of these that
            fsspec opens, "hf:NAME[:SPLIT]".
        out: folder of the table: missing, empty, or of the same scan.
        detector: folder of a detector, or "hf:NAME".
        settings: see `ScanSettings`.
        overwrite: whether to begin anew in the folder of another scan.
        progress: called with the bytes that are done, all bytes (as far as known), and the number of new images.

    Raises:
        DataError: a source is missing, empty or can't be listed, or an archive has changed since the last run.
        OutputError: `out` can't be written, holds other things, or another scan.
        CheckpointError: there is no such detector.
        MissingDependency: a package for this is not installed.
        ScanError: the detector can't be loaded, or Ray came to its end.

    Example:
        >>> scan(["photos/", "s3://bucket/shards"], "table", "runs/lab-1/detector")  # doctest: +SKIP
        Summary(out=PosixPath('table'), images=10240, …)
    """
    start = time.monotonic()
    settings = settings or ScanSettings()
    _check_packages(settings)

    names = [os.fspath(source) for source in sources]
    if not names:
        raise InvalidInput("no source: give a folder, an archive, a URL or hf:NAME")
    model, folder, found = packed(detector), Path(out), Found()
    listed = _listed(names, found, settings.part)
    with Ledger(folder, manifest(names, model.name, model.sha256, settings), overwrite=overwrite) as ledger:
        ledger.plan = plan = _planned(ledger.plan, listed, settings.part)
        tasks = [(unit, done) for unit in plan if not (done := ledger.done(unit)).all]
        counted = _Counted(plan, {unit.key for unit, _ in tasks}, progress)
        with closing(_answered(tasks, model, settings)) as parts:
            for part in parts:
                if part.failure:
                    counted.failed(part.unit, part.failure)
                elif ledger.write(part):
                    counted.add(part)
        rows, verdicts = totals(folder)
        summary = Summary(
            folder, rows, verdicts, rows - sum(verdicts.values()), counted.images, time.monotonic() - start,
            tuple(counted.failures), found.others, tuple(found.unlisted),
        )  # fmt: skip
        write_json(ledger.own / "summary.json", summary.as_json())
    return summary


def manifest(sources: Sequence[str], name: str, sha256: str, settings: ScanSettings) -> dict[str, Any]:
    """What must be the same when a scan goes on."""
    places = [s if is_url(s) or s.startswith("hf:") else os.path.abspath(s) for s in sources]
    return {
        "sources": [printable(place) for place in places],
        "detector": {"name": name, "sha256": sha256},
        "settings": {
            "threshold": settings.threshold,
            "part": settings.part,
            "judge": settings.judge or WITH_DETECTOR,
            "subband": __version__,
        },
    }


def totals(folder: Path) -> tuple[int, dict[str, int]]:
    """Rows of a table, and how many have which verdict; only one column of one part is in memory at a time."""
    import pyarrow.parquet as pq

    rows, verdicts = 0, Counter[str]()
    for path in sorted(folder.glob("part-*.parquet")):
        column = pq.read_table(path, columns=["verdict"])["verdict"]
        rows += len(column)
        for entry in column.value_counts().to_pylist():
            if entry["values"] is not None:
                verdicts[entry["values"]] += entry["counts"]
    return rows, dict(verdicts)


class _Counted:
    """What of a plan is done, for progress."""

    def __init__(
        self, plan: Sequence[Unit], to_do: set[str], progress: Callable[[float, float, int], None] | None
    ):
        self._left = {unit.key: max(unit.bytes, 1) for unit in plan}
        self._shown = {unit.key: unit.shown for unit in plan}
        self._total = sum(self._left.values())
        self._done = sum(size for key, size in self._left.items() if key not in to_do)
        self._progress = progress
        self.images = 0
        self.failures: list[str] = []
        self._tell()

    def add(self, part: Part) -> None:
        self.images += part.images
        self._advance(part.unit, self._left[part.unit] if part.last else part.size)

    def failed(self, unit: str, reason: str) -> None:
        self.failures.append(f"{printable(self._shown[unit])}: {reason}")
        self._advance(unit, self._left[unit])

    def _advance(self, unit: str, size: int) -> None:
        size = min(size, self._left[unit])
        self._left[unit] -= size
        self._done += size
        self._tell()

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(self._done, self._total, self.images)


def _listed(sources: Sequence[str], found: Found, per_unit: int) -> list[Unit]:
    listed = [unit for source in sources for unit in units_of(source, found, per_unit)]
    if not listed:
        others = f"; {found.others} other files are no images by their suffix" if found.others else ""
        unlisted = f"; {found.unlisted[0]}" if found.unlisted else ""
        raise DataError(f"no images in {', '.join(map(printable, sources))}{others}{unlisted}")
    return listed


def _planned(plan: list[Unit], listed: list[Unit], per_unit: int) -> list[Unit]:
    units, changed = extended(plan, listed, per_unit)
    if changed:
        raise DataError(
            f"{printable(changed[0].shown)} has changed since it was scanned, so its rows are those of another "
            "file; begin anew with --overwrite, or choose another --out"
        )
    return units


def _answered(tasks: Sequence[Task], model: Packed, settings: ScanSettings) -> Generator[Part, None, None]:
    """The parts of some units, by Ray or by the plain loop."""
    if not tasks:
        return
    alone = settings.workers == 0 or (
        settings.workers is None and settings.address is None and (len(tasks) == 1 or not _has_ray())
    )
    threads = None if alone else 1
    order = JudgeOrder(
        settings.judge or WITH_DETECTOR,
        "",
        _options(model.name, settings),
        settings.seconds,
        settings.memory,
        threads,
    )
    if alone:
        yield from in_turn(tasks, model, order, settings.part, settings.most_bytes)
        return
    yield from on_ray(
        tasks, model, order, settings.part, settings.most_bytes,
        workers=settings.workers, address=settings.address,
    )  # fmt: skip


def _options(name: str, settings: ScanSettings) -> dict[str, Any]:
    return {"name": name} | ({} if settings.threshold is None else {"threshold": settings.threshold})


def _check_packages(settings: ScanSettings) -> None:
    """Check, before anything is written, that what is asked for is installed."""
    if importlib.util.find_spec("pyarrow") is None:
        raise MissingDependency('a scan writes Parquet, which needs pyarrow: pip install "subband[scale]"')
    if (settings.workers or settings.address is not None) and not _has_ray():
        raise MissingDependency(
            'several workers need Ray: pip install "subband[scale]", or scan without it: --workers 0'
        )


def _has_ray() -> bool:
    return importlib.util.find_spec("ray") is not None
