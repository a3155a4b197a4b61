"""The transposes of lifting and of its inverse, for floating samples: the same steps, each one transposed."""

from functools import partial

import numpy as np

from subband.arrays.compilers import static
from subband.arrays.namespace import Array, namespace
from subband.kernels.filterbank.boundary_modes import Column
from subband.kernels.filterbank.reference import combine
from subband.transforms.lifting.coefficients import LiftingCoefficients
from subband.transforms.lifting.lift import along, analyse, interleave, neighbours, synthesise
from subband.transforms.lifting.schemes import LiftingScheme, Step
from subband.transforms.lifting.spec import LiftedSpec


def lift_adjoint(c: LiftingCoefficients) -> Array:
    """Aᴴc for the transform A of floating samples that made `c`."""
    return synthesise(c, partial(_forward_adjoint, scheme=c.spec.scheme, mode=c.spec.base.modes[0]))


def unlift_adjoint(x: Array, spec: LiftedSpec) -> LiftingCoefficients:
    """Bᴴx for the inverse B of the transform `spec`."""
    split = partial(_backward_adjoint, scheme=spec.scheme, mode=spec.base.modes[0])
    return LiftingCoefficients(analyse(x, spec, split), spec)


def _forward_adjoint(
    a: Array, d: Array, *, scheme: LiftingScheme, mode: str, length: int, axis: int
) -> Array:
    """d −= Ca transposed is a −= Cᵀd; from the last step to the first."""
    a, d = a * scheme.scales[0], d * scheme.scales[1]
    for step in reversed(scheme.steps):
        if step.kind == "predict":
            a = a - _combine_adjoint(d, step, a.shape[axis], mode, axis)
        else:
            d = d + _combine_adjoint(a, step, d.shape[axis], mode, axis)
    x = interleave(a, d, a.shape[axis] + d.shape[axis], axis)
    if x.shape[axis] == length:
        return x
    # The last sample of an odd length had been repeated.
    kept, last = x[along(x, axis, slice(0, length - 1))], x[along(x, axis, slice(length - 1, None))]
    return namespace(x).concat([kept, namespace(x).sum(last, axis=axis, keepdims=True)], axis=axis)


def _backward_adjoint(x: Array, *, scheme: LiftingScheme, mode: str, axis: int) -> tuple[Array, Array]:
    """d += Ca transposed is a += Cᵀd; from the first step to the last, then the scales."""
    xp = namespace(x)
    if mode == "periodization" and x.shape[axis] % 2:
        unread = xp.zeros_like(x[along(x, axis, slice(0, 1))])
        x = xp.concat([x, unread], axis=axis)
    a, d = x[along(x, axis, slice(0, None, 2))], x[along(x, axis, slice(1, None, 2))]
    for step in scheme.steps:
        if step.kind == "predict":
            a = a + _combine_adjoint(d, step, a.shape[axis], mode, axis)
        else:
            d = d - _combine_adjoint(a, step, d.shape[axis], mode, axis)
    return a / scheme.scales[0], d / scheme.scales[1]


def _combine_adjoint(changed: Array, step: Step, count: int, mode: str, axis: int) -> Array | int:
    """Cᵀ of (Ca)[n] = Σⱼ w[j] a[n + first + j], for a lane a of `count` samples."""
    if count == 0 or changed.shape[axis] == 0:
        return 0
    weights = tuple(float(w) for w in step.weights)
    return combine(changed, _returns(step.kind, step.first, weights, changed.shape[axis], count, mode), axis)


@partial(static, large=True)
def _returns(
    kind: str, first: int, weights: tuple[float, ...], changed: int, count: int, mode: str
) -> tuple[Column, ...]:
    """Which changed samples each sample was added to, and with what weight: columns of `count` places."""
    n = np.arange(changed)
    read = [neighbours(n + first + j, count, changed, kind, mode) for j in range(len(weights))]
    sample = np.concat(read)
    order = np.argsort(sample, kind="stable")
    terms = np.bincount(sample, minlength=count)
    place = np.arange(len(sample)) - np.repeat(np.cumsum(terms) - terms, terms)
    index, weight = np.zeros((terms.max(), count), np.int64), np.zeros((terms.max(), count))
    index[place, sample[order]] = np.tile(n, len(weights))[order]
    weight[place, sample[order]] = np.repeat(weights, changed)[order]
    return tuple((tuple(i.tolist()), tuple(w.tolist())) for i, w in zip(index, weight, strict=True))
