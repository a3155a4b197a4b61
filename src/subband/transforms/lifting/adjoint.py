"""Adjoints of `lift` and `unlift` for floating-point samples: the lifting steps transposed, in reverse order."""

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
    """Aᴴ c, where A is the transform of `c.spec`, for floating-point samples."""
    return synthesise(c, partial(_forward_adjoint, scheme=c.spec.scheme, mode=c.spec.base.modes[0]))


def unlift_adjoint(x: Array, spec: LiftedSpec) -> LiftingCoefficients:
    """Bᴴ x, where B is the inverse of the transform `spec`."""
    split = partial(_backward_adjoint, scheme=spec.scheme, mode=spec.base.modes[0])
    return LiftingCoefficients(analyse(x, spec, split), spec)


def _forward_adjoint(
    a: Array, d: Array, *, scheme: LiftingScheme, mode: str, length: int, axis: int
) -> Array:
    """The transpose of d −= Ca is a −= Cᵀd; from the last step to the first."""
    a, d = a * scheme.scales[0], d * scheme.scales[1]
    for step in reversed(scheme.steps):
        if step.kind == "predict":
            a = a - _combine_adjoint(d, step, a.shape[axis], mode, axis)
        else:
            d = d + _combine_adjoint(a, step, d.shape[axis], mode, axis)
    x = interleave(a, d, a.shape[axis] + d.shape[axis], axis)
    if x.shape[axis] == length:
        return x
    # The transpose of repeating the last sample of an odd length.
    head, last = x[along(x, axis, slice(0, length - 1))], x[along(x, axis, slice(length - 1, None))]
    return namespace(x).concat([head, namespace(x).sum(last, axis=axis, keepdims=True)], axis=axis)


def _backward_adjoint(x: Array, *, scheme: LiftingScheme, mode: str, axis: int) -> tuple[Array, Array]:
    """The transpose of d += Ca is a += Cᵀd; from the first step to the last, then the scales."""
    xp = namespace(x)
    if mode == "periodization" and x.shape[axis] % 2:
        # The transpose of dropping the repeated last sample.
        dropped = xp.zeros_like(x[along(x, axis, slice(0, 1))])
        x = xp.concat([x, dropped], axis=axis)
    a, d = x[along(x, axis, slice(0, None, 2))], x[along(x, axis, slice(1, None, 2))]
    for step in scheme.steps:
        if step.kind == "predict":
            a = a + _combine_adjoint(d, step, a.shape[axis], mode, axis)
        else:
            d = d - _combine_adjoint(a, step, d.shape[axis], mode, axis)
    return a / scheme.scales[0], d / scheme.scales[1]


def _combine_adjoint(target: Array, step: Step, count: int, mode: str, axis: int) -> Array | int:
    """Cᵀ `target` for (Ca)[n] = Σⱼ w[j] a[n + first + j], with a of `count` samples."""
    if count == 0 or target.shape[axis] == 0:
        return 0
    weights = tuple(float(w) for w in step.weights)
    return combine(target, _transposed(step.kind, step.first, weights, target.shape[axis], count, mode), axis)


@partial(static, large=True)
def _transposed(
    kind: str, first: int, weights: tuple[float, ...], targets: int, count: int, mode: str
) -> tuple[Column, ...]:
    """Cᵀ as columns of (index, weight) terms, each of `count` entries."""
    n = np.arange(targets)
    source = np.concat([neighbours(n + first + j, count, targets, kind, mode) for j in range(len(weights))])
    order = np.argsort(source, kind="stable")
    terms = np.bincount(source, minlength=count)
    column = np.arange(len(source)) - np.repeat(np.cumsum(terms) - terms, terms)
    index, weight = np.zeros((terms.max(), count), np.int64), np.zeros((terms.max(), count))
    index[column, source[order]] = np.tile(n, len(weights))[order]
    weight[column, source[order]] = np.repeat(weights, targets)[order]
    return tuple((tuple(i.tolist()), tuple(w.tolist())) for i, w in zip(index, weight, strict=True))
