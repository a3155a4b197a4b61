"""`subband edit`: draw a part of an image again, or what lies beyond its sides."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from subband.cli.checkpoints import Average, labels_named, load, with_sampler_flags
from subband.cli.flags import chosen
from subband.cli.pictures import FORMATS, check_out, encoded, write_out
from subband.errors import InvalidInput
from subband.runs.files import write_bytes
from subband.runs.names import printable
from subband.runs.progress import counted

if TYPE_CHECKING:
    import numpy as np


def edit(
    checkpoint: Annotated[
        Path,
        typer.Argument(
            metavar="CHECKPOINT",
            help="Folder of a trained model of tokens: maskgit or paella.",
            show_default=False,
        ),
    ],
    image: Annotated[Path, typer.Argument(metavar="IMAGE", help="The image to edit.", show_default=False)],
    mask: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="In-painting: an image of the same size, white where pixels are drawn again. It is widened to "
            "whole tokens.",
            show_default=False,
        ),
    ] = None,
    extend: Annotated[
        str,
        typer.Option(
            metavar="TOP,RIGHT,BOTTOM,LEFT",
            help="Out-painting: pixels to draw beyond each side; one number means all sides.",
        ),
    ] = "0",
    label: Annotated[
        str | None,
        typer.Option(metavar="CLASS", help="Class to draw. (default: any)", show_default=False),
    ] = None,
    strength: Annotated[
        float,
        typer.Option(
            help="Share of the masked tokens that is drawn without regard to what they were, up to 1."
        ),
    ] = 1.0,
    count: Annotated[int, typer.Option(help="Number of variants.")] = 1,
    seed: Annotated[int, typer.Option(help="Random seed; equal seeds give equal images.")] = 0,
    average: Average = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|DIR",
            help="The image, or one sheet of all variants (.png, .jpg, .jpeg or .webp), or a folder (a name "
            "without suffix) for one PNG per variant. (default: IMAGE-edited.png)",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Replace an existing sheet, or the images in an existing folder."),
    ] = False,
    **settings: Any,
) -> None:
    """Draw a part of an image again, or what lies beyond its sides.

    With --label, what is drawn is of that class. Pixels outside the mask stay
    as they are. Images larger than those of the model are drawn window by
    window. `subband edit CHECKPOINT IMAGE --help` lists the settings of the
    sampler.
    """
    from subband.generate import edit as edited
    from subband.runs.progress import watcher

    sides = _sides(extend)
    if mask is None and not any(sides):
        raise InvalidInput("nothing to draw: give --mask FILE, --extend PIXELS, or both")
    if seed < 0:
        raise InvalidInput(f"--seed is {seed}: use 0 or more")
    path = image.with_name(f"{image.stem}-edited.png") if out is None else out
    check_out(path, overwrite=overwrite)
    model = load(checkpoint, average)
    wanted = None if label is None else labels_named(model, [label], 1)
    pixels = _read(image, model.config.channels)
    where = None if mask is None else _read(mask, 3).mean(axis=2) >= 127.5
    with watcher(sys.stderr).stage("draw") as advance:
        drawn = edited(
            model,
            pixels,
            where,
            extend=sides,
            label=None if wanted is None else int(wanted[0]),
            count=count,
            strength=strength,
            seed=seed,
            progress=counted(advance, "image"),
            **chosen(settings),
        )
    if count == 1 and path.suffix.lower() in FORMATS:
        write_bytes(path, encoded(drawn[0], FORMATS[path.suffix.lower()]))
    else:
        write_out(path, drawn, overwrite=overwrite)
    typer.echo(f"{len(drawn)} images  {printable(path)}")


def edit_for(words: list[str]) -> Callable[..., None]:
    """The command with the sampling flags of the checkpoint among the arguments.

    Raises:
        CheckpointError: the folder holds no generator.
        InvalidInput: no checkpoint is given.
    """
    missing = "no CHECKPOINT to edit by: give the folder of a trained model of tokens, and an IMAGE"
    return with_sampler_flags(edit, words, missing)


def _sides(text: str) -> tuple[int, int, int, int]:
    """Pixels beyond the top, right, bottom and left side."""
    words = [word.strip() for word in text.split(",")]
    if len(words) not in (1, 4) or not all(word.isdecimal() for word in words):
        raise InvalidInput(
            f"--extend is {printable(text)}: type one number of pixels, or four as TOP,RIGHT,BOTTOM,LEFT"
        )
    top, right, bottom, left = map(int, words * (4 // len(words)))
    return top, right, bottom, left


def _read(path: Path, channels: int) -> "np.ndarray":
    """(height, width, channels) uint8; a coloured picture stays coloured, which models of grey ones refuse."""
    from subband.data.decode import decode

    pixels = decode(path).pixels
    grey = bool((pixels[..., :1] == pixels).all())
    return pixels[..., :1] if channels == 1 and grey else pixels
