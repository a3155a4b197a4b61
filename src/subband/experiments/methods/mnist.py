"""MNIST digits for claims about generators, and the judge of what is generated."""

from pathlib import Path

from subband.data import Examples, read_examples
from subband.data.packs import pack
from subband.experiments.methods.judges import judge_in
from subband.runs.progress import Watcher

JUDGE_STEPS = 1500


def digits(split: str, channels: int = 1) -> Examples:
    """MNIST digits at 32×32 with their classes, in a fixed order."""
    return read_examples(f"{pack('mnist.npz')}:{split}").with_channels(channels)


def judge_of_digits(folder: Path, training: Examples, share: float, watcher: Watcher) -> Path:
    """The folder of a judge of digits, trained there for a share of `JUDGE_STEPS` up to 1, unless it is there."""
    with watcher.stage("judge"):
        return judge_in(folder, training, max(int(JUDGE_STEPS * min(share, 1)), 20))
