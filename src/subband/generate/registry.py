"""Train a generator of any family, by name."""

from collections.abc import Callable
from typing import Any

import numpy as np

from subband.data import Examples
from subband.errors import InvalidInput
from subband.generate.families import GENERATORS
from subband.generate.family import Generator
from subband.generate.rates import steps_in
from subband.generate.train import as_examples, train_family


def train_generator(
    family: str,
    pixels: np.ndarray | Examples,
    *,
    seconds: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    flip: bool = True,
    second: np.ndarray | Examples | None = None,
    progress: Callable[[int, int, float, float], None] | None = None,
    **settings: Any,
) -> Generator:
    """Train a generator on images.

    Args:
        family: name in `GENERATORS`.
        pixels: examples, or uint8 of shape (N, size, size, 3 or 1); at least 16, size a multiple of 8.
        seconds: budget, turned into steps by the reference machine's rate and not by the clock.
        steps: training steps; give these or `seconds`.
        seed: of everything random. Equal arguments give the same generator, bit for bit on one machine.
        flip: learn from mirror images too; not for digits or letters.
        second: images of the other domain, for families of two, such as cyclegan.
        progress: called after each step with (steps done, steps in all, its loss, seconds left).
        settings: of the family, by the names of its dataclass's fields; the others suit the images.

    Returns:
        The generator. Its `history` has the losses, and says whether Ctrl-C ended the training early.

    Raises:
        InvalidInput: unknown family, wrong type, shape or size, or not exactly one of seconds and steps.
        DataError: too few images.
        BudgetError: too short for one step.
        TrainingError: the loss is not finite.
        KeyboardInterrupt: Ctrl-C before the first step was done.
    """
    if family not in GENERATORS:
        raise InvalidInput(f"no generator family {family!r}: choose one of {', '.join(sorted(GENERATORS))}")
    if (seconds is None) == (steps is None):
        raise InvalidInput(f"can't train with seconds={seconds} and steps={steps}: give exactly one of them")
    examples = as_examples(pixels, GENERATORS[family])
    config = GENERATORS[family].configure(
        examples.size, channels=examples.channels, classes=examples.classes, **settings
    )
    if steps is None:
        assert seconds is not None
        steps = steps_in(seconds, GENERATORS[family], examples.size, config.batch)
    return train_family(
        GENERATORS[family],
        examples,
        config,
        steps=steps,
        seed=seed,
        flip=flip,
        second=second,
        progress=progress,
    )
