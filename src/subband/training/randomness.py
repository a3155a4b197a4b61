"""Randomness that is a function of (seed, place), so that no generator's state is ever carried along.

The noise of step k depends on the seed and on k alone. A run that is cut off and goes on at step k therefore
draws what an uninterrupted run would have drawn, and nothing touches torch's global stream.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from subband.errors import InvalidInput


def generator(seed: int, *place: int) -> torch.Generator:
    """A CPU generator for one place of a run: equal (seed, *place) give equal numbers.

    Raises:
        InvalidInput: if a number is negative.
    """
    if min((seed, *place)) < 0:
        raise InvalidInput(f"can't seed with {(seed, *place)}: seeds are whole numbers, 0 or more")
    state = np.random.SeedSequence(seed, spawn_key=place).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state))


def normal_like(x: Tensor, source: torch.Generator) -> Tensor:
    """Standard normal numbers of x's shape, dtype and device; the same numbers on each device."""
    return torch.randn(x.shape, generator=source).to(x)


@contextmanager
def initialised(seed: int) -> Iterator[None]:
    """Build modules inside this: torch's layers draw from its global stream, seeded and then restored."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(generator(seed, 0).initial_seed())
        yield
