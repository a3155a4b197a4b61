"""Random streams keyed by (seed, *indices), so that no generator state is saved.

The noise of step k is a function of the seed and of k alone, so a resumed run draws the same numbers as an
uninterrupted one. torch's global stream is not used.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from subband.errors import InvalidInput


def generator(seed: int, *key: int) -> torch.Generator:
    """A CPU generator for a stream of a run: equal (seed, *key) give equal numbers.

    Args:
        seed: seed of the run.
        key: key of the stream within the run, such as its kind and the step.

    Raises:
        InvalidInput: if a number is negative.
    """
    if min((seed, *key)) < 0:
        raise InvalidInput(f"can't seed with {(seed, *key)}: seeds are whole numbers, 0 or more")
    state = np.random.SeedSequence(seed, spawn_key=key).generate_state(1, np.uint64)[0]
    return torch.Generator().manual_seed(int(state))


def normal_like(x: Tensor, source: torch.Generator) -> Tensor:
    """Standard normal numbers of x's shape, dtype and device, equal on all devices."""
    return torch.randn(x.shape, generator=source).to(x)


@contextmanager
def initialised(seed: int) -> Iterator[None]:
    """Context manager that seeds torch's global stream, for initialising layers, and restores it."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(generator(seed, 0).initial_seed())
        yield
