"""The nine days, and the code that is tested: the reader's exercise, or the solution."""

import importlib
import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

FOLDER = Path(__file__).parent
DAYS = tuple(sorted(path.name for path in FOLDER.glob("day_*")))
SELECT = "COURSE"
"""Environment variable: "solutions", or a folder of files named like the days; by default the exercises."""


def day_named(text: str) -> str:
    """The folder of the day that `text` names: 5, day_5 or day_5_convolution.

    Raises:
        SystemExit: no such day.
    """
    number = text.removeprefix("day_").partition("_")[0]
    found = [day for day in DAYS if day.split("_")[1] == number]
    if not found:
        raise SystemExit(f"no day {text}: give a number from 1 to {len(DAYS)}")
    return found[0]


def load(day: str) -> ModuleType:
    """Module of one day, as $COURSE says: the exercise of its folder, or a solution."""
    selected = os.environ.get(SELECT, "exercises")
    if selected == "exercises":
        return importlib.import_module(f"course.{day}.exercise")
    if selected == "solutions":
        return importlib.import_module(f"course.solutions.{day}")
    spec = importlib.util.spec_from_file_location(f"{day}_elsewhere", Path(selected) / f"{day}.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"{SELECT}={selected} has no {day}.py: give exercises, solutions or a folder")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
