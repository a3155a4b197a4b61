"""A run of the lab: images, generators, detectors, report."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from signal import SIGINT, SIGTERM
from typing import Any

import torch

from subband.data.copies import copies
from subband.data.imageset import Split
from subband.data.skipped import summary
from subband.forensics import StudySettings, compression_differs, study
from subband.generate import GENERATORS, Generator, TrainedGenerator, train_generator, translated
from subband.generate.unlabelled import coarse
from subband.lab.figures import draw
from subband.lab.folder import MARK, RunFolder, run_folder
from subband.lab.inputs import Source, chain, delivered, levelling, made, translations
from subband.lab.pace import forecast, measure, said
from subband.lab.page import render
from subband.lab.record import results, table
from subband.lab.schedule import Schedule, planned, shortest, written
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


def run_lab(settings: LabSettings, watcher: Watcher | None = None, *, started: float | None = None) -> LabRun:
    """Run the lab: read images, read or train generators, train detectors, write the report.

    Ctrl-C stops the work, and the report covers the finished part, marked as interrupted; before the real images
    are read it raises and leaves no files. After a second Ctrl-C, or an error, finished generators and detectors
    are kept in NAME.unfinished, named in a note of the exception.

    Args:
        settings: Two runs with equal settings give equal results, unless they are measured; see `LabSettings`.
        watcher: Receives progress; by default none is reported.
        started: When the budget began, in seconds since the epoch; now by default.

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
    work = Work(settings, watcher or Silent(), started=time.time() if started is None else started)
    with (
        _threads(settings.threads),
        run_folder(settings.out, settings.name, overwrite=settings.overwrite) as folder,
    ):
        try:
            _read(work)
            _say_copies(work)
            schedule = _schedule(work)
            _generate(work, schedule, folder)
            _train_detectors(work, schedule, folder)
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


def _say_copies(work: Work) -> None:
    """Report, before any training, generated sources that hold the real pictures."""
    for name, source in work.sources.items():
        equal, alike = copies(work.real.images.prints, source.images.prints) if name != "real" else (0, 0)
        if equal or alike:
            total = len(source.images.prints)
            work.watcher.say(
                f"warning: of {total} pictures of {name}, {equal} are pictures of the real source, pixel "
                f"by pixel, and "
                f"{alike} more look like one"
            )


def _schedule(work: Work) -> Schedule:
    """Plan the trainings, and report the expected duration on this machine.

    Raises:
        BudgetError: the budget is too short.
    """
    settings, crops = work.settings, len(work.real.images)
    if settings.steps:
        work.watcher.say(f"plan: the given steps, {', '.join(f'{k} {v}' for k, v in settings.steps.items())}")
        return Schedule(settings, crops, Plan(dict.fromkeys(settings.trained, 0.0), 0.0))
    shares = plan(settings, crops)
    if isinstance(work.watcher, Silent) and not settings.measured:
        return Schedule(settings, crops, shares)  # nothing depends on the pace
    with work.stage("measure this machine"):
        pace = measure(settings, tuple(sorted(shares.generators)))
    if settings.measured:
        spent = time.time() - work.started
        least = shortest(settings, crops, pace, spent)
        work.expected = max(settings.budget, least)
        work.watcher.say(planned(settings, least, spent))
        return Schedule(settings, crops, shares, pace, work.started + settings.budget)
    found = forecast(settings, crops, pace)
    work.expected = found.seconds
    work.watcher.say(said(settings, found))
    return Schedule(settings, crops, shares)


def _generate(work: Work, schedule: Schedule, folder: RunFolder) -> None:
    """Train generators on crops of the training photographs, and sample as many images as there are real crops."""
    for family in work.settings.trained:
        with work.stage(f"train {family}") as advance:
            pictures, second = GENERATORS[family].unlabelled(work.real.split.train.pixels)
            generator = train_generator(
                family,
                pictures,
                second=second,
                **schedule.generator(family),  # type: ignore[arg-type]
                seed=work.settings.seed,
                progress=lambda done, total, loss, left, advance=advance: advance(done, total),
            )
            if generator.history is None or generator.history.interrupted:
                raise interruption(SIGINT if generator.history is None else generator.history.signal)
            work.steps[family] = str(generator.history.steps)
        with work.stage(f"draw images of {family}"):
            work.sources[family] = _drawn(work, generator)
            generator.save(folder.partial / "generators" / family)
            folder.finished.append(f"generators/{family}")


def _drawn(work: Work, generator: Generator) -> Source:
    """Images of a generator, as many as there are real ones; if it translates, made of the real ones, coarse."""
    name, settings, real = generator.family, work.settings, work.real
    origin = f"trained here for {work.steps[name]} steps"
    if isinstance(generator, TrainedGenerator) and GENERATORS[name].domains == 2:
        origin = f"{origin}, of the photographs at a quarter of their resolution"
        return translations(
            settings, name, origin, lambda pixels: translated(generator, coarse(pixels)), real.split
        )
    return made(
        settings, name, origin, generator.sample(len(real.images), seed=settings.seed + 1), real.split
    )


def _train_detectors(work: Work, schedule: Schedule, folder: RunFolder) -> None:
    """Train and evaluate the detectors, and save the selected one."""
    settings = work.settings
    splits = {name: source.split for name, source in work.sources.items()}
    levelled = _compressed_alike(work) if settings.generated else None
    recipe, seconds = schedule.detectors(levelled=levelled is not None)
    study_settings = StudySettings(
        seeds=settings.seeds, seed=settings.seed, recipe=recipe, seconds=seconds, chain=chain(settings)
    )
    with work.stage("detectors") as advance:
        work.study = study(
            splits, study_settings, lambda now, fraction: advance(fraction, 1.0, now), levelled=levelled
        )
        work.steps["detectors"] = written(work.study.recipe)
        work.study.kept.save(folder.partial / "detector")
        folder.finished.append("detector")
    work.interrupted, work.signal = work.study.interrupted, work.study.signal


def _compressed_alike(work: Work) -> dict[str, Split] | None:
    """Read the sources once more through a common compression, if they were delivered in different ones."""
    splits = {name: source.split for name, source in work.sources.items()}
    work.differs = compression_differs(splits, seed=work.settings.seed)
    if not work.differs:
        return None
    settings, found = work.settings, {}
    history = levelling(settings, work.sources.values())
    work.watcher.say(
        "the classes were delivered in different compressions: all pictures are read once more, through "
        f"{history.describe()}, to see whether anything else tells them apart"
    )
    for name, spec in {"real": settings.real, **settings.generated}.items():
        with work.stage(f"read {name}, compressed alike") as advance:
            limit = len(work.sources[name].images)
            found[name] = delivered(settings, name, spec, limit, advance, history).split
    work.history = history
    return found


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
    return record, table(record)


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
