"""Differences of neighbouring samples: the gradient of an image, and its transpose."""

from subband.arrays.namespace import Array, namespace
from subband.transforms.linear.operators.lines import along


def gradient(x: Array, axes: int) -> Array:
    """Forward differences along the last `axes` axes, 0 at the far end: (*batch, …) → (axes, *batch, …)."""
    return namespace(x).stack([along(x, axis, _steps) for axis in range(-axes, 0)], axis=0)


def gradient_transpose(g: Array) -> Array:
    """The transpose of `gradient`: minus the divergence."""
    axes = g.shape[0]
    parts = [along(g[i, ...], axis, _steps_transposed) for i, axis in enumerate(range(-axes, 0))]
    return sum(parts[1:], parts[0])


def _steps(x: Array) -> Array:
    return namespace(x).concat([x[..., 1:] - x[..., :-1], x[..., :1] * 0], axis=-1)


def _steps_transposed(g: Array) -> Array:
    xp, inner, zero = namespace(g), g[..., :-1], g[..., :1] * 0
    return xp.concat([zero, inner], axis=-1) - xp.concat([inner, zero], axis=-1)
