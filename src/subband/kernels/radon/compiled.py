"""Line integrals of NumPy arrays, compiled for the CPU (`native/radon`)."""

import numpy as np

from subband import _native
from subband.arrays.compilers import remembered
from subband.kernels.radon.plan import FanPlan, ParallelPlan, RadonPlan
from subband.kernels.radon.tables import fan_tables, parallel_tables
from subband.kernels.threads import share

_PARALLEL = {"f": _native.ParallelRays32, "d": _native.ParallelRays64}
_RAYS = {"f": _native.Rays32, "d": _native.Rays64}
_MARGIN = _native.ray_margin

Kernel = _native.ParallelRays32 | _native.ParallelRays64 | _native.Rays32 | _native.Rays64


@remembered
def _kernels(plan: RadonPlan, char: str) -> tuple[tuple[bool, np.ndarray, Kernel], ...]:
    """Whether the rays cross columns, the indices of their views (or rays), and their kernel."""
    found: list[tuple[bool, np.ndarray, Kernel]] = []
    real = np.dtype(char)
    for turned, lines, width in ((False, plan.rows, plan.columns), (True, plan.columns, plan.rows)):
        if isinstance(plan, ParallelPlan):
            p = parallel_tables(plan)[turned]
            if p is not None:
                tables = (p.shift, p.fraction.astype(real), p.take_first, p.take_weight.astype(real))
                kernel = _PARALLEL[char](width, *tables, p.give_first, p.give_weight.astype(real))
                found.append((turned, p.views, kernel))
        elif isinstance(plan, FanPlan):
            r = fan_tables(plan)[turned]
            if r is not None:
                kernel = _RAYS[char](lines, width, r.start, r.slope, r.weight.astype(real), r.first, r.last)
                found.append((turned, r.indices, kernel))
    return tuple(found)


def project(x: np.ndarray, plan: RadonPlan) -> np.ndarray:
    """(batch, rows, columns) → (batch, views, detectors), in float32 or float64."""
    out = np.empty((len(x), *plan.shape), x.dtype)
    for turned, indices, kernel in _kernels(plan, x.dtype.char):
        lines = x.transpose(0, 2, 1) if turned else x
        image = np.zeros((*lines.shape[:2], lines.shape[2] + 2 * _MARGIN), x.dtype)
        image[:, :, _MARGIN:-_MARGIN] = lines
        target = out if isinstance(plan, ParallelPlan) else out.reshape(len(x), -1)
        part = np.empty((len(x), len(indices), *target.shape[2:]), x.dtype)
        share(
            lambda a, b, k=kernel, i=image, p=part: k.project(i, p, a, b),
            len(x) * len(indices),
            _work(x, plan),
        )
        target[:, indices] = part
    return out


def back_project(y: np.ndarray, plan: RadonPlan) -> np.ndarray:
    """(batch, views, detectors) → (batch, rows, columns), the transpose of `project`."""
    total = np.zeros((len(y), plan.rows, plan.columns), y.dtype)
    for turned, indices, kernel in _kernels(plan, y.dtype.char):
        lines, width = (plan.columns, plan.rows) if turned else (plan.rows, plan.columns)
        items, work = len(y) * lines, _work(total, plan)
        if isinstance(kernel, _native.ParallelRays32 | _native.ParallelRays64):
            views = np.ascontiguousarray(y[:, indices])
            rays = np.empty((len(y), len(indices), kernel.rays + 2 * _MARGIN), y.dtype)
            part = np.empty((len(y), lines, width), y.dtype)
            share(
                lambda a, b, k=kernel, v=views, r=rays: k.spread(v, r, a, b), len(y) * len(indices), rays.size
            )
            share(lambda a, b, k=kernel, r=rays, p=part: k.smear(r, p, a, b), items, work)
        else:
            values = np.ascontiguousarray(y.reshape(len(y), -1)[:, indices])
            whole = np.zeros((len(y), lines, width + 2 * _MARGIN), y.dtype)
            share(lambda a, b, k=kernel, v=values, w=whole: k.smear(v, w, a, b), items, work)
            part = whole[:, :, _MARGIN:-_MARGIN]
        total += part.transpose(0, 2, 1) if turned else part
    return total


def _work(images: np.ndarray, plan: RadonPlan) -> int:
    """Samples that the rays read."""
    return images.size * len(plan.angles)
