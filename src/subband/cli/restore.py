"""`subband restore`: enlarge, sharpen, complete and reconstruct images."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from subband.cli import say
from subband.cli.pictures import FORMATS, encoded
from subband.errors import InvalidInput, OutputError
from subband.runs.files import check_folder, write_bytes
from subband.runs.json_text import json_text, named
from subband.runs.names import printable

if TYPE_CHECKING:
    import numpy as np

    from subband.inverse import Prior
    from subband.inverse.tasks import Task, TaskSettings

PRIORS = ("tikhonov", "tv", "l1", "plug-and-play", "linear", "network", "scattering")
LARGEST_TRAINING = 64


def restore(
    image: Annotated[
        Path,
        typer.Argument(
            metavar="IMAGE",
            help="The measurement: a small, blurred or incomplete image, or a sinogram; with --simulate the "
            "true image.",
            show_default=False,
        ),
    ],
    task: Annotated[
        str, typer.Option(help="x2, x3, x4 (enlarge), tomography, deblur or inpaint.", show_default=False)
    ],
    prior: Annotated[
        list[str] | None,
        typer.Option(
            help="tikhonov, tv, l1, plug-and-play; linear, network or scattering, which learn from --train; or "
            "the folder of a trained diffusion model. Give several with --simulate, to compare them. (default: tv)",
            show_default=False,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Where to write the restored image. (default: IMAGE-restored.png)",
            show_default=False,
        ),
    ] = None,
    noise: Annotated[
        float | None,
        typer.Option(
            help="Standard deviation of the noise, in grey levels of 255. (default: estimated)",
            show_default=False,
        ),
    ] = None,
    mask: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Of inpaint: an image, white where pixels are missing.", show_default=False
        ),
    ] = None,
    blur: Annotated[
        float, typer.Option(help="Of deblur: standard deviation of the Gaussian blur, in pixels.")
    ] = 1.5,
    angles: Annotated[int, typer.Option(help="Of a simulated tomography: views over 180 degrees.")] = 30,
    size: Annotated[
        int | None,
        typer.Option(
            help="Of tomography: side of the reconstructed image. (default: detectors / √2)",
            show_default=False,
        ),
    ] = None,
    simulate: Annotated[
        bool,
        typer.Option(
            "--simulate",
            help="IMAGE is the true image: measure it with noise, restore it, and print how near it is.",
        ),
    ] = False,
    noise_db: Annotated[
        float, typer.Option(help="Of --simulate: signal-to-noise ratio of the measurement.")
    ] = 40.0,
    train: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC", help="Images to learn from, in a format of subband train.", show_default=False
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Random seed of simulated noise, and of diffusion samples.")] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace an existing file.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the numbers as JSON.")] = False,
) -> None:
    """Restore an image: enlarge it, sharpen it, complete it, or reconstruct it.

    Weights are chosen by the noise of the measurement, never by hand. Colours
    are restored together. With --simulate the image is measured first, and a
    table says how near each prior comes: PSNR, SSIM, errors of spectrum and
    scattering, seconds. The file then holds the last prior's image.
    """
    from subband.inverse.tasks import TASKS, TaskSettings, measured, simulated
    from subband.runs.progress import watcher

    chosen = prior or ["tv"]
    if task not in TASKS:
        raise InvalidInput(f"--task {printable(task)} is unknown: give one of {', '.join(TASKS)}")
    if len(chosen) > 1 and not simulate:
        raise InvalidInput(
            "several --prior are compared with the true image: add --simulate, or give one --prior"
        )
    if noise is not None and (simulate or not noise >= 0):
        raise InvalidInput("--noise is that of a measurement, 0 or more: with --simulate type --noise-db")
    target = image.with_name(f"{image.stem}-restored.png") if out is None else out
    _check_target(target, overwrite)
    pixels = _read(image)
    if task == "tomography" and len(pixels) == 3:
        raise InvalidInput("tomography is of grey images: convert the image to grey first")
    missing: Any = _read(mask).mean(0) >= 0.5 if mask is not None else 0.5
    settings = TaskSettings(angles=angles, blur=blur, missing=missing)
    if simulate:
        found = simulated(task, pixels, settings, noise_db=noise_db, seed=seed)
    else:
        level = None if noise is None else noise / 255
        side = None if size is None else (size, size)
        found = measured(task, pixels, settings, noise=level, size=side)
    watch = watcher(sys.stderr)
    priors = {name: _prior(name, task, found, settings, train, seed, watch) for name in chosen}
    if simulate:
        _compared(found, priors, target, watch, as_json)
    else:
        _inverted(found, *next(iter(priors.items())), target, watch, as_json)


def _inverted(found: "Task", name: str, prior: "Prior", target: Path, watch: Any, as_json: bool) -> None:
    """Restore a measurement, write it, and print how it went."""
    from subband.inverse import invert
    from subband.runs.progress import counted

    with watch.stage(f"restore ({name})") as advance:
        result = invert(
            found.operator, found.y, prior=prior, noise=found.noise, progress=counted(advance, "step")
        )
    _write(target, result.x)
    record = {
        **named("written", target),
        "prior": name,
        "noise": 255 * result.noise,
        "misfit": result.misfit / result.expected_misfit,
        "weight": result.weight,
        "seconds": result.seconds,
        "reason": result.reason,
    }
    if as_json:
        typer.echo(json_text(record))
        return
    typer.echo(
        f"{printable(target)}: {name}, noise {255 * result.noise:.2f} of 255, misfit {record['misfit']:.2f} "
        "of that of "
        f"the noise, {result.reason}, {result.seconds:.1f} s"
    )


def _compared(found: "Task", priors: dict[str, "Prior"], target: Path, watch: Any, as_json: bool) -> None:
    """Restore a simulated measurement with each prior, write the last, and print the table."""
    from subband.inverse import compare
    from subband.inverse.comparison import COLUMNS
    from subband.runs.progress import counted

    with watch.stage("restore") as advance:
        table = compare(
            found.operator,
            found.y,
            priors,
            found.truth,
            noise=found.noise,
            peak=1.0,
            progress=counted(advance, "prior"),
        )
    _write(target, table.rows[-1].inversion.x)
    if as_json:
        rows = [{"prior": row.name} | {c: getattr(row, c) for c in COLUMNS} for row in table.rows]
        typer.echo(json_text({**named("written", target), "rows": rows}))
        return
    typer.echo(str(table))
    typer.echo(f"\nwritten  {printable(target)}")


def _prior(
    name: str, task: str, found: "Task", settings: "TaskSettings", train: str | None, seed: int, watch: Any
) -> "Prior":
    """A prior by name, fitted to images where it learns."""
    from subband import inverse

    match name:
        case "tikhonov":
            return inverse.Tikhonov()
        case "tv":
            return inverse.TV(bounds=(0.0, 1.0))
        case "l1":
            return inverse.L1()
        case "plug-and-play":
            return inverse.PlugAndPlay()
        case "linear" | "network" | "scattering":
            return _learnt(name, task, found, settings, train, watch)
    if Path(name).is_dir():
        from subband.generate import load_generator

        return _diffusion(load_generator(name), name, found, seed)
    raise InvalidInput(
        f"--prior {printable(name)} is unknown: give one of {', '.join(PRIORS)}, or the folder of a trained "
        "diffusion model"
    )


def _learnt(
    name: str, task: str, found: "Task", settings: "TaskSettings", train: str | None, watch: Any
) -> "Prior":
    """A best linear estimate, a network or a scattering estimate, fitted to square images."""
    import subband as sb
    from subband.data import read_examples
    from subband.inverse import BestLinear, ResidualNetwork, ScatteringEstimate, estimate_noise
    from subband.inverse.tasks import task_operator
    from subband.runs.progress import counted

    if train is None:
        raise InvalidInput(f"--prior {name} learns from images: give --train FOLDER, none of them this image")
    rows, columns = found.operator.input_shape
    side = min(rows, columns) if name == "linear" else min(rows, columns, LARGEST_TRAINING) // 12 * 12
    if name == "linear" and rows != columns:
        raise InvalidInput(
            f"--prior linear is for square images, and this is {rows} × {columns}: crop it, or take tv"
        )
    if side < 12:
        raise InvalidInput(f"an image of {rows} × {columns} is too small to learn from: give 12 × 12 or more")
    noise = estimate_noise(found.y, found.operator) if found.noise is None else found.noise
    images = read_examples(train, size=side, limit=400, labels=False).with_channels(1).pixels[..., 0] / 255
    operator = (
        found.operator if name == "linear" else task_operator(task, (side, side), settings_for(settings))
    )
    if name == "linear":
        return BestLinear.fit(operator, images, noise)
    if name == "network":
        with watch.stage("learn") as advance:
            return ResidualNetwork.fit(operator, images, noise, progress=counted(advance, "step"))
    scattering = sb.Scattering(ndim=2, J=3, L=8, order=2)
    with watch.stage("learn") as advance:
        return ScatteringEstimate.fit(
            scattering, operator, images[:100], noise, progress=counted(advance, "image")
        )


def settings_for(settings: "TaskSettings") -> "TaskSettings":
    """The settings for training images, of which a given mask says only how many pixels are missing."""
    from dataclasses import replace

    import numpy as np

    share = settings.missing if isinstance(settings.missing, float) else float(np.mean(settings.missing))
    return replace(settings, missing=min(share, 0.95))


def _diffusion(generator: Any, folder: str, found: "Task", seed: int) -> "Prior":
    """The prior of a diffusion model that was trained on images like this one's shape."""
    from subband.inverse import DiffusionPosterior

    prior = DiffusionPosterior.of(generator, seed=seed)
    shape = (found.y.shape[0], *found.operator.input_shape)
    wanted = (generator.config.channels, generator.size, generator.size)
    if shape != wanted:
        raise InvalidInput(
            f"{printable(folder)} makes images of {wanted} (channels, rows, columns), and this one has "
            f"{shape}: crop it, "
            "or train a model of its size"
        )
    return prior


