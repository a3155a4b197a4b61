"""A training of any family, from images to a finished network; and one that lives in a folder and can go
on."""

import copy
import json
import shutil
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from accelerate import PartialState
from torch import Tensor

from subband.data import Examples
from subband.errors import CheckpointError, InvalidInput, OutputError, TrainingError
from subband.generate.family import Config, GeneratorFamily, ImageNetwork
from subband.generate.pixels import as_images, to_signal
from subband.generate.trained import TrainedGenerator, load_family
from subband.training import (
    CONFIG,
    STATE,
    WEIGHTS,
    Fit,
    Hook,
    Keep,
    Look,
    PowerAverage,
    Precision,
    Progress,
    Report,
    check_choices,
    check_finite,
    fast_precision,
    fill,
    fit,
    initialised,
    load_checkpoint,
    mix,
    mixed,
    restore_averages,
    shuffled,
    warmup_cosine,
)

PROFILES, SNAPSHOTS, LOG, SHEETS = "profiles", "snapshots", "log", "sheets"
_PRECISIONS = {"float32": Precision(), "bfloat16": Precision(torch.bfloat16)}


@dataclass(frozen=True)
class TrainSettings:
    """How to train, whatever the family.

    Attributes:
        steps: training steps; 0 takes as many as fit into --minutes
        minutes: time budget where --steps is 0; a short trial turns it into steps, then the clock changes
            nothing
        seed: of weights, batches and noise; equal seeds, equal bits
        flip: mirror images left to right at random; not for digits or letters
        clip: largest norm of a gradient; 0 leaves gradients alone
        rate_warmup: part of the training in which the learning rate rises; a cosine brings it down to 0
        parts: equal parts that each batch is cut into, to save memory; 0 is one for each process
        precision: number format; auto is the one that this kind of processor was measured to be fastest in
        profiles: widths of further averages of the weights to keep beside the family's own
        snapshots: how many times along the run to keep all averages, so that any other width can be rebuilt
        save_every: minutes between two savings of the state
        sheet_every: steps between two sheets of samples; 0 makes eight along the run
        log_every: steps between two entries in the log
    """

    steps: int = 0
    minutes: float = 10.0
    seed: int = 0
    flip: bool = False
    clip: float = 1.0
    rate_warmup: float = 0.05
    parts: int = 0
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    profiles: tuple[float, ...] = ()
    snapshots: int = 0
    save_every: float = 5.0
    sheet_every: int = 0
    log_every: int = 10

    def __post_init__(self) -> None:
        check_choices(self)
        check_finite(self)
        for name in ("steps", "seed", "clip", "parts", "snapshots", "sheet_every", "save_every"):
            if getattr(self, name) < 0:
                raise InvalidInput(f"can't use {name}={getattr(self, name)}: it must be 0 or more")
        if not 0 <= self.rate_warmup < 1 or self.log_every < 1:
            raise InvalidInput(
                f"can't use rate_warmup={self.rate_warmup} and log_every={self.log_every}: "
                "the first is a part below 1, the second 1 step or more"
            )


_SILENT = ("save_every", "sheet_every", "log_every")  # settings that change no weight


def train_family(
    family: GeneratorFamily,
    pixels: np.ndarray | Examples,
    config: Config,
    *,
    steps: int,
    seed: int,
    flip: bool = True,
    progress: Progress | None = None,
) -> TrainedGenerator:
    """Train one generator with given settings, on images and their mirror images; `train_generator` chooses
    them.

    Args:
        family: of `GENERATORS`.
        pixels: examples, or uint8 of shape (N, size, size, channels) without labels.
        config: of the type `family.config`.
        steps: training steps.
        seed: of weights, batches and noise.
        flip: learn from mirror images too; not for digits or letters.
        progress: told of each step.

    Raises:
        InvalidInput, DataError: if the images can't be trained on or don't agree with the config.
        BudgetError: if steps < 1.
        TrainingError: if the loss is not finite.
        KeyboardInterrupt: if Ctrl-C came before the first step was done; later, training ends there.
    """
    training = Training(family, as_examples(pixels, family), config, seed=seed, flip=flip)
    history = fit(
        training.task,
        training.batches,
        steps=steps,
        seed=seed,
        averages=training.averages,
        progress=progress,
    )
    if history.steps < 1:
        raise KeyboardInterrupt
    return training.finished(training.averages[0], history)


def as_examples(pixels: np.ndarray | Examples, family: GeneratorFamily) -> Examples:
    """Images as a family takes them: labels only where it can use them, grey as RGB where it can't take
    grey."""
    if not isinstance(pixels, Examples):
        as_images(pixels)
        pixels = Examples(pixels)
    examples = pixels if family.conditional else Examples(pixels.pixels)
    return examples if examples.channels in family.channels else examples.with_channels(3)


