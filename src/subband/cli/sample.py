"""`subband sample`: draw images from a trained generator, or from a pretrained pipeline."""

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from subband.cli.checkpoints import (
    every_sampler_flag,
    is_checkpoint,
    kinds,
    labels_named,
    load,
    sampler_flags,
)
from subband.cli.flags import chosen, valued, with_flags
from subband.cli.parse import asks_for_help, first_argument
from subband.cli.pictures import check_out, write_out
from subband.cli.pretrained import FLAGS, draw
from subband.errors import InvalidInput
from subband.runs.progress import counted

_ONE_OF = "draw from a CHECKPOINT or from --pretrained NAME: give one of the two"


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
            metavar="FILE|DIR",
            help="One sheet of all images, by its suffix .png, .jpg, .jpeg or .webp; or a new folder, a name "
            "without a suffix, for one PNG each. (default: CHECKPOINT/samples.png, or runs/NAME/samples.png, where "
            "an older sheet is replaced)",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Replace the sheet, or the images in the folder, of that name."),
    ] = False,
    **settings: Any,
) -> None:
    """Draw images from a trained generator, on one sheet or one file each.

    `subband sample CHECKPOINT --help` shows the settings of its sampler.
    With --pretrained it draws from a pipeline of diffusers, and fetches
    nothing unless --download is given.
    """
    from subband.runs.progress import watcher

    if (checkpoint is None) == (pretrained is None):
        raise InvalidInput(_ONE_OF)
    if count < 1:
        raise InvalidInput(f"can't draw {count} images: give --count 1 or more")
    if seed < 0:
        raise InvalidInput(f"can't draw by seed {seed}: give --seed 0 or more")
    place = out or (checkpoint or Path("runs", Path(pretrained or "").name)) / "samples.png"
    check_out(place, overwrite=overwrite or out is None)
    if checkpoint is not None:
        generator = load(checkpoint, average)
        wanted = labels_named(generator, label, count)
        with watcher(sys.stderr).stage("draw") as advance:
            pixels = generator.sample(
                count, seed=seed, labels=wanted, progress=counted(advance, "image"), **chosen(settings)
            )
    else:
        assert pretrained is not None
        if average is not None:
            raise InvalidInput("a pretrained pipeline has no snapshots to average: leave out --average")
        pixels = draw(pretrained, count, seed, label, **settings)
    write_out(place, pixels, overwrite=overwrite or out is None)
    typer.echo(f"{len(pixels)} images  {place}")


def sample_for(words: list[str]) -> Callable[..., None]:
    """The command with the sampling flags of the checkpoint that the words name, or of pipelines.

    Raises:
        CheckpointError: the words name a folder without a generator.
        InvalidInput: they name none, and no pipeline.
    """
    if any(word.partition("=")[0] == "--pretrained" for word in words):
        return with_flags(sample, FLAGS)
    own = inspect.signature(sample).parameters.values()
    named = first_argument(words, valued([*own, *FLAGS, *every_sampler_flag()]), is_checkpoint)
    if named is not None:
        return with_flags(sample, sampler_flags(Path(named)))
    if asks_for_help(words):
        return with_flags(sample, FLAGS, more=kinds())
    raise InvalidInput(_ONE_OF)
