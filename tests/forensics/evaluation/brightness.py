"""A detector whose answers are known, and pictures for it."""

from types import SimpleNamespace

import numpy as np
from PIL import Image

from subband.errors import InvalidInput


class Bright:
    """Calls a picture generated the brighter it is: P = mean grey value / 255; can't tell near ½."""

    config = SimpleNamespace(name="brightness", classes=("real", "lamp"), threshold=0.5, chain={"size": 16})

    def __init__(self, unsure=0.0):
        self.unsure = unsure

    def judge(self, pixels):
        if min(pixels.shape[:2]) < 16:
            raise InvalidInput("too small")
        p = float(pixels.mean() / 255)
        verdict = "can't tell" if abs(p - 0.5) < self.unsure else "generated" if p >= 0.5 else "real"
        return SimpleNamespace(
            verdict=verdict, probability_generated=p, sources={"real": 1 - p, "lamp": p}, source="lamp"
        )


def flat(level, side=32, seed=0):
    """A picture of a mean grey level, with a little noise."""
    rng = np.random.default_rng(seed)
    return np.clip(rng.normal(level, 4, (side, side, 3)), 0, 255).round().astype(np.uint8)


def write(folder, levels, side=32):
    folder.mkdir(parents=True)
    for k, level in enumerate(levels):
        Image.fromarray(flat(level, side, seed=1000 * side + 7 * k + len(levels))).save(
            folder / f"{k:03d}.png"
        )
