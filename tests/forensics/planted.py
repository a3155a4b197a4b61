"""Sources with a planted difference: white noise is "real", smoothed noise is "generated"."""

import numpy as np

from subband.data.chain import Chain
from subband.data.imageset import Split, from_arrays, split
from subband.forensics import Recipe, StudySettings

SIZE = 16
QUICK = Recipe(steps=60, batch=32, points=5, parameters=4_000)
SETTINGS = StudySettings(seeds=1, recipe=QUICK, resamples=100, explained=4)


def white(n: int, seed: int, size: int = SIZE) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, size, size, 3), dtype=np.uint8)


def smooth(n: int, seed: int, size: int = SIZE, reach: int = 2) -> np.ndarray:
    """White noise averaged over reach×reach pixels, brought back to the contrast of white noise."""
    noise = white(n, seed, size).astype(np.float64) - 127.5
    total = sum(np.roll(noise, (i, j), (1, 2)) for i in range(reach) for j in range(reach))
    return np.clip(np.round(total / reach + 127.5), 0, 255).astype(np.uint8)


def source(name: str, pixels: np.ndarray, seed: int = 0) -> Split:
    images = from_arrays(name, pixels, Chain(pixels.shape[1]))
    return split(images, (0.5, 0.25, 0.25), rng=np.random.default_rng(seed))


def planted(n: int = 240, size: int = SIZE) -> dict[str, Split]:
    return {"real": source("real", white(n, 0, size)), "smooth": source("smooth", smooth(n, 1, size))}
