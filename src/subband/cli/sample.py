"""`subband sample`: draw images from a trained generator, or from a pretrained pipeline."""

import inspect
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from subband.cli.pretrained import FLAGS, draw
from subband.cli.progress import counted
from subband.cli.settings import chosen, flags, with_flags
from subband.errors import CheckpointError, InvalidInput, OutputError

if TYPE_CHECKING:
    import numpy as np

    from subband.generate import TrainedGenerator


def sample(
    checkpoint: Annotated[
        Path | None,
        typer.Argument(metavar="CHECKPOINT", help="Folder of a training or a model.", show_default=False),
    ] = None,
    pretrained: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Instead of CHECKPOINT, a pipeline of diffusers: a folder, or its name on the Hub, e.g. "
            "stabilityai/stable-diffusion-2-1.",
            show_default=False,
        ),
    ] = None,
    count: Annotated[int, typer.Option(help="How many images.")] = 64,
    seed: Annotated[int, typer.Option(help="Equal seeds, equal images.")] = 0,
    label: Annotated[
        list[str],
        typer.Option(
            metavar="CLASS",
            help="Class to draw, by name or, with --pretrained, by number; may be repeated, the images take turns. "
            "(default: all classes in turn)",
            show_default=False,
        ),
    ] = [],  # noqa: B006 - typer copies it
    average: Annotated[
        float | None,
        typer.Option(
            metavar="WIDTH",
            help="Rebuild an average of this width from the snapshots of the training. "
            "(default: the one that the training ended on)",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.png|DIR",
            help="One sheet of all images, or a folder for one PNG each. (default: CHECKPOINT/samples.png, or "
            "runs/NAME/samples.png)",
            show_default=False,
        ),
    ] = None,
    **settings: Any,
) -> None:
    """Draw images from a trained generator, on one sheet or one file each.

    `subband sample CHECKPOINT --help` shows the settings of its sampler.
    With --pretrained it draws from a pipeline of diffusers, and fetches
    nothing unless --download is given.
    """
    from subband.lab.progress import watcher

    if checkpoint is not None and pretrained is None:
        generator = load(checkpoint, average)
        wanted = labels_named(generator, label, count)
        with watcher(sys.stderr).stage("draw") as advance:
            pixels = generator.sample(
                count, seed=seed, labels=wanted, progress=counted(advance, "image"), **chosen(settings)
            )
        place = out or checkpoint / "samples.png"
    elif pretrained is not None and checkpoint is None:
        if average is not None:
            raise InvalidInput("a pretrained pipeline has no snapshots to average: leave out --average")
        pixels = draw(pretrained, count, seed, label, **settings)
        place = out or Path("runs", Path(pretrained).name, "samples.png")
    else:
        raise InvalidInput("draw from a CHECKPOINT or from --pretrained NAME: give one of the two")
    if place.suffix.lower() == ".png":
        write_sheet(place, pixels)
    else:
        write_files(place, pixels)
    typer.echo(f"{len(pixels)} images  {place}")


def sample_for(words: list[str]) -> Callable[..., None]:
    """The command with the sampling flags of the checkpoint that the words name, or of pipelines."""
    pipeline = any(word.partition("=")[0] == "--pretrained" for word in words)
    return with_flags(sample, FLAGS if pipeline else sampler_flags(words) or FLAGS)


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


def write_sheet(place: Path, pixels: "np.ndarray") -> "np.ndarray":
    """Write images side by side as one PNG, and return it, uint8 (H, W, C).

    Raises:
        OutputError: it can't be written.
    """
    from subband.plots import mosaic

    sheet = mosaic(pixels)
    _write_png(place, sheet)
    return sheet


def write_files(folder: Path, pixels: "np.ndarray") -> None:
    """Write each image as a PNG of its own: 00000.png, 00001.png, …

    Raises:
        OutputError: they can't be written.
    """
    for k, image in enumerate(pixels):
        _write_png(folder / f"{k:05d}.png", image)


def write_json(place: Path, content: dict[str, Any]) -> None:
    """Write a JSON file at once or not at all.

    Raises:
        OutputError: it can't be written.
    """
    write_bytes(place, json.dumps(content, indent=2, ensure_ascii=False).encode())


def _write_png(place: Path, image: "np.ndarray") -> None:
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(file, "png")
    write_bytes(place, file.getvalue())


def write_bytes(place: Path, content: bytes) -> None:
    """Write a file at once or not at all.

    Raises:
        OutputError: it can't be written.
    """
    temporary = place.with_name(f".{place.name}.partial")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(content)
        os.replace(temporary, place)
    except OSError as error:
        raise OutputError(
            f"can't write {place}: {error.strerror}; choose another place with --out"
        ) from error
