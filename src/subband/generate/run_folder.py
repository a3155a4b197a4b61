"""A training that lives in a folder: it can be cut off and go on, be extended, and take the place of another.

model.safetensors, config.json   the model, with the averaged weights
training.safetensors             the state of the run
profiles/, snapshots/            models with other averages, and the averages along the run
health.json                      of adversarial families: collapse and divergence, and when
log/, sheets/                    what a caller writes along the way
"""

import json
import shutil
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from subband.data import Examples
from subband.errors import CheckpointError, OutputError, TrainingError
from subband.generate.adversarial.health import HEALTH, Health
from subband.generate.family import GENERATORS, Config, GeneratorFamily
from subband.generate.train import PRECISIONS, Training, TrainSettings
from subband.generate.trained import TrainedGenerator, load_family
from subband.runs.files import check_folder, reason
from subband.runs.interrupt import interruption
from subband.training import (
    CONFIG,
    STATE,
    WEIGHTS,
    Fit,
    Hook,
    Keep,
    Look,
    Progress,
    Report,
    fast_precision,
    fill,
    fit,
    load_checkpoint,
    mix,
    mixed,
    restore_averages,
    warmup_cosine,
)

if TYPE_CHECKING:
    from accelerate import PartialState

PROFILES, SNAPSHOTS, LOG, SHEETS = "profiles", "snapshots", "log", "sheets"
_PARTS = (STATE, WEIGHTS, CONFIG, HEALTH, PROFILES, SNAPSHOTS, LOG, SHEETS)
_ASIDE = (
    ".replaced"  # where the parts of an earlier run are while the first state of its successor is written
)
_SILENT = ("save_every", "sheet_every", "log_every")  # settings that change no weight
_PLAN = ("steps", "minutes")  # settings that a finished run may be extended by


def check_run(folder: Path, *, overwrite: bool, advice: str = "choose another folder") -> None:
    """Raise at once if no training can be written to a folder, or none should; changes nothing that is finished.

    Args:
        folder: of the run; need not exist.
        overwrite: whether an earlier run in it is to be replaced.
        advice: how a message about the folder ends.

    Raises:
        OutputError: it can't be written, or holds a model that no training can go on from or that is no generator.
    """
    check_folder(folder, advice)
    if not (folder / WEIGHTS).is_file():
        return
    if (kind := load_checkpoint(folder, weights=False).kind) not in GENERATORS:
        raise OutputError(f"{folder} holds {kind!r}, which is not of a training: {advice}")
    if not (overwrite or (folder / STATE).is_file() or (folder / _ASIDE).is_dir()):
        raise OutputError(
            f"{folder} holds a model without {STATE}, so no training can go on from it: {advice}, or "
            "replace it with --overwrite"
        )


