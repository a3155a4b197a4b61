"""A `Judgement` as lines of text, as a row of a table, and as JSON."""

import csv
import io
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from subband.runs.json_text import named
from subband.runs.lines import one_line
from subband.runs.names import printable

if TYPE_CHECKING:
    from subband.forensics.judgement import Judgement

COLUMNS = (
    "path", "verdict", "reason", "probability_generated", "source", "typical", "detector", "knows", "false_alarms",
    "misses", "answered", "crops", "provenance", "traces", "error",
)  # fmt: skip
"""Columns of CSV."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would compute a cell that begins so


def entry_of(name: str, judgement: "Judgement") -> dict[str, Any]:
    """JSON values of an answer."""
    opinion = judgement.opinion
    entry: dict[str, Any] = {
        **named("path", name), "verdict": judgement.verdict, "reason": judgement.reason
    }  # fmt: skip
    if opinion is not None:
        entry |= {
            "probability_generated": opinion.probability_generated,
            "source": opinion.source,
            "sources": dict(opinion.sources),
            "typical": opinion.typical,
            "opinion": {"verdict": opinion.verdict, "reason": opinion.reason},
            "detector": opinion.detector,
            "knows": list(opinion.knows),
            "errors": dict(opinion.errors),
            "crops": opinion.crops,
        }
    return entry | {
        "provenance": [_plain(asdict(finding)) for finding in judgement.provenance],
        "traces": [_plain(asdict(trace)) for trace in judgement.traces],
    }


def lines_of(name: str, entry: Mapping[str, Any]) -> list[str]:
    """Text of an answer: one line with tabs (path, verdict, probability, source, reason), then its evidence."""
    words = [printable(name), entry["verdict"], probability(entry), source(entry), entry["reason"]]
    lines = ["\t".join(one_line(word) for word in words)]
    if "detector" in entry:
        lines.append(f"  detector    {about_detector(entry)}")
        if entry["opinion"]["reason"] not in entry["reason"]:
            lines.append(f"  opinion     {entry['opinion']['verdict']}: {entry['opinion']['reason']}")
    for kind in ("provenance", "traces"):
        lines += [f"  {kind:10}  {_labelled(found)}" for found in entry[kind]]
    return [lines[0], *map(one_line, lines[1:])]


def row_of(entry: Mapping[str, Any]) -> dict[str, str]:
    """An answer as a row of `COLUMNS`, safe to open in a spreadsheet."""
    errors = entry.get("errors", {})
    row = {
        **{key: entry.get(key) for key in COLUMNS},
        "knows": "; ".join(entry.get("knows", ())),
        **{key: errors.get(key.replace("_", " ")) for key in ("false_alarms", "misses", "answered")},
        "provenance": " | ".join(map(_labelled, entry.get("provenance", ()))),
        "traces": " | ".join(map(_labelled, entry.get("traces", ()))),
    }
    return {key: _cell(value) for key, value in row.items()}


def csv_line(values: Mapping[str, str] | None = None) -> str:
    """One line of CSV, without its end; the header by default."""
    file = io.StringIO()
    csv.writer(file, lineterminator="").writerow(
        COLUMNS if values is None else [values[key] for key in COLUMNS]
    )
    return file.getvalue()


def probability(entry: Mapping[str, Any]) -> str:
    """The probability of the likelier class in words."""
    from subband.forensics.detectors.ruling import percent

    if "probability_generated" not in entry:
        return "no probability"
    p = entry["probability_generated"]
    return f"{percent(p)} generated" if p >= 0.5 else f"{percent(1 - p)} real"


def source(entry: Mapping[str, Any]) -> str:
    """The most likely source in words."""
    if "source" not in entry:
        return "no source"
    if entry["source"] == "real":
        return "no generator"
    return (
        "an unknown generator"
        if entry["source"] == "unknown"
        else f"most likely {printable(entry['source'])}"
    )


def about_detector(entry: Mapping[str, Any]) -> str:
    """Name, scope and error of the detector, in one line."""
    from subband.forensics.detectors.ruling import percent

    errors = entry["errors"]
    rates = (
        f"on its own test pictures it calls {_rate(errors, 'false alarms')} of photographs generated and "
        f"{_rate(errors, 'misses')} of generated pictures real, and answers {_share(errors['answered'])}"
        if {"false alarms", "misses", "answered"} <= set(errors)
        else "its error was not measured"
    )
    typical = entry["typical"]
    usual = (
        ""
        if typical is None
        else f"; {percent(typical)} of its calibration pictures are less usual than this one"
    )
    return f"{entry['detector']}; knows: {', '.join(entry['knows'])}; {rates}{usual}"


def _rate(errors: Mapping[str, float], name: str) -> str:
    """A measured rate, with the upper end of its 95 % interval if it is known."""
    upper = errors.get(f"{name} at most")
    return _share(errors[name]) + ("" if upper is None else f" (at most {_share(upper)})")


def _share(p: float) -> str:
    return f"{100 * p:.1f}".removesuffix(".0") + " %"


def _labelled(found: Mapping[str, Any]) -> str:
    strength = f", {found['strength']}" if "strength" in found else ""
    return f"{found['kind']}{strength}: {found['text']}"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    if not isinstance(value, str):
        return text
    text = one_line(text)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _plain(value: Any) -> Any:
    """Mappings and sequences of a finding as JSON has them; anything else as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
