"""The memory task: symbols to repeat after a long pause."""

from math import log

import numpy as np

from subband.errors import InvalidInput

SYMBOLS, COUNT = 8, 10
BLANK, MARKER = 0, SYMBOLS + 1
CLASSES = SYMBOLS + 2
"""Blank, eight symbols, marker: each has a code of its own. (With nine codes the marker would be all zeros.)"""


def memory_task(batch: int, pause: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Ten symbols, a pause, a marker; then the symbols are to be repeated.

    Args:
        batch: Sequences.
        pause: T, steps from the last symbol to the first answer.
        rng: Source of the symbols.

    Returns:
        (batch, pause + 20) int64 inputs, and targets: blank until the marker, then the symbols.

    Raises:
        InvalidInput: a pause below 1.

    Example:
        >>> import numpy as np
        >>> from subband.data.sequences import memory_task
        >>> x, y = memory_task(1, 3, np.random.default_rng(0))
        >>> x.tolist()
        [[7, 6, 5, 3, 3, 1, 1, 1, 2, 7, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]
        >>> bool((y[:, -10:] == x[:, :10]).all())
        True

    Source: S. Hochreiter, J. Schmidhuber, Long Short-Term Memory, 1997; M. Arjovsky, A. Shah, Y. Bengio, 2016.
    """
    if pause < 1:
        raise InvalidInput(f"pause={pause}: give 1 step or more")
    symbols = rng.integers(1, SYMBOLS + 1, (batch, COUNT))
    x = np.zeros((batch, pause + 2 * COUNT), dtype=np.int64)
    y = np.zeros_like(x)
    x[:, :COUNT], x[:, pause + COUNT - 1], y[:, -COUNT:] = symbols, MARKER, symbols
    return x, y


def memory_baseline(pause: int) -> float:
    """Cross-entropy of who knows when to answer, but not what: 10 ln 8/(T + 20)."""
    return COUNT * log(SYMBOLS) / (pause + 2 * COUNT)
