"""Photograph-like fields and five small generators of them, each with a fingerprint of its own."""

from collections.abc import Callable
from functools import cache

import numpy as np
from PIL import Image

from subband.data.chain import Chain
from subband.data.imageset import Split, from_arrays, split
from subband.forensics import Detector, Recipe, StudySettings, study

SIZE = 32


def photographs(n: int, seed: int, size: int = SIZE) -> np.ndarray:
    """Fields with a 1/f spectrum and the noise of a sensor: (n, size, size, 3) uint8."""
    rng = np.random.default_rng(seed)
    f = np.hypot(*np.meshgrid(np.fft.fftfreq(size), np.fft.fftfreq(size)))
    f[0, 0] = 1 / size
    field = np.fft.ifft2(np.fft.fft2(rng.standard_normal((n, 3, size, size))) / f**1.3).real
    field = (field + field.mean(1, keepdims=True)) / field.std((2, 3), keepdims=True)
    return _bytes(127 + 32 * field.transpose(0, 2, 3, 1) + 5 * rng.standard_normal((n, size, size, 3)))


def doubled(n: int, seed: int, size: int = SIZE) -> np.ndarray:
    """Enlarged without smoothing, with noise."""
    small = photographs(n, seed, size // 2)
    return _noisy(small.repeat(2, 1).repeat(2, 2), seed, 2)


def enlarged(n: int, seed: int, size: int = SIZE) -> np.ndarray:
    """Enlarged bilinearly."""
    small = photographs(n, seed, size // 2)
    large = [np.asarray(Image.fromarray(p).resize((size, size), Image.Resampling.BILINEAR)) for p in small]
    return _noisy(np.stack(large), seed, 1.5)


def patterned(n: int, seed: int, size: int = SIZE) -> np.ndarray:
    """With the grid of transposed convolutions."""
    y, x = np.mgrid[:size, :size]
    grid = 9 * np.cos(np.pi * x / 2) + 9 * np.cos(np.pi * y / 2)
    return _bytes(photographs(n, seed, size) + grid[..., None])


def coded(n: int, seed: int, size: int = SIZE) -> np.ndarray:
    """Of coarse amplitudes, as a quantised code gives."""
    return _noisy(photographs(n, seed, size) // 24 * 24 + 12, seed, 0.7)


def sharpened(n: int, seed: int, size: int = SIZE) -> np.ndarray:
    """With high frequencies exaggerated."""
    x = photographs(n, seed, size).astype(float)
    blurred = sum(np.roll(x, (i, j), (1, 2)) for i in (-1, 0, 1) for j in (-1, 0, 1)) / 9
    return _bytes(x + 2.5 * (x - blurred))


GENERATORS: dict[str, Callable[..., np.ndarray]] = {
    make.__name__: make for make in (doubled, enlarged, patterned, coded, sharpened)
}


def sources(names: list[str], n: int = 160, real: int = 320) -> dict[str, Split]:
    """Photographs and pictures of some generators, split."""
    pixels = {"real": photographs(real, 1)} | {
        name: GENERATORS[name](n, 100 + list(GENERATORS).index(name)) for name in names
    }
    return {
        name: split(from_arrays(name, x, Chain(SIZE)), (0.5, 0.3, 0.2), rng=np.random.default_rng(0))
        for name, x in pixels.items()
    }


def _noisy(x: np.ndarray, seed: int, deviation: float) -> np.ndarray:
    return _bytes(x + deviation * np.random.default_rng([seed, 9]).standard_normal(x.shape))


def _bytes(x: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(x), 0, 255).astype(np.uint8)


RECIPE = Recipe(steps=150, batch=48, points=3, parameters=8_000)
SETTINGS = StudySettings(
    seeds=1, recipe=RECIPE, resamples=0, explained=2, detectors=("fused CNN on packets",)
)


@cache
def without(name: str) -> Detector:
    """A detector of all generators but one."""
    return study(sources([other for other in GENERATORS if other != name]), SETTINGS).kept
