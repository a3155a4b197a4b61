"""Check the course itself: `python -m course.check`, or `make course`.

Every test must fail on the exercises as they are given, because something is not written yet, and pass on the
solutions; the tests of a day may take 60 s of a processor.
"""

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from course.days import DAYS, FOLDER, SELECT

LIMIT = 60.0
"""Seconds of the processor that the tests of a day may take on the solutions."""


@dataclass(frozen=True)
class Outcome:
    """One test: its day, its name, seconds of the processor, and the message of its failure or None."""

    day: str
    name: str
    seconds: float
    failure: str | None


def outcomes(selected: str, days: Iterable[str] = DAYS) -> list[Outcome]:
    """Run the tests of the days on "exercises", "solutions", or a folder of files named like the days."""
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.xml"
        subprocess.run(
            [sys.executable, "-m", "pytest", *(str(FOLDER / day) for day in days), f"--junitxml={report}"],
            cwd=FOLDER.parent,
            env={**os.environ, SELECT: selected},
            stdout=subprocess.DEVNULL,
        )
        cases = list(ElementTree.parse(report).iter("testcase"))
    return [_outcome(case) for case in cases]


def _outcome(case: ElementTree.Element) -> Outcome:
    bad = next((part for part in case if part.tag in ("failure", "error", "skipped")), None)
    failure = None if bad is None else f"{bad.get('message') or ''} {bad.text or ''}".strip() or bad.tag
    names = case.get("classname", "").split(".")
    day = next((name for name in names if name in DAYS), "?")
    seconds = next(
        (float(p.get("value", 0)) for p in case.iter("property") if p.get("name") == "seconds"), 0.0
    )
    return Outcome(day, case.get("name", "?"), seconds, failure)


def complaints(exercises: list[Outcome], solutions: list[Outcome]) -> list[str]:
    """What is wrong with the course; empty if all is well."""
    found = []
    for one in exercises:
        if one.failure is None:
            found.append(f"{one.day}: {one.name} passes although nothing is written")
        elif "TODO" not in one.failure:
            found.append(
                f"{one.day}: {one.name} fails on the exercise, but not for a TODO: {one.failure[:300]}"
            )
    found += [
        f"{one.day}: {one.name} fails on the solution: {one.failure[:600]}"
        for one in solutions
        if one.failure
    ]
    for day in DAYS:
        if not any(one.day == day for one in exercises) or not any(one.day == day for one in solutions):
            found.append(f"{day}: no test ran")
        seconds = sum(one.seconds for one in solutions if one.day == day)
        if seconds > LIMIT:
            found.append(f"{day}: its tests took {seconds:.0f} s, more than {LIMIT:.0f} s")
    return found


def main() -> int:
    """Print a line for each day; returns 1 if something is wrong."""
    exercises, solutions = outcomes("exercises"), outcomes("solutions")
    print(f"{'day':<32}{'tests':>6}{'red as given':>14}{'green solved':>14}{'seconds':>9}")
    for day in DAYS:
        given = [one for one in exercises if one.day == day]
        solved = [one for one in solutions if one.day == day]
        red, green = sum(one.failure is not None for one in given), sum(one.failure is None for one in solved)
        print(f"{day:<32}{len(solved):>6}{red:>14}{green:>14}{sum(one.seconds for one in solved):>9.1f}")
    wrong = complaints(exercises, solutions)
    for line in wrong:
        print(line, file=sys.stderr)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
