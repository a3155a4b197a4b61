"""`subband synthesise`: new textures and sounds that look and sound like examples."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from subband.cli import say
from subband.cli.pictures import encoded, levels
from subband.errors import InvalidInput, OutputError
from subband.runs.files import check_folder, replacing_folder, write_json
from subband.runs.json_text import json_text, named
from subband.runs.names import printable

if TYPE_CHECKING:
    import numpy as np

    from subband.runs.progress import Watcher
    from subband.synthesis import Synthesis

DEFAULT = "scattering+spectrum"


@dataclass(frozen=True)
class Made:
    """One input and what was made of it; `rate` of sounds."""

    name: str
    example: "np.ndarray"
    found: "Synthesis"
    rate: int | None


def synthesise(
    inputs: Annotated[
        list[Path], typer.Argument(metavar="INPUT...", help="Images or sounds.", show_default=False)
    ],
    out: Annotated[
        Path,
        typer.Option(metavar="DIR", help="Folder for samples, sheets and the report.", show_default=False),
    ],
    statistics: Annotated[
        str,
        typer.Option(
            help="What samples share with the example, joined by +: moments, histogram, spectrum, wavelets, "
            "scattering, covariance, harmonics; of sounds also joint."
        ),
    ] = DEFAULT,
    n: Annotated[int, typer.Option("--n", help="Samples of each input.")] = 4,
    size: Annotated[
        str | None,
        typer.Option(
            metavar="SIZE",
            help="Of samples: 512 or 256x512 pixels, or 10s of sound. (default: the example's)",
            show_default=False,
        ),
    ] = None,
    octaves: Annotated[
        int | None,
        typer.Option(
            metavar="J",
            help="Largest scale, 2^J samples. (default: by the example's size)",
            show_default=False,
        ),
    ] = None,
    mask: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="An image, white where to synthesise; the rest stays.", show_default=False
        ),
    ] = None,
    init: Annotated[str, typer.Option(help="white or spectrum: the noise to start from.")] = "white",
    tol: Annotated[float, typer.Option(help="Relative error of the statistics to reach.")] = 1e-3,
    evaluations: Annotated[int, typer.Option(help="The most evaluations for each scale.")] = 300,
    seed: Annotated[int, typer.Option(help="Random seed.")] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing folder.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON.")] = False,
) -> None:
    """Draw new textures and sounds with the statistics of examples.

    Each sample starts from noise, and is moved until its statistics are those
    of the example. The folder has the samples, a sheet for each image, and
    report.html: spectra, marginals and structure functions, each beside the
    distance of parts of the example from each other. Stopped work is continued
    by the same command.
    """
    from subband.cli.synthesis_page import page
    from subband.runs.progress import watcher

    check_folder(out.parent, "choose another --out")
    if out.is_file() or (out.is_dir() and any(out.iterdir()) and not overwrite):
        raise OutputError(f"{printable(out)} exists: choose another --out, or replace it with --overwrite")
    if mask is not None and size is not None:
        raise InvalidInput("--mask keeps the rest of the example, whose size it is: leave --size out")
    names = _names(inputs)
    watch = watcher(sys.stderr)
    how: dict[str, Any] = {"n": n, "init": init, "tol": tol, "evaluations": evaluations, "seed": seed}
    made = []
    for path, name in zip(inputs, names, strict=True):
        example, rate = _read(path)
        waiting = out.with_name(f".{out.name}.{name}.unfinished.npz")
        made.append(
            Made(name, *_one(path, example, rate, statistics, octaves, size, mask, waiting, how, watch), rate)
        )
    with replacing_folder(out, overwrite=overwrite) as folder:
        for one in made:
            _write(folder, one)
        (folder / "report.html").write_text(page(made, statistics), encoding="utf-8")
        record = {**named("written", out), "inputs": {one.name: _record(one) for one in made}}
        write_json(folder / "synthesis.json", record)
    if as_json:
        typer.echo(json_text(record))
        return
    for one in made:
        typer.echo(f"{one.name}: {one.found!r}, {one.found.seconds:.1f} s")
        typer.echo(str(one.found.report))
    typer.echo(f"\nwritten  {printable(out / 'report.html')}")


def _one(
    path: Path,
    example: "np.ndarray",
    rate: int | None,
    names: str,
    octaves: int | None,
    size: str | None,
    mask: Path | None,
    waiting: Path,
    how: dict[str, Any],
    watch: "Watcher",
) -> tuple["np.ndarray", "Synthesis"]:
    """The example as it was used, and its synthesis. (channels, *field) have channels if there are several."""
    from subband.runs.progress import counted
    from subband.synthesis import statistics_named
    from subband.synthesis import synthesise as draw
    from subband.synthesis.fields import periodic_component

    axes = example.ndim - 1
    chosen = statistics_named(names, example.shape[1:], octaves)
    cut = tuple(n // chosen.multiple * chosen.multiple for n in example.shape[1:])
    if cut != example.shape[1:]:
        say.note(f"subband: {printable(path)} is cropped to {' × '.join(map(str, cut))} samples")
    example = example[(slice(None), *[slice(0, n) for n in cut])]
    several = example.shape[0] > 1
    like = periodic_component(example, axes)
    arguments: dict[str, Any] = {"shape": _shape(size, rate, axes, chosen.multiple)}
    if mask is not None:
        arguments = {"mask": _mask(mask, cut), "given": example if several else example[0]}
    with watch.stage(f"synthesise {printable(path.name)}") as advance:
        found = draw(
            chosen, like=like if several else like[0], channels=several, checkpoint=waiting,
            validate=("spectrum", "marginal", "structure"), progress=counted(advance, "evaluation"),
            **arguments, **how,
        )  # fmt: skip
    return example, found


def _names(inputs: list[Path]) -> list[str]:
    """A name for each input, none twice."""
    stems = [path.stem for path in inputs]
    return [stem if stems.count(stem) == 1 else f"{stem}-{k + 1}" for k, stem in enumerate(stems)]


def _read(path: Path) -> tuple["np.ndarray", int | None]:
    """(channels, *field), values from 0 to 1 of images; and the rate of sounds."""
    import numpy as np

    from subband.data.recordings import OTHERS, WAVES, read_recording

    if path.suffix.lower() in (*WAVES, *OTHERS):
        sound = read_recording(path)
        return sound.x, sound.rate
    from subband.data.decode import decode

    pixels = np.moveaxis(decode(path).pixels, -1, 0) / 255
    return (pixels[:1] if bool((pixels == pixels[:1]).all()) else pixels), None


def _shape(size: str | None, rate: int | None, axes: int, multiple: int) -> tuple[int, ...] | None:
    if size is None:
        return None
    words = size.lower().removesuffix("s") if rate is not None else size.lower()
    try:
        if rate is not None:
            sides = (round(float(words) * rate),)
        else:
            sides = tuple(map(int, words.split("x")))
            sides = sides * 2 if len(sides) == 1 else sides
        if len(sides) != axes or min(sides) < 1:
            raise ValueError
    except ValueError:
        wanted = "seconds, such as 10s" if rate is not None else "pixels, such as 512 or 256x512"
        raise InvalidInput(f"--size {printable(size)}: give {wanted}") from None
    return tuple(max(multiple, round(n / multiple) * multiple) for n in sides)


def _mask(path: Path, shape: tuple[int, ...]) -> "np.ndarray":
    if len(shape) != 2:
        raise InvalidInput("--mask is an image, and of images: leave it out for sounds")
    from subband.data.decode import decode

    grey = decode(path).pixels.mean(-1)
    if any(a < b for a, b in zip(grey.shape, shape, strict=True)):
        raise InvalidInput(
            f"--mask of {grey.shape} is smaller than the image of {shape}: give one of its size"
        )
    return grey[: shape[0], : shape[1]] >= 128


def _write(folder: Path, made: Made) -> None:
    """The samples of one input, and a sheet of images."""
    import numpy as np

    from subband.data.recordings import write_wav
    from subband.plots import mosaic

    samples = np.asarray(made.found.samples)
    if made.rate is not None:
        for k, one in enumerate(samples):
            write_wav(folder / f"{made.name}-{k + 1}.wav", one, made.rate)
        return
    pictures = [levels(one) for one in samples]
    for k, one in enumerate(pictures):
        (folder / f"{made.name}-{k + 1}.png").write_bytes(encoded(one, "png"))
    example = levels(made.example if len(made.example) > 1 else made.example[0])
    if example.shape == pictures[0].shape:
        pictures = [example, *pictures]
    (folder / f"{made.name}-sheet.png").write_bytes(encoded(mosaic(np.stack(pictures)), "png"))


def _record(made: Made) -> dict[str, Any]:
    found = made.found
    measures = () if found.report is None else found.report.measures
    return {
        "samples": len(found.reached),
        "statistics": len(found.target),
        "residual": [float(r) for r in found.residual],
        "reason": list(found.reason),
        "evaluations": found.evaluations,
        "seconds": found.seconds,
        "entropy bound (nats a sample)": found.entropy_bound,
        "residuals (standard deviations)": found.residuals,
        "report": {m.name: {"distance": m.distance, "real-real": m.floor} for m in measures},
    }
