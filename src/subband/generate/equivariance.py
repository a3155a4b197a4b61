"""Equivariance of a generator whose input is a plane that can be moved and turned: EQ-T, EQ-T_frac, EQ-R."""

from collections.abc import Callable, Sequence
from math import pi
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.generate.family import Condition
from subband.metrics.equivariance import (
    Equivariance,
    equivariance_ratio,
    limited,
    moved_between,
    moved_whole,
    turned,
)
from subband.training import generator

METRICS = ("EQ-T", "EQ-T_frac", "EQ-R")
FARTHEST = 1 / 8  # of the image's side
_AT_ONCE = 16
_STREAM = 5

Moved = Callable[[Tensor | None], Tensor]
"""The pictures of some latents, given a transform of their plane: (N, 3, 3) -> (N, C, size, size) in [-1, 1]."""


@runtime_checkable
class Transformable(Protocol):
    """A network whose pictures show a plane that can be moved and turned.

    Example:
        >>> from subband.generate import GENERATORS, Transformable
        >>> both = {name: GENERATORS[name].build(GENERATORS[name].configure(16)) for name in ("stylegan3", "dcgan")}
        >>> [name for name, network in both.items() if isinstance(network, Transformable)]
        ['stylegan3']
    """

    def of_plane(self, count: int, random: torch.Generator, condition: Condition) -> Moved:
        """Draw latents, and return their pictures as a function of the plane's transform."""
        ...


def equivariance(
    network: Transformable | Callable[[int, torch.Generator], Moved],
    *,
    metrics: Sequence[str] = METRICS,
    count: int = 64,
    seed: int = 0,
    scale: float = 1.0,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Equivariance]:
    """EQ-T (whole pixels), EQ-T_frac (parts of pixels) and EQ-R (turns) of a generator, as the paper defines them.

    Translations are uniform up to an eighth of the side, angles uniform. The paper draws 50,000 latents; a few
    dozen give a decibel's interval, which is returned.

    Args:
        network: what is measured.
        metrics: which, of `METRICS`.
        count: latents.
        seed: of latents, translations and angles.
        scale: factor of the pictures, as the ratios depend on their amplitude.
        progress: told how many latents are done, and of how many.

    Returns:
        Name -> ratio in dB with its interval.

    Raises:
        InvalidInput: an unknown metric, a count below 1, or a network whose input can't be moved.
    """
    unknown = [name for name in metrics if name not in METRICS]
    if unknown or count < 1 or not (callable(network) or isinstance(network, Transformable)):
        wrong = unknown[0] if unknown else f"{count} latents" if count < 1 else type(network).__name__
        raise InvalidInput(
            f"can't measure equivariance of or with {wrong}: choose from {', '.join(METRICS)}, 1 latent or "
            "more, and a network with of_plane, such as StyleGAN3's"
        )
    sums: dict[str, list[tuple[float, float]]] = {name: [] for name in metrics}
    for first in range(0, count, _AT_ONCE):
        n = min(_AT_ONCE, count - first)
        random = generator(seed, _STREAM, first)
        plane = network.of_plane(n, random, {}) if isinstance(network, Transformable) else network(n, random)
        _measure(plane, n, np.random.default_rng((seed, first)), scale, sums)
        if progress is not None:
            progress(first + n, count)
    return {name: equivariance_ratio(*np.array(found).T) for name, found in sums.items()}


@torch.no_grad()
def _measure(
    plane: Moved, n: int, rng: np.random.Generator, scale: float, sums: dict[str, list[tuple[float, float]]]
) -> None:
    """Add sum of squared errors and number of known samples of each picture."""

    def pictures(transforms: np.ndarray | None) -> np.ndarray:
        given = None if transforms is None else torch.from_numpy(transforms).float()
        return plane(given).double().cpu().numpy() * scale

    still = pictures(None)
    size = still.shape[-1]
    far, angles = rng.uniform(-FARTHEST, FARTHEST, (n, 2)) * size, rng.uniform(-pi, pi, n)
    if "EQ-T" in sums:
        whole = np.rint(far).astype(int)
        other = pictures(translations(whole / size))
        for i, (down, right) in enumerate(whole):
            moved, known = moved_whole(still[i], int(down), int(right))
            sums["EQ-T"].append(_compared(moved, other[i], known))
    if "EQ-T_frac" in sums:
        other = pictures(translations(far / size))
        for i, (down, right) in enumerate(far):
            moved, known = moved_between(still[i], float(down), float(right))
            sums["EQ-T_frac"].append(_compared(moved, other[i], known))
    if "EQ-R" in sums:
        other = pictures(rotations(angles))
        for i, angle in enumerate(angles):
            moved, known = turned(still[i], float(angle))
            kept, also = limited(other[i], float(angle))
            sums["EQ-R"].append(_compared(moved, kept, known & also))


def translations(offsets: np.ndarray) -> np.ndarray:
    """(N, 2) down and right, in image sides -> (N, 3, 3) transforms of the plane."""
    made = np.tile(np.eye(3), (len(offsets), 1, 1))
    made[:, 0, 2], made[:, 1, 2] = offsets[:, 1], offsets[:, 0]
    return made


def rotations(angles: np.ndarray) -> np.ndarray:
    """(N,) radians, from x to the right towards y down -> (N, 3, 3) transforms of the plane."""
    made = np.tile(np.eye(3), (len(angles), 1, 1))
    made[:, 0, 0] = made[:, 1, 1] = np.cos(angles)
    made[:, 1, 0] = np.sin(angles)
    made[:, 0, 1] = -made[:, 1, 0]
    return made


def _compared(a: np.ndarray, b: np.ndarray, known: np.ndarray) -> tuple[float, float]:
    """Sum of squared differences where known, and the number of these samples."""
    return float(((a - b) ** 2)[..., known].sum()), float(known.sum() * len(a))
