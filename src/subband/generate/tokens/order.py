"""In which order, and how fast, masked tokens are filled in."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from subband.errors import InvalidInput

SCHEDULES: dict[str, Callable[[float], float]] = {
    "cosine": lambda r: math.cos(math.pi / 2 * r),
    "arccos": lambda r: 2 / math.pi * math.acos(r),
    "linear": lambda r: 1 - r,
    "square": lambda r: 1 - r * r,
}
"""Share of tokens that is still masked after a part r of the steps, falling from 1 to 0.

Source: Chang et al. 2022, section 3.3; arccos of Besnier et al. 2025, section 3.
"""


def masked_after(name: str, step: int, steps: int) -> float:
    """Share of tokens that is masked after `step` of `steps` steps.

    Raises:
        InvalidInput: unknown schedule.
    """
    if name not in SCHEDULES:
        raise InvalidInput(f"no schedule {name!r}: choose one of {', '.join(SCHEDULES)}")
    return min(max(SCHEDULES[name](step / steps), 0.0), 1.0)


def van_der_corput(n: int, base: int) -> float:
    """The n-th number of the van der Corput sequence: the digits of n in a base, mirrored at the point.

    Example:
        >>> [van_der_corput(n, 2) for n in range(1, 5)]
        [0.5, 0.25, 0.75, 0.125]
    """
    value, scale = 0.0, 1.0
    while n:
        scale /= base
        n, digit = divmod(n, base)
        value += digit * scale
    return value


def halton_order(rows: int, columns: int) -> Tensor:
    """All positions of a grid, each as row * columns + column, in the order of a Halton sequence's visits.

    Points of low discrepancy spread over the whole grid at any moment, so that tokens that are drawn in one step
    lie far apart and depend less on each other.

    Args:
        rows, columns: the grid.

    Returns:
        int64 (rows * columns,), a permutation.

    Raises:
        InvalidInput: if the grid is empty.

    Example:
        >>> halton_order(2, 2).tolist()
        [2, 1, 0, 3]

    Source: Besnier et al. 2025, "Halton scheduler for masked generative image transformer", section 3 (bases 2, 3).
    """
    if min(rows, columns) < 1:
        raise InvalidInput(f"can't order a grid of {rows} x {columns}: take 1 or more of both")
    seen: dict[int, None] = {}
    n = 0
    while len(seen) < rows * columns:
        n += 1
        row, column = int(van_der_corput(n, 2) * rows), int(van_der_corput(n, 3) * columns)
        seen.setdefault(row * columns + column)
    return torch.tensor(list(seen))
