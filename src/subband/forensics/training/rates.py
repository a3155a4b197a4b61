"""Conversion of time budgets into training steps at nominal rates: reproducible on any machine."""

from collections.abc import Collection
from dataclasses import replace
from functools import cache

import torch
from torch import nn

from subband.errors import BudgetError
from subband.forensics.networks.registry import DETECTORS, Shape, build
from subband.forensics.training.fit import Recipe

RATE = 25e9
"""Multiplications per second of a two-core reference machine in these networks, forward and backward."""

OVERHEAD = 0.004
"""Fixed cost of a training step in seconds."""

PACKETS = 4e-9
"""Seconds per input value and packet level: transform, logarithm and backward pass."""

LADDER = ((10**9, 10**9, 400), (20_000, 128, 200), (20_000, 64, 100), (20_000, 32, 0))
"""Parameters, batch and the training steps that suffice with both, from large budgets to small ones."""

FEWEST, MOST = 20, 2000  # steps: fewer learn nothing, more gain nothing


@cache
def multiplications(name: str, shape: Shape) -> int:
    """Multiplications of a classifier's convolutional and linear layers in the forward pass of one image."""
    total = 0

    def count(layer: nn.Module, inputs: tuple, output: torch.Tensor) -> None:
        nonlocal total
        weight = layer.weight
        assert isinstance(weight, torch.Tensor)
        total += output.numel() // output.shape[0] * (weight.numel() // weight.shape[0])

    classifier = build(name, shape, seed=0).eval()
    for layer in classifier.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    with torch.no_grad():
        classifier(torch.zeros(1, 3, shape.size, shape.size))
    return total


def seconds_per_step(name: str, shape: Shape, batch: int) -> float:
    """Nominal seconds of a training step; the backward pass counts twice the forward pass."""
    packets = DETECTORS[name].transforms(shape.level) * 3 * shape.size**2 * PACKETS * shape.level
    per_image = 3 * multiplications(name, shape) / RATE + packets
    return OVERHEAD + batch * per_image


def within(
    seconds: float, recipe: Recipe, names: Collection[str], *, size: int, classes: int, seeds: int
) -> Recipe:
    """A recipe whose step count makes the training of all seeds of all detectors take about `seconds`.

    All detectors train for the same number of steps. Budgets below 400 steps use smaller networks, and below
    200 or 100 of those, smaller batches.

    Args:
        seconds: nominal time for all trainings together.
        recipe: hyperparameters; its parameter budget and batch size are upper bounds.
        names: keys of `classifiers.DETECTORS`.
        size: side of the images, in pixels.
        classes: number of sources.
        seeds: number of trainings of each detector.

    Raises:
        BudgetError: fewer than 20 steps; the message states the smallest sufficient budget.
    """

    def seconds_each(chosen: Recipe) -> float:
        shape = Shape(size, classes, chosen.level, chosen.wavelet, chosen.parameters)
        return seeds * sum(seconds_per_step(name, shape, chosen.batch) for name in names)

    chosen, steps = recipe, 0
    for parameters, batch, enough in LADDER:
        chosen = replace(
            recipe, parameters=min(recipe.parameters, parameters), batch=min(recipe.batch, batch)
        )
        steps = int(seconds / seconds_each(chosen))
        if steps >= enough:
            break
    if steps < FEWEST:
        raise BudgetError(
            f"{seconds:g} s are too short to train {len(names)} detectors with {seeds} seeds: "
            f"at least {FEWEST * seconds_each(chosen):.0f} s, or fewer seeds"
        )
    return replace(chosen, steps=min(steps, MOST))
