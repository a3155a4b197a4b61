"""`subband evaluate`: how near a generator's images are to real ones."""

import inspect
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from subband.cli.checkpoints import every_sampler_flag, is_checkpoint, kinds, load, sampler_flags
from subband.cli.flags import chosen, valued, with_flags
from subband.cli.parse import asks_for_help, first_argument
from subband.errors import DataError, InvalidInput
from subband.runs.files import check_folder, write_bytes, write_json
from subband.runs.progress import counted

if TYPE_CHECKING:
    from subband.data import Examples
    from subband.generate import Judge, TrainedGenerator

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
    from subband.generate import check_evaluation
    from subband.generate import evaluate as measure
    from subband.runs.progress import watcher

    folder, office = out or checkpoint, judge or checkpoint / "judge"
    check_folder(folder, "choose another --out")
    generator = load(checkpoint, average)
    expert = _kept_judge(office, judge_steps)
    real, lessons = _real_and_lessons(data, judge_data, generator)
    known = None if expert is None else expert.config
    check_evaluation(generator, real, count=count, seed=seed, judge=known)
    if expert is None:
        generator.sample(
            1, seed=seed, **chosen(settings)
        )  # whatever is wrong with these is found before a training
        expert = _new_judge(office, lessons, judge_steps)
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
    figure = plots.png(plots.evaluation(found))
    write_json(folder / "evaluation.json", record)
    write_bytes(folder / "evaluation.png", figure)
    for line in table(found.numbers):
        typer.echo(line)
    typer.echo(f"\nwritten  {folder / 'evaluation.json'}, {folder / 'evaluation.png'}")


def evaluate_for(words: list[str]) -> Callable[..., None]:
    """The command with the sampling flags of the checkpoint that the words name.

    Raises:
        CheckpointError: the words name a folder without a generator.
        InvalidInput: they name none.
    """
    own = inspect.signature(evaluate).parameters.values()
    named = first_argument(words, valued([*own, *every_sampler_flag()]), is_checkpoint)
    if named is not None:
        return with_flags(evaluate, sampler_flags(Path(named)))
    if asks_for_help(words):
        return with_flags(evaluate, [], more=kinds())
    raise InvalidInput("name the CHECKPOINT to evaluate: the folder of a training, e.g. runs/diffusion")


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


def _real_and_lessons(
    data: str, judge_data: str | None, generator: "TrainedGenerator"
) -> tuple["Examples", "Examples"]:
    """Real images to compare with and others for the judge, as the generator makes them, in a fixed random order.

    Raises:
        DataError: there are too few for either.
    """
    from subband.data import read_examples
    from subband.generate.evaluate import FEWEST
    from subband.generate.pixels import LEAST

    say = partial(typer.echo, err=True)

    def read(spec: str) -> "Examples":
        return read_examples(spec, size=generator.size, say=say).with_channels(generator.config.channels)

    real = read(data)
    if judge_data is not None:
        lessons = read(judge_data)
        if len(lessons) < LEAST:
            raise DataError(f"{judge_data} has {len(lessons)} images: a judge learns from {LEAST} or more")
        return real, lessons
    if len(real) < 4 * FEWEST:
        raise DataError(
            f"{data} has {len(real)} images, half of which are for the judge: give {4 * FEWEST} or more, or "
            f"{2 * FEWEST} or more and others by --judge-data"
        )
    half = len(real) // 2
    return real.take(slice(half)), real.take(slice(half, None))


def _kept_judge(folder: Path, steps: int) -> "Judge | None":
    """The judge in a folder; None if there is none and one can be trained and kept there.

    Raises:
        CheckpointError: something else is in the folder.
        InvalidInput: steps < 1, where a judge is to be trained.
        OutputError: it could not be kept.
    """
    from subband.generate import load_judge
    from subband.training import WEIGHTS

    if (folder / WEIGHTS).is_file():
        return load_judge(folder)
    if steps < 1:
        raise InvalidInput(f"can't train a judge for --judge-steps {steps}: 1 or more")
    check_folder(folder, "choose another --judge")
    return None


def _new_judge(folder: Path, lessons: "Examples", steps: int) -> "Judge":
    """A judge, trained and kept in a folder."""
    from subband.generate import train_judge
    from subband.runs.progress import watcher

    with watcher(sys.stderr).stage("train the judge") as advance:
        told = counted(advance, "step")
        judge = train_judge(lessons, steps=steps, progress=lambda done, total, loss, left: told(done, total))
    judge.save(folder)
    return judge
