"""A report on finished detectors: pictures, answers, figures, one page."""

import csv
import io
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from subband.data.chain import Chain
from subband.data.imageset import Split, gather, split
from subband.data.sources import picture
from subband.errors import InvalidInput, OutputError
from subband.forensics.evaluation import (
    CrossTable,
    Evaluation,
    EvaluationSettings,
    Judge,
    Specs,
    ablate,
    cross_generators,
    evaluate_detectors,
    places,
    trainer,
)
from subband.forensics.evaluation.bands import EACH
from subband.forensics.explanation.removal import BandAblation
from subband.forensics.training.fit import Recipe
from subband.lab.evaluation.figures import draw
from subband.lab.evaluation.page import render
from subband.lab.evaluation.terminal import table
from subband.runs.files import replacing_folder, write_bytes, write_json
from subband.runs.machine import machine, versions
from subband.runs.names import printable
from subband.runs.progress import Silent, Watcher, counted

MARK = "results.json"
PER_PICTURE = 16  # crops of a picture for the trainings across generators


@dataclass(frozen=True)
class EvaluationJob:
    """What to evaluate, and where to write.

    Attributes:
        detectors: Name → detector.
        specs: Where the pictures are.
        settings: Of the evaluation of `detectors`.
        out: Folder of the report.
        train: Kind of detector to train across generators, a key of `DETECTORS`; None for none.
        size: Side of the crops of these trainings.
        steps: Their training steps.
        crops: Most crops of each source.
        bands: Whether to measure which accuracy of `detectors` survives without each band.
        overwrite: Whether to replace an older report in `out`.
        command: Command line that repeats the evaluation.

    Raises:
        InvalidInput: neither detectors nor a kind to train, or a size, steps or crops out of range.
    """

    detectors: Mapping[str, Judge]
    specs: Specs
    settings: EvaluationSettings = field(default_factory=EvaluationSettings)
    out: Path = Path("evaluation")
    train: str | None = None
    size: int = 64
    steps: int = 300
    crops: int = 1500
    bands: bool = False
    overwrite: bool = False
    command: str = ""

    def __post_init__(self) -> None:
        if not self.detectors and self.train is None:
            raise InvalidInput("nothing to evaluate: give a detector, or a kind of detector to train")
        if self.size % 8 or not 16 <= self.size <= 512 or self.steps < 1 or self.crops < 12:
            raise InvalidInput(
                f"size={self.size}, steps={self.steps}, crops={self.crops}: use a multiple of 8 from 16 to 512, at "
                "least 1 step and 12 crops"
            )


@dataclass(frozen=True, eq=False)
class EvaluationRun:
    """A finished report.

    Attributes:
        folder: With report.html, results.json, answers.csv and figures/.
        results: Content of results.json.
        table: Scores as a text table.
        interrupted: Whether Ctrl-C ended it early.
    """

    folder: Path
    results: Mapping[str, Any]
    table: str
    interrupted: bool


def evaluate(job: EvaluationJob, watcher: Watcher | None = None) -> EvaluationRun:
    """Evaluate detectors and write a report.

    The folder appears only when the report is complete. After Ctrl-C the report covers the pictures seen so far.

    Args:
        job: Detectors, pictures and settings.
        watcher: Receives progress; by default none is reported.

    Raises:
        DataError: a source can't be used.
        InvalidInput: see `EvaluationJob`, `evaluate_detectors`, `cross_generators`.
        OutputError: `out` exists or can't be written.
        KeyboardInterrupt: Ctrl-C before enough pictures were seen.
    """
    watcher, started = watcher or Silent(), time.time()
    _check_target(job)
    found = _evaluated(job, watcher)
    if job.bands and job.detectors and not found.interrupted:
        found = replace(found, bands=_ablated(job, watcher))
    if job.train is not None and not found.interrupted:
        found = replace(found, cross=_crossed(job, job.train, watcher))
    with watcher.stage("report") as advance, replacing_folder(job.out, overwrite=job.overwrite) as partial:
        record = _record(job, found, started)
        write_json(partial / MARK, record)
        if found.detectors:
            write_bytes(partial / "answers.csv", _csv(found))
        panels = draw(found, advance)
        for panel in panels:
            write_bytes(partial / "figures" / f"{panel.key}.png", panel.png)
        write_bytes(partial / "report.html", render(record, panels, found).encode())
    return EvaluationRun(job.out, record, table(record["figures"]), found.interrupted)