class Training:
    """A family's model with everything around it that the loop needs.

    Attributes:
        network: in training.
        task: its `Trainable`.
        averages: the family's own width first.
        batches: the batch of each step.

    Raises:
        InvalidInput, DataError: if the images can't be trained on or don't agree with the config.
    """

    def __init__(
        self,
        family: GeneratorFamily,
        examples: Examples,
        config: Config,
        *,
        seed: int,
        flip: bool,
        profiles: Sequence[float] = (),
    ):
        check_finite(config)
        images = as_images(examples.pixels)
        if images.shape[-1] != config.size:
            raise InvalidInput(
                f"can't train a {config.size} px generator on {images.shape[-1]} px images: sizes must agree"
            )
        if (examples.channels, examples.classes) != (config.channels, config.classes):
            raise InvalidInput(
                f"can't train a generator of {config.channels} channels and {len(config.classes)} classes on "
                f"images of {examples.channels} channels and {len(examples.classes)} classes: they must agree"
            )
        self.family, self.config, self.images = family, config, images
        with initialised(seed):
            self.network: ImageNetwork = family.build(config)
            self.task = family.task(self.network, config, images)
        self.averages = [
            PowerAverage(family.averaged(self.network), width=width) for width in (config.average, *profiles)
        ]
        data = {"image": images}
        if examples.labels is not None:
            data["label"] = torch.from_numpy(examples.labels)
        self._rows = shuffled(data, config.batch, seed=seed, flip=flip)

    def batches(self, k: int) -> dict[str, Tensor]:
        """The batch of step k, images as a signal."""
        rows = self._rows(k)
        return rows | {"image": to_signal(rows["image"])}

    @torch.no_grad()
    def finished(self, average: PowerAverage, history: Fit | None = None) -> TrainedGenerator:
        """What the training would give if it ended here: a copy of the network with averaged weights,
        settled."""
        network = copy.deepcopy(self.network).eval()
        self.family.averaged(network).load_state_dict(average.module.state_dict())
        self.family.settle(network, self.images)
        return TrainedGenerator(self.family.name, self.config, network, history)


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
) -> TrainedGenerator:
    """Train in a folder; called again with the same arguments, go on where it was left, to the same bits.

    The folder gets `model.safetensors` and `config.json`, with the averaged weights; `training.safetensors`,
    the state of the run; for each of `settings.profiles` a model in `profiles/`; and the averages along the
    run in `snapshots/`.

    Args:
        family: of `GENERATORS`.
        examples: as `as_examples` gives them.
        config: of the type `family.config`.
        settings: how to train.
        folder: made if it is not there.
        progress: told of each step.
        hooks: told more of each step.
        sheet: given (step, the generator as it would be if the training ended there) from time to time.

    Raises:
        InvalidInput, DataError, BudgetError: as `train_generator`.
        TrainingError: the loss is not finite; the last good state's model is in the folder, if there was a
            state.
        CheckpointError: the folder holds the state of another run, or a damaged one.
        OutputError: the folder can't be written.
        KeyboardInterrupt: Ctrl-C before the first step was done.
    """
    training = Training(
        family, examples, config, seed=settings.seed, flip=settings.flip, profiles=settings.profiles
    )
    run = partial(
        fit,
        training.task,
        training.batches,
        seed=settings.seed,
        schedule=partial(warmup_cosine, warmup=settings.rate_warmup),
        clip=settings.clip or None,
        averages=training.averages,
        precision=_PRECISIONS.get(settings.precision) or fast_precision(),
        parts=settings.parts or None,
        keep=Keep(folder / STATE, settings.save_every, _facts(family, examples, config, settings)),
        progress=progress,
        hooks=hooks,
        looks=_looks(training, settings, folder, sheet),
        **({"steps": settings.steps} if settings.steps else {"minutes": settings.minutes}),
    )
    try:
        history = run()
    except TrainingError:
        if (folder / STATE).is_file() and not (folder / "model.safetensors").is_file():
            restore_averages(folder / STATE, training.averages)
            _export(training, folder, None)
        raise
    if history.steps < 1:
        raise KeyboardInterrupt
    return _export(training, folder, history)


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
    if PartialState().is_main_process:
        for average in training.averages[1:]:
            training.finished(average).save(folder / PROFILES / f"width-{average.width:.4f}")
        generator.save(folder)
    return generator


def _facts(
    family: GeneratorFamily, examples: Examples, config: Config, settings: TrainSettings
) -> dict[str, Any]:
    """What the weights of a run depend on, as JSON gives it back."""
    data = zlib.crc32(examples.pixels.tobytes())
    if examples.labels is not None:
        data = zlib.crc32(examples.labels.tobytes(), data)
    how = {name: value for name, value in asdict(settings).items() if name not in _SILENT}
    facts = {"family": family.name, "data": f"{len(examples)} images, {data:08x}"} | asdict(config) | how  # type: ignore[call-overload]
    return json.loads(json.dumps(facts))


def erase(folder: Path) -> None:
    """Remove what a training left in a folder, and nothing else.

    Raises:
        OutputError: it can't be removed.
    """
    try:
        for file in (STATE, WEIGHTS, CONFIG):
            (folder / file).unlink(missing_ok=True)
        for part in (PROFILES, SNAPSHOTS, LOG, SHEETS):
            if (folder / part).is_dir():
                shutil.rmtree(folder / part)
    except OSError as error:
        raise OutputError(f"can't remove the training in {folder}: {error}") from error


def rebuilt(family: GeneratorFamily, folder: Path, width: float) -> TrainedGenerator:
    """The model with an average of any width, from the snapshots of a training that kept some.

    Buffers are those of the last snapshot.

    Raises:
        CheckpointError: if the folder has no snapshots, or damaged ones.
        InvalidInput: if the width is impossible.

    Source: Karras et al. 2024, section 3.2 (post-hoc EMA).
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
