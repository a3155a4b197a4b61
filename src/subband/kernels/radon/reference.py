"""Line integrals on the array API: the definition, and the implementation for JAX and for accelerators.

p[ray] = length · Σ over lines r of the linear interpolation of line r where the ray meets it, and zeros outside
of the image (P. M. Joseph, "An improved algorithm for reprojecting rays through pixel images", IEEE Trans. Med.
Imaging 1, 1982). Parallel rays are one sample apart on each line, which makes the fraction of an interpolation
one number for a whole view and line; detectors interpolate between these rays by cubic convolution.
"""

from collections.abc import Iterator

import numpy as np

from subband.arrays.namespace import Array, device_of, namespace
from subband.arrays.scatter import add_at
from subband.kernels.radon.plan import FanPlan, ParallelPlan, RadonPlan
from subband.kernels.radon.tables import Parallel, Rays, fan_tables, parallel_tables

MOST = 1 << 22
"""Samples that are interpolated at a time."""


def project(x: Array, plan: RadonPlan) -> Array:
    """(batch, rows, columns) → (batch, views, detectors)."""
    xp, turned = namespace(x), namespace(x).matrix_transpose(x)
    tables = parallel_tables(plan) if isinstance(plan, ParallelPlan) else fan_tables(_fan(plan))
    parts, order = [], []
    for lines, table in zip((x, turned), tables, strict=True):
        if isinstance(table, Parallel):
            parts += [_project_parallel(lines, part) for part in _some_views(table, lines)]
            order.append(table.views)
        elif table is not None:
            parts += [_project_rays(lines, part) for part in _some_rays(table, lines)]
            order.append(table.indices)
    y = xp.concat(parts, axis=1)
    y = xp.take(y, _constant(np.argsort(np.concatenate(order)), y), axis=1)
    return xp.reshape(y, (x.shape[0], *plan.shape))


def back_project(y: Array, plan: RadonPlan) -> Array:
    """(batch, views, detectors) → (batch, rows, columns), the transpose of `project`."""
    xp = namespace(y)
    tables = parallel_tables(plan) if isinstance(plan, ParallelPlan) else fan_tables(_fan(plan))
    total = xp.zeros((y.shape[0], plan.rows, plan.columns), dtype=y.dtype, **device_of(y))
    for turned, table in zip((False, True), tables, strict=True):
        lines, width = (plan.columns, plan.rows) if turned else (plan.rows, plan.columns)
        like = np.broadcast_to(np.zeros(()), (y.shape[0], lines, width))
        if isinstance(table, Parallel):
            parts = [_smear_parallel(y, part, width) for part in _some_views(table, like)]
        elif table is not None:
            flat = xp.reshape(y, (y.shape[0], -1))
            parts = [_smear_rays(flat, part, lines, width) for part in _some_rays(table, like)]
        else:
            continue
        for part in parts:
            total = total + (xp.matrix_transpose(part) if turned else part)
    return total


def _project_parallel(lines: Array, t: Parallel) -> Array:
    """(batch, lines, width) → (batch, V, detectors)."""
    xp = namespace(lines)
    at = t.shift[:, :, None] + np.arange(t.rays)  # (V, lines, rays)
    f = _constant(t.fraction[:, :, None], lines)
    a, b = _padded(lines, at), _padded(lines, at + 1)
    rays = xp.sum((1 - f) * a + f * b, axis=2)
    return _combined(rays, t.take_first, t.take_weight)


def _smear_parallel(y: Array, t: Parallel, width: int) -> Array:
    """(batch, views, detectors) → (batch, lines, width)."""
    xp = namespace(y)
    rays = _combined(xp.take(y, _constant(t.views, y), axis=1), t.give_first, t.give_weight)
    at = np.arange(width) - t.shift.T[:, :, None]  # (lines, V, width)
    f = _constant(t.fraction.T[:, :, None], y)
    a, b = _padded(rays, at), _padded(rays, at - 1)
    return xp.sum((1 - f) * a + f * b, axis=2)


