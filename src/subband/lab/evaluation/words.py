"""Headline and warnings of an evaluation, from the content of results.json alone."""

from collections.abc import Mapping
from typing import Any

from subband.lab.verdict import Alert, Headline, percent
from subband.runs.names import printable

Figures = Mapping[str, Any]

ACCUSED = 0.05
"""Share of photographs called generated from which a detector accuses too many."""

FEW = 30  # photographs, or generated pictures


def shown(score: Mapping[str, Any], digits: int = 1) -> str:
    """A score in per cent, "–" if it is undefined."""
    mean = score["mean"]
    return "–" if mean is None or mean != mean else percent(mean, digits)


def ends(score: Mapping[str, Any], digits: int = 1) -> str:
    """Its 95 % interval, "80.0 to 90.0", or that there is none."""
    if "interval" not in score:
        return "no interval"
    return " to ".join(percent(end, digits) for end in score["interval"])


def headline(figures: Figures) -> Headline:
    """What the first detector does: found, accused, silent; its worst generator and source of photographs."""
    if not figures["detectors"]:
        cross = figures["cross"]
        return Headline(f"The {cross['detector']} across generators", _unseen(cross))
    name, row = next(iter(figures["detectors"].items()))
    pooled, worst = row["pooled"], row["worst_generator"]["detected"]
    claim = (
        f"{printable(name)} finds {shown(pooled['detected'], 0)} % of the generated pictures and accuses "
        f"{shown(pooled['false_alarms'])} % of the photographs"
    )
    accused, alarms = max(row["photographs"].items(), key=lambda item: item[1]["false_alarms"]["mean"])
    support = [
        f"It gives a firm answer for {shown(pooled['answered'], 0)} % of the pictures; "
        f"{shown(pooled['error_among_answered'])} % of these answers are wrong, real and generated "
        f"pictures weighed "
        f"alike (95 % interval {ends(pooled['error_among_answered'])} %).",
        f"The generator it finds least is {printable(worst['generator'])}, {percent(worst['value'], 0)} %; the "
        f"photographs it accuses most are those of {printable(accused)}, {shown(alarms['false_alarms'])} % "
        f"({ends(alarms['false_alarms'])} %).",
    ]
    return Headline(claim, (*support, *(_unseen(figures["cross"]) if figures["cross"] else ())))


def _unseen(cross: Mapping[str, Any]) -> tuple[str, ...]:
    rows = cross["rows"].get("all but the tested one", {})
    if not rows:
        return ()
    areas = {name: cell["auroc"]["mean"] for name, cell in rows.items()}
    least = min(areas, key=lambda name: areas[name])
    mean = sum(areas.values()) / len(areas)
    return (
        f"Trained on all other generators, the {cross['detector']} has a mean AUROC of {percent(mean)} % "
        f"on the one "
        f"it never saw, and at least {percent(areas[least])} % ({printable(least)}).",
    )


def alerts(results: Mapping[str, Any]) -> list[Alert]:
    """Warnings of the report, the most severe first."""
    figures, found = results["figures"], []
    if equal := {name: row["equal"] for name, row in figures["copies"].items() if row["equal"]}:
        listed = ", ".join(f"{printable(name)}: {count}" for name, count in equal.items())
        text = f"Pixel by pixel ({listed}). Check whether a folder was given twice."
        found.append(Alert("red", "Generated pictures are photographs of this evaluation.", text))
    if alike := {name: row["alike"] for name, row in figures["copies"].items() if row["alike"]}:
        listed = ", ".join(f"{printable(name)}: {count}" for name, count in alike.items())
        text = (
            f"{listed}. They are the same picture saved again, edited a little, or reconstructed by an "
            f"autoencoder. If "
            "that is not meant, the labels of these pictures are wrong."
        )
        found.append(Alert("amber", "Generated pictures look like photographs of this evaluation.", text))
    counts = figures["pictures"]
    few = [kind for kind, row in counts.items() if sum(row.values()) < FEW]
    if few:
        text = f"Fewer than {FEW} of {', '.join(map(printable, few))}: their intervals are wide, or there is none."
        found.append(Alert("amber", "There are only a handful of some pictures.", text))
    control = figures["control"]
    if control is not None and control["at_chance"] is False:
        text = (
            "A classifier on the files alone (length, dimensions, format, quantisation table), without "
            "any pixel, tells "
            f"the classes apart with an AUROC of {shown(control['auroc'])} %. A detector may answer by "
            f"the history of "
            "the files; the rows under one condition, the same for both classes, say more than those as delivered."
        )
        found.append(Alert("amber", "The files of the two classes differ in format.", text))
    found += _of_detectors(figures)
    if figures["interrupted"]:
        text = "It covers the pictures that were seen until then, a random part of all."
        found.append(Alert("amber", "The evaluation was stopped early.", text))
    return found


def _of_detectors(figures: Figures) -> list[Alert]:
    found = []
    for name, row in figures["detectors"].items():
        alarms = {
            origin: part["false_alarms"]["mean"]
            for origin, part in row["photographs"].items()
            if part["false_alarms"]["mean"] > ACCUSED
        }
        if alarms:
            listed = ", ".join(
                f"{printable(origin)} {percent(share)} %"
                for origin, share in sorted(alarms.items(), key=lambda item: -item[1])
            )
            text = f"{printable(name)} calls these photographs generated: {listed}."
            found.append(
                Alert("amber", f"More than {percent(ACCUSED, 0)} % of some photographs are accused.", text)
            )
        flips = {
            condition: part["flips"]["mean"]
            for condition, part in row["conditions"].items()
            if (part["flips"]["mean"] or 0) > 0.01
        }
        if flips:
            worst = max(flips, key=lambda condition: flips[condition])
            text = (
                f"{printable(name)}: under {worst}, {percent(flips[worst])} % of the firm verdicts turn into the "
                f"opposite one; more than 1 % do under {len(flips)} conditions."
            )
            found.append(Alert("amber", "Verdicts turn into their opposite.", text))
    return found
