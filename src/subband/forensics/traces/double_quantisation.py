"""An earlier JPEG on the same grid: histograms of coefficients that were quantised twice.

A coefficient c that is rounded to multiples of q₁, decoded, and rounded to multiples of q₂ leaves a histogram with
periodic peaks or gaps. What the histogram would be after one compression is estimated from the picture
itself: cut by four pixels either way, its blocks no longer lie on the present grid, and their coefficients c′
are distributed nearly as those of the original (Lukáš and Fridrich's calibration). From the distribution of
c′ follow

    p₁(n) = P(round(c′/q₂) = n)    and    p₂(n | q₁) = P(round((q₁ round(c′/q₁) + e)/q₂) = n),    e ~ N(0, .8²)

(e: rounding of the decoded pixels). Every quality Q₁ of libjpeg gives one q₁ a mode; the gain
max over Q₁ of Σ_modes Σ_n h(n) ln(p₂(n)/p₁(n)) a coefficient tells a second compression from a single one.

It can't be seen where q₁ divides q₂ in most modes, e.g. at equal qualities.

Source: J. Lukáš and J. Fridrich, Estimation of primary quantization matrix in double compressed JPEG images (DFRWS
2003); T. Pevný and J. Fridrich, Detection of double-compression in JPEG images (IEEE Trans. Information
Forensics and Security 3, 2008).
"""

import functools
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.special import erf

from subband.forensics.traces.jpeg_header import standard_table

MODES = ((0, 1), (1, 0), (2, 0), (1, 1), (0, 2), (0, 3), (1, 2), (2, 1), (3, 0))
QUALITIES = tuple(range(30, 99))
RESOLUTION, REACH = 4, 128
NOISE = 0.8  # of e: pixels and colours are rounded, and clipped where they are strong
FLOOR = 0.003  # probability that is spread evenly over all n: the model is not exact
MOST = 20  # largest |n| looked at


@dataclass(frozen=True)
class Double:
    """The best explanation by an earlier compression.

    Attributes:
        gain: mean over coefficients of ln(p₂/p₁) at `quality`, nats; 0 or below without an earlier compression.
        quality: of the earlier compression.
    """

    gain: float
    quality: int


def double_of(luma: np.ndarray, table: np.ndarray) -> Double:
    """Look for an earlier JPEG on the grid of the present one.

    Args:
        luma: (h, w) float32, decoded, on the JPEG's grid.
        table: (8, 8) the JPEG's luminance table.
    """
    present, calibrated = block_dct(luma), block_dct(luma[4:, 4:])
    gains = np.zeros(len(QUALITIES))
    count = 0
    for u, v in MODES:
        q2 = max(int(table[u, v]), 1)  # a damaged table may hold a zero
        n = np.rint(present[:, u, v] / q2)
        kept = n[np.abs(n) <= MOST].astype(np.int64)
        h = np.bincount(kept + MOST, minlength=2 * MOST + 1)
        density = _density(calibrated[:, u, v])
        single = _floored(density @ _once(q2))
        steps = [int(standard_table(q)[u, v]) for q in QUALITIES]
        of_step = {q1: float(h @ np.log(_floored(_rounded(density, q1, q2)) / single)) for q1 in set(steps)}
        gains += [of_step[q1] for q1 in steps]
        count += len(kept)
    best = int(np.argmax(gains))
    return Double(float(gains[best]) / max(count, 1), QUALITIES[best])


def block_dct(luma: np.ndarray) -> np.ndarray:
    """Orthonormal DCT-II of each 8×8 block, (blocks, 8, 8), of the modes 0..3 only (the rest is not computed)."""
    height, width = (side // 8 * 8 for side in luma.shape)
    k = np.arange(8)
    basis = np.cos(np.pi * (2 * k[None] + 1) * k[:4, None] / 16) / 2
    basis[0] /= sqrt(2)
    basis = basis.astype(np.float32)
    blocks = luma[:height, :width].reshape(height // 8, 8, width // 8, 8)
    rows = np.einsum("uk,akbl->aubl", basis, blocks, optimize=True)
    return np.einsum("vl,aubl->abuv", basis, rows, optimize=True).reshape(-1, 4, 4)


def _density(c: np.ndarray) -> np.ndarray:
    """Probability of c in bins of 1/RESOLUTION, made symmetric: (bins,)."""
    index = np.clip(np.rint(np.abs(c) * RESOLUTION), 0, REACH * RESOLUTION).astype(np.int64)
    half = np.bincount(index, minlength=REACH * RESOLUTION + 1).astype(float) / len(c)
    half[1:] /= 2
    return np.concatenate([half[:0:-1], half])


def _floored(p: np.ndarray) -> np.ndarray:
    """p of n = −MOST … MOST, normalised, mixed with a uniform distribution."""
    return (1 - FLOOR) * p / max(p.sum(), 1e-12) + FLOOR / p.size


def _rounded(density: np.ndarray, q1: int, q2: int) -> np.ndarray:
    """p₂(n | q₁), n = −MOST … MOST: c is rounded to multiples of q₁, gets noise, and is rounded to those of q₂."""
    multiple, again = _twice(q1, q2)
    return np.bincount(multiple, weights=density) @ again


@functools.lru_cache(32)
def _once(q: int) -> np.ndarray:
    """P(round(c/q) = n) for c in each bin of a density."""
    return _quantised(_centres(), q, 0.5 / RESOLUTION)


@functools.lru_cache(1024)  # some 20 kB each; most files have one of a few tables
def _twice(q1: int, q2: int) -> tuple[np.ndarray, np.ndarray]:
    """The multiple of q₁, counted from the lowest, that each bin of a density is rounded to; and for each of these
    multiples P(round((c + e)/q₂) = n)."""
    multiple = np.rint(_centres() / q1).astype(np.int64)
    lowest, highest = multiple[0], multiple[-1]
    return multiple - lowest, _quantised(np.arange(lowest, highest + 1) * q1, q2, NOISE)


def _quantised(c: np.ndarray, q: int, noise: float) -> np.ndarray:
    """P(round((c + e)/q) = n), e ~ N(0, noise²): (len(c), 2 MOST + 1)."""
    edges = (np.arange(-MOST, MOST + 2) - 0.5) * q
    return np.diff(0.5 * (1 + erf((edges[None] - c[:, None]) / (noise * sqrt(2)))), axis=1)


@functools.cache
def _centres() -> np.ndarray:
    """Centres of the bins of a density."""
    return np.arange(-REACH * RESOLUTION, REACH * RESOLUTION + 1) / RESOLUTION
