"""Resampling along one axis as a sparse matrix whose rows have equally many weights.

y[m] = Σⱼ weight[j, m] x[index[j, m]]. Only samples are read, so any array library computes it and
differentiates it; the transpose is the table of the transposed matrix, not a scattering of samples. Short axes
are multiplied by the dense matrix instead.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from subband.arrays.caches import within_budget
from subband.arrays.compilers import static
from subband.arrays.jit import summed
from subband.arrays.namespace import Array, device_of, library, namespace

MODES = ("periodic", "zero", "constant", "symmetric", "reflect")
"""What lies outside the signal: the signal again, zeros, the last sample, or the mirror image with the last sample
twice or once."""

DENSE = 1 << 16
"""Largest number of entries of a matrix that is multiplied by as a whole."""

Table = tuple[np.ndarray, np.ndarray]
"""(taps, outputs) index and weight."""


def apply(
    x: Array, axis: int, key: tuple[Any, ...], sizes: tuple[int, int], *, transposed: bool = False
) -> Array:
    """Multiply by the matrix of a key along one axis, or by its transpose.

    Args:
        x: Real or complex array of at least single precision.
        axis: Of `sizes[0]` samples, or of `sizes[1]` if transposed.
        key: Name of a builder in `BUILDERS`, and its arguments.
        sizes: (inputs, outputs) of the matrix.
        transposed: Whether to multiply by the transpose.
    """
    xp = namespace(x)
    x = xp.moveaxis(x, (axis,), (-1,))
    if library(x) != "jax" and sizes[0] * sizes[1] <= DENSE:
        matrix = xp.asarray(_matrix(sizes[0], *key), dtype=x.dtype, **device_of(x))
        y = xp.matmul(x, matrix if transposed else matrix.T)
    else:
        index, weight = (
            _constant(f(transposed, sizes[0], *key), x, kind) for f, kind in ((_index, int), (_weight, float))
        )
        start = xp.zeros((*x.shape[:-1], sizes[0] if transposed else sizes[1]), dtype=x.dtype, **device_of(x))
        y = summed(lambda j: xp.take(x, index[j, ...], axis=-1) * weight[j, ...], index.shape[0], start)
    return xp.moveaxis(y, (-1,), (axis,))


def _constant(values: np.ndarray, like: Array, kind: type) -> Array:
    xp = namespace(like)
    if kind is int:
        return xp.asarray(values, **device_of(like))
    return xp.asarray(values, dtype=like.dtype, **device_of(like))


def fir(up: int, down: int, taps: tuple[float, ...], n: int, mode: str) -> Table:
    """y[m] = Σₖ h[c + down · m − up · k] x[k] with c the middle tap: up-sampling, an FIR filter, down-sampling."""
    h, middle = np.asarray(taps), (len(taps) - 1) // 2
    at = middle + down * np.arange(-(-n * up // down))
    first = -((len(taps) - 1 - at) // up)
    place = first + np.arange(-(-len(taps) // up))[:, None]
    tap = at - up * place
    inside = (tap >= 0) & (tap < len(taps))
    index, there = extended(place, n, mode)
    return index, np.where(inside & there, h[tap.clip(0, len(taps) - 1)], 0.0)


def lanczos(amount: float, a: int, n: int, mode: str) -> Table:
    """y[m] = Σₖ L(m − amount − k) x[k], L(t) = sinc(t) sinc(t/a) for |t| < a, with weights of sum 1."""
    place, weight = _lanczos_weights(np.arange(n) - amount, a)
    index, there = extended(place, n, mode)
    return index, np.where(there, weight, 0.0)


def lanczos_turn(angle: float, a: int, rows: int, columns: int, mode: str) -> Table:
    """Rotation of flattened images about their centre, counter-clockwise with the first axis downwards."""
    u, v = np.meshgrid(
        np.arange(rows) - (rows - 1) / 2, np.arange(columns) - (columns - 1) / 2, indexing="ij"
    )
    down = np.cos(angle) * u + np.sin(angle) * v + (rows - 1) / 2
    across = np.cos(angle) * v - np.sin(angle) * u + (columns - 1) / 2
    (i, of_row), (j, of_column) = (_lanczos_weights(p.ravel(), a) for p in (down, across))
    i, above = extended(i, rows, mode)
    j, beside = extended(j, columns, mode)
    index = i[:, None] * columns + j
    weight = np.where(above, of_row, 0.0)[:, None] * np.where(beside, of_column, 0.0)
    return index.reshape(-1, rows * columns), weight.reshape(-1, rows * columns)


BUILDERS: dict[str, Callable[..., Table]] = {"fir": fir, "lanczos": lanczos, "lanczos_turn": lanczos_turn}


def _lanczos_weights(at: np.ndarray, a: int) -> Table:
    """(2a, …) samples next to some places, and their weights of sum 1."""
    place = np.floor(at).astype(np.int64) + np.arange(1 - a, a + 1).reshape(-1, *[1] * at.ndim)
    weight = np.sinc(at - place) * np.sinc((at - place) / a)
    return place, weight / weight.sum(axis=0)


def extended(place: np.ndarray, n: int, mode: str) -> tuple[np.ndarray, np.ndarray]:
    """The sample of an n-sample signal that stands at any place, and whether there is one."""
    inside = (place >= 0) & (place < n)
    match mode:
        case "periodic":
            return place % n, np.ones_like(inside)
        case "symmetric":
            place = place % (2 * n)
            return np.minimum(place, 2 * n - 1 - place), np.ones_like(inside)
        case "reflect":
            place = place % max(2 * n - 2, 1)
            return np.minimum(place, np.maximum(2 * n - 2 - place, 0)), np.ones_like(inside)
        case "constant":
            return place.clip(0, n - 1), np.ones_like(inside)
    return place.clip(0, n - 1), inside


def _transposed(index: np.ndarray, weight: np.ndarray, inputs: int) -> Table:
    """The table of the transposed matrix."""
    row = np.broadcast_to(np.arange(index.shape[1]), index.shape)[weight != 0]
    column, value = index[weight != 0], weight[weight != 0]
    order = np.argsort(column, kind="stable")
    row, column, value = row[order], column[order], value[order]
    counts = np.bincount(column, minlength=inputs)
    slot = np.arange(len(column)) - (np.cumsum(counts) - counts)[column]
    taps = max(int(counts.max(initial=0)), 1)
    indices, weights = np.zeros((taps, inputs), np.int64), np.zeros((taps, inputs))
    indices[slot, column], weights[slot, column] = row, value
    return indices, weights


@within_budget
def _table(transposed: bool, inputs: int, name: str, *arguments: Any) -> Table:
    index, weight = BUILDERS[name](*arguments)
    return _transposed(index, weight, inputs) if transposed else (index, weight)


@partial(static, large=True)
def _index(transposed: bool, inputs: int, *key: Any) -> np.ndarray:
    return _table(transposed, inputs, *key)[0]


@partial(static, large=True)
def _weight(transposed: bool, inputs: int, *key: Any) -> np.ndarray:
    return _table(transposed, inputs, *key)[1]


@partial(static, large=True)
def _matrix(inputs: int, name: str, *arguments: Any) -> np.ndarray:
    index, weight = BUILDERS[name](*arguments)
    matrix = np.zeros((index.shape[1], inputs))
    np.add.at(matrix, (np.broadcast_to(np.arange(index.shape[1]), index.shape), index), weight)
    return matrix
