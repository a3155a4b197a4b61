"""Judges of an experiment, trained once however often it is cut off."""

from pathlib import Path

from subband.data import Examples
from subband.generate import train_judge
from subband.training import CONFIG, WEIGHTS


def judge_in(folder: Path, examples: Examples, steps: int) -> Path:
    """The folder of a judge of these classes, or of turns where there are none; trained unless it is there."""
    if not all((folder / file).is_file() for file in (WEIGHTS, CONFIG)):
        train_judge(examples, steps=steps).save(folder)
    return folder
