"""Evidence as Markdown: one table of all claims, and one block of all numbers for each."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from subband.experiments.claim import Claim
from subband.experiments.freshness import State, state

_FEW = 3  # numbers of a claim in the table


def evidence_page(
    claims: Mapping[str, Claim],
    results: Path,
    link: Mapping[str, str] | None = None,
) -> str:
    """Markdown page of every claim: published, ours with its interval, when, on what machine, command.

    Args:
        claims: the registry.
        results: folder of the records.
        link: name of a claim → address of its page, for the first column.

    Example:
        >>> from pathlib import Path
        >>> from subband.experiments import EXPERIMENTS, evidence_page
        >>> page = evidence_page({"chirp": EXPERIMENTS["chirp"]}, Path("results"))
        >>> "subband reproduce chirp" in page, "|" in page  # a table; nothing was run yet
        (True, True)
    """
    states = {name: state(claim, results) for name, claim in claims.items()}
    run = sum(found.record is not None for found in states.values())
    lines = [
        "# Evidence",
        "",
        "Each claim of the source material, what was published, and what this library measured. A number in "
        "brackets is a 95 % confidence interval, or what the protocol says it is. Only a full run of "
        "`subband reproduce NAME` writes a record, and this page is written from the records: nothing in it is "
        "typed by hand.",
        "",
        f"{run} of {len(claims)} claims have a record; {len(claims) - run} were not run in full yet.",
        "",
        "| claim | published | ours | when, on what | command |",
        "|---|---|---|---|---|",
    ]
    for name, claim in claims.items():
        title = f"[{name}]({link[name]})" if link and name in link else f"**{name}**"
        row = (
            f"{title}<br>{_cell(claim.claim)}",
            f"{_cell(claim.published)}<br>*{_cell(claim.source)}*",
            _ours(claim, states[name]),
            _run(states[name]),
            f"`subband reproduce {name}`",
        )
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines) + "\n"


def claim_block(claim: Claim, results: Path) -> str:
    """Markdown of one claim: published, all numbers of its record, protocol, when, on what machine, command."""
    found = state(claim, results)
    lines = [
        f"**Claim.** {_cell(claim.claim)}",
        "",
        f"**Source.** {_cell(claim.source)}",
        "",
        f"**Published.** {_cell(claim.published)}",
        "",
        f"**Protocol.** {_cell(claim.protocol)}",
        "",
        f"**Command.** `subband reproduce {claim.name}`, about {_minutes(claim.seconds)} on two cores.",
        "",
    ]
    if found.record is None:
        return "\n".join([*lines, f"**Ours.** Not run in full yet ({found.why}).", ""])
    lines += ["**Ours.** " + _run(found).replace("<br>", ", ") + ".", ""]
    lines += ["| | ours | 95 % interval |", "|---|---|---|"]
    intervals = found.record.get("uncertainty", {})
    for key, value in found.record["ours"].items():
        low_high = intervals.get(key)
        shown = "" if low_high is None else f"{_number(low_high[0])} to {_number(low_high[1])}"
        lines.append(f"| {_cell(key)} | {_number(value)} | {shown} |")
    return "\n".join([*lines, ""])


def _ours(claim: Claim, found: State) -> str:
    if found.record is None:
        return f"not run in full yet ({found.why})" if found.why != "never run" else "not run in full yet"
    ours, intervals = found.record["ours"], found.record.get("uncertainty", {})
    keys = [key for key in claim.shown if key in ours]
    keys = keys or [key for key in ours if key.endswith("accuracy")] or list(ours)
    parts = []
    for key in keys[:_FEW]:
        interval = intervals.get(key)
        shown = "" if interval is None else f" [{_number(interval[0])}, {_number(interval[1])}]"
        parts.append(f"{_cell(key)}: **{_number(ours[key])}**{shown}")
    return "<br>".join(parts)


def _run(found: State) -> str:
    if found.record is None:
        return "–"
    record = found.record
    when = str(record.get("when", ""))[:10] or "date not recorded"
    version = record.get("versions", {}).get("subband", "?")
    machine, time = _cell(record.get("machine", "?")), _minutes(record.get("seconds", 0))
    told = f"{when}<br>{machine}<br>{time}, version {version}"
    return told + (f"<br>to be run again: {found.why}" if found.stale else "")


def _cell(text: Any) -> str:
    """Text on one line, in which Markdown sees no markup."""
    line = " ".join(str(text).split())
    for mark in "\\|*_[]<>$`":
        line = line.replace(mark, f"\\{mark}")
    return line


def _number(value: Any) -> str:
    try:
        return f"{float(value):.4g}"
    except (TypeError, ValueError):
        return "?"


def _minutes(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
