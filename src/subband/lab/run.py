"""A run of the lab: images, generators, detectors, report."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT, SIGTERM
from typing import Any

import torch

from subband.data.skipped import summary
from subband.forensics import StudySettings, study
from subband.generate import train_generator
from subband.lab.figures import draw
from subband.lab.folder import MARK, RunFolder, run_folder
from subband.lab.inputs import chain, delivered, made
from subband.lab.pace import forecast, measure, said
from subband.lab.page import render
from subband.lab.record import results, table
from subband.lab.settings import LabSettings
from subband.lab.shares import Plan, plan
from subband.lab.work import Work
from subband.runs.files import write_bytes, write_json
from subband.runs.interrupt import Terminated, interruption
from subband.runs.progress import Silent, Watcher

FEWEST_CROPS = 6  # of the real source; the budget is checked for these before the images are read


@dataclass(frozen=True, eq=False)
class LabRun:
    """A finished run.

    Attributes:
        folder: Folder of the run.
        results: Content of results.json.
        table: Scores as a text table.
        signal: SIGINT or SIGTERM if it ended the run early, else None.
    """

    folder: Path
    results: Mapping[str, Any]
    table: str
    signal: int | None = None


def run_lab(settings: LabSettings, watcher: Watcher | None = None) -> LabRun:
    """Run the lab: read images, read or train generators, train detectors, write the report.

    Ctrl-C stops the work, and the report covers the finished part, marked as interrupted; before the real images
    are read it raises and leaves no files. After a second Ctrl-C, or an error, finished generators and detectors
    are kept in NAME.unfinished, named in a note of the exception.

    Args:
        settings: Two runs with equal settings give equal results.
        watcher: Receives progress; by default none is reported.

    Returns:
        The run; its folder holds report.html, results.json, figures/, detector/ and generators/ (those trained
        by the run).

    Raises:
        DataError: a source can't be used.
        BudgetError: the budget is too short for any training.
        OutputError: the run exists or can't be written.
        TrainingError: a loss became infinite or NaN.
        KeyboardInterrupt: Ctrl-C before the real images are read, or a second one.
    """
    plan(settings, FEWEST_CROPS)
    work = Work(settings, watcher or Silent(), started=time.time())
    with (
        _threads(settings.threads),
        run_folder(settings.out, settings.name, overwrite=settings.overwrite) as folder,
    ):
        try:
            _read(work)
            shares = plan(settings, len(work.real.images))
            _forecast(work, shares)
            _generate(work, shares, folder)
            _train_detectors(work, shares, folder)
        except KeyboardInterrupt as stop:
            if "real" not in work.sources:
                raise
            work.interrupted, work.signal = work.now, SIGTERM if isinstance(stop, Terminated) else SIGINT
            work.watcher.say(f"stopped during “{work.now}”; reporting the finished part (Ctrl-C again quits)")
        record, text = _write_report(work, folder)
    return LabRun(folder.final, record, text, None if work.interrupted is None else work.signal)


def _read(work: Work) -> None:
    """Read the real images, then at most as many of each generated source that is read from files."""
    settings = work.settings
    with work.stage("read real images") as advance:
        work.sources["real"] = delivered(settings, "real", settings.real, settings.images, advance)
    _say_skipped(work, "real")
    for name, spec in settings.generated.items():
        with work.stage(f"read {name}") as advance:
            work.sources[name] = delivered(settings, name, spec, len(work.real.images), advance)
        _say_skipped(work, name)


def _say_skipped(work: Work, name: str) -> None:
    """Report the number of unusable images of a source, and the reasons."""
    if skipped := work.sources[name].images.skipped:
        work.watcher.say(f"{len(skipped)} images of {name} are skipped: {summary(skipped)}")


def _forecast(work: Work, shares: Plan) -> None:
    """Report the expected duration on this machine; skipped for a silent watcher, since nothing depends on it."""
    if isinstance(work.watcher, Silent):
        return
    with work.stage("measure this machine"):
        pace = measure(work.settings, tuple(sorted(shares.generators)))
    found = forecast(work.settings, len(work.real.images), pace)
    work.expected = found.seconds
    work.watcher.say(said(work.settings, found))


def _generate(work: Work, shares: Plan, folder: RunFolder) -> None:
    """Train generators on crops of the training photographs, and sample as many images as there are real crops."""
    for family in sorted(shares.generators):
        with work.stage(f"train {family}") as advance:
            generator = train_generator(
                family,
                work.real.split.train.pixels,
                seconds=shares.generators[family],
                seed=work.settings.seed,
                progress=lambda done, total, loss, left, advance=advance: advance(done, total),
            )
            if generator.history is None or generator.history.interrupted:
                raise interruption(SIGINT if generator.history is None else generator.history.signal)
        with work.stage(f"draw images of {family}"):
            pixels = generator.sample(len(work.real.images), seed=work.settings.seed + 1)
            generator.save(folder.partial / "generators" / family)
            folder.finished.append(f"generators/{family}")
            origin = f"trained here for {generator.history.steps} steps"
            work.sources[family] = made(work.settings, family, origin, pixels, work.real.split)


def _train_detectors(work: Work, shares: Plan, folder: RunFolder) -> None:
    """Train and evaluate the detectors, and save the best."""
    settings = work.settings
    study_settings = StudySettings(
        seeds=settings.seeds, seed=settings.seed, seconds=shares.detectors, chain=chain(settings)
    )
    splits = {name: source.split for name, source in work.sources.items()}
    with work.stage("detectors") as advance:
        work.study = study(splits, study_settings, lambda now, fraction: advance(fraction, 1.0, now))
        work.study.kept.save(folder.partial / "detector")
        folder.finished.append("detector")
    work.interrupted, work.signal = work.study.interrupted, work.study.signal


def _write_report(work: Work, folder: RunFolder) -> tuple[dict[str, Any], str]:
    """Write results.json, figures and report.html; results.json first, so that it survives a later failure.

    Returns:
        The content of results.json, and the scores as a text table.
    """
    if work.study is not None:
        _write_results(work, folder)
        folder.finished.append(MARK)
    with work.stage("report") as advance:
        panels = draw(work, advance)
        for panel in panels:
            write_bytes(folder.partial / "figures" / f"{panel.key}.png", panel.png)
    record = _write_results(work, folder)  # again, with the time of the figures
    write_bytes(folder.partial / "report.html", render(record, panels).encode())
    return record, table(record["figures"])


def _write_results(work: Work, folder: RunFolder) -> dict[str, Any]:
    record = results(work, folder.name)
    write_json(folder.partial / MARK, record)
    return record


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Set the number of CPU threads of torch for the block: rounding, and so results, depend on it."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
