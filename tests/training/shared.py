"""A small training for `accelerate launch`: writes its losses and the digest of its weights from each
process."""

import json
import os
import sys
from pathlib import Path

import torch
from killed import Pair
from torch import nn

from subband.training import (
    Keep,
    PowerAverage,
    Precision,
    fit,
    generator,
    initialised,
    shuffled,
)


class Quiet(Pair):
    """Without batch statistics, which belong to each part of a batch and not to the whole."""

    def __init__(self):
        super().__init__()
        self.first[1] = nn.Identity()


def train(folder: Path, steps: int):
    """Float32, so that only the order of sums differs; two parts, whoever computes them."""
    examples = {"image": torch.randn(50, 1, 8, 8, generator=generator(7)), "label": torch.arange(50)}
    with initialised(0):
        model = Quiet()
    average = PowerAverage(model)
    reached = fit(
        model,
        shuffled(examples, 8, seed=3),
        steps=steps,
        seed=3,
        parts=2,
        averages=[average],
        precision=Precision(),
        keep=Keep(folder / "training.safetensors"),
    )
    return model, average, reached


if __name__ == "__main__":
    torch.set_num_threads(1)
    model, average, reached = train(Path(sys.argv[1]), int(sys.argv[2]))
    told = {
        "losses": {name: values.tolist() for name, values in reached.losses.items()},
        "weights": nn.utils.parameters_to_vector(model.parameters()).tolist(),
        "average": nn.utils.parameters_to_vector(average.module.parameters()).tolist(),
        "world": int(os.environ["WORLD_SIZE"]),
    }
    Path(sys.argv[1], f"rank{os.environ['RANK']}.json").write_text(json.dumps(told))
