"""`subband evaluate`: how near a generator's images are to real ones."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from subband.cli.checkpoints import load, sampler_flags
from subband.cli.flags import chosen, with_flags
from subband.runs.files import write_bytes, write_json
from subband.runs.progress import counted

if TYPE_CHECKING:
    from subband.data import Examples
    from subband.generate import Judge

_JUDGE = "Judge"


def evaluate(
    checkpoint: Annotated[
        Path,
        typer.Argument(metavar="CHECKPOINT", help="Folder of a training or a model.", show_default=False),
    ],
    data: Annotated[
        str, typer.Option(metavar="SPEC", help="Real images; see subband train.", show_default=False)
    ],
    count: Annotated[
        int,
        typer.Option(help="Images of each set; at most a quarter of the real ones, half with --judge-data."),
    ] = 2000,
    seed: Annotated[int, typer.Option(help="Of the generated images and of all choices.")] = 0,
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
            metavar="DIR",
            help="Folder for evaluation.json and evaluation.png. (default: CHECKPOINT)",
            show_default=False,
        ),
    ] = None,
    judge: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder of the judge; it is trained and kept there if there is none. Numbers compare only where "
            "the judge is the same. (default: CHECKPOINT/judge)",
            rich_help_panel=_JUDGE,
            show_default=False,
        ),
    ] = None,
    judge_data: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            help="Other real images to train the judge on. (default: half of --data, which is then left out)",
            rich_help_panel=_JUDGE,
            show_default=False,
        ),
    ] = None,
    judge_steps: Annotated[
        int, typer.Option(help="Training steps of the judge, 128 images each.", rich_help_panel=_JUDGE)
    ] = 1500,
    **settings: Any,
) -> None:
    """Compare generated images with real ones: KID, Fréchet distance, precision.

    Real images stand against other real ones too, which gives each number its
    floor. A judge, a small network trained on real images, makes the features
    and, where the images have classes, says whether the generated ones show
    what they were asked for. Writes evaluation.json and evaluation.png.
    """
    from subband import plots
    from subband.generate import evaluate as measure
    from subband.runs.progress import watcher

    generator = load(checkpoint, average)
    folder = out or checkpoint
    real = _real(data, generator.size, generator.config.channels)
    half = len(real) // 2
    lessons = (
        real.take(slice(half, None)) if judge_data is None else _real(judge_data, real.size, real.channels)
    )
    if judge_data is None:
        real = real.take(slice(half))
    expert = _judge(judge or checkpoint / "judge", lessons, judge_steps)
    with watcher(sys.stderr).stage("draw and compare") as advance:
        told = counted(advance, "image")
        found = measure(generator, real, expert, count=count, seed=seed, progress=told, **chosen(settings))
    record = {
        "checkpoint": str(checkpoint),
        "family": generator.family,
        "data": data,
        "seed": seed,
        "judge": {"task": expert.config.task, "classes": list(expert.config.classes)},
        "sampler": {name: getattr(changed, name) for changed, name in _sampled(generator, settings)},
        "numbers": found.numbers,
    }
    write_json(folder / "evaluation.json", record)
    write_bytes(folder / "evaluation.png", plots.png(plots.evaluation(found)))
    for line in table(found.numbers):
        typer.echo(line)
    typer.echo(f"\nwritten  {folder / 'evaluation.json'}, {folder / 'evaluation.png'}")


def evaluate_for(words: list[str]) -> Callable[..., None]:
    """The command with the sampling flags of the checkpoint that the words name."""
    return with_flags(evaluate, sampler_flags(words))


def table(numbers: dict[str, float]) -> list[str]:
    """The numbers as lines: name, value, and the floor of real images."""
    lines = [f"{'':12} {'generated':>10} {'real':>10}   ({numbers['count']:.0f} images each)"]
    for name in ("kid", "frechet", "precision", "recall", "density", "coverage", "accuracy"):
        if name in numbers:
            floor = numbers.get(f"floor_{name}")
            lines.append(f"{name:12} {numbers[name]:10.4f} {'' if floor is None else format(floor, '10.4f')}")
    if "psnr" in numbers:
        lines.append(
            f"reconstructions: PSNR {numbers['psnr']:.2f} dB, KID {numbers['reconstruction_kid']:.4f}, "
            f"Fréchet {numbers['reconstruction_frechet']:.4f}"
        )
    if "judge_accuracy" in numbers:
        lines.append(f"the judge's own accuracy on real images: {numbers['judge_accuracy']:.4f}")
    return lines


def _sampled(generator: Any, settings: dict[str, Any]) -> list[tuple[Any, str]]:
    """The settings with which images were drawn, each with the config that has its value."""
    from subband.generate.trained import changed
    from subband.training import settings_of

    config = changed(generator.config, chosen(settings))
    return [(config, setting.name) for setting in settings_of(type(config)) if setting.role == "sampling"]


def _real(spec: str, size: int, channels: int) -> "Examples":
    """Real images as the generator makes them, in a random order that is always the same."""
    from subband.data import read_examples

    say = partial(typer.echo, err=True)
    return read_examples(spec, size=size, say=say).with_channels(channels)


def _judge(folder: Path, lessons: "Examples", steps: int) -> "Judge":
    """The judge in a folder, or a new one that is kept there."""
    from subband.generate import load_judge, train_judge
    from subband.runs.progress import watcher

    if (folder / "config.json").is_file():
        return load_judge(folder)
    with watcher(sys.stderr).stage("train the judge") as advance:
        told = counted(advance, "step")
        judge = train_judge(lessons, steps=steps, progress=lambda done, total, loss, left: told(done, total))
    judge.save(folder)
    return judge
