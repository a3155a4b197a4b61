"""Seconds into steps, by nominal rates and never by the clock: equal settings make equal steps anywhere."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

import torch
from torch import nn

from subband.errors import BudgetError
from subband.forensics.classifiers import Shape, build
from subband.forensics.fit import Recipe

RATE = 25e9
"""Multiplications a second of a two-core reference machine in these small nets, forward and backward."""

OVERHEAD = 0.004
"""Seconds a step costs beside its multiplications."""

PACKETS = 4e-9
"""Seconds for the packets of one value of one level, forward, with logarithm and backward."""

LADDER = ((10**9, 10**9, 400), (20_000, 128, 200), (20_000, 64, 100), (20_000, 32, 0))
"""What shorter budgets come down to: parameters, batch, and the steps that are enough to stop there."""

FEWEST, MOST = 20, 2000  # steps: below, nothing is learnt; above, nothing more


@cache
def multiplications(name: str, shape: Shape) -> int:
    """Count the multiplications of one image in the layers of a classifier, forward."""
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
    """Nominal seconds of a training step: forward, and twice as much backward."""
    levels = shape.level if "fused" in name else 1 if "packets" in name else 0
    per_image = 3 * multiplications(name, shape) / RATE + levels * 3 * shape.size**2 * PACKETS * shape.level
    return OVERHEAD + batch * per_image


def within(
    seconds: float, recipe: Recipe, names: Sequence[str], *, size: int, classes: int, seeds: int
) -> Recipe:
    """Set the steps of a recipe so that all seeds of all detectors take about `seconds`.

    All detectors make equally many steps.

    A budget too small for 400 steps gets smaller nets, and one too small for 200 or 100 of theirs smaller
    batches.

    Raises:
        BudgetError: less than 20 steps; the message names the smallest budget.
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
