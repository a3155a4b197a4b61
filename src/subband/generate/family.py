"""The protocol of generators: what a family of models states, and everything else gets from that.

A family is one frozen dataclass of settings, one network that draws images, and one task that trains it. From
these come `train_generator`, checkpoints, `subband train`, `sample` and `evaluate`.

    settings  a frozen dataclass with `size`, `channels`, `classes`, `batch`, `average`; each field explained
    in its
              docstring; marked by `from_data`, `fitted`, `sampling` of `subband.training` where that applies
    network   an `ImageNetwork`: its state is the checkpoint; what training changes is a parameter or a buffer
    task      a `Trainable`: optimizers by phase, and a loss for a batch. A batch is a dictionary of tensors:
              "image" (N, channels, size, size) in [-1, 1] and, where the settings name classes, "label" int64
              (N,)
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from torch import Tensor, nn

from subband.data import Examples
from subband.errors import InvalidInput
from subband.generate.pixels import check_size
from subband.generate.unlabelled import pictures
from subband.training import Fit, Trainable

Condition = dict[str, Tensor]
"""What images shall be like, one row for each: "label" int64 (N,), with -1 for "any"; empty for no wish."""


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

    def sample(self, n: int, *, seed: int, labels: np.ndarray | None = None, **settings: Any) -> np.ndarray:
        """n images, uint8 (n, size, size, channels); equal seeds give equal images."""
        ...

    def save(self, folder: str | Path) -> None:
        """Write `model.safetensors` and `config.json`."""
        ...


class ImageNetwork(nn.Module, ABC):
    """A network that makes images of noise. Its state is all that a checkpoint keeps."""

    @abstractmethod
    def draw(self, count: int, random: torch.Generator, condition: Condition, config: Any) -> Tensor:
        """Images, about in [-1, 1].

        Args:
            count: how many.
            random: the only randomness to use.
            condition: a row for each image; empty for families or models without conditions.
            config: the settings it was built with, except that those marked `sampling` may have changed.

        Returns:
            Shape (count, channels, size, size).
        """

    def check_loaded(self) -> None:
        """Called once its weights were read; raises CheckpointError if its parts are not of one training."""
        return


@runtime_checkable
class Reconstructing(Protocol):
    """A network that makes images of images through a small code: `evaluate` says how much is left of them.

    Example:
        >>> from subband.generate import GENERATORS, Reconstructing
        >>> networks = {name: GENERATORS[name].build(GENERATORS[name].configure(16)) for name in ("vae", "dcgan")}
        >>> [name for name, network in networks.items() if isinstance(network, Reconstructing)]
        ['vae']
    """

    def reconstruct(self, images: Tensor) -> Tensor:
        """What is left of images in [-1, 1], (N, channels, size, size)."""
        ...


@runtime_checkable
class Config(Protocol):
    """What the settings of every family say; each is a frozen dataclass of JSON values."""

    @property
    def size(self) -> int: ...
    @property
    def channels(self) -> int: ...
    @property
    def classes(self) -> tuple[str, ...]: ...
    @property
    def batch(self) -> int: ...
    @property
    def average(self) -> float: ...


@runtime_checkable
class Configure(Protocol):
    """Settings that suit images of a size, with what somebody chose; `chosen` wins."""

    def __call__(
        self, size: int, *, channels: int = 3, classes: tuple[str, ...] = (), **chosen: Any
    ) -> Any: ...


@dataclass(frozen=True)
class Rate:
    """Images per second on the reference machine (see `subband.generate.rates`): trained on, and drawn."""

    trained: float
    drawn: float


@dataclass(frozen=True)
class GeneratorFamily:
    """How to make generators of one kind.

    Attributes:
        name: in the registry, in checkpoints and on the command line.
        config: the dataclass of its settings.
        configure: settings for images of a size.
        build: settings -> untrained network.
        task: (network, settings, training images uint8 (N, channels, size, size)) -> the task of training it.
        averaged: the part of the network whose weights are averaged along the training.
        settle: (network, images): what is left to do once the weights are final.
        title: one line for people.
        channels: numbers of channels that it can be trained on; grey images are given to others as RGB.
        conditional: whether it can be told a class.
        labelled: whether it needs classes.
        domains: sets of images that it learns from; of two, the second is batch["image_b"], in an order of its own.
        rates: side of the images -> images a second; at least one.
        unlabelled: what it learns from where there are only pictures, uint8 (N, size, size, C), as in the lab: the
            first set, and the second of a family of two.
        lab_share: its part of the time that the lab gives to generators; 0 keeps it out of the lab.
        lab_default: whether the lab trains it where no families are named.
    """

    name: str
    config: type
    configure: Configure
    build: Callable[[Any], ImageNetwork]
    task: Callable[[Any, Any, Tensor], Trainable]
    averaged: Callable[[Any], nn.Module] = lambda network: network
    settle: Callable[[Any, Tensor], None] = lambda network, images: None
    title: str = ""
    channels: tuple[int, ...] = (3,)
    conditional: bool = False
    labelled: bool = False
    domains: int = 1
    unlabelled: Callable[[np.ndarray], tuple[Examples, Examples | None]] = pictures
    rates: Mapping[int, Rate] = field(kw_only=True)
    lab_share: float = 0.0
    lab_default: bool = True


GENERATORS: dict[str, GeneratorFamily] = {}
"""Every family by name; `subband.generate.families` fills it."""


def halvings(grid: int, most: int, coarsest: int = 4) -> int:
    """How often a grid can be halved, down to `coarsest` at the least and at most `most` times."""
    times = 0
    while times < most and grid % 2 == 0 and grid // 2 >= coarsest:
        grid, times = grid // 2, times + 1
    return times


def check_config(size: int, **positive: float | tuple[float, ...]) -> None:
    """Raise InvalidInput unless the size is a multiple of 8 and every other setting is above 0.

    Of a tuple, one number at the least, and each of them.
    """
    check_size(size)
    for name, value in positive.items():
        numbers = value if isinstance(value, tuple) else (value,)
        if not (numbers and all(number > 0 for number in numbers)):
            all_of = "give one number or more, each" if isinstance(value, tuple) else "it must be"
            raise InvalidInput(f"can't use {name}={value}: {all_of} above 0")
