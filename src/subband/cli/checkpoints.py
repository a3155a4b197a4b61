"""Generators given on the command line: loading, sampler flags and class labels."""

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from subband.cli.flags import flags, valued, with_flags
from subband.cli.parse import asks_for_help, first_argument
from subband.errors import CheckpointError, InvalidInput

if TYPE_CHECKING:
    import numpy as np

    from subband.generate import TrainedGenerator

Average = Annotated[
    float | None,
    typer.Option(
        metavar="WIDTH",
        help="Relative width of the weight average, rebuilt from the snapshots of the training. "
        "(default: the saved average)",
        show_default=False,
    ),
]


def with_sampler_flags(
    command: Callable[..., None],
    words: list[str],
    missing: str,
    *,
    others: Sequence[inspect.Parameter] = (),
    more: Sequence[str] = (),
) -> Callable[..., None]:
    """A command with the sampling flags of the checkpoint among the arguments.

    Args:
        command: Function whose last parameter is `**settings`.
        words: Arguments after the name of the command.
        missing: What to say where no checkpoint is given.
        others: Flags that the command has without a checkpoint.
        more: Lines appended to its help without a checkpoint.

    Raises:
        CheckpointError: the folder holds no generator.
        InvalidInput: no checkpoint is given.
    """
    own = inspect.signature(command).parameters.values()
    named = first_argument(words, valued([*own, *others, *every_sampler_flag()]), is_checkpoint)
    if named is not None:
        return with_flags(command, sampler_flags(Path(named)))
    if asks_for_help(words):
        return with_flags(command, others, more=more)
    raise InvalidInput(missing)


def sampler_flags(checkpoint: Path) -> list[inspect.Parameter]:
    """Flags of the sampler of a checkpoint, with the values of the checkpoint as defaults.

    Raises:
        CheckpointError: as in `check`.
    """
    from subband.generate import config_of
    from subband.training import settings_of

    check(checkpoint)
    config = config_of(checkpoint)
    free = [setting for setting in settings_of(type(config)) if setting.role == "sampling"]
    return flags(free, "Sampler", default=config)


def every_sampler_flag() -> list[inspect.Parameter]:
    """Flags of the samplers of all families; a name may occur several times."""
    from subband.generate import GENERATORS
    from subband.training import settings_of

    kinds = [family.config for family in GENERATORS.values()]
    return flags([s for kind in kinds for s in settings_of(kind) if s.role == "sampling"], "Sampler")


def kinds() -> list[str]:
    """Lines of help: the families of generators with their titles."""
    from subband.generate import GENERATORS

    width = max(map(len, GENERATORS))
    lines = [f"{name:{width}}  {family.title}" for name, family in sorted(GENERATORS.items())]
    return ["CHECKPOINT is the folder of a trained generator, of any of these families:", *lines]


def is_checkpoint(word: str) -> bool:
    """Whether a word is the path of a folder with a checkpoint."""
    from subband.training import WEIGHTS

    return Path(word, WEIGHTS).is_file()


def check(checkpoint: Path) -> None:
    """Check that a folder holds a generator.

    Raises:
        CheckpointError: it holds none; the message says what to type instead.
    """
    from subband.generate import GENERATORS
    from subband.training import STATE, WEIGHTS, load_checkpoint

    if checkpoint.is_file():
        raise CheckpointError(f"{checkpoint} is a file: give its folder, {checkpoint.parent}")
    if (checkpoint / WEIGHTS).is_file():
        if (kind := load_checkpoint(checkpoint, weights=False).kind) not in GENERATORS:
            other = "use it with subband detect" if kind == "detector" else "it can't generate images"
            raise CheckpointError(
                f"{checkpoint} holds {kind!r}, not a generator: {other}; generators are "
                f"{', '.join(sorted(GENERATORS))}"
            )
        return
    if (checkpoint / STATE).is_file():
        raise CheckpointError(
            f"the training in {checkpoint} was interrupted before it wrote a model: continue it with the command "
            "that started it"
        )
    if (checkpoint / "model_index.json").is_file():
        raise CheckpointError(
            f"{checkpoint} holds a pipeline of diffusers: type subband sample --pretrained {checkpoint}"
        )
    below = sorted({*checkpoint.glob(f"*/{WEIGHTS}"), *checkpoint.glob(f"*/*/{WEIGHTS}")})
    found = ", ".join(str(file.parent) for file in below[:3])
    advice = f"there is one in {found}" if below else f"it has no file {WEIGHTS}"
    raise CheckpointError(f"no checkpoint in {checkpoint}: {advice}")


def load(checkpoint: Path, average: float | None = None) -> "TrainedGenerator":
    """Load a generator, with the saved weight average or one of width `average` rebuilt from snapshots.

    Raises:
        CheckpointError: no generator, a damaged file, or no snapshots for the average.
    """
    from subband.generate import GENERATORS, load_generator, rebuilt

    check(checkpoint)
    generator = load_generator(checkpoint)
    return generator if average is None else rebuilt(GENERATORS[generator.family], checkpoint, average)


def each_class(generator: "TrainedGenerator", count: int) -> "np.ndarray | None":
    """(count,) labels that cycle through all classes; None for a model without classes."""
    import numpy as np

    classes = len(generator.config.classes)
    return np.arange(count) % classes if classes else None


def labels_named(generator: "TrainedGenerator", names: list[str], count: int) -> "np.ndarray | None":
    """(count,) labels that cycle through the named classes, by default through all classes.

    Raises:
        InvalidInput: a name that is not a class of the model.
    """
    import numpy as np

    classes = generator.config.classes
    unknown = [name for name in names if name not in classes]
    if unknown:
        allowed = f"its classes are {', '.join(classes)}" if classes else "it was trained without labels"
        raise InvalidInput(f"the model has no class {', '.join(unknown)}: {allowed}")
    if not names:
        return each_class(generator, count)
    return np.array([classes.index(names[k % len(names)]) for k in range(count)])
