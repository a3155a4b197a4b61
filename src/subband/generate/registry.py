"""All families of generators behind one function."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from subband.errors import CheckpointError, InvalidInput
from subband.generate.adversarial.model import FAMILY as GAN
from subband.generate.autoencoders.model import FAMILY as VAE
from subband.generate.budget import steps_in
from subband.generate.diffusion.model import FAMILY as DIFFUSION
from subband.generate.family import Generator, GeneratorFamily, load_family, train_family
from subband.generate.images import as_images
from subband.training import load_checkpoint

GENERATORS: dict[str, GeneratorFamily] = {family.name: family for family in (DIFFUSION, GAN, VAE)}


def train_generator(
    family: str,
    pixels: np.ndarray,
    *,
    seconds: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    progress: Callable[[int, int, float, float], None] | None = None,
) -> Generator:
    """Train a generator on images.

    Args:
        family: name in `GENERATORS`.
        pixels: uint8, shape (N, size, size, 3); at least 16 images, size a multiple of 8.
        seconds: budget, turned into steps by the reference machine's rate and not by the clock.
        steps: training steps; give these or `seconds`.
        seed: of everything random. Equal arguments give the same generator, bit for bit on one machine.
        progress: called after each step with (steps done, steps in all, last loss, seconds left).

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
    size = as_images(pixels).shape[-1]
    config = GENERATORS[family].configure(size)
    if steps is None:
        assert seconds is not None
        steps = steps_in(seconds, family, size, config.batch)
    return train_family(GENERATORS[family], pixels, config, steps=steps, seed=seed, progress=progress)


def load_generator(folder: str | Path) -> Generator:
    """Bring back a generator of any family from where `save` put it.

    Raises:
        CheckpointError: if there is none, it is truncated, foreign, newer, or of no known family.
    """
    kind = load_checkpoint(folder).kind
    if kind not in GENERATORS:
        raise CheckpointError(
            f"{folder} holds {kind!r}, not a generator: those are {', '.join(sorted(GENERATORS))}"
        )
    return load_family(GENERATORS[kind], folder)
