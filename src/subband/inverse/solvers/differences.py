"""Differences of neighbouring samples: the gradient of an image, and its transpose."""

from subband.arrays.namespace import Array, device_of, namespace


def gradient(x: Array, axes: int) -> Array:
    """Forward differences along the last `axes` axes, 0 at the far end: (*batch, …) → (axes, *batch, …)."""
    xp = namespace(x)
    parts = []
    for axis in range(-axes, 0):
        moved = xp.moveaxis(x, axis, -1)
        zero = xp.zeros((*moved.shape[:-1], 1), dtype=x.dtype, **device_of(x))
        steps = xp.concat([moved[..., 1:] - moved[..., :-1], zero], axis=-1)
        parts.append(xp.moveaxis(steps, -1, axis))
    return xp.stack(parts, axis=0)


def gradient_transpose(g: Array) -> Array:
    """The transpose of `gradient`: minus the divergence."""
    xp, axes = namespace(g), g.shape[0]
    total = None
    for i, axis in enumerate(range(-axes, 0)):
        moved = xp.moveaxis(g[i, ...], axis, -1)[..., :-1]
        zero = xp.zeros((*moved.shape[:-1], 1), dtype=g.dtype, **device_of(g))
        part = xp.concat([zero, moved], axis=-1) - xp.concat([moved, zero], axis=-1)
        part = xp.moveaxis(part, -1, axis)
        total = part if total is None else total + part
    return total
