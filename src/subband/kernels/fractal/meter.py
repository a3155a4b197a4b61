"""How many bits each kind of symbol takes: a coder that counts instead of writing."""

import math
from collections import defaultdict
from typing import Any

import numpy as np

from subband.kernels.fractal.plane import SMALLEST, Leaves, PlaneHeader
from subband.kernels.fractal.range_coder import Encoder, Probability
from subband.kernels.fractal.syntax import Models, PlaneCode

FIELDS = {
    "split": "partition",
    "domain": "copied or not",
    "contrast": "contrast",
    "sign": "contrast",
    "transposed": "isometry",
    "flip": "isometry",
    "mean": "mean",
    "more": "cosines",
    "zero": "cosines",
    "term": "cosines",
}


class Meter(Encoder):
    """Adds up − log2 of probabilities, by field."""

    def __init__(self) -> None:
        super().__init__()
        self.bits: dict[str, float] = defaultdict(float)
        self._field: dict[int, str] = {}
        self._last = ""

    def learn(self, models: Models) -> None:
        """Which field each probability belongs to."""
        for name, field in FIELDS.items():
            for p in _probabilities(getattr(models, name)):
                self._field[id(p)] = field

    def bit(self, p: Probability, value: int) -> int:
        """Count a bit; returns it."""
        share = p.of_one() / 65_536
        self._last = self._field[id(p)]
        self.bits[self._last] -= math.log2(share if value else 1 - share)
        p.update(value)
        return int(value)

    def uniform(self, n: int, value: int) -> int:
        """Count a number; returns it. After an isometry it is a place, else it belongs to what came before."""
        if self._last == "isometry":
            self._last = "domain's place"
        self.bits[self._last] += math.log2(n)
        return value


def bits_by_field(header: PlaneHeader, leaves: Leaves) -> dict[str, float]:
    """Ideal code lengths of the fields of a plane's leaves, in bits.

    Args:
        header: Of the plane.
        leaves: (k, LEAF) int32, as they were read.
    """
    meter = Meter()
    at = {(int(leaf[0]), int(leaf[1])): leaf.copy() for leaf in leaves}
    level = np.full((header.height // SMALLEST, header.width // SMALLEST), -1)
    for y, x, size in leaves[:, :3]:
        level[y // SMALLEST, x // SMALLEST] = size
    code = PlaneCode(
        meter,
        header,
        lambda y, x, size: at[y, x],
        lambda y, x, size: int(level[y // SMALLEST, x // SMALLEST] < size),
    )
    meter.learn(code.m)
    code.code()
    return dict(meter.bits)


def _probabilities(models: Any) -> list[Probability]:
    """All probabilities in nested lists and numbers' models."""
    if isinstance(models, Probability):
        return [models]
    if isinstance(models, list):
        return [p for model in models for p in _probabilities(model)]
    return [models.zero, models.sign, *models.more]
