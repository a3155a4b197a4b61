"""Who gets how much of the time. Decided before the training starts and never by the clock.

All times are nominal: what a stage takes on a two-core reference machine. A slower one makes the same steps
and takes longer, which `pace` says before the work begins; so two runs with one seed give the same figures.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from subband.errors import BudgetError
from subband.forensics import DETECTORS, Recipe, Shape, StudySettings, seconds_per_step
from subband.forensics.rates import FEWEST, LADDER
from subband.generate import GENERATORS, drawing_seconds
from subband.lab.settings import LabSettings

GENERATING = 0.5  # of what is left after the fixed costs, when the lab trains generators itself

FIXED = 8.0  # seconds: imports, controls, intervals, figures, the page
PER_CROP = 0.002  # seconds: decode, cut and encode one crop of one source, and its packet statistics
LEAST_GENERATOR = 1.0  # seconds for the generator with the smallest share
VAL, TEST = 0.15, 0.25  # of the crops


@dataclass(frozen=True)
class Plan:
    """Nominal seconds: to train each generator, and to train all detectors together."""

    generators: Mapping[str, float]
    detectors: float


def plan(settings: LabSettings, crops: int) -> Plan:
    """Divide the budget over the stages of a run.

    Args:
        settings: the budget, the sources, the seeds.
        crops: real ones; generators draw as many.

    Raises:
        BudgetError: it is too short for any training; the message names the smallest that works.
    """
    families = _families(settings)
    left = settings.budget - fixed_seconds(settings, crops)
    share = {family: GENERATORS[family].lab_share for family in families}
    weight = sum(share.values())
    shares = {family: left * GENERATING * share[family] / weight for family in families}
    detectors = left - sum(shares.values())
    cheapest = min(shares.values(), default=LEAST_GENERATOR)
    if detectors < _least_detectors(settings) or cheapest < LEAST_GENERATOR:
        trained = f" and {', '.join(families)}" if families else ""
        raise BudgetError(
            f"a budget of {settings.budget:g} s is too short to train {settings.seeds} × {len(DETECTORS)} "
            "detectors"
            f"{trained}: the smallest that works here is --budget {smallest(settings, crops):.0f}s "
            "(fewer --seeds or --images need less)"
        )
    return Plan(shares, detectors)


def smallest(settings: LabSettings, crops: int) -> float:
    """Return the smallest whole number of seconds that `plan` accepts, all other settings being equal."""
    families = _families(settings)
    share = {family: GENERATORS[family].lab_share for family in families}
    weight = sum(share.values())
    left = _least_detectors(settings) / (1 - GENERATING if families else 1)
    for family in families:
        left = max(left, LEAST_GENERATOR * weight / (GENERATING * share[family]))
    return float(math.ceil(fixed_seconds(settings, crops) + left + 1e-9))


def _families(settings: LabSettings) -> tuple[str, ...]:
    return () if settings.generated else settings.families


def fixed_seconds(settings: LabSettings, crops: int) -> float:
    """Return the nominal seconds of everything but training: reading, drawing, judging, the report."""
    drawing = sum(drawing_seconds(GENERATORS[family], settings.size, crops) for family in _families(settings))
    return FIXED + PER_CROP * crops * len(settings.sources) + drawing + _judging(settings, crops)


def _judging(settings: LabSettings, crops: int) -> float:
    """Return the nominal seconds of judging validation and test images, and of saliency, for all seeds.

    A forward pass is a third of a training step. Saliency is forward and backward, in float64.
    """
    images, asked = crops * len(settings.sources), StudySettings()
    judged = math.ceil(images * (VAL * (asked.recipe.points + 1) + TEST))
    explained = 2 * asked.explained * len(settings.sources)
    size, classes = settings.size, len(settings.sources)
    return settings.seeds * _step(size, classes, judged) / 3 + _step(size, classes, explained)


def _least_detectors(settings: LabSettings) -> float:
    """Return the nominal seconds of the fewest steps that detectors are trained for."""
    _, batch, _ = LADDER[-1]
    # A hair more, so that rounding does not undercut the check that the detectors make themselves.
    return 1.01 * FEWEST * settings.seeds * _step(settings.size, len(settings.sources), batch)


@cache
def _step(size: int, classes: int, batch: int) -> float:
    """Return the nominal seconds of one step of every detector, as small as short budgets make it."""
    recipe, (parameters, _, _) = Recipe(), LADDER[-1]
    shape = Shape(size, classes, recipe.level, recipe.wavelet, parameters)
    return sum(seconds_per_step(name, shape, batch) for name in DETECTORS)