def train_in_folder(
    family: GeneratorFamily,
    examples: Examples,
    config: Config,
    settings: TrainSettings,
    folder: Path,
    *,
    progress: Progress | None = None,
    hooks: Sequence[Hook] = (),
    sheet: Callable[[int, TrainedGenerator], None] | None = None,
    overwrite: bool = False,
    second: Examples | None = None,
    health: Health | None = None,
) -> TrainedGenerator:
    """Train in a folder; called again with the same arguments, go on where it was left, to the same bits.

    A finished run whose `settings.steps` are raised is extended: it goes on as a run of so many steps would, so the
    learning rate first rises again (see `fit`).

    Args:
        family: of `GENERATORS`.
        examples: as `as_examples` gives them.
        config: of the type `family.config`.
        settings: how to train.
        folder: made if it is not there.
        progress: told of each step.
        hooks: told more of each step.
        sheet: given (step, the generator as it would be if the training ended there) from time to time.
        overwrite: begin anew, whatever is in the folder. An earlier run there is removed once the first state of
            this one, after its first step, is written; until then nothing of it changes.
        second: the other domain, of a family of two, as `as_examples` gives it.
        health: what watches an adversarial training, if a caller wants to look at it; its record is written here.

    Raises:
        InvalidInput, DataError, BudgetError: as `train_generator`.
        TrainingError: the loss is not finite; the last good state's model is in the folder, if there was a
            state.
        CheckpointError: the folder holds the state of another run, or a damaged one.
        OutputError: the folder can't be written, or holds a model that would be lost.
        KeyboardInterrupt: Ctrl-C before the first step was done; with `overwrite` before the first state.

    Example:
        >>> from pathlib import Path
        >>> import numpy as np
        >>> from subband.generate import GENERATORS, TrainSettings, as_examples, train_in_folder
        >>> family, pixels = GENERATORS["vae"], np.zeros((16, 8, 8, 3), np.uint8)
        >>> generator = train_in_folder(
        ...     family, as_examples(pixels, family), family.configure(8), TrainSettings(steps=2), Path("run")
        ... )
        >>> generator.size, Path("run/model.safetensors").is_file()
        (8, True)
    """
    check_run(folder, overwrite=overwrite)
    processes = _processes()
    if processes.is_main_process:
        recover(folder)
    processes.wait_for_everyone()
    earlier = overwrite and any((folder / part).exists() for part in _PARTS)
    state = folder / STATE
    training = Training(
        family,
        examples,
        config,
        seed=settings.seed,
        flip=settings.flip,
        profiles=settings.profiles,
        second=second,
    )
    health = health or Health()
    run = partial(
        fit,
        training.task,
        training.batches,
        seed=settings.seed,
        schedule=partial(warmup_cosine, warmup=settings.rate_warmup),
        clip=settings.clip or None,
        averages=training.averages,
        precision=PRECISIONS.get(settings.precision) or fast_precision(),
        parts=settings.parts or None,
        keep=Keep(
            state,
            settings.save_every,
            _facts(family, examples, config, settings, second),
            partial(replacing_run, folder) if earlier else None,
            health,
        ),
        progress=progress,
        hooks=[health, *hooks, _record_changes(health, folder)],
        looks=_looks(training, settings, folder, sheet),
        **({"steps": settings.steps} if settings.steps else {"minutes": settings.minutes}),
    )
    of_earlier = state.stat().st_ino if earlier and state.is_file() else None
    try:
        history = run()
    except TrainingError:
        if processes.is_main_process:
            health.write(folder)
        ours = state.is_file() and state.stat().st_ino != of_earlier
        if ours and not (folder / WEIGHTS).is_file():
            restore_averages(state, training.averages)
            _export(training, folder, None)
        raise
    if history.steps < 1:
        raise interruption(history.signal)
    if processes.is_main_process:
        health.write(folder)
    return _export(training, folder, history)


def _record_changes(health: Health, folder: Path) -> Hook:
    """Write the record of a run's health whenever a problem begins or ends."""
    before: tuple[str, ...] = ()

    def look(report: Report) -> None:
        nonlocal before
        if health.now != before:
            before = health.now
            health.write(folder)

    return look


