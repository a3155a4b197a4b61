"""What generators have in common: a network that draws images, a task to train it, a folder to keep it in."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor, nn

from subband.errors import InvalidInput
from subband.generate.images import as_images, check_size, to_pixels, to_signal
from subband.training import (
    Fit,
    PowerAverage,
    Progress,
    Trainable,
    fill,
    fit,
    generator,
    initialised,
    load_checkpoint,
    read_config,
    save_checkpoint,
    shuffled,
)

_SAMPLE = 4  # the place, in `training.generator`'s sense, of the stream that samples are drawn from
_AT_ONCE = 64  # images drawn together, which bounds the memory of sampling


@runtime_checkable
class Generator(Protocol):
    """Something that makes images. `load_generator` brings one back from where `save` put it."""

    @property
    def family(self) -> str:
        """Name of its family in `GENERATORS`."""
        ...

    @property
    def size(self) -> int:
        """Height and width of its images."""
        ...

    @property
    def history(self) -> Fit | None:
        """How its training went; None for one that was loaded."""
        ...

    def sample(self, n: int, *, seed: int) -> np.ndarray:
        """n images, uint8 (n, size, size, 3); equal seeds give equal images."""
        ...

    def save(self, folder: str | Path) -> None:
        """Write `model.safetensors` and `config.json`."""
        ...


class ImageNetwork(nn.Module, ABC):
    """A network that makes images of noise. Its state is all that a checkpoint keeps."""

    @abstractmethod
    def draw(self, count: int, random: torch.Generator) -> Tensor:
        """(count, 3, size, size), about in [-1, 1]."""


@runtime_checkable
class Config(Protocol):
    """What the settings of every family say; each is a frozen dataclass of JSON values."""

    @property
    def size(self) -> int: ...
    @property
    def batch(self) -> int: ...
    @property
    def average(self) -> float: ...


@dataclass(frozen=True)
class GeneratorFamily:
    """How to make generators of one kind.

    Attributes:
        name: in the registry, in checkpoints and on the command line.
        config: the dataclass of its settings.
        configure: settings for a size.
        build: settings -> untrained network.
        task: (network, settings, training images uint8 (N, 3, size, size)) -> the task of training it.
        averaged: the part of the network whose weights are averaged along the training.
        settle: (network, images): what is left to do once the weights are final.
    """

    name: str
    config: type
    configure: Callable[[int], Any]
    build: Callable[[Any], ImageNetwork]
    task: Callable[[Any, Any, Tensor], Trainable]
    averaged: Callable[[Any], nn.Module]
    settle: Callable[[Any, Tensor], None]


class TrainedGenerator:
    """A `Generator` of any family: its settings and its network."""

    def __init__(self, family: str, config: Config, network: ImageNetwork, history: Fit | None = None):
        self.family = family
        self.config = config
        self.network = network.eval().requires_grad_(False)
        self.history = history

    @property
    def size(self) -> int:
        return self.config.size

    @torch.no_grad()
    def sample(self, n: int, *, seed: int) -> np.ndarray:
        """Draw images, 64 at a time.

        Args:
            n: how many, 1 or more.
            seed: equal seeds give equal images, bit for bit on one machine.

        Returns:
            uint8, shape (n, size, size, 3).

        Raises:
            InvalidInput: if n < 1 or seed < 0.
        """
        if n < 1:
            raise InvalidInput(f"can't sample {n} images: ask for 1 or more")
        starts = range(0, n, _AT_ONCE)
        batches = [self.network.draw(min(_AT_ONCE, n - i), generator(seed, _SAMPLE, i)) for i in starts]
        return np.concatenate([to_pixels(batch) for batch in batches])

    def save(self, folder: str | Path) -> None:
        """Write `model.safetensors` and `config.json` to a folder, which is made if it is not there.

        Raises:
            OutputError: if it can't be written.
        """
        save_checkpoint(folder, self.family, self.config, self.network.state_dict())


def train_family(
    family: GeneratorFamily,
    pixels: np.ndarray,
    config: Config,
    *,
    steps: int,
    seed: int,
    progress: Progress | None = None,
) -> TrainedGenerator:
    """Train one generator with given settings; `train_generator` chooses them.

    Args:
        family: of `GENERATORS`.
        pixels: uint8, shape (N, size, size, 3).
        config: of the type `family.config`.
        steps: training steps.
        seed: of weights, batches and noise.
        progress: told of each step.

    Raises:
        InvalidInput, DataError: if the pixels can't be trained on or are of another size than config.size.
        BudgetError: if steps < 1.
        TrainingError: if the loss is not finite.
        KeyboardInterrupt: if Ctrl-C came before the first step was done; later, training ends there.
    """
    images = as_images(pixels)
    if images.shape[-1] != config.size:
        raise InvalidInput(
            f"can't train a {config.size} px generator on {images.shape[-1]} px images: sizes must agree"
        )
    with initialised(seed):
        network = family.build(config)
        task = family.task(network, config, images)
    average = PowerAverage(family.averaged(network), width=config.average)
    seen = shuffled(images, config.batch, seed=seed, flip=True)
    history = fit(
        task,
        lambda k: to_signal(seen(k)),
        steps=steps,
        seed=seed,
        averages=[average],
        progress=progress,
    )
    if history.steps < 1:
        raise KeyboardInterrupt
    average.source.load_state_dict(average.module.state_dict())
    with torch.no_grad():
        family.settle(network.eval(), images)
    return TrainedGenerator(family.name, config, network, history)


def load_family(family: GeneratorFamily, folder: str | Path) -> TrainedGenerator:
    """Bring back a generator of a known family.

    Raises:
        CheckpointError: if there is none, or it is truncated, of another family, or newer.
    """
    checkpoint = load_checkpoint(folder, family.name)
    config = read_config(family.config, checkpoint.config)
    with initialised(0):
        network = family.build(config)
    fill(network, checkpoint.tensors)
    return TrainedGenerator(family.name, config, network)


def halvings(grid: int, most: int, coarsest: int = 4) -> int:
    """How often a grid can be halved, down to `coarsest` at the least and at most `most` times."""
    times = 0
    while times < most and grid % 2 == 0 and grid // 2 >= coarsest:
        grid, times = grid // 2, times + 1
    return times


def check_config(size: int, **positive: float) -> None:
    """Raise InvalidInput unless the size is a multiple of 8 and every other setting is above 0."""
    check_size(size)
    for name, value in positive.items():
        if not value > 0:
            raise InvalidInput(f"can't use {name}={value}: it must be above 0")
