"""Scatter-add, which the array API standard lacks."""

from subband.arrays.namespace import Array, library, namespace


def add_at(index: Array, values: Array, size: int) -> Array:
    """out[b, i, t] = Σ over k with index[b, k, t] = i of values[b, k, t].

    Args:
        index: (batch, k, t) integers from 0 to size − 1.
        values: (batch, k, t) real or complex, differentiable.
        size: Length of the output axis.

    Returns:
        (batch, size, t), of the library, device and dtype of `values`.
    """
    xp = namespace(values)
    batch, _, time = values.shape
    match library(values):
        case "torch":
            return values.new_zeros((batch, size, time)).scatter_add(1, index, values)
        case "jax":
            b, t = xp.arange(batch)[:, None, None], xp.arange(time)[None, None, :]
            return xp.zeros((batch, size, time), dtype=values.dtype).at[b, index, t].add(values)
        case "numpy":
            out = xp.zeros((batch, size, time), dtype=values.dtype)
            every = xp.arange(time)
            for signal in range(batch):
                # The values of one row have distinct times, so the fancy-indexed += has no duplicates.
                for targets, row in zip(index[signal], values[signal], strict=True):
                    out[signal, targets, every] += row
            return out
    zero = xp.zeros_like(values)
    return xp.stack([xp.sum(xp.where(index == i, values, zero), axis=1) for i in range(size)], axis=1)
