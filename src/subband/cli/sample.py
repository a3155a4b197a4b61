"""`subband sample`: draw images from a trained generator, or from a pretrained pipeline."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from subband.cli.checkpoints import labels_named, load, sampler_flags
from subband.cli.flags import chosen, with_flags
from subband.cli.pretrained import FLAGS, draw
from subband.errors import InvalidInput
from subband.runs.files import write_bytes
from subband.runs.progress import counted

if TYPE_CHECKING:
    import numpy as np


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
    from subband.runs.progress import watcher

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


def _write_png(place: Path, image: "np.ndarray") -> None:
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(image[..., 0] if image.shape[-1] == 1 else image).save(file, "png")
    write_bytes(place, file.getvalue())
