"""MNIST digits for claims about generators, and the judge of what is generated."""

from pathlib import Path

from subband.data import Examples, read_examples
from subband.data.packs import pack
from subband.generate import train_judge
from subband.runs.progress import Watcher

JUDGE_STEPS = 1500


def digits(split: str, channels: int = 1) -> Examples:
    """MNIST digits at 32×32 with their classes, in a fixed order."""
    return read_examples(f"{pack('mnist.npz')}:{split}").with_channels(channels)


def save_judge(training: Examples, folder: Path, share: float, watcher: Watcher) -> None:
    """Train a judge on digits, for a share of `JUDGE_STEPS` up to 1, and save it."""
    with watcher.stage("judge"):
        train_judge(training, steps=max(int(JUDGE_STEPS * min(share, 1)), 20)).save(folder)
