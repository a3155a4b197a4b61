"""The lab from end to end: images, generators, detectors, report."""

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

FEWEST_CROPS = 6  # of the real source; what the budget is checked for before anything is read


@dataclass(frozen=True, eq=False)
class LabRun:
    """A finished run: its folder, the content of its results.json, the table of scores as text, and the signal
    (SIGINT or SIGTERM) that ended it early, or None.
    """

    folder: Path
    results: Mapping[str, Any]
    table: str
    signal: int | None = None


def run_lab(settings: LabSettings, watcher: Watcher | None = None) -> LabRun:
    """Run the lab: read images, take or train generators, train detectors, write the report.

    Ctrl-C ends the work; what was finished until then is reported, marked as interrupted. One before the real
    images are read ends the run without a trace. After a second one, or where the run fails, finished generators
    and detectors are kept in NAME.unfinished, and a note of the exception says so.

    Args:
        settings: what to do; two runs with equal settings give equal figures.
        watcher: told of progress; nobody is if left out.

    Returns:
        The run; its folder holds report.html, results.json, figures/, detector/ and, where they were trained
        here, generators/.

    Raises:
        DataError: a source cannot be used.
        BudgetError: the budget is too short for any training.
        OutputError: the run cannot be written, or exists.
        TrainingError: a loss stopped being finite.
        KeyboardInterrupt: as said above.
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
            _foretell(work, shares)
            _generate(work, shares, folder)
            _judge(work, shares, folder)
        except KeyboardInterrupt as stop:
            if "real" not in work.sources:
                raise
            work.interrupted, work.signal = work.now, SIGTERM if isinstance(stop, Terminated) else SIGINT
            work.watcher.say(f"stopped during “{work.now}”; reporting what is finished (Ctrl-C again quits)")
        record, text = _write_report(work, folder)
    return LabRun(folder.final, record, text, None if work.interrupted is None else work.signal)


def _read(work: Work) -> None:
    """Read the real images, then as many of each source that exists as files."""
    settings = work.settings
    with work.stage("read real images") as advance:
        work.sources["real"] = delivered(settings, "real", settings.real, settings.images, advance)
    _say_skipped(work, "real")
    for name, spec in settings.generated.items():
        with work.stage(f"read {name}") as advance:
            work.sources[name] = delivered(settings, name, spec, len(work.real.images), advance)
        _say_skipped(work, name)


def _say_skipped(work: Work, name: str) -> None:
    """Say how many images of a source could not be used, and why."""
    if skipped := work.sources[name].images.skipped:
        work.watcher.say(f"{len(skipped)} images of {name} are left out: {summary(skipped)}")


def _foretell(work: Work, shares: Plan) -> None:
    """Tell the watcher, if any, how long the training will take on this machine; nothing else depends on it."""
    if isinstance(work.watcher, Silent):
        return
    with work.stage("measure this machine"):
        pace = measure(work.settings, tuple(sorted(shares.generators)))
    found = forecast(work.settings, len(work.real.images), pace)
    work.expected = found.seconds
    work.watcher.say(said(work.settings, found))


def _generate(work: Work, shares: Plan, folder: RunFolder) -> None:
    """Train generators on crops of the training photographs; each draws as many images as are real."""
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


def _judge(work: Work, shares: Plan, folder: RunFolder) -> None:
    """Train and measure the detectors and keep the best."""
    settings = work.settings
    asked = StudySettings(
        seeds=settings.seeds, seed=settings.seed, seconds=shares.detectors, chain=chain(settings)
    )
    splits = {name: source.split for name, source in work.sources.items()}
    with work.stage("detectors") as advance:
        work.study = study(splits, asked, lambda now, fraction: advance(fraction, 1.0, now))
        work.study.kept.save(folder.partial / "detector")
        folder.finished.append("detector")
    work.interrupted, work.signal = work.study.interrupted, work.study.signal


def _write_report(work: Work, folder: RunFolder) -> tuple[dict[str, Any], str]:
    """Write everything that a reader wants into the run's folder: the numbers first, so that a failure keeps them.

    Returns:
        The content of results.json, and the table of scores as text.
    """
    if work.study is not None:
        _write_results(work, folder)
        folder.finished.append(MARK)
    with work.stage("report") as advance:
        panels = draw(work, advance)
        for panel in panels:
            write_bytes(folder.partial / "figures" / f"{panel.key}.png", panel.png)
    record = _write_results(work, folder)  # once more, with the time that the figures took
    write_bytes(folder.partial / "report.html", render(record, panels).encode())
    return record, table(record["figures"])


def _write_results(work: Work, folder: RunFolder) -> dict[str, Any]:
    record = results(work, folder.name)
    write_json(folder.partial / MARK, record)
    return record


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """Give torch this many CPU threads while the block runs: sums depend on it, so results do."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
