"""Generators named on the command line: which folder, which classes."""

import inspect
from pathlib import Path
from typing import TYPE_CHECKING

from subband.cli.flags import flags
from subband.errors import CheckpointError, InvalidInput

if TYPE_CHECKING:
    import numpy as np

    from subband.generate import TrainedGenerator


def sampler_flags(checkpoint: Path) -> list[inspect.Parameter]:
    """Flags of a checkpoint's sampler, its own values as defaults; none of a family that has no choice.

    Raises:
        CheckpointError: as `load`.
    """
    from subband.generate import config_of
    from subband.training import settings_of

    check(checkpoint)
    config = config_of(checkpoint)
    free = [setting for setting in settings_of(type(config)) if setting.role == "sampling"]
    return flags(free, "Sampler", default=config)


def every_sampler_flag() -> list[inspect.Parameter]:
    """Flags of the samplers of all families, some of them several times."""
    from subband.generate import GENERATORS
    from subband.training import settings_of

    kinds = [family.config for family in GENERATORS.values()]
    return flags([s for kind in kinds for s in settings_of(kind) if s.role == "sampling"], "Sampler")


def kinds() -> list[str]:
    """The families of checkpoints, one a line with its title; and all that is no checkpoint."""
    from subband.generate import GENERATORS

    width = max(map(len, GENERATORS))
    lines = [f"{name:{width}}  {family.title}" for name, family in sorted(GENERATORS.items())]
    return ["CHECKPOINT is the folder of a training, of any family:", *lines]


def is_checkpoint(word: str) -> bool:
    """Whether a word names the folder of a checkpoint."""
    from subband.training import WEIGHTS

    return Path(word, WEIGHTS).is_file()


def check(checkpoint: Path) -> None:
    """Raise CheckpointError, with what to type instead, if a folder holds no generator."""
    from subband.generate import GENERATORS
    from subband.training import STATE, WEIGHTS, load_checkpoint

    if checkpoint.is_file():
        raise CheckpointError(f"{checkpoint} is a file: name the folder of the training, {checkpoint.parent}")
    if (checkpoint / WEIGHTS).is_file():
        if (kind := load_checkpoint(checkpoint, weights=False).kind) not in GENERATORS:
            other = "subband detect uses it" if kind == "detector" else "it draws no images"
            raise CheckpointError(
                f"{checkpoint} holds {kind!r}, not a generator: {other}; generators are "
                f"{', '.join(sorted(GENERATORS))}"
            )
        return
    if (checkpoint / STATE).is_file():
        raise CheckpointError(
            f"the training in {checkpoint} was cut off before it wrote a model: go on with the words that began it"
        )
    if (checkpoint / "model_index.json").is_file():
        raise CheckpointError(
            f"{checkpoint} holds a pipeline of diffusers: subband sample --pretrained {checkpoint}"
        )
    below = sorted({*checkpoint.glob(f"*/{WEIGHTS}"), *checkpoint.glob(f"*/*/{WEIGHTS}")})
    there = ", ".join(str(file.parent) for file in below[:3])
    advice = f"there is one in {there}" if below else f"expected a file {WEIGHTS} there"
    raise CheckpointError(f"no checkpoint in {checkpoint}: {advice}")


def load(checkpoint: Path, average: float | None = None) -> "TrainedGenerator":
    """A generator from the folder of a training or a model.

    Raises:
        CheckpointError: there is none, it is damaged, or it has no snapshots to rebuild an average from.
    """
    from subband.generate import GENERATORS, load_generator, rebuilt

    check(checkpoint)
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
