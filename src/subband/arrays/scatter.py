"""Add up numbers that fall into the same place, which the array API standard has no function for."""

from subband.arrays.namespace import Array, library, namespace


def add_at(index: Array, values: Array, size: int) -> Array:
    """out[b, i, t] = Σ over k with index[b, k, t] = i of values[b, k, t].

    Args:
        index: (batch, k, t) integers from 0 to size − 1.
        values: (batch, k, t) real or complex, differentiable.
        size: Places.

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
                # Two values of one row are of two times, so none of them meet.
                for places, row in zip(index[signal], values[signal], strict=True):
                    out[signal, places, every] += row
            return out
    zero = xp.zeros_like(values)
    return xp.stack([xp.sum(xp.where(index == place, values, zero), axis=1) for place in range(size)], axis=1)
