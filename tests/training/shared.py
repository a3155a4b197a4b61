"""A small training for several processes: each writes its losses, its weights and what it held of them."""

import json
import os
import sys
import time
from pathlib import Path
from typing import ClassVar
from unittest import mock

import torch
from killed import Pair
from torch import nn
from torch.distributed.tensor import DTensor

from subband.training import (
    Fit,
    Keep,
    Look,
    PowerAverage,
    Precision,
    fit,
    generator,
    initialised,
    shuffled,
    warmup_cosine,
)
from subband.training.engine import Engine
from subband.training.state import capture


class Quiet(Pair):
    """Without batch statistics, which belong to each part of a batch and not to the whole; a buffer counts the
    examples that the main process saw.
    """

    made: ClassVar[
        dict[str, torch.optim.Optimizer]
    ] = {}  # of the model that is trained, or of its split copy

    def __init__(self):
        super().__init__()
        self.first[1] = nn.Identity()
        self.register_buffer("seen", torch.zeros(()))

    def optimizers(self):
        Quiet.made = super().optimizers()
        return Quiet.made

    def step(self, batch, k):
        self.seen += batch["label"].float().mean()
        return super().step(batch, k)


def train(folder: Path, steps: int, minutes: float = 5.0) -> dict:
    """Float32, so that only the order of sums differs; two parts, whoever computes them."""
    torch.set_num_threads(1)
    examples = {"image": torch.randn(50, 1, 8, 8, generator=generator(7)), "label": torch.arange(50)}
    with initialised(0):
        model = Quiet()
    average = PowerAverage(model)
    looked = {}
    reached = fit(
        model,
        shuffled(examples, 8, seed=3),
        steps=steps,
        seed=3,
        parts=2,
        averages=[average],
        precision=Precision(),
        keep=Keep(folder / "training.safetensors", minutes),
        looks=[Look(lambda step, steps: step == 5, lambda report: looked.update(told(model, average)))],
    )
    return told(model, average) | losses(reached) | {"looked": looked, "held": held(Quiet.made)}


def told(model: nn.Module, average: PowerAverage) -> dict:
    return {
        "weights": nn.utils.parameters_to_vector(model.parameters()).tolist(),
        "average": nn.utils.parameters_to_vector(average.module.parameters()).tolist(),
        "seen": model.seen.item(),
    }


def losses(reached: Fit) -> dict:
    return {"losses": {name: values.tolist() for name, values in reached.losses.items()}}


def held(optimizers: dict[str, torch.optim.Optimizer]) -> int:
    """Numbers in the weights and moments of this process."""
    tensors = [
        tensor
        for optimizer in optimizers.values()
        for weight, state in optimizer.state.items()
        for tensor in (weight, *(value for value in state.values() if value.ndim))
    ]
    return sum(local(tensor).numel() for tensor in tensors)


def local(tensor: torch.Tensor) -> torch.Tensor:
    """What this process has of it."""
    return tensor.to_local() if isinstance(tensor, DTensor) else tensor


def write(folder: Path, steps: int, minutes: float = 5.0) -> None:
    """Train, and write what there is to tell."""
    Path(folder, f"rank{os.environ['RANK']}.json").write_text(json.dumps(train(folder, steps, minutes)))


def trial_is_undone() -> bool:
    """Whether the state is what it was, after a few steps that find out how many fit into a time. The clock of the
    second process runs ten times as fast: processes that ended their trials apart would wait for one another.
    """
    clock, haste = time.monotonic, 1 if os.environ["RANK"] == "0" else 10
    with initialised(0):
        model = Quiet()
    engine = Engine(model, 0, warmup_cosine, 1.0, [PowerAverage(model)], Precision(), 2)
    before = {name: local(tensor).clone() for name, tensor in capture(engine.state)[0].items()}
    batch = {"image": torch.ones(2, 1, 8, 8), "label": torch.arange(2)}
    with mock.patch.object(time, "monotonic", side_effect=lambda: haste * clock()):
        assert engine.steps_in(0.3, lambda k: batch) >= 1
    after = capture(engine.state)[0]
    return set(before) == set(after) and all(torch.equal(before[name], local(after[name])) for name in before)


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
    Path(sys.argv[1], f"trial{os.environ['RANK']}.json").write_text(json.dumps(trial_is_undone()))
