"""Records of claims: results/NAME.json and results/NAME.png."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from subband.errors import InvalidInput, OutputError
from subband.experiments.claim import Claim, Outcome
from subband.experiments.freshness import digest
from subband.experiments.parts import Parts, keeping_parts
from subband.runs.files import check_folder, check_room, write_bytes, write_json
from subband.runs.json_text import json_text
from subband.runs.machine import machine
from subband.runs.names import printable
from subband.runs.progress import Watcher

_ROOM = 2**20  # bytes, upper bound for a record and its figure


@dataclass(frozen=True)
class Written:
    """Path of a record, and its numbers as text lines."""

    path: Path
    lines: tuple[str, ...]


def reproduce_claim(
    claims: Mapping[str, Claim],
    name: str,
    *,
    budget: float | None = None,
    results: Path = Path("results"),
    watcher: Watcher,
) -> Written:
    """Run a claim and write its record and figure, each atomically.

    Its finished parts are in NAME.parts meanwhile: the same call after an interruption goes on from there.

    Args:
        claims: the registry.
        name: key in `claims`.
        budget: nominal seconds; by default a full run. With a budget the files are NAME.quick.*, so that a
            short run never overwrites a full one.
        results: output folder, created if missing.
        watcher: progress display.

    Raises:
        InvalidInput: unknown claim.
        OutputError: `results` can't be written, checked before the run; after it, the error has the record as
            a note.

    Example:
        >>> from dataclasses import replace
        >>> from subband.experiments import EXPERIMENTS, Outcome, reproduce_claim
        >>> from subband.runs.progress import Silent
        >>> def run(seconds, watcher):  # in place of the experiment, which takes longer
        ...     return Outcome({"error": 0.1}, {"error": (0.05, 0.15)}, b"PNG", {"seconds": seconds}, 0, {})
        >>> run.__module__ = EXPERIMENTS["chirp"].run.__module__
        >>> claims = {"chirp": replace(EXPERIMENTS["chirp"], run=run)}
        >>> written = reproduce_claim(claims, "chirp", budget=60, watcher=Silent())
        >>> written.path.name, len(written.lines) > 0
        ('chirp.quick.json', True)
    """
    if name not in claims:
        raise InvalidInput(f"unknown claim {name!r}: choose from {', '.join(claims)}")
    claim = claims[name]
    stem = name if budget is None else f"{name}.quick"
    check_folder(results, "choose another --results")
    check_room(results, _ROOM, "choose another --results")
    seconds = claim.seconds if budget is None else budget
    with keeping_parts(results / f"{stem}.parts", seconds) as parts:
        return _record(claim, budget, results / f"{stem}.json", parts, watcher)


def _record(claim: Claim, budget: float | None, path: Path, parts: Parts, watcher: Watcher) -> Written:
    started = time.perf_counter()
    outcome = claim.run(parts.budget, watcher)
    record = {
        "claim": claim.claim,
        "source": claim.source,
        "published": claim.published,
        "ours": dict(outcome.ours),
        "uncertainty": {key: list(interval) for key, interval in outcome.uncertainty.items()},
        "protocol": claim.protocol,
        "command": f"subband reproduce {claim.name}"
        + ("" if budget is None else f" --budget {budget:.15g}s"),
        "seed": outcome.seed,
        "settings": dict(outcome.settings),
        "versions": dict(outcome.versions),
        "code": digest(claim),
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(time.perf_counter() - started, 1),
        **({"parts of an earlier, interrupted run": parts.found} if parts.found else {}),
        "machine": machine(),
    }
    try:
        write_bytes(path.with_suffix(".png"), outcome.figure)
        if outcome.animation is not None:
            write_bytes(path.with_suffix(".gif"), outcome.animation)
        write_json(path, record)
    except OutputError as error:
        error.add_note(f"unsaved result: {json_text(record, indent=None)}")
        raise
    return Written(path, tuple(_lines(claim, outcome)))


def table(claims: Mapping[str, Claim], results: Path) -> str:
    """Table of claims as text: published numbers, numbers of the full run in `results` if any, run time."""
    blocks = []
    for claim in claims.values():
        lines = [claim.name, f"  claim      {claim.claim}", f"  published  {claim.published}"]
        lines += [f"  ours       {_ours(claim, results / f'{claim.name}.json')}"]
        lines += [f"  full run   about {_minutes(claim.seconds)} on two cores"]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _ours(claim: Claim, path: Path) -> str:
    if not path.is_file():
        return "not run yet"
    try:
        ours = {key: float(value) for key, value in json.loads(path.read_text("utf-8"))["ours"].items()}
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return f"{printable(path)} can't be read: run it again"
    if any(key not in ours for key in claim.shown):
        return f"to be run again: {printable(path)} is of another protocol"
    if claim.shown:
        return "; ".join(f"{key} {ours[key]:.3g}" for key in claim.shown)
    shown = [f"{key} {100 * value:.2f} %" for key, value in ours.items() if key.endswith("accuracy")]
    return "; ".join(shown)


def _minutes(seconds: float) -> str:
    count = round(seconds / 60)
    return "a minute" if count == 1 else f"{count} minutes"


def _lines(claim: Claim, outcome: Outcome) -> list[str]:
    width = max(map(len, outcome.ours))
    lines = [claim.claim, f"published: {claim.published}", ""]
    for key, value in outcome.ours.items():
        interval = outcome.uncertainty.get(key)
        shown = "" if interval is None else f"   95 % interval {interval[0]:.4f} to {interval[1]:.4f}"
        lines.append(f"{key:<{width}}  {_number(value)}{shown}")
    return lines


def _number(value: float) -> str:
    """Four decimals, or two significant digits below 10⁻³, such as for rounding errors."""
    return f"{value:.4f}" if value == 0 or abs(value) >= 1e-3 else f"{value:.1e}"
