"""Training batches as functions of the step."""

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.training.randomness import generator

Batch = Tensor | dict[str, Tensor]
"""The examples of one step: a tensor, or several of equal length by name; examples along the first axis."""

Batches = Callable[[int], Batch]
"""(k) -> the batch of step k, a function of k alone: a resumed run needs no loader state."""

_ORDER, _FLIP = 1, 2  # stream keys, for `generator`, of the order and of the flips


T = TypeVar("T", Tensor, dict[str, Tensor])


def shuffled(examples: T, size: int, *, seed: int, flip: bool = False) -> Callable[[int], T]:
    """Batches of all examples in a new random order each epoch.

    Args:
        examples: shape (N, ...), or several such tensors by name, of any dtype; values are not converted.
        size: examples per batch; batches continue across the ends of epochs, so that all have this size.
        seed: seed of the order and of the flips.
        flip: whether each example (of several tensors, the one named "image") is mirrored along its last axis
            with probability 1/2.

    Returns:
        A function from the step k >= 0 to `size` rows of the examples.

    Raises:
        InvalidInput: if there are no examples, the tensors differ in length, or size < 1.
    """
    tables = examples if isinstance(examples, dict) else {"image": examples}
    totals = {len(rows) for rows in tables.values()}
    if len(totals) != 1 or min(totals) < 1 or size < 1:
        raise InvalidInput(
            f"can't draw batches of {size} from {sorted(totals)} examples: give 1 or more, equally many of each"
        )
    (total,) = totals
    orders: dict[int, Tensor] = {}

    def order(epoch: int) -> Tensor:
        if epoch not in orders:
            orders.clear()
            orders[epoch] = torch.randperm(total, generator=generator(seed, _ORDER, epoch))
        return orders[epoch]

    def batch(k: int) -> T:
        first, last = k * size, (k + 1) * size
        index = torch.cat(
            [
                order(epoch)[max(first - epoch * total, 0) : last - epoch * total]
                for epoch in range(first // total, (last - 1) // total + 1)
            ]
        )
        chosen = {name: rows[index] for name, rows in tables.items()}
        if flip:
            mirrored = torch.rand(size, generator=generator(seed, _FLIP, k)) < 0.5
            chosen["image"][mirrored] = chosen["image"][mirrored].flip(-1)
        return chosen if isinstance(examples, dict) else chosen["image"]  # type: ignore[return-value]

    return batch