def _read(path: Path) -> "np.ndarray":
    """(1 or 3, rows, columns), values from 0 to 1; one channel for grey pictures."""
    import numpy as np

    from subband.data.decode import decode

    pixels = decode(path).pixels
    grey = bool((pixels[..., :1] == pixels).all())
    return np.moveaxis(pixels[..., :1] if grey else pixels, -1, 0) / 255


def _check_target(target: Path, overwrite: bool) -> None:
    """Check, before any work, that the image can be written."""
    if target.suffix.lower() not in FORMATS:
        raise InvalidInput(
            f"can't write an image to {printable(target)}: end the name in {', '.join(FORMATS)}"
        )
    check_folder(target.parent, "choose another --out")
    if target.is_dir():
        raise OutputError(f"can't write {printable(target)}: it is a folder; choose another --out")
    if target.exists() and not overwrite:
        raise OutputError(f"{printable(target)} exists: choose another --out, or replace it with --overwrite")


def _write(target: Path, x: Any) -> None:
    """Write (channels, rows, columns) from 0 to 1 as an image."""
    import numpy as np

    outside = float(np.mean((x < -0.05) | (x > 1.05)))
    if outside > 0.01:
        say.note(f"subband: {100 * outside:.0f} % of the pixels are clipped to black or white")
    levels = np.rint(255 * np.clip(np.moveaxis(np.asarray(x), 0, -1), 0, 1)).astype(np.uint8)
    write_bytes(target, encoded(levels, FORMATS[target.suffix.lower()]))
