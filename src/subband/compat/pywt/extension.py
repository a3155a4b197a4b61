"""Signal extension: pad."""

import numpy as np

from subband.arrays.namespace import Array, namespace
from subband.compat.pywt.arguments import MODE_NAMES, as_array
from subband.kernels.filterbank.boundary_modes import extension
from subband.kernels.filterbank.reference import extend

__all__ = ["pad"]


def pad(x: Array, pad_widths, mode: str) -> Array:
    """`x` extended along every axis by a boundary mode of the transforms; see `pywt.pad`."""
    x = as_array(x)
    widths = np.round(np.asarray(pad_widths)).astype(np.intp)
    if widths.min() < 0:
        raise ValueError("pad_widths must be >= 0")
    if mode not in MODE_NAMES.values():
        raise ValueError(f"unsupported mode: {mode}. The supported modes are {list(MODE_NAMES.values())}")
    for axis, (before, after) in enumerate(np.broadcast_to(widths, (x.ndim, 2)).tolist()):
        x = _pad_axis(x, before, after, mode, axis)
    return x


def _pad_axis(x: Array, before: int, after: int, mode: str, axis: int) -> Array:
    def along(start: int, stop: int):
        return (*(slice(None),) * axis, slice(start, stop), ...)

    size = x.shape[axis]
    if mode == "periodization":
        # Odd signals are first extended by their last sample.
        if size % 2:
            x = namespace(x).concat([x, x[along(size - 1, size)]], axis=axis)
        return _pad_axis(x, before, after, "periodic", axis)
    # The extension for filters of L taps has L − 2 samples before the signal, and at least as many after.
    reach = max(before, after)
    step = extension(size, reach + reach % 2 + 2, mode)
    return extend(x, step, axis)[along(step.left - before, step.left + size + after)]
