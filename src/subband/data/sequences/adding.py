"""The adding task: two marked numbers of a long sequence are to be summed."""

import numpy as np

from subband.errors import InvalidInput

ADDING_BASELINE = 1 / 6
"""Mean squared error of always answering 1: twice the variance of U(0, 1)."""


def adding_task(batch: int, steps: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Numbers from U(0, 1), and marks at one of either half.

    Args:
        batch: Sequences.
        steps: T, 2 or more.
        rng: Source of numbers and marks.

    Returns:
        (batch, T, 2) float32 numbers and marks, and (batch, 1) float32 sums of the marked numbers.

    Raises:
        InvalidInput: fewer than 2 steps.

    Source: S. Hochreiter, J. Schmidhuber, Long Short-Term Memory, 1997; M. Arjovsky, A. Shah, Y. Bengio, 2016.
    """
    if steps < 2:
        raise InvalidInput(f"steps={steps}: give 2 or more")
    x = np.zeros((batch, steps, 2), dtype=np.float32)
    x[..., 0] = rng.random((batch, steps))
    rows, half = np.arange(batch), steps // 2
    for low, high in ((0, half), (half, steps)):
        x[rows, rng.integers(low, high, batch), 1] = 1
    return x, (x[..., 0] * x[..., 1]).sum(1, keepdims=True)
