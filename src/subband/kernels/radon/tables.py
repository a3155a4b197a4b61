"""Where the rays of a plan meet the lines of an image, computed in double precision.

Rays that are steeper than 45° cross the rows, all others the columns, so that a ray moves by at most one sample
from one line to the next.
"""

from typing import NamedTuple

import numpy as np

from subband.arrays.compilers import remembered
from subband.kernels.radon.plan import FanPlan, ParallelPlan

REACH = 2
"""Rays on either side of a detector that its interpolation reads."""


class Parallel(NamedTuple):
    """The views of a `ParallelPlan` whose rays cross the same lines, for rays that are one sample apart on each
    line.

    Attributes:
        views: (V,) their indices.
        shift, fraction: (V, lines): ray u meets line r at u + shift + fraction.
        take_first, take_weight: (V, detectors) and (V, detectors, 4): the rays that a detector interpolates
            between.
        give_first, give_weight: (V, rays) and (V, rays, K): the same weights, by ray.
    """

    views: np.ndarray
    shift: np.ndarray
    fraction: np.ndarray
    take_first: np.ndarray
    take_weight: np.ndarray
    give_first: np.ndarray
    give_weight: np.ndarray

    @property
    def rays(self) -> int:
        return self.give_first.shape[1]


class Rays(NamedTuple):
    """The rays of a `FanPlan` that cross the same lines.

    Attributes:
        indices: (R,) their indices in the flattened sinogram.
        start, slope: (R,): a ray meets line r at start + slope · r.
        weight: (R,) its length between two lines.
        first, last: (R,): it meets the image on the lines first … last − 1.
    """

    indices: np.ndarray
    start: np.ndarray
    slope: np.ndarray
    weight: np.ndarray
    first: np.ndarray
    last: np.ndarray


def keys(t: np.ndarray) -> np.ndarray:
    """Cubic convolution: exact for quadratic functions (R. G. Keys, IEEE Trans. ASSP 29, 1981, equation 15)."""
    a = np.abs(t)
    near, far = (1.5 * a - 2.5) * a * a + 1, ((2.5 - 0.5 * a) * a - 4) * a + 2
    return np.where(a < 1, near, np.where(a < 2, far, 0.0))


@remembered
def parallel_tables(plan: ParallelPlan) -> tuple[Parallel | None, Parallel | None]:
    """The views whose rays cross the rows, and those whose rays cross the columns; None if there are none."""
    cosine, sine = np.cos(plan.angles), np.sin(plan.angles)
    steep = np.abs(cosine) >= np.abs(sine)
    row, column = plan.centre
    # x = (s − y sin θ) / cos θ along a row; y = (s − x cos θ) / sin θ along a column, with y against the rows.
    across_rows = (np.flatnonzero(steep), plan.rows, plan.columns, row, column)
    across_columns = (np.flatnonzero(~steep), plan.columns, plan.rows, column, row)
    return (
        _parallel(plan, *across_rows, cosine[steep], sine[steep]),
        _parallel(plan, *across_columns, -sine[~steep], -cosine[~steep]),
    )


def _parallel(
    plan: ParallelPlan,
    views: np.ndarray,
    lines: int,
    width: int,
    line: float,
    sample: float,
    along: np.ndarray,
    across: np.ndarray,
) -> Parallel | None:
    """Tables of the views where detector s sees sample + (s + (r − line) · across) / along on line r."""
    if not len(views):
        return None
    drift = (np.arange(lines) - line) * (across / along)[:, None]
    before = int(np.ceil(np.abs(drift).max())) + REACH
    rays = width + 2 * before
    # Ray u passes the centre's line at u − before.
    whole = np.floor(drift)
    step = plan.spacing / along
    at = before + sample + (np.arange(plan.detectors) - plan.middle) * step[:, None]
    take_first = np.clip(np.floor(at).astype(np.int64) - 1, 0, rays - 4)
    length = 1 / np.abs(along)[:, None, None]
    take_weight = keys(take_first[..., None] + np.arange(4) - at[..., None]) * length
    return Parallel(
        views,
        whole.astype(np.int64) - before,
        drift - whole,
        take_first,
        take_weight,
        *_transposed(take_first, take_weight, rays),
    )


def _transposed(first: np.ndarray, weight: np.ndarray, rays: int) -> tuple[np.ndarray, np.ndarray]:
    """The table of the transpose: for each ray the first of the detectors that read it, and their weights."""
    views, detectors, _ = weight.shape
    view, detector, term = np.nonzero(weight)
    ray = first[view, detector] + term
    low, high = np.full((views, rays), detectors), np.full((views, rays), -1)
    np.minimum.at(low, (view, ray), detector)
    np.maximum.at(high, (view, ray), detector)
    span = int(max(1, (high - low).max() + 1))
    start = np.clip(low, 0, detectors - span)
    table = np.zeros((views, rays, span))
    table[view, ray, detector - start[view, ray]] = weight[view, detector, term]
    return start, table


@remembered
def fan_tables(plan: FanPlan) -> tuple[Rays | None, Rays | None]:
    """The rays that cross the rows, and those that cross the columns; None if there are none."""
    cosine, sine = np.cos(plan.angles)[:, None], np.sin(plan.angles)[:, None]
    s = (np.arange(plan.detectors) - plan.middle) * plan.spacing
    from_x, from_y = plan.distance * sine + 0 * s, -plan.distance * cosine + 0 * s
    to_x, to_y = cosine * s - from_x, sine * s - from_y
    row, column = plan.centre
    # In rows and columns: a point (x, y) is sample column + x of row − y.
    source = np.stack([row - from_y, column + from_x]).reshape(2, -1)
    towards = np.stack([-to_y, to_x]).reshape(2, -1)
    steep = np.abs(towards[0]) >= np.abs(towards[1])
    return (
        _rays(np.flatnonzero(steep), source[:, steep], towards[:, steep], plan.rows, plan.columns),
        _rays(np.flatnonzero(~steep), source[::-1, ~steep], towards[::-1, ~steep], plan.columns, plan.rows),
    )


def _rays(
    indices: np.ndarray, source: np.ndarray, towards: np.ndarray, lines: int, width: int
) -> Rays | None:
    """Rays from (line, sample) `source` in the direction `towards`, which cross the lines."""
    if not len(indices):
        return None
    slope = towards[1] / towards[0]
    start = source[1] - slope * source[0]
    # They read samples while −1 < start + slope · r < width.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ends = np.sort((np.array([[-1.0], [width]]) - start) / slope, axis=0)
    inside = (start > -1) & (start < width)
    low, high = np.where(slope == 0, np.where(inside, [[-1.0], [lines]], [[lines], [-1.0]]), ends)
    first = np.clip(np.floor(low) + 1, 0, lines).astype(np.int64)
    last = np.clip(np.ceil(high), 0, lines).astype(np.int64)
    return Rays(indices, start, slope, np.hypot(1, slope), first, np.maximum(first, last))
