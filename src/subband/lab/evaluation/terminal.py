"""The scores of an evaluation as a text table."""

from collections.abc import Mapping
from typing import Any

from subband.lab.evaluation.words import alerts, ends, headline, shown
from subband.runs.names import printable

_GROUPS = 4  # of bands, in the table

_COLUMNS = (
    ("auroc", "AUROC"),
    ("balanced_accuracy", "bal. acc."),
    ("detected", "found"),
    ("missed", "missed"),
    ("answered", "answered"),
)


def table(figures: Mapping[str, Any]) -> str:
    """Text table in per cent: a row per generator and the minimum, false alarms by source, warnings."""
    lines: list[str] = []
    for name, row in figures["detectors"].items():
        lines += _of_detector(name, row)
        if name in figures["bands"]:
            lines += [*_bands(figures["bands"][name]), ""]
    if figures["cross"] is not None:
        lines += _cross(figures["cross"])
    lines.append(headline(figures).claim)
    for alert in alerts({"figures": figures}):
        lines.append(f"{'WARNING: ' if alert.level == 'red' else 'note: '}{alert.title} {alert.text}")
    return "\n".join(lines)


def _bands(found: Mapping[str, Any]) -> list[str]:
    """The groups of bands whose removal harms most."""
    left = sorted(found["without"].items(), key=lambda row: row[1])[:_GROUPS]
    accuracy = f"balanced accuracy on {sum(found['images'].values())} squares {100 * found['accuracy']:.1f} %"
    return [accuracy, *(f"{f'without {name}':<40}{100 * value:>8.1f} %" for name, value in left)]


def _of_detector(name: str, row: Mapping[str, Any]) -> list[str]:
    width = max(24, *(len(printable(key)) for key in (*row["generators"], *row["photographs"])))
    head = "".join(f"{title:>12}" for _, title in _COLUMNS)
    lines = [
        f"{printable(name)} ({row['kind']}; knows {', '.join(map(printable, row['knows'])) or 'no generator'})"
    ]
    lines.append(f"{'generated pictures (%)':<{width}}{head}")
    for generator, scores in row["generators"].items():
        cells = "".join(f"{shown(scores[key]):>12}" for key, _ in _COLUMNS)
        lines.append(f"{printable(generator):<{width}}{cells}")
    worst = row["worst_generator"]
    cells = "".join(
        f"{shown({'mean': worst[key]['value']} if key in worst else {'mean': None}):>12}"
        for key, _ in _COLUMNS
    )
    lines.append(f"{'worst generator':<{width}}{cells}")
    cells = "".join(f"{shown(row['pooled'][key]):>12}" for key, _ in _COLUMNS)
    lines += [f"{'all':<{width}}{cells}", ""]
    lines.append(f"{'photographs (%)':<{width}}{'pictures':>12}{'called generated':>20}   interval")
    for origin, part in row["photographs"].items():
        alarms = part["false_alarms"]
        lines.append(
            f"{printable(origin):<{width}}{part['pictures']:>12}{shown(alarms):>20}   {ends(alarms)}"
        )  # fmt: skip
    pooled = row["pooled"]
    lines += [
        f"{'all':<{width}}{sum(part['pictures'] for part in row['photographs'].values()):>12}"
        f"{shown(pooled['false_alarms']):>20}   {ends(pooled['false_alarms'])}",
        f"wrong among the answers {shown(pooled['error_among_answered'])} %, ECE {shown(pooled['ece'])} %, "
        f"AURC {shown(pooled['aurc'])} %",
        "",
    ]
    return lines


def _cross(cross: Mapping[str, Any]) -> list[str]:
    width = max(24, *(len(printable(name)) for name in cross["rows"]))
    columns = [max(9, len(printable(name)) + 2) for name in cross["generators"]]
    head = "".join(f"{printable(name):>{w}}" for name, w in zip(cross["generators"], columns, strict=True))
    lines = [
        f"AUROC (%) of the {cross['detector']}: row trained on, column tested on",
        f"{'':<{width}}{head}",
    ]
    for trained, row in cross["rows"].items():
        cells = "".join(
            f"{shown(row[name]['auroc']) if name in row else '':>{w}}"
            for name, w in zip(cross["generators"], columns, strict=True)
        )
        lines.append(f"{printable(trained):<{width}}{cells}")
    return [*lines, ""]
