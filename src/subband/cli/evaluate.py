"""`subband evaluate`: distances between generated and real images."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from subband.cli.checkpoints import Average, kinds, load, with_sampler_flags
from subband.cli.flags import chosen
from subband.errors import DataError, InvalidInput
from subband.runs.files import check_folder, write_bytes, write_json
from subband.runs.names import printable
from subband.runs.progress import counted

if TYPE_CHECKING:
    from subband.data import Examples
    from subband.generate import Judge, TrainedGenerator

_JUDGE = "Judge"


def evaluate(
    checkpoint: Annotated[
        Path,
        typer.Argument(metavar="CHECKPOINT", help="Folder of a trained generator.", show_default=False),
    ],
    data: Annotated[
        str,
        typer.Option(metavar="SPEC", help="Real images, in a format of subband train.", show_default=False),
    ],
    count: Annotated[
        int,
        typer.Option(help="Images per set; at most a quarter of the real ones, half with --judge-data."),
    ] = 2000,
    seed: Annotated[int, typer.Option(help="Random seed of the generated images and of all subsets.")] = 0,
    average: Average = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder of evaluation.json and evaluation.png. (default: CHECKPOINT)",
            show_default=False,
        ),
    ] = None,
    judge: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder of the judge, trained and saved there if missing. Numbers of different judges are not "
            "comparable. (default: CHECKPOINT/judge)",
            rich_help_panel=_JUDGE,
            show_default=False,
        ),
    ] = None,
    judge_data: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            help="Other real images to train the judge on. (default: half of --data, excluded from the comparison)",
            rich_help_panel=_JUDGE,
            show_default=False,
        ),
    ] = None,
    judge_steps: Annotated[
        int, typer.Option(help="Training steps of the judge, of 128 images each.", rich_help_panel=_JUDGE)
    ] = 1500,
    importance_samples: Annotated[
        int,
        typer.Option(
            help="Codes that the log-likelihood of each image is estimated from, of variational families; 0 leaves "
            "it out."
        ),
    ] = 500,
    **settings: Any,
) -> None:
    """Compare generated images with real ones: KID, Fréchet distance, precision.

    The same metrics between two sets of real images give the floor of each
    number. The judge, a small network trained on real images, computes the
    features and, for labelled images, the accuracy of the generated classes.
    Variational families add the log-likelihood of real images and a report by
    unit of their codes, evaluation-units.png; those with tokens, the use of the
    codebook. Writes evaluation.json and evaluation.png.
    """
    from subband import plots
    from subband.generate import check_evaluation
    from subband.generate import evaluate as measure
    from subband.runs.progress import watcher

    if importance_samples < 0 or importance_samples == 1:
        raise InvalidInput(f"--importance-samples is {importance_samples}: use 2 or more, or 0 for none")
    folder, judge_folder = out or checkpoint, judge or checkpoint / "judge"
    check_folder(folder, "choose another --out")
    generator = load(checkpoint, average)
    trained_judge = _saved_judge(judge_folder, judge_steps)
    real, judge_images = _real_and_judge_images(data, judge_data, generator)
    config = None if trained_judge is None else trained_judge.config
    check_evaluation(generator, real, count=count, seed=seed, judge=config)
    if trained_judge is None:
        generator.sample(1, seed=seed, **chosen(settings))  # reject bad settings before the training
        trained_judge = _new_judge(judge_folder, judge_images, judge_steps)
    with watcher(sys.stderr).stage("draw and compare") as advance:
        found = measure(
            generator,
            real,
            trained_judge,
            count=count,
            seed=seed,
            importance_samples=importance_samples,
            progress=counted(advance, "image"),
            **chosen(settings),
        )
    record = {
        "checkpoint": str(checkpoint),
        "family": generator.family,
        "data": data,
        "seed": seed,
        "judge": {"task": trained_judge.config.task, "classes": list(trained_judge.config.classes)},
        "sampler": {name: getattr(changed, name) for changed, name in _sampled(generator, settings)},
        "numbers": found.numbers,
    }
    figure = plots.png(plots.evaluation(found))
    written = [folder / "evaluation.json", folder / "evaluation.png"]
    if found.codes is not None:
        tables = {"activity": found.codes.activity, "divergence in nats": found.codes.divergence}
        record["units"] = {name: table.round(6).tolist() for name, table in tables.items()}
        written.append(folder / "evaluation-units.png")
        write_bytes(written[-1], plots.png(plots.latent_units(found.codes)))
    write_json(folder / "evaluation.json", record)
    write_bytes(folder / "evaluation.png", figure)
    for line in table(found.numbers):
        typer.echo(line)
    typer.echo(f"\nwritten  {', '.join(map(printable, written))}")


def evaluate_for(words: list[str]) -> Callable[..., None]:
    """The command with the sampling flags of the checkpoint among the arguments.

    Raises:
        CheckpointError: the folder holds no generator.
        InvalidInput: no checkpoint is given.
    """
    missing = "no CHECKPOINT to evaluate: give the folder of a trained generator, e.g. runs/diffusion"
    return with_sampler_flags(evaluate, words, missing, more=kinds())


def table(numbers: dict[str, float]) -> list[str]:
    """Text table of an evaluation: metric, value, and its floor between real images."""
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
    if "log_likelihood" in numbers:
        sampled = (
            f"{numbers['importance_samples']:.0f} samples of each of {numbers['images_weighed']:.0f} images"
        )
        lines.append(
            f"log-likelihood {numbers['log_likelihood']:.2f} ± {numbers['log_likelihood_error']:.2f} nats "
            f"(± {numbers['log_likelihood_sampling_error']:.2f} of {sampled}), "
            f"{numbers['bits_per_dimension']:.4f} bits a value; evidence bound {numbers['evidence_bound']:.2f}"
        )
    if "active_units" in numbers:
        lines.append(f"active units of the code: {numbers['active_units']:.0f} of {numbers['units']:.0f}")
    if "codes_used" in numbers:
        lines.append(
            f"codes used: {100 * numbers['codes_used']:.1f} % of {numbers['codes']:.0f}, perplexity "
            f"{numbers['perplexity']:.1f}"
        )
    if "judge_accuracy" in numbers:
        lines.append(f"accuracy of the judge on real images: {numbers['judge_accuracy']:.4f}")
    return lines


def _sampled(generator: Any, settings: dict[str, Any]) -> list[tuple[Any, str]]:
    """(config, name) of each sampler setting in effect."""
    from subband.generate.trained import changed
    from subband.training import settings_of

    config = changed(generator.config, chosen(settings))
    return [(config, setting.name) for setting in settings_of(type(config)) if setting.role == "sampling"]


def _real_and_judge_images(
    data: str, judge_data: str | None, generator: "TrainedGenerator"
) -> tuple["Examples", "Examples"]:
    """Real images for the comparison and for the judge, in the generator's size and channels, in a fixed order.

    Raises:
        DataError: too few images.
    """
    from subband.data import read_examples
    from subband.generate.evaluate import FEWEST
    from subband.generate.pixels import LEAST

    say = partial(typer.echo, err=True)

    def read(spec: str) -> "Examples":
        return read_examples(spec, size=generator.size, say=say).with_channels(generator.config.channels)

    real = read(data)
    if judge_data is not None:
        judge_images = read(judge_data)
        if len(judge_images) < LEAST:
            raise DataError(
                f"{judge_data} has {len(judge_images)} images: give {LEAST} or more for the judge"
            )
        return real, judge_images
    if len(real) < 4 * FEWEST:
        raise DataError(
            f"{data} has {len(real)} images, half of which train the judge: give {4 * FEWEST} or more, or "
            f"{2 * FEWEST} or more and other images for the judge by --judge-data"
        )
    half = len(real) // 2
    return real.take(slice(half)), real.take(slice(half, None))


def _saved_judge(folder: Path, steps: int) -> "Judge | None":
    """Load the judge of a folder; None if there is none, after a check that one can be trained and saved there.

    Raises:
        CheckpointError: the folder holds another model.
        InvalidInput: steps < 1, with no judge in the folder.
        OutputError: the folder can't be written.
    """
    from subband.generate import load_judge
    from subband.training import WEIGHTS

    if (folder / WEIGHTS).is_file():
        return load_judge(folder)
    if steps < 1:
        raise InvalidInput(f"--judge-steps is {steps}: use 1 or more")
    check_folder(folder, "choose another --judge")
    return None


def _new_judge(folder: Path, images: "Examples", steps: int) -> "Judge":
    """Train a judge and save it in a folder."""
    from subband.generate import train_judge
    from subband.runs.progress import watcher

    with watcher(sys.stderr).stage("train the judge") as advance:
        report = counted(advance, "step")
        judge = train_judge(images, steps=steps, progress=lambda done, total, loss, left: report(done, total))
    judge.save(folder)
    return judge
