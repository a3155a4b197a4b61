"""Division of the budget over the stages of a run, before the training starts.

All times are nominal: seconds on a two-core reference machine. A slower machine makes the same steps and takes
longer, as `pace` forecasts, so runs with equal seeds give equal results.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from subband.errors import BudgetError
from subband.forensics import Recipe, Shape, StudySettings, seconds_per_step, studied
from subband.forensics.training.rates import FEWEST, LADDER
from subband.generate import GENERATORS, drawing_seconds
from subband.lab.settings import LabSettings

GENERATING = 0.5  # share of the time after fixed costs, when the lab trains generators

FIXED = 8.0  # seconds: imports, controls, intervals, figures, report
PER_CROP = 0.002  # seconds per crop: decode, crop, encode, packet statistics
LEAST_GENERATOR = 1.0  # seconds, minimum for the generator with the smallest share
VAL, TEST = 0.15, 0.25  # shares of the crops


@dataclass(frozen=True)
class Plan:
    """Nominal seconds to train each generator, and to train all detectors together."""

    generators: Mapping[str, float]
    detectors: float


def plan(settings: LabSettings, crops: int) -> Plan:
    """Divide the budget over the stages of a run.

    Args:
        settings: Settings of the run.
        crops: Number of real crops, and of images to sample from each generator.

    Raises:
        BudgetError: too short for any training; the message names the smallest budget that works.
    """
    families = _families(settings)
    left = settings.budget - fixed_seconds(settings, crops)
    share = {family: GENERATORS[family].lab_share for family in families}
    weight = sum(share.values())
    shares = {family: left * GENERATING * share[family] / weight for family in families}
    detectors = left - sum(shares.values())
    cheapest = min(shares.values(), default=LEAST_GENERATOR)
    if detectors < least_detectors(settings) or cheapest < LEAST_GENERATOR:
        trained = f" and {', '.join(families)}" if families else ""
        raise BudgetError(
            f"a budget of {settings.budget:g} s is too short to train {settings.seeds} × {len(studied())} "
            f"detectors{trained}: the smallest that works here is --budget {smallest(settings, crops):.0f}s "
            "(fewer --seeds or --images need less)"
        )
    return Plan(shares, detectors)


def smallest(settings: LabSettings, crops: int) -> float:
    """Smallest budget, in whole seconds, that `plan` accepts for the other settings."""
    families = _families(settings)
    share = {family: GENERATORS[family].lab_share for family in families}
    weight = sum(share.values())
    left = least_detectors(settings) / (1 - GENERATING if families else 1)
    for family in families:
        left = max(left, LEAST_GENERATOR * weight / (GENERATING * share[family]))
    return float(math.ceil(fixed_seconds(settings, crops) + left + 1e-9))


def _families(settings: LabSettings) -> tuple[str, ...]:
    return () if settings.generated else settings.families


def fixed_seconds(settings: LabSettings, crops: int) -> float:
    """Nominal seconds of all stages but training: reading, sampling, evaluation, report."""
    sampling = sum(
        drawing_seconds(GENERATORS[family], settings.size, crops) for family in _families(settings)
    )
    return FIXED + PER_CROP * crops * len(settings.sources) + sampling + _evaluation(settings, crops)


def _evaluation(settings: LabSettings, crops: int) -> float:
    """Nominal seconds to classify validation and test images with all seeds, and of saliency.

    A forward pass is a third of a training step. Saliency is forward and backward, in float64.
    """
    images, study = crops * len(settings.sources), StudySettings()
    classified = math.ceil(images * (VAL * (study.recipe.points + 1) + TEST))
    explained = 2 * study.explained * len(settings.sources)
    size, classes = settings.size, len(settings.sources)
    return settings.seeds * _step(size, classes, classified) / 3 + _step(size, classes, explained)


def least_detectors(settings: LabSettings) -> float:
    """Nominal seconds of the minimum number of training steps of all detectors."""
    _, batch, _ = LADDER[-1]
    # 1 % of margin: after rounding, the check of `forensics` on the same minimum must still pass.
    return 1.01 * FEWEST * settings.seeds * _step(settings.size, len(settings.sources), batch)


@cache
def _step(size: int, classes: int, batch: int) -> float:
    """Nominal seconds of one step of all detectors, with the smallest networks that short budgets choose."""
    recipe, (parameters, _, _) = Recipe(), LADDER[-1]
    shape = Shape(size, classes, recipe.level, recipe.wavelet, parameters)
    return sum(seconds_per_step(name, shape, batch) for name in studied())
