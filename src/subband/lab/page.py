"""The report: results and figures as one self-contained HTML page."""

from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from subband.lab.figures import Panel, place
from subband.lab.pace import in_words
from subband.lab.verdict import (
    alerts,
    attribution_sentence,
    chance,
    headline,
    interval,
    percent,
    ranks,
    shown_controls,
)
from subband.runs.lines import one_line, typed
from subband.runs.names import printable

_SKIPPED_SHOWN = 40


def render(results: Mapping[str, Any], panels: Iterable[Panel]) -> str:
    """The report as HTML without scripts, external files or network access.

    All numbers come from `results`, the content of results.json, so that page and file agree.

    Args:
        results: Returned by `subband.lab.record.results`.
        panels: The figures; sections of missing figures are left out.
    """
    figures, package = results["figures"], files("subband.lab")
    detectors, controls = figures.get("detectors", {}), shown_controls(results)
    low = _floor(
        [
            *(row["balanced_accuracy"] for row in detectors.values()),
            *(row["accuracy"] for row in controls.values()),
        ]
    )
    skipped = figures.get("skipped", [])
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, finalize=escaped, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string((package / "report.html.j2").read_text("utf-8"))
    return template.render(
        style=Markup((package / "report.css").read_text("utf-8")),
        name=results["name"],
        subband=results["versions"]["subband"],
        headline=headline(figures),
        alerts=alerts(results),
        panels=place(panels),
        strip={"low": f"{low:.0f}", "high": 100},
        table_note=_table_note(results),
        detectors=_detector_rows(figures, low),
        controls=_control_rows(controls, low),
        attribution=attribution_sentence(figures),
        sources=_source_rows(figures["sources"]),
        sources_note=_sources_note(results),
        skipped=[item | {"name": _shown_name(item)} for item in skipped[:_SKIPPED_SHOWN]],
        skipped_more=max(0, len(skipped) - _SKIPPED_SHOWN),
        protocol=results["protocol"],
        command=results["command"],
        facts=_facts(results),
        seconds=[(stage, f"{taken:.1f} s") for stage, taken in results["clock"]["seconds"].items()],
        detector=typed(f"{results['folder']}/detector"),
    )


def escaped(value: Any) -> Any:
    """Escape control characters, such as bidirectional overrides; Jinja escapes the HTML."""
    return one_line(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _shown_name(item: Mapping[str, Any]) -> str:
    """File name as one line; a name with `name_base64`, not UTF-8, is escaped in the file already."""
    return item["name"] if "name_base64" in item else printable(item["name"])


def _floor(scores: list[Mapping[str, Any]]) -> float:
    """Return where the strips of the table begin, in per cent: 50, or the tens below the lowest interval."""
    lowest = min((100 * score["interval"][0] for score in scores if "interval" in score), default=50.0)
    return min(50.0, 10.0 * (lowest // 10))


def _score(score: Mapping[str, Any]) -> dict[str, str]:
    """Write mean ± std over seeds, and the interval."""
    spread = f" ± {percent(score['std'])}" if len(score["seeds"]) > 1 else ""
    return {"text": f"{percent(score['mean'])}{spread}", "interval": interval(score) or "too few to say"}


def _bar(score: Mapping[str, Any], floor: float) -> dict[str, str] | None:
    """Place interval and mean on a strip from `floor` to 100 %; None without an interval."""
    if "interval" not in score:
        return None

    def at(share: float) -> float:
        return 100 * (100 * share - floor) / (100 - floor)

    low, high = score["interval"]
    return {
        "left": f"{at(low):.2f}",
        "width": f"{at(high) - at(low):.2f}",
        "dot": f"{at(score['mean']):.2f}",
    }


def _detector_rows(figures: Mapping[str, Any], floor: float) -> list[dict[str, Any]]:
    detectors = figures.get("detectors", {})
    marks = ranks(figures) if detectors else {}
    return [
        {
            "name": name,
            "parameters": f"{row['parameters']:,}".replace(",", "\u202f"),
            "accuracy": _score(row["balanced_accuracy"]),
            "auroc": _score(row["auroc"]),
            "bar": _bar(row["balanced_accuracy"], floor),
            "mark": marks.get(name, ""),
        }
        for name, row in detectors.items()
    ]


def _control_rows(controls: Mapping[str, Any], floor: float) -> list[dict[str, Any]]:
    titles = {"stored": "format only, after preprocessing", "delivered": "format only, as delivered"}
    return [
        {
            "name": titles[key],
            "accuracy": _score(row["accuracy"]),
            "auroc": _score(row["auroc"]),
            "bar": _bar(row["accuracy"], floor),
            "failed": row["at_chance"] is False and key == "stored",
        }
        for key, row in controls.items()
    ]


def _table_note(results: Mapping[str, Any]) -> str:
    seeds = results["settings"]["seeds"]
    over = f"Mean ± standard deviation over {seeds} seeds; below" if seeds > 1 else "One seed; below"
    return (
        f"{over}, the 95 % bootstrap interval, resampled by photograph and not by crop; with fewer than "
        f"30 photographs "
        "it also holds Wilson's interval of as many trials. Kept: the detector with the lowest loss on "
        "the validation "
        "images, which calibration, confusion matrix and `subband detect` are about. Chance is "
        f"{percent(chance(results['figures']), 0)} %. “Format only” is a classifier on file size, dimensions and "
        "quantisation table, without the pixels: after the common preprocessing it must be at chance."
    )


def _sources_note(results: Mapping[str, Any]) -> str:
    return (
        f"All images have the same preprocessing: {results['path']}. All crops of one photograph are in one of "
        "the training, validation and test sets. Duplicates are pictures equal to another one, pixel by pixel; "
        "they are in the same set."
    )


def _source_rows(sources: Mapping[str, Any]) -> list[dict[str, Any]]:
    columns = ("pictures", "crops", "train", "val", "test", "duplicates", "skipped")
    return [
        {
            "name": name,
            "origin": row["origin"],
            "delivered": ", ".join(
                f"{count} {'generated here' if kind == 'array' else kind}"
                for kind, count in row["delivered"].items()
            ),
            "numbers": [row[column] for column in columns],
        }
        for name, row in sources.items()
    ]


def _facts(results: Mapping[str, Any]) -> list[tuple[str, str]]:
    settings, clock = results["settings"], results["clock"]
    return [
        ("seed", f"{settings['seed']}, {settings['seeds']} per detector"),
        ("threads", str(settings["threads"])),
        (
            "budget",
            f"{in_words(settings['budget'])} on {'this' if settings['measured'] else 'the reference'} machine",
        ),
        ("crops", f"{settings['size']} × {settings['size']} pixels"),
        *results["versions"].items(),
        ("machine", clock["machine"]),
        *([("expected duration", in_words(clock["expected"]))] if clock["expected"] is not None else []),
        ("duration", in_words(sum(clock["seconds"].values()))),
        ("started", clock["started"]),
    ]
