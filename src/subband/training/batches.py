"""Which examples each training step sees."""

from collections.abc import Callable

import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.training.randomness import generator

Batches = Callable[[int], Tensor]
"""The batch of step k, a function of k alone: a resumed run needs no loader state."""

_ORDER, _FLIP = 1, 2  # the places, in `generator`'s sense, of the two streams drawn here


def shuffled(examples: Tensor, size: int, *, seed: int, flip: bool = False) -> Batches:
    """Batches that go through all examples in a new random order each epoch.

    Args:
        examples: shape (N, ...). May be of an integer type; it is handed out as it is.
        size: examples per batch; batches run on across the ends of epochs, so each has exactly this many.
        seed: of the order and of the flips.
        flip: mirror each example along its last axis with probability 1/2.

    Returns:
        A function from the step k >= 0 to a tensor of shape (size, ...).

    Raises:
        InvalidInput: if there are no examples or size < 1.
    """
    total = len(examples)
    if total < 1 or size < 1:
        raise InvalidInput(f"can't draw batches of {size} from {total} examples: both must be 1 or more")
    orders: dict[int, Tensor] = {}

    def order(epoch: int) -> Tensor:
        if epoch not in orders:
            orders.clear()
            orders[epoch] = torch.randperm(total, generator=generator(seed, _ORDER, epoch))
        return orders[epoch]

    def batch(k: int) -> Tensor:
        first, last = k * size, (k + 1) * size
        index = torch.cat(
            [
                order(epoch)[max(first - epoch * total, 0) : last - epoch * total]
                for epoch in range(first // total, (last - 1) // total + 1)
            ]
        )
        chosen = examples[index]
        if flip:
            mirrored = torch.rand(size, generator=generator(seed, _FLIP, k)) < 0.5
            chosen[mirrored] = chosen[mirrored].flip(-1)
        return chosen

    return batch
