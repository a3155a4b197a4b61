"""A codec as in the literature of the 1990s: a quadtree split by tolerance, all fields of fixed length.

Fisher, Fractal Image Compression, 1995: leaves of 16 to 4 pixels; a leaf has 5 bits of contrast, 7 of
brightness, 3 of
the isometry, and the domain's place; nothing is entropy-coded.
"""

import math

import numpy as np

from subband.compress.fractal.blocks import Blocks, reduced
from subband.compress.fractal.fidelity import decibels
from subband.compress.fractal.settings import Settings
from subband.experiments.methods.still_codecs import Point
from subband.kernels.fractal import FRACTION, LEAF, Drawing, draw

SETTINGS = Settings(spacing=(2, 2, 2, 0, 0), root=2, contrasts=15, contrast=4)
FIXED = 5 + 7 + 3  # bits of a leaf beside its domain's place
BRIGHTNESS = 2.0  # grey levels: 7 bits


def fisher(pixels: np.ndarray, tolerances: tuple[float, ...]) -> list[Point]:
    """Rate and quality at several tolerances, root mean squares in grey levels.

    Args:
        pixels: (h, w) uint8, multiples of 16.
        tolerances: A block is split as long as it is worse.
    """
    plane = pixels.astype(np.float32)
    small = reduced(plane)
    levels = [Blocks(plane, level, SETTINGS) for level in range(SETTINGS.root + 1)]
    for blocks in levels:
        blocks.seek(small, np.ones(len(blocks.mean), bool))
    return [_at(pixels, levels, tolerance) for tolerance in tolerances]


def _at(pixels: np.ndarray, levels: list[Blocks], tolerance: float) -> Point:
    tables, bits = [], 0.0
    active = np.ones(levels[-1].shape, bool)
    for blocks in reversed(levels):
        contrast, error = _fitted(blocks)
        near = np.sqrt(error.reshape(blocks.shape)) / blocks.size <= tolerance
        leaf = active & (near if blocks.level else True)
        chosen = np.flatnonzero(leaf)
        bits += active.sum() if blocks.level else 0
        bits += len(chosen) * (
            FIXED + math.log2(np.prod([SETTINGS.positions(e)[blocks.level] for e in blocks.extent]))
        )
        table = np.zeros((len(chosen), LEAF), np.int32)
        row, column = np.divmod(chosen, blocks.shape[1])
        table[:, :3] = np.stack([row * blocks.size, column * blocks.size, np.full(len(row), blocks.level)], 1)
        table[:, 3], table[:, 4] = contrast[chosen], blocks.isometry[chosen]
        table[:, 5:7] = blocks.place[chosen]
        table[:, 7] = np.rint(blocks.mean[chosen] / BRIGHTNESS) * BRIGHTNESS * 2**FRACTION
        tables.append(table)
        active = (active & ~leaf).repeat(2, axis=0).repeat(2, axis=1)
    height, width = pixels.shape
    drawing = Drawing(height, width, 1, 16, SETTINGS.contrast, SETTINGS.spacing, 0, 16)
    drawn, _ = draw(drawing, np.concatenate(tables))
    seen = np.clip(drawn / 2**FRACTION + 0.5, 0, 255).astype(np.uint8)
    return Point(bits / pixels.size, decibels(seen, pixels))


def _fitted(blocks: Blocks) -> tuple[np.ndarray, np.ndarray]:
    """Quantised contrasts, and squared errors."""
    unit = SETTINGS.contrast / 64
    contrast = np.clip(
        np.rint(blocks.product / blocks.square / unit), -SETTINGS.contrasts, SETTINGS.contrasts
    )
    s = contrast * unit
    return contrast.astype(np.int32), np.maximum(
        blocks.energy - 2 * s * blocks.product + s**2 * blocks.square, 0
    )
