"""`subband compress` and `subband decompress`: an image as a fractal, and back, at any size."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from subband.cli import say
from subband.errors import InvalidInput, OutputError, UnreadableImage
from subband.runs.files import check_folder, write_bytes
from subband.runs.names import printable

if TYPE_CHECKING:
    import numpy as np

    from subband.compress.fractal import Inspection

SUFFIX = ".fic"
FORMATS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp", ".tif": "tiff", ".tiff": "tiff"}
_OVERWRITE = Annotated[bool, typer.Option("--overwrite", help="Replace an existing file.")]


def compress(
    image: Annotated[
        Path, typer.Argument(metavar="IMAGE", help="A photograph, in any format.", show_default=False)
    ],
    bpp: Annotated[
        float | None, typer.Option(help="Bits for each pixel, at most.", show_default=False)
    ] = None,
    psnr: Annotated[
        float | None, typer.Option(help="Peak signal-to-noise ratio in dB, at least.", show_default=False)
    ] = None,
    quality: Annotated[
        float | None, typer.Option(help="0 (coarsest) to 100. (default: 50)", show_default=False)
    ] = None,
    fast: Annotated[bool, typer.Option("--fast", help="Search fewer blocks, and once.")] = False,
    cosines: Annotated[
        bool,
        typer.Option(
            "--cosines/--no-cosines", help="Cosines beside copies of blocks, where they are cheaper."
        ),
    ] = True,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="(default: IMAGE.fic)", show_default=False),
    ] = None,
    explain: Annotated[
        Path | None,
        typer.Option(
            metavar="PNG", help="Draw blocks beside those that they are copies of.", show_default=False
        ),
    ] = None,
    overwrite: _OVERWRITE = False,
) -> None:
    """Compress an image as a fractal.

    Transparent images are composited over white, and samples of 16 bits lose
    their lower 8. Give one of --bpp, --psnr and --quality.
    """
    path = out or image.with_suffix(SUFFIX)
    _check(path, (SUFFIX,), overwrite)
    if explain is not None:
        _check(explain, (".png",), overwrite)
    from subband.compress import fractal
    from subband.compress.fractal.fidelity import decibels
    from subband.data import decode

    pixels = decode(image).pixels
    data = fractal.encode(
        pixels, bpp=bpp, psnr=psnr, quality=quality, effort="fast" if fast else "best", cosines=cosines
    )
    seen = fractal.inspect(data)
    write_bytes(path, data)
    if explain is not None:
        _draw_copies(explain, pixels, seen)
    like = pixels if seen.colour else pixels[..., 0]
    copied = 100 * seen.planes[0].copied
    typer.echo(
        f"{printable(path)}  {seen.width} × {seen.height}  {len(data)} bytes  {seen.bpp:.3f} bits a pixel  "
        f"{like.size / len(data):.1f}:1  {decibels(fractal.decode(data), like):.2f} dB  "
        f"{copied:.0f} % of luma copied from other blocks"
    )


def decompress(
    stream: Annotated[
        Path, typer.Argument(metavar="FILE.fic", help="From subband compress.", show_default=False)
    ],
    zoom: Annotated[
        int, typer.Option(min=1, max=16, help="Pixels for each pixel, along both axes; details go on.")
    ] = 1,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="IMAGE", help="(default: FILE.png)", show_default=False),
    ] = None,
    overwrite: _OVERWRITE = False,
) -> None:
    """Draw a fractal image at its own size, or larger."""
    path = out or stream.with_suffix(".png")
    _check(path, tuple(FORMATS), overwrite)
    import io

    from PIL import Image

    from subband.compress import fractal
    from subband.data.decode import read_file

    try:
        pixels = fractal.decode(read_file(stream), zoom=zoom)
    except UnreadableImage as error:
        raise UnreadableImage(f"{printable(stream)}: {error.reason}", error.reason) from error
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, FORMATS[path.suffix.lower()])
    write_bytes(path, file.getvalue())
    typer.echo(f"{printable(path)}  {pixels.shape[1]} × {pixels.shape[0]}")


def _check(path: Path, suffixes: tuple[str, ...], overwrite: bool) -> None:
    """Whether a file can be written there, before any work.

    Raises:
        InvalidInput: another suffix.
        OutputError: it exists, or can't be written.
    """
    if path.suffix.lower() not in suffixes:
        raise InvalidInput(f"can't write {printable(path)}: end the name in {', '.join(suffixes)}")
    check_folder(path.parent, "choose another --out")
    if path.is_dir() or (path.exists() and not overwrite):
        raise OutputError(f"{printable(path)} exists: choose another --out, or replace it with --overwrite")


def _draw_copies(path: Path, pixels: "np.ndarray", seen: "Inspection") -> None:
    """Write the figure of self-similar blocks, if there are any."""
    from subband import plots
    from subband.compress.fractal import telling_copies

    luma = seen.planes[0]
    copies = [(c.block, c.domain, c.contrast, c.isometry) for c in telling_copies(luma, pixels)]
    if not copies:
        say.note("subband: no block of this picture is a copy of another one, so there is no figure")
        return
    figure = plots.self_similar(pixels, luma.boxes, copies, title="Blocks and what they are copies of")
    write_bytes(path, plots.png(figure))
