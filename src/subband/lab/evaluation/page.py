"""The report on detectors as one self-contained HTML page."""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

import numpy as np
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from subband.forensics.evaluation import AS_IS, SCORES, Evaluation
from subband.forensics.evaluation.results import VERDICT_NAMES
from subband.lab.evaluation.figures import Panel
from subband.lab.evaluation.words import alerts, ends, headline, shown
from subband.lab.page import escaped
from subband.runs.names import printable

_MISTAKES = 12

_GENERATOR_COLUMNS = ("auroc", "average_precision", "balanced_accuracy", "detected", "missed", "answered")
_CONDITION_COLUMNS = (
    "auroc",
    "balanced_accuracy",
    "false_alarms",
    "detected",
    "answered",
    "error_among_answered",
)


def render(results: Mapping[str, Any], panels: Sequence[Panel], found: Evaluation) -> str:
    """The report as HTML without scripts, external files or network access.

    Args:
        results: Content of results.json; all numbers come from it.
        panels: The figures.
        found: The answers, for the list of the surest mistakes.
    """
    figures, package = results["figures"], files("subband.lab")
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=escaped, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string((package / "evaluation" / "report.html.j2").read_text("utf-8"))
    numbers = {id(panel): k for k, panel in enumerate(_in_order(panels), start=1)}
    return template.render(
        style=Markup((package / "report.css").read_text("utf-8")),
        name=results["name"],
        subband=results["versions"]["subband"],
        headline=headline(figures),
        alerts=alerts(results),
        panels={panel.key: panel for panel in panels if not panel.detector},
        number=lambda panel: numbers[id(panel)],
        detectors=list(figures["detectors"]),
        scores=_score_rows(figures["detectors"]),
        sections=[
            _section(name, row, panels, found) for name, row in figures["detectors"].items()
        ],
        cross=_cross(figures["cross"]),
        sources=[
            (printable(kind), printable(origin), count)
            for kind, row in figures["pictures"].items()
            for origin, count in row.items()
        ],
        control=_control(figures["control"]),
        skipped=[
            (item["name"] if "name_base64" in item else printable(item["name"]), item["reason"])
            for item in figures["skipped"][:40]
        ],
        skipped_more=max(0, len(figures["skipped"]) - 40),
        settings=results["settings"],
        command=results["command"],
        facts=[
            *((key, str(value)) for key, value in results["versions"].items()),
            ("machine", results["clock"]["machine"]),
            ("started", results["clock"]["started"]),
            ("duration", f"{results['clock']['seconds']:.0f} s"),
        ],
    )  # fmt: skip


def _in_order(panels: Sequence[Panel]) -> list[Panel]:
    """Panels in the order of the page: those about all detectors, then by detector."""
    return [panel for panel in panels if not panel.detector] + [panel for panel in panels if panel.detector]


def _score_rows(detectors: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": title,
            "oracle": key.startswith("oracle"),
            "cells": [
                {"text": shown(row["pooled"][key]), "interval": ends(row["pooled"][key])}
                for row in detectors.values()
            ],
        }
        for key, title in SCORES.items()
    ]


def _section(name: str, row: Mapping[str, Any], panels: Sequence[Panel], found: Evaluation) -> dict[str, Any]:
    """Everything about one detector."""
    worst = row["worst_generator"]
    return {
        "name": name,
        "kind": row["kind"],
        "knows": ", ".join(map(printable, row["knows"])) or "no generator by name",
        "threshold": f"{row['threshold']:.3g}",
        "panels": [panel for panel in panels if panel.detector == name],
        "generator_heads": [SCORES[key] for key in _GENERATOR_COLUMNS],
        "generators": [
            (printable(generator), [_cell(scores[key]) for key in _GENERATOR_COLUMNS])
            for generator, scores in row["generators"].items()
        ],
        "worst": [
            (shown({"mean": worst[key]["value"]}), printable(worst[key]["generator"]))
            if key in worst
            else ("–", "")
            for key in _GENERATOR_COLUMNS
        ],
        "photographs": [
            (
                printable(origin), part["pictures"], _cell(part["false_alarms"]),
                shown({"mean": part["answered"]}), f"{part['mean_score']:+.2f}",
            )
            for origin, part in row["photographs"].items()
        ],
        "condition_heads": [SCORES[key] for key in _CONDITION_COLUMNS],
        "conditions": [
            (
                condition,
                condition == AS_IS,
                [_cell(part["scores"][key]) for key in _CONDITION_COLUMNS],
                shown(part["flips"]),
                shown({"mean": part["withdrawn"]}),
                part["refused"],
            )
            for condition, part in row["conditions"].items()
        ],
        "mistakes": _mistakes(name, found),
    }  # fmt: skip


def _mistakes(name: str, found: Evaluation) -> list[tuple[str, str, str, str]]:
    """The surest wrong verdicts: file, source, verdict, stated probability."""
    answers, pictures = found.detectors[name].answers, found.pictures
    wrong = np.flatnonzero((answers.verdict >= 0) & (answers.verdict != pictures.generated))
    order = wrong[np.argsort(-np.abs(answers.score[wrong]), kind="stable")][:_MISTAKES]
    return [
        (
            printable(found.names[k]), printable(str(pictures.origin[k])),
            VERDICT_NAMES[int(answers.verdict[k])], f"{100 * answers.probability[k]:.1f} %",
        )
        for k in order
    ]  # fmt: skip


def _cell(score: Mapping[str, Any]) -> tuple[str, str]:
    return shown(score), ends(score)


def _control(control: Mapping[str, Any] | None) -> str:
    if control is None:
        return "There were too few pictures for a control on the files' format."
    verdict = {True: "at chance", False: "above chance", None: "undecided, with so few pictures"}[
        control["at_chance"]
    ]
    return (
        "A control classifier that sees the files' length, dimensions, format and quantisation table, but "
        "no pixel, "
        f"has an AUROC of {shown(control['auroc'])} % ({ends(control['auroc'])} %): {verdict}."
    )


def _cross(cross: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if cross is None:
        return None
    return {
        "detector": cross["detector"],
        "generators": list(map(printable, cross["generators"])),
        "rows": [
            (
                printable(trained),
                [_cell(row[name]["auroc"]) if name in row else None for name in cross["generators"]],
            )
            for trained, row in cross["rows"].items()
        ],
    }
