"""A small training with everything that has a state, to be killed by its test: two phases, dropout, batch
statistics, random flips, noise and two averages, its state written after every step.
"""

import hashlib
from pathlib import Path

import torch
from torch import Tensor, nn

from subband.training import (
    Fit,
    Keep,
    Moment,
    PowerAverage,
    Trainable,
    fit,
    generator,
    initialised,
    normal_like,
    shuffled,
)


class Pair(Trainable):
    """Two players with dropout and running statistics."""

    def __init__(self):
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.Dropout(0.3), nn.Conv2d(8, 1, 3))
        self.second = nn.Linear(16, 16)

    def optimizers(self) -> dict[str, torch.optim.Optimizer]:
        return {
            "first": torch.optim.AdamW(self.first.parameters(), 1e-2, betas=(0.5, 0.9)),
            "second": torch.optim.SGD(self.second.parameters(), 1e-2, momentum=0.9),
        }

    def step(self, batch: dict[str, Tensor], k: Moment) -> dict[str, Tensor]:
        x = batch["image"] + 0.1 * normal_like(batch["image"], k.random)
        y = self.first(x).flatten(1)
        if k.phase == "second":
            return {"loss": (self.second(y.detach()) - batch["label"][:, None]).square().mean()}
        return {"loss": (y - x[:, :, 2:-2, 2:-2].flatten(1)).abs().mean(), "mean": y.mean()}


def train(folder: Path, steps: int, parts: int | None = None):
    """Train (or go on) and return the model, its averages and what was reached."""
    torch.set_num_threads(1)
    examples = {
        "image": torch.randn(50, 1, 8, 8, generator=generator(7)),
        "label": torch.arange(50),
    }
    with initialised(0):
        model = Pair()
    averages = [PowerAverage(model, width=width) for width in (0.05, 0.2)]
    reached = fit(
        model,
        shuffled(examples, 8, seed=3, flip=True),
        steps=steps,
        seed=3,
        averages=averages,
        parts=parts,
        keep=Keep(folder / "training.safetensors", minutes=0.0, facts={"task": "pair"}),
    )
    return model, averages, reached


def digest(model: nn.Module, averages: list[PowerAverage], reached: Fit) -> str:
    """A name for every bit of a result."""
    total = hashlib.sha256()
    for module in (model, *(average.module for average in averages)):
        for name, tensor in sorted(module.state_dict().items()):
            total.update(name.encode() + tensor.numpy().tobytes())
    for name, values in sorted(reached.losses.items()):
        total.update(name.encode() + values.tobytes())
    return total.hexdigest()