def _padded(rows: Array, at: np.ndarray) -> Array:
    """Rows (batch, R, n) read at the samples `at` (A, R, m): (batch, A, R, m), with 0 beyond the ends."""
    xp = namespace(rows)
    batch, count, n = rows.shape
    zeros = xp.zeros((batch, count, 1), dtype=rows.dtype, **device_of(rows))
    flat = xp.reshape(xp.concat([zeros, rows, zeros], axis=2), (batch, -1))
    index = np.clip(at + 1, 0, n + 1) + np.arange(count)[:, None] * (n + 2)
    return xp.reshape(xp.take(flat, _constant(index.ravel(), rows), axis=1), (batch, *index.shape))


def _combined(x: Array, first: np.ndarray, weight: np.ndarray) -> Array:
    """y[b, v, i] = Σⱼ weight[v, i, j] x[b, v, first[v, i] + j]."""
    xp = namespace(x)
    batch, views, n = x.shape
    index = first[..., None] + np.arange(weight.shape[-1]) + np.arange(views)[:, None, None] * n
    flat = xp.take(xp.reshape(x, (batch, -1)), _constant(index.ravel(), x), axis=1)
    return xp.sum(_constant(weight, x) * xp.reshape(flat, (batch, *index.shape)), axis=-1)


def _project_rays(lines: Array, t: Rays) -> Array:
    """(batch, lines, width) → (batch, R)."""
    xp = namespace(lines)
    at, f = _crossings(t, *lines.shape[1:])
    a, b = _padded(lines, at), _padded(lines, at + 1)
    shares = _constant(t.weight[:, None] * (1 - f), lines), _constant(t.weight[:, None] * f, lines)
    return xp.sum(shares[0] * a[..., 0] + shares[1] * b[..., 0], axis=-1)


def _smear_rays(y: Array, t: Rays, lines: int, width: int) -> Array:
    """(batch, views · detectors) → (batch, lines, width)."""
    xp = namespace(y)
    at, f = _crossings(t, lines, width)
    values = xp.take(y, _constant(t.indices, y), axis=1)[..., None]
    total = None
    for offset, share in ((1, t.weight[:, None] * (1 - f)), (2, t.weight[:, None] * f)):
        index = np.clip(at[..., 0] + offset, 0, width + 1)
        index = np.ascontiguousarray(np.broadcast_to(index, (y.shape[0], *index.shape)))
        part = add_at(_constant(index, y), values * _constant(share, y), width + 2)
        total = part if total is None else total + part
    return xp.matrix_transpose(total)[..., 1:-1]


def _crossings(t: Rays, lines: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """(R, lines, 1) samples before the crossings, and (R, lines) fractions."""
    position = t.start[:, None] + t.slope[:, None] * np.arange(lines)
    at = np.clip(np.floor(position), -2, width)
    inside = (np.arange(lines) >= t.first[:, None]) & (np.arange(lines) < t.last[:, None])
    return np.where(inside, at, -2).astype(np.int64)[..., None], np.where(inside, position - at, 0.0)


def _some_views(t: Parallel, lines: Array) -> Iterator[Parallel]:
    """The table in parts, for few views at a time."""
    samples = lines.shape[0] * lines.shape[1] * max(t.rays, lines.shape[2])
    step = max(1, MOST // max(1, samples))
    for start in range(0, len(t.views), step):
        yield Parallel(*(array[start : start + step] for array in t))


def _some_rays(t: Rays, lines: Array) -> Iterator[Rays]:
    """The table in parts, for few rays at a time."""
    step = max(1, MOST // max(1, lines.shape[0] * lines.shape[1]))
    for start in range(0, len(t.indices), step):
        yield Rays(*(array[start : start + step] for array in t))


def _fan(plan: RadonPlan) -> FanPlan:
    assert isinstance(plan, FanPlan)
    return plan


def _constant(values: np.ndarray, like: Array) -> Array:
    """Indices, or numbers in the precision of `like`."""
    xp = namespace(like)
    if values.dtype.kind == "i":
        return xp.asarray(values, **device_of(like))
    return xp.asarray(values, dtype=like.dtype, **device_of(like))
