"""Content of results.json: the results of a run as JSON values."""

import time
from collections import Counter
from dataclasses import replace
from typing import Any

from subband.data.copies import copies
from subband.data.imageset import count_shared
from subband.lab.inputs import Source, chain
from subband.lab.verdict import alerts, headline, ranks
from subband.lab.work import Work
from subband.runs.json_text import named
from subband.runs.machine import machine, versions
from subband.runs.names import printable


def results(work: Work, name: str) -> dict[str, Any]:
    """Settings, versions, "figures" (all results), and "clock" (all times) of a run.

    Two runs with equal settings on one machine have equal "figures" and differ in "clock" only.

    Args:
        work: The finished part of the run.
        name: Name of the run.
    """
    settings = replace(work.settings, steps=_all_steps(work))
    return {
        "name": name,
        "folder": str(settings.out / name),
        "command": settings.command(),
        "interrupted": work.interrupted,
        "protocol": _protocol(work),
        "path": chain(settings).describe(),
        "settings": settings.figures(),
        "steps": dict(work.steps),
        "versions": versions(),
        "figures": _figures(work),
        "clock": {
            "started": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(work.started)),
            "machine": machine(),
            "expected": None if work.expected is None else round(work.expected, 1),
            "seconds": dict(work.seconds),
        },
    }


def table(results: dict[str, Any]) -> str:
    """Text table of the scores in per cent, as in the report, with its headline and its warnings."""
    figures = results["figures"]
    if "detectors" not in figures:
        return "no detector was finished"
    lines = [f"{'real against generated (%)':<28}{'balanced accuracy':>28}{'AUROC':>28}"]
    marks = ranks(figures)
    for name, row in figures["detectors"].items():
        cells = f"{_cell(row['balanced_accuracy']):>28}{_cell(row['auroc']):>28}"
        lines.append(f"{name:<28}{cells}{f'   {marks[name]}' if name in marks else ''}")
    control = figures["controls"]["stored"]
    verdict = {
        True: "at chance, as it must be",
        False: "NOT AT CHANCE: do not trust the table",
        None: "undecided: too few held-out photographs for an interval",
    }[control["at_chance"]]
    lines.append(f"{'format only':<28}{_cell(control['accuracy']):>28}{_cell(control['auroc']):>28}")
    lines += [f"the format-only control is {verdict}", "", headline(figures).claim]
    for alert in alerts(results):
        if alert.level != "note":
            lines.append(f"{'WARNING' if alert.level == 'red' else 'warning'}: {alert.title} {alert.text}")
    return "\n".join(lines)


def _cell(score: dict[str, Any]) -> str:
    spread = f" ± {100 * score['std']:.1f}" if len(score["seeds"]) > 1 else ""
    interval = "[no interval]"
    if "interval" in score:
        low, high = score["interval"]
        interval = f"[{100 * low:.1f}, {100 * high:.1f}]"
    return f"{100 * score['mean']:.1f}{spread} {interval}"


def _all_steps(work: Work) -> dict[str, str]:
    """Steps for the command that repeats a measured run; none if the budget sets them, or if some are unknown."""
    settings = work.settings
    if settings.steps or not settings.measured:
        return dict(settings.steps)
    known = {"detectors", *settings.trained} == set(work.steps)
    return dict(work.steps) if known else {}


def _figures(work: Work) -> dict[str, Any]:
    figures: dict[str, Any] = {"chance": 0.5}
    if work.study is not None:
        figures |= work.study.to_json()
        del figures["interrupted"]  # in results() instead, where it covers all stages
        levelled = figures.pop("levelled")
        figures["compression"] = None
        if work.differs is not None:
            history = None if work.history is None else work.history.describe()
            figures["compression"] = {"differs": work.differs, "history": history, "levelled": levelled}
    figures["sources"] = {name: _source(source, work.real) for name, source in work.sources.items()}
    figures["skipped"] = [
        {"source": name, **named("name", item.name), "reason": item.reason}
        for name, source in work.sources.items()
        for item in source.images.skipped
    ]
    return figures


def _source(source: Source, real: Source) -> dict[str, Any]:
    images, split = source.images, source.split
    return {
        "origin": printable(source.origin),
        "pictures": images.scenes,
        "crops": len(images),
        "train": len(split.train),
        "val": len(split.val),
        "test": len(split.test),
        "duplicates": images.duplicates,
        "skipped": len(images.skipped),
        "delivered": dict(sorted(Counter(facts.container for facts in images.delivered).items())),
        "test_pictures": split.test.scenes,
        "copies": copies((), ())._asdict()
        if source is real
        else copies(real.images.prints, images.prints)._asdict(),
        "equal_to_real": 0 if source is real else count_shared(real.images, images),
    }


def _protocol(work: Work) -> str:
    settings = work.settings
    parts = [
        "The real images were split by photograph: 60 % training, 15 % validation, 25 % test; generated images "
        "likewise."
    ]
    if not settings.generated:
        parts.append(
            "Each generator was trained on the crops of the training photographs only, and sampled as many "
            "images as there are real crops."
        )
    if work.study is not None:
        training, kept = work.study.to_json()["training"], work.study.kept_name
        seeds = "one seed" if settings.seeds == 1 else f"{settings.seeds} seeds"
        parts.append(
            f"Every detector was trained for {training['steps']} steps of {training['batch']} images, with equal "
            f"total weight of real and generated images, with {seeds}. The {kept} of seed "
            f"{work.study.kept_seed} had the lowest validation loss and is kept; its "
            "probabilities are calibrated by a temperature fitted on the validation images."
        )
    parts.append(
        "The numbers of steps follow from the budget and the pace of this machine, measured before each "
        "training; the "
        "command below repeats them exactly."
        if work.settings.measured
        else "The budget sets numbers of steps by fixed rates, never by the clock, so that the run is reproducible."
    )
    return " ".join(parts)