def _evaluated(job: EvaluationJob, watcher: Watcher) -> Evaluation:
    if not job.detectors:
        return Evaluation.empty()
    with watcher.stage("show the pictures") as advance:
        return evaluate_detectors(job.detectors, job.specs, job.settings, counted(advance, "picture"))


def _ablated(job: EvaluationJob, watcher: Watcher) -> dict[str, BandAblation]:
    with watcher.stage("remove bands") as advance:
        return ablate(
            job.detectors, job.specs, each=min(job.settings.most, EACH), side=job.settings.side,
            seed=job.settings.seed, progress=lambda share: advance(share, 1.0),
        )  # fmt: skip


def _crossed(job: EvaluationJob, kind: str, watcher: Watcher) -> CrossTable:
    train = trainer(kind, Recipe(steps=job.steps), job.settings.seed)
    with watcher.stage("read crops") as advance:
        sources = _crops(job, counted(advance, "picture"))
    with watcher.stage("train across generators") as advance:
        return cross_generators(
            sources,
            train,
            detector=kind,
            resamples=job.settings.resamples,
            seed=job.settings.seed,
            progress=lambda now, share: advance(share, 1.0, now),
        )


def _crops(job: EvaluationJob, progress: Any) -> dict[str, Split]:
    """Crops of the pictures of each kind, split by picture; equally treated, of one size."""
    todo = places(job.specs, most=job.settings.most, seed=job.settings.seed)
    sources, done = {}, 0
    for k, kind in enumerate(sorted({place.kind for place in todo})):
        rng = np.random.default_rng([job.settings.seed, 3, k])
        entries = [place.entry for place in todo if place.kind == kind]
        images = gather(
            kind, map(picture, entries), Chain(job.size), per_picture=PER_PICTURE, limit=job.crops, rng=rng,
            progress=lambda seen, kept, done=done: progress(done + seen, len(todo)),
        )  # fmt: skip
        done += len(entries)
        sources[kind] = split(images, rng=rng)
    return sources


def _record(job: EvaluationJob, found: Evaluation, started: float) -> dict[str, Any]:
    return {
        "name": printable(job.out.name),
        "command": job.command,
        "settings": {
            **asdict(job.settings),
            "train": job.train,
            "size": job.size,
            "steps": job.steps,
            "crops": job.crops,
            "bands": job.bands,
        },
        "sources": {
            "real": {printable(name): printable(spec) for name, spec in job.specs.real.items()},
            "generated": {printable(name): printable(spec) for name, spec in job.specs.generated.items()},
            "both": printable(job.specs.both),
        },
        "versions": versions(),
        "figures": found.to_json(),
        "clock": {
            "started": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(started)),
            "seconds": round(time.time() - started, 1),
            "machine": machine(),
        },
    }


def _csv(found: Evaluation) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(found.table())
    return text.getvalue().encode()


def _check_target(job: EvaluationJob) -> None:
    """Refuse, before any work, a folder that can't be replaced."""
    if not job.out.exists():
        return
    if job.out.is_dir() and not any(job.out.iterdir()):
        return
    if not job.overwrite:
        raise OutputError(
            f"{printable(job.out)} exists: choose another --out, or replace it with --overwrite"
        )
    if not job.out.is_dir() or not (job.out / MARK).is_file():
        raise OutputError(
            f"{printable(job.out)} is not a report of an evaluation (it has no {MARK}): choose another --out"
        )
