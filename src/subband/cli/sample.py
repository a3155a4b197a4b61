"""`subband sample`: sample images from a trained generator or a pretrained pipeline."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from subband.cli.checkpoints import Average, kinds, labels_named, load, with_sampler_flags
from subband.cli.flags import chosen, with_flags
from subband.cli.pictures import check_out, write_out
from subband.cli.pretrained import FLAGS, draw
from subband.errors import InvalidInput
from subband.runs.names import printable
from subband.runs.progress import counted

_ONE_OF = "give either a CHECKPOINT or --pretrained NAME, not both"


def sample(
    checkpoint: Annotated[
        Path | None,
        typer.Argument(metavar="CHECKPOINT", help="Folder of a trained generator.", show_default=False),
    ] = None,
    pretrained: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Pipeline of diffusers instead of a CHECKPOINT: a folder, or a name on the Hub, e.g. "
            "stabilityai/stable-diffusion-2-1.",
            show_default=False,
        ),
    ] = None,
    count: Annotated[int, typer.Option(help="Number of images.")] = 64,
    seed: Annotated[int, typer.Option(help="Random seed; equal seeds give equal images.")] = 0,
    label: Annotated[
        list[str],
        typer.Option(
            metavar="CLASS",
            help="Class, by name or, with --pretrained, by number; may be repeated, the images use the classes in "
            "turn. (default: all classes)",
            show_default=False,
        ),
    ] = [],  # noqa: B006 - typer copies it
    average: Average = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|DIR",
            help="One sheet of all images (.png, .jpg, .jpeg or .webp), or a folder (a name without suffix) for "
            "one PNG per image. (default: CHECKPOINT/samples.png or runs/NAME/samples.png, replaced if it exists)",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Replace an existing sheet, or the images in an existing folder."),
    ] = False,
    **settings: Any,
) -> None:
    """Sample images from a generator, into one sheet or one file per image.

    `subband sample CHECKPOINT --help` lists the settings of its sampler.
    With --pretrained the generator is a pipeline of diffusers; its files are
    downloaded only with --download.
    """
    from subband.runs.progress import watcher

    if (checkpoint is None) == (pretrained is None):
        raise InvalidInput(_ONE_OF)
    if count < 1:
        raise InvalidInput(f"--count is {count}: use 1 or more")
    if seed < 0:
        raise InvalidInput(f"--seed is {seed}: use 0 or more")
    path = out or (checkpoint or Path("runs", Path(pretrained or "").name)) / "samples.png"
    check_out(path, overwrite=overwrite or out is None)
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
    write_out(path, pixels, overwrite=overwrite or out is None)
    typer.echo(f"{len(pixels)} images  {printable(path)}")


def sample_for(words: list[str]) -> Callable[..., None]:
    """The command with the sampling flags of the checkpoint among the arguments, or of pipelines.

    Raises:
        CheckpointError: the folder holds no generator.
        InvalidInput: neither a checkpoint nor a pipeline is given.
    """
    if any(word.partition("=")[0] == "--pretrained" for word in words):
        return with_flags(sample, FLAGS)
    return with_sampler_flags(sample, words, _ONE_OF, others=FLAGS, more=kinds())
