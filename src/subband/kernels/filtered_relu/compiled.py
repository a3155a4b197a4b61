"""Filtered leaky ReLU compiled for the CPU (`native/filtered_relu`)."""

from functools import lru_cache

import numpy as np

from subband import _native
from subband.kernels.filtered_relu.plan import ReluPlan
from subband.kernels.threads import share

FORWARD, BACKWARD = 0, 1
_KERNELS = {"f": _native.FilteredRelu32, "d": _native.FilteredRelu64}


def run(
    which: int,
    x: np.ndarray,
    bias: np.ndarray | None,
    s: np.ndarray | None,
    y: np.ndarray,
    plan: ReluPlan,
    *,
    interleaved: bool,
) -> None:
    """One pass over images of a batch.

    Args:
        which: FORWARD: y ← down(f(up(x + bias))), or with s its tangent y ← down(f′(up(x + bias)) · up(s));
            BACKWARD, the transpose of the latter, from s of the size of the result to y of the size of x.
        x: (N, C, H, W), or (N, H, W, C) if `interleaved`; contiguous float32 or float64, as all arrays here.
        bias: (C,).
        s, y: Laid out like x.
        plan: The operation.
        interleaved: Whether channels are last.
    """
    batch, channels = x.shape[0], x.shape[3 if interleaved else 1]
    size = x.shape[1:3] if interleaved else x.shape[2:]
    kernel = kernel_of(plan, size, x.dtype.char)
    clamp = min(plan.clamp, float(np.finfo(x.dtype).max))

    def part(start: int, stop: int) -> None:
        kernel.run(which, x, bias, s, y, channels, interleaved, plan.gain, plan.slope, clamp, start, stop)

    share(part, kernel.items(batch, channels, interleaved), 8 * x.size)


@lru_cache(maxsize=256)
def kernel_of(
    plan: ReluPlan, size: tuple[int, int], char: str
) -> _native.FilteredRelu32 | _native.FilteredRelu64:
    """The kernel of a plan for images of one size and precision."""
    filters = [np.array(taps, char) for taps in (plan.up_filter, plan.down_filter)]
    return _KERNELS[char](*filters, plan.up, plan.down, *plan.pad, *size)