def _looks(
    training: Training,
    settings: TrainSettings,
    folder: Path,
    sheet: Callable[[int, TrainedGenerator], None] | None,
) -> list[Look]:
    """Sheets of samples and snapshots of the averages, evenly along the run."""

    def sheet_due(step: int, steps: int) -> bool:
        return step % (settings.sheet_every or max(steps // 8, 1)) == 0 or step == steps

    def snapshot_due(step: int, steps: int) -> bool:
        return step * settings.snapshots // steps > (step - 1) * settings.snapshots // steps

    def draw(report: Report) -> None:
        assert sheet is not None
        sheet(report.step, training.finished(training.averages[0]))

    def keep(report: Report) -> None:
        for average in training.averages:
            place = folder / SNAPSHOTS / f"step-{report.step:07d}-width-{average.width:.4f}"
            training.finished(average).save(place)

    return [*([] if sheet is None else [Look(sheet_due, draw)]), Look(snapshot_due, keep)]


def _export(training: Training, folder: Path, history: Fit | None) -> TrainedGenerator:
    """Write the models of all averages, from the main process; the family's own width is what the folder itself
    holds."""
    generator = training.finished(training.averages[0], history)
    if _processes().is_main_process:
        for average in training.averages[1:]:
            training.finished(average).save(folder / PROFILES / f"width-{average.width:.4f}")
        generator.save(folder)
    return generator


def _facts(
    family: GeneratorFamily,
    examples: Examples,
    config: Config,
    settings: TrainSettings,
    second: Examples | None,
) -> dict[str, Any]:
    """What the weights of a run depend on, as JSON gives it back."""
    data = zlib.crc32(examples.pixels.tobytes())
    if examples.labels is not None:
        data = zlib.crc32(examples.labels.tobytes(), data)
    how = {name: value for name, value in asdict(settings).items() if name not in _SILENT + _PLAN}
    facts = {"family": family.name, "data": f"{len(examples)} images, {data:08x}"} | asdict(config) | how  # type: ignore[call-overload]
    if second is not None:
        facts["data_b"] = f"{len(second)} images, {zlib.crc32(second.pixels.tobytes()):08x}"
    return json.loads(json.dumps(facts))


@contextmanager
def replacing_run(folder: Path) -> Iterator[None]:
    """Set the run in a folder aside while the first state of its successor is written, then remove it.

    If no state was written, the run is brought back.

    Raises:
        OutputError: it can't be moved.
    """
    try:
        # The state goes first and comes back last: as long as there is none, `recover` brings back what is aside.
        _move(folder, folder / _ASIDE, _PARTS)
        yield
    finally:
        recover(folder)


def recover(folder: Path) -> None:
    """End a replacement that was cut off: without a state in the folder, bring back the run that is set aside.

    Raises:
        OutputError: it can't be moved.
    """
    aside = folder / _ASIDE
    if not aside.is_dir():
        return
    if not (folder / STATE).is_file():
        _move(aside, folder, _PARTS[::-1])
    shutil.rmtree(aside, ignore_errors=True)


def _move(source: Path, target: Path, parts: Sequence[str]) -> None:
    try:
        target.mkdir(exist_ok=True)
        for part in parts:
            if (source / part).exists():
                (source / part).rename(target / part)
    except OSError as error:
        raise OutputError(f"can't move the training in {source} to {target}: {reason(error)}") from error


def rebuilt(family: GeneratorFamily, folder: Path, width: float) -> TrainedGenerator:
    """The model with an average of any width, from the snapshots of a training that kept some.

    Buffers are those of the last snapshot.

    Raises:
        CheckpointError: if the folder has no snapshots, or damaged ones.
        InvalidInput: if the width is impossible.

    Source: Karras et al. 2024, section 3.2 (post-hoc EMA).

    Example:
        >>> from pathlib import Path
        >>> import numpy as np
        >>> from subband.generate import GENERATORS, TrainSettings, as_examples, rebuilt, train_in_folder
        >>> family = GENERATORS["vae"]
        >>> examples = as_examples(np.zeros((16, 8, 8, 3), np.uint8), family)
        >>> settings = TrainSettings(steps=2, profiles=(0.05,), snapshots=2)
        >>> _ = train_in_folder(family, examples, family.configure(8, widths=(8,)), settings, Path("averages"))
        >>> rebuilt(family, Path("averages"), width=0.07).sample(1, seed=0).shape
        (1, 8, 8, 3)
    """
    places = sorted((folder / SNAPSHOTS).glob("step-*-width-*"))
    if not places:
        raise CheckpointError(f"no snapshots in {folder}: train with --snapshots 16 to rebuild averages")
    kept = [(float(step), float(kept)) for _, step, _, kept in (place.name.split("-") for place in places)]
    weights = mix(kept, width, steps=max(step for step, _ in kept))
    generator = load_family(family, places[-1])
    named = {name for name, _ in generator.network.named_parameters()}
    snapshots = [load_checkpoint(place, family.name).tensors for place in places]
    fill(generator.network, mixed(snapshots, weights, named))
    return generator


def _processes() -> "PartialState":
    """Which of the training's processes this is."""
    from accelerate import PartialState  # takes long, and reading a folder needs none of it

    return PartialState()
