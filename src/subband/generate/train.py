"""A training of any family, from images to a finished network."""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from subband.data import Examples
from subband.errors import InvalidInput
from subband.generate.family import Config, GeneratorFamily, ImageNetwork
from subband.generate.pixels import as_images, to_signal
from subband.generate.trained import TrainedGenerator
from subband.runs.interrupt import interruption
from subband.training import (
    Fit,
    Hook,
    PowerAverage,
    Precision,
    Progress,
    check_choices,
    check_finite,
    fit,
    initialised,
    shuffled,
)

_SECOND = 6  # stream key of the order of a second domain
PRECISIONS = {"float32": Precision(), "bfloat16": Precision(torch.bfloat16)}


@dataclass(frozen=True)
class TrainSettings:
    """How to train, whatever the family.

    Attributes:
        steps: training steps; 0 takes as many as fit into --minutes. More than a finished run has done extend it
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


def train_family(
    family: GeneratorFamily,
    pixels: np.ndarray | Examples,
    config: Config,
    *,
    steps: int,
    seed: int,
    flip: bool = True,
    second: np.ndarray | Examples | None = None,
    progress: Progress | None = None,
    hooks: Sequence[Hook] = (),
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
        second: the other domain, of a family of two.
        progress: told of each step.
        hooks: told more of each step.

    Raises:
        InvalidInput, DataError: if the images can't be trained on or don't agree with the config.
        BudgetError: if steps < 1.
        TrainingError: if the loss is not finite.
        KeyboardInterrupt: if Ctrl-C came before the first step was done; later, training ends there.

    Example:
        >>> import numpy as np
        >>> from subband.generate import GENERATORS, train_family
        >>> family = GENERATORS["vae"]
        >>> pixels = np.random.default_rng(0).integers(0, 256, (16, 8, 8, 3), dtype=np.uint8)
        >>> generator = train_family(family, pixels, family.configure(8, widths=(8,), latent=4), steps=2, seed=0)
        >>> generator.sample(5, seed=0).shape, generator.history.steps
        ((5, 8, 8, 3), 2)
    """
    other = None if second is None else as_examples(second, family)
    training = Training(family, as_examples(pixels, family), config, seed=seed, flip=flip, second=other)
    history = fit(
        training.task,
        training.batches,
        steps=steps,
        seed=seed,
        averages=training.averages,
        progress=progress,
        hooks=hooks,
    )
    if history.steps < 1:
        raise interruption(history.signal)
    return training.finished(training.averages[0], history)


def as_examples(pixels: np.ndarray | Examples, family: GeneratorFamily) -> Examples:
    """Images as a family takes them: labels only where it can use them, grey as RGB where it can't take
    grey.

    Example:
        >>> import numpy as np
        >>> from subband.generate import GENERATORS, as_examples
        >>> grey = np.zeros((16, 32, 32, 1), np.uint8)
        >>> as_examples(grey, GENERATORS["vae"]).channels, as_examples(grey, GENERATORS["diffusion"]).channels
        (3, 1)
    """
    if not isinstance(pixels, Examples):
        as_images(pixels)
        pixels = Examples(pixels)
    examples = pixels if family.conditional else Examples(pixels.pixels)
    return examples if examples.channels in family.channels else examples.with_channels(3)


def check_domains(family: GeneratorFamily, sets: int) -> None:
    """Raise InvalidInput unless a family learns from so many sets of images."""
    if sets != family.domains:
        advice = "give a second one: --data-b, or second=" if sets == 1 else "leave out --data-b, or second="
        raise InvalidInput(f"{family.name} learns from {family.domains} sets of images: {advice}")


def check_data(family: GeneratorFamily, first: Examples, second: Examples | None) -> None:
    """Raise InvalidInput unless a family gets the labels and the domains that it learns from, alike in shape."""
    if family.labelled and not first.classes:
        raise InvalidInput(
            f"{family.name} needs labels: give data with classes (sub-folders, labels.csv, or an array of labels), "
            "or train dcgan"
        )
    check_domains(family, 1 if second is None else 2)
    if second is not None and (first.size, first.channels) != (second.size, second.channels):
        raise InvalidInput(
            f"the domains differ: images of {first.size} px and {first.channels} channels, and of "
            f"{second.size} px and {second.channels} channels: give both alike, e.g. by --size"
        )


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
        second: Examples | None = None,
    ):
        check_finite(config)
        check_data(family, examples, second)
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
        self._second: Callable[[int], Tensor] | None = None
        if second is not None:
            other = int(np.random.SeedSequence(seed, spawn_key=(_SECOND,)).generate_state(1)[0])
            self._second = shuffled(as_images(second.pixels), config.batch, seed=other, flip=flip)

    def batches(self, k: int) -> dict[str, Tensor]:
        """The batch of step k, images as a signal."""
        rows = self._rows(k)
        rows = rows | {"image": to_signal(rows["image"])}
        return rows if self._second is None else rows | {"image_b": to_signal(self._second(k))}

    @torch.no_grad()
    def finished(self, average: PowerAverage, history: Fit | None = None) -> TrainedGenerator:
        """What the training would give if it ended here: a copy of the network with averaged weights,
        settled."""
        network = copy.deepcopy(self.network).eval()
        self.family.averaged(network).load_state_dict(average.module.state_dict())
        self.family.settle(network, self.images)
        return TrainedGenerator(self.family.name, self.config, network, history)
