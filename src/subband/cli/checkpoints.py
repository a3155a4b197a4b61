"""Generators named on the command line: which folder, which classes."""

import inspect
from pathlib import Path
from typing import TYPE_CHECKING

from subband.cli.flags import flags
from subband.errors import CheckpointError, InvalidInput

if TYPE_CHECKING:
    import numpy as np

    from subband.generate import TrainedGenerator


def sampler_flags(words: list[str]) -> list[inspect.Parameter]:
    """Flags of the sampler of the first checkpoint among some words, its own values as defaults."""
    from subband.generate import load_generator
    from subband.training import WEIGHTS, settings_of

    place = next((Path(word) for word in words if Path(word, WEIGHTS).is_file()), None)
    if place is None:
        return []
    config = load_generator(place).config
    free = [setting for setting in settings_of(type(config)) if setting.role == "sampling"]
    return flags(free, "Sampler", default=config)


def load(checkpoint: Path, average: float | None = None) -> "TrainedGenerator":
    """A generator from the folder of a training or a model.

    Raises:
        CheckpointError: there is none, it is damaged, or it has no snapshots to rebuild an average from.
    """
    from subband.generate import GENERATORS, load_generator, rebuilt
    from subband.training import STATE

    if (checkpoint / STATE).is_file() and not (checkpoint / "model.safetensors").is_file():
        raise CheckpointError(
            f"the training in {checkpoint} was cut off before it wrote a model: go on with the words that began it"
        )
    if (checkpoint / "model_index.json").is_file():
        raise CheckpointError(
            f"{checkpoint} holds a pipeline of diffusers: subband sample --pretrained {checkpoint}"
        )
    generator = load_generator(checkpoint)
    return generator if average is None else rebuilt(GENERATORS[generator.family], checkpoint, average)


def each_class(generator: "TrainedGenerator", count: int) -> "np.ndarray | None":
    """Labels of `count` images that go through the classes in turn; None of a model without classes."""
    import numpy as np

    classes = len(generator.config.classes)
    return np.arange(count) % classes if classes else None


def labels_named(generator: "TrainedGenerator", names: list[str], count: int) -> "np.ndarray | None":
    """Labels of `count` images that go through the named classes in turn; all classes if none is named.

    Raises:
        InvalidInput: a name is no class of the model.
    """
    import numpy as np

    classes = generator.config.classes
    unknown = [name for name in names if name not in classes]
    if unknown:
        there = f"its classes are {', '.join(classes)}" if classes else "it was trained without labels"
        raise InvalidInput(f"the model knows no class {', '.join(unknown)}: {there}")
    if not names:
        return each_class(generator, count)
    return np.array([classes.index(names[k % len(names)]) for k in range(count)])
