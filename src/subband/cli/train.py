"""`subband train FAMILY`: train a generator on images, or resume a training."""

import inspect
import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from subband.cli.flags import chosen, flags, valued, with_flags
from subband.cli.parse import asks_for_help, first_argument, suggestion
from subband.errors import InvalidInput, MissingDependency
from subband.runs.lines import typed
from subband.runs.names import printable
from subband.runs.progress import clock

if TYPE_CHECKING:
    import numpy as np

    from subband.data import Examples
    from subband.generate import GeneratorFamily, TrainedGenerator
    from subband.runs.progress import Advance
    from subband.training import Report

_DATA, _OUTPUT, _FAMILY, _TRAINING = "Data", "Output", "Model", "Training"
_SHEET = 64  # images on a sheet of samples


def train(
    family: Annotated[str, typer.Argument(metavar="FAMILY", help="Family of generator.", show_default=False)],
    data: Annotated[
        str,
        typer.Option(
            metavar="SPEC",
            help="Images: FILE.npz[:SPLIT] with arrays x_SPLIT and y_SPLIT; a folder, tar or zip file with "
            'classes as sub-folders or in labels.csv or dataset.json; hf:NAME[:SPLIT]; or "packaged".',
            rich_help_panel=_DATA,
            show_default=False,
        ),
    ],
    data_b: Annotated[
        str | None,
        typer.Option(
            metavar="SPEC",
            help="Images of the other domain, of families that translate between two.",
            rich_help_panel=_DATA,
            show_default=False,
        ),
    ] = None,
    size: Annotated[
        int | None,
        typer.Option(
            help="Side of the images in pixels, a multiple of 8. (default: that of the data, at most 64)",
            rich_help_panel=_DATA,
            show_default=False,
        ),
    ] = None,
    images: Annotated[
        int | None,
        typer.Option(
            help="Maximum number of images, chosen at random. (default: all)",
            rich_help_panel=_DATA,
            show_default=False,
        ),
    ] = None,
    labels: Annotated[
        bool,
        typer.Option("--labels/--no-labels", help="Use the class labels of the data.", rich_help_panel=_DATA),
    ] = True,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Folder of the run. (default: runs/FAMILY)",
            rich_help_panel=_OUTPUT,
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite",
            help="Start again; an earlier run in the folder is deleted after the first step of this one.",
            rich_help_panel=_OUTPUT,
        ),
    ] = False,
    **settings: Any,
) -> None:
    """Train a generator on images; the same command again resumes it.

    Writes model.safetensors and config.json, for `subband sample` and
    `subband evaluate`; training.safetensors, the state, every few minutes;
    sheets/, samples during training; log/, for TensorBoard.

    Ctrl-C saves the state and prints the command to resume. After a power cut
    or a kill the same command resumes from the last state and reaches the same
    weights, bit for bit. More steps extend a finished training: its learning
    rate rises again to that of the longer schedule.

    `subband train FAMILY --help` lists the settings of a family.
    """
    from accelerate import Accelerator

    from subband.data import read_examples
    from subband.generate import TrainSettings, as_examples, train_in_folder
    from subband.generate.adversarial.health import PROBLEMS
    from subband.generate.run_folder import check_run
    from subband.generate.train import check_data, check_domains

    kind, given = named_family(family), chosen(settings)
    check_domains(kind, 1 if data_b is None else 2)
    how = TrainSettings(**{name: given.pop(name) for name in list(given) if hasattr(TrainSettings, name)})
    folder = out or Path("runs") / family
    check_run(folder, overwrite=overwrite, advice="choose another --out")
    processes = Accelerator()  # PartialState alone ignores ACCELERATE_USE_CPU
    say = partial(typer.echo, err=True) if processes.is_main_process else _ignore
    with_labels = labels and kind.conditional  # unused labels may have any form: do not read them
    read = read_examples(data, size=size, limit=images, labels=with_labels, seed=how.seed, say=say)
    other = _other_domain(data_b, images, how.seed, read.size, say)
    if other is not None and other.channels != read.channels:
        read, other = read.with_channels(3), other.with_channels(3)
    examples, second = as_examples(read, kind), None if other is None else as_examples(other, kind)
    check_data(kind, examples, second)
    config = kind.configure(examples.size, channels=examples.channels, classes=examples.classes, **given)
    classes = f", {len(config.classes)} classes" if config.classes else ""
    first = examples.pixels[: _SHEET // 2]
    monitor = _Monitor(folder, how.log_every, f"train {family}", first, quiet=not processes.is_main_process)
    with monitor:
        monitor.say(
            f"{len(examples)} images of {examples.size} x {examples.size} x {examples.channels}{classes}: {folder}"
        )
        generator = train_in_folder(
            kind,
            examples,
            config,
            how,
            folder,
            progress=monitor.step,
            hooks=monitor.hooks,
            sheet=monitor.sheet,
            overwrite=overwrite,
            second=second,
            health=monitor.health,
        )
    for episode in monitor.health.episodes:
        monitor.say(f"steps {episode.first} to {episode.last}: {PROBLEMS[episode.problem]}")
    history = generator.history
    if not processes.is_main_process or history is None:
        return
    words = [*sys.argv[1:], *([] if out else ["--out", str(folder)])]
    words = ["subband", *(word for word in words if word != "--overwrite")]
    after = " after the same launcher" if processes.num_processes > 1 else ""
    if history.interrupted:
        command = " ".join(map(typed, words))
        typer.echo(
            f"stopped at step {history.steps} of {history.planned}; saved. To resume, type{after}\n  {command}"
        )
        raise typer.Exit(128 + history.signal)
    if history.first == history.planned:
        longer = " ".join(map(typed, _lengthened(words, 2 * history.planned)))
        typer.echo(
            f"already finished, at step {history.planned}; --overwrite starts again. To extend it, type{after}\n"
            f"  {longer}"
        )
    typer.echo(f"model     {printable(folder)}\nsamples   subband sample {typed(folder)}")


def train_for(words: list[str]) -> Callable[..., None]:
    """The command with the flags of the family among the arguments.

    Raises:
        InvalidInput: no family is given, or an unknown one.
    """
    from subband.generate import GENERATORS, TrainSettings
    from subband.training import settings_of

    common = flags(settings_of(TrainSettings), _TRAINING)
    own = {
        name: flags([s for s in settings_of(family.config) if s.role != "data"], f"{_FAMILY}: {family.title}")
        for name, family in GENERATORS.items()
    }
    every = [*inspect.signature(train).parameters.values(), *common, *chain.from_iterable(own.values())]
    found = first_argument(words, valued(every), GENERATORS.__contains__)
    if found is not None:
        return with_flags(train, [*own[named_family(found).name], *common])
    if asks_for_help(words):
        width = max(map(len, GENERATORS))
        lines = [f"{name:{width}}  {family.title}" for name, family in sorted(GENERATORS.items())]
        return with_flags(train, [], more=["FAMILY is one of:", *lines])
    raise InvalidInput(f"no FAMILY to train: give one of {', '.join(sorted(GENERATORS))}")


def named_family(name: str) -> "GeneratorFamily":
    """The family of a name.

    Raises:
        InvalidInput: unknown name.
    """
    from subband.generate import GENERATORS

    if name not in GENERATORS:
        raise InvalidInput(
            f"no family {name!r}{suggestion(name, GENERATORS)} choose one of {', '.join(sorted(GENERATORS))}"
        )
    return GENERATORS[name]


def _other_domain(
    spec: str | None,
    limit: int | None,
    seed: int,
    size: int,
    say: Callable[[str], None],
) -> "Examples | None":
    """The other domain of a family of two, at the size of the first; None if none is given."""
    from subband.data import read_examples

    if spec is None:
        return None
    return read_examples(spec, size=size, limit=limit, labels=False, seed=seed, say=say)


def _ignore(line: str) -> None:
    """Print nothing: only the main process reports."""


def _lengthened(words: list[str], steps: int) -> list[str]:
    """Arguments of a training with `steps` in place of its --steps and --minutes."""
    kept, rest = [], iter(words)
    for word in rest:
        if word in ("--steps", "--minutes"):
            next(rest, None)
        elif not word.startswith(("--steps=", "--minutes=")):
            kept.append(word)
    return [*kept, "--steps", str(steps)]


class _Monitor:
    """Output during a training: progress with the time left, sheets of samples, and the TensorBoard log."""

    def __init__(self, folder: Path, log_every: int, title: str, first: "np.ndarray", *, quiet: bool):
        from subband.generate.adversarial import Health
        from subband.runs.progress import Silent, watcher
        from subband.training import TensorBoard

        self.folder, self.first = folder, first
        self.watcher = Silent() if quiet else watcher(sys.stderr)
        self.pause = 0.2 if sys.stderr.isatty() else 15.0  # seconds between lines; few where stderr is a file
        self.stage = self.watcher.stage(title)
        self.last = -float("inf")
        self.health = Health()
        self.say = self.watcher.say
        self.values: Mapping[str, float] = {}
        self.hooks: list[Callable[[Report], None]] = [self._remember]
        self.board: TensorBoard | None = None
        try:
            self.board = TensorBoard(folder / "log", every=log_every)
            self.hooks.append(self.board)
        except MissingDependency as error:
            self.say(f"no TensorBoard log: {error}")

    def __enter__(self) -> "_Monitor":
        self.advance: Advance = self.stage.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.stage.__exit__(*error)
        if self.board is not None:
            self.board.close()

    def step(self, done: int, steps: int, loss: float, left: float) -> None:
        now = time.monotonic()
        if now - self.last >= self.pause or done == steps:
            self.last = now
            problem = f"; {self.health.summary()}" if self.health.now else ""
            progress = f"step {done} of {steps}, {self._measured(loss)}, {clock(left)} left{problem}"
            self.advance(done, steps, progress)

    def _remember(self, report: "Report") -> None:
        self.values = report.values

    def _measured(self, loss: float) -> str:
        """The loss; of a tokenizer that learns first, its error; and how a codebook is used."""
        error = self.values.get("tokenizer/error")
        found = [f"loss {loss:.4g}" if error is None else f"tokenizer's error {error:.4g}"]
        for name, value in self.values.items():
            if name.endswith("/codes used"):
                found.append(f"{100 * value:.0f} % of codes used")
            elif name.endswith("/perplexity"):
                found.append(f"perplexity {value:.4g}")
        return ", ".join(found)

    def sheet(self, step: int, generator: "TrainedGenerator") -> None:
        from subband.cli.checkpoints import each_class
        from subband.cli.pictures import write_sheet
        from subband.generate import Reconstructing, reconstructed

        pixels = generator.sample(_SHEET, seed=0, labels=each_class(generator, _SHEET))
        sheet = write_sheet(self.folder / "sheets" / f"step-{step:07d}.png", pixels)
        if self.board is not None:
            self.board.image(step, "samples", sheet)
        if isinstance(generator.network, Reconstructing):
            made = reconstructed(generator.network, self.first)
            file = self.folder / "sheets" / f"reconstructions-{step:07d}.png"
            write_sheet(file, made, above=self.first)
