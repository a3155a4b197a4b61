"""Filtered leaky ReLU on the array API: its definition, as matrix products."""

import numpy as np

from subband.arrays.namespace import Array, device_of, namespace
from subband.kernels.filtered_relu.plan import Filter, ReluPlan, correlation_matrix


def filtered_relu(x: Array, bias: Array | None, plan: ReluPlan) -> Array:
    """(N, C, H, W), bias (C,) → (N, C, *plan.size((H, W)))."""
    xp = namespace(x)
    if bias is not None:
        x = x + xp.reshape(bias, (-1, 1, 1))
    size = tuple(x.shape[-2:])
    z = resampled(x, plan.up_filter, plan.up, 1, (plan.pad[0], plan.pad[2]), plan.fine(size))
    z = plan.gain * xp.where(z > 0, z, plan.slope * z)
    if plan.clamp < np.inf:
        z = xp.where(z > plan.clamp, xp.full_like(z, plan.clamp), z)
        z = xp.where(z < -plan.clamp, xp.full_like(z, -plan.clamp), z)
    return resampled(z, plan.down_filter, 1, plan.down, (0, 0), plan.size(size))


def resampled(
    x: Array, taps: Filter, up: int, down: int, pad: tuple[int, int], size: tuple[int, int]
) -> Array:
    """y[o, p] = Σ taps[a] taps[b] x[k, l] over a = up · k + pad − down · o and b likewise, or Σ taps[a, b] x[k, l].

    A filter that is not separable is the sum of its rows, each of which is.
    """
    rows, columns = x.shape[-2:]

    def along_columns(x: Array, filter_row: tuple[float, ...]) -> Array:
        return namespace(x).matmul(x, _constant(filter_row, up, down, pad[1], columns, size[1], x).mT)

    def along_rows(x: Array, filter_column: tuple[float, ...]) -> Array:
        return namespace(x).matmul(_constant(filter_column, up, down, pad[0], rows, size[0], x), x)

    if not isinstance(taps[0], tuple):
        return along_columns(along_rows(x, taps), taps)  # pyright: ignore[reportArgumentType]
    unit = np.eye(len(taps))
    return sum(
        along_rows(along_columns(x, row), tuple(unit[a].tolist()))  # pyright: ignore[reportArgumentType]
        for a, row in enumerate(taps)
    )


def _constant(
    taps: tuple[float, ...], up: int, down: int, pad: int, inputs: int, outputs: int, like: Array
) -> Array:
    matrix = correlation_matrix(taps, up, down, pad, inputs, outputs)
    return namespace(like).asarray(matrix, dtype=like.dtype, **device_of(like))
