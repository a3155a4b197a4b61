"""`subband translate`: translate images by a trained generator of two domains."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from subband.cli.checkpoints import load
from subband.cli.pictures import check_out, write_out
from subband.errors import InvalidInput
from subband.runs.names import printable
from subband.runs.progress import counted


def translate(
    checkpoint: Annotated[
        Path,
        typer.Argument(metavar="CHECKPOINT", help="Folder of a trained cyclegan.", show_default=False),
    ],
    data: Annotated[
        str,
        typer.Argument(
            metavar="IMAGES",
            help="Images to translate: a folder, tar or zip file, FILE.npz[:SPLIT], or hf:NAME[:SPLIT].",
            show_default=False,
        ),
    ],
    back: Annotated[
        bool, typer.Option("--back", help="Translate from the second domain to the first.")
    ] = False,
    count: Annotated[
        int | None,
        typer.Option(help="Maximum number of images, chosen at random. (default: all)", show_default=False),
    ] = None,
    seed: Annotated[int, typer.Option(help="Random seed of the choice and the order.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE|DIR",
            help="One sheet of all images, each above its translation (.png, .jpg, .jpeg or .webp), or a "
            "folder (a name without suffix) for one PNG per translation. (default: "
            "CHECKPOINT/translated.png, replaced if it exists)",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Replace an existing sheet, or the images in an existing folder."),
    ] = False,
) -> None:
    """Translate images from one domain to the other.

    The model is one of `subband train cyclegan`. Images are cropped and scaled
    to its size.
    """
    from subband.data import read_examples
    from subband.generate import translated
    from subband.runs.progress import watcher

    path = out or checkpoint / "translated.png"
    check_out(path, overwrite=overwrite or out is None)
    generator = load(checkpoint)
    watch = watcher(sys.stderr)
    read = read_examples(data, size=generator.size, limit=count, labels=False, seed=seed, say=watch.say)
    if read.channels > generator.config.channels:
        raise InvalidInput(
            f"{checkpoint} was trained on grey images: give grey images to translate, not colour"
        )
    pixels = read.with_channels(generator.config.channels).pixels
    with watch.stage("translate") as advance:
        made = translated(generator, pixels, back=back, progress=counted(advance, "image"))
    write_out(path, made, overwrite=overwrite or out is None, above=pixels)
    typer.echo(f"{len(made)} images  {printable(path)}")
