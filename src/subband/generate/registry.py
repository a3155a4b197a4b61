"""All families of generators behind one function."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from subband.data import Examples
from subband.errors import CheckpointError, InvalidInput
from subband.generate.adversarial.model import FAMILY as GAN
from subband.generate.autoencoders.grid import FAMILY as AUTOENCODER
from subband.generate.autoencoders.vector import FAMILY as VAE
from subband.generate.budget import steps_in
from subband.generate.diffusion.autoencoder import FAMILY as DIFFAE
from subband.generate.diffusion.binary import FAMILY as BINOMIAL
from subband.generate.diffusion.model import FAMILY as DIFFUSION
from subband.generate.family import Generator, GeneratorFamily
from subband.generate.train import as_examples, train_family
from subband.generate.trained import TrainedGenerator, load_family
from subband.training import load_checkpoint

GENERATORS: dict[str, GeneratorFamily] = {
    family.name: family for family in (AUTOENCODER, BINOMIAL, DIFFAE, DIFFUSION, GAN, VAE)
}


def train_generator(
    family: str,
    pixels: np.ndarray | Examples,
    *,
    seconds: float | None = None,
    steps: int | None = None,
    seed: int = 0,
    flip: bool = True,
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
        steps = steps_in(seconds, family, examples.size, config.batch)
    return train_family(
        GENERATORS[family], examples, config, steps=steps, seed=seed, flip=flip, progress=progress
    )


def load_generator(folder: str | Path) -> TrainedGenerator:
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
