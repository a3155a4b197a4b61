"""Forecast of the duration of a run on this machine, from a short benchmark of its training steps.

The benchmark affects only the forecast. Numbers of steps follow from the budget and the rates of the reference
machine, so equal settings give equal numbers of steps on any machine; see `shares`.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from subband.errors import BudgetError
from subband.forensics import Recipe, Shape, build, seconds_per_step, studied, within
from subband.generate import GENERATORS, drawing_seconds, train_generator
from subband.generate.rates import rate
from subband.lab.settings import LabSettings
from subband.lab.shares import Plan, fixed_seconds, plan, smallest

BATCH = 8  # images per step of the benchmark
STEPS = 4  # per network; the first is warm-up, the minimum of the others is used
NOTABLE = 1.25  # times the budget; a forecast above it is reported with a budget that fits


@dataclass(frozen=True)
class Pace:
    """Time per step relative to the reference machine, per generator and for the detectors; 2 is half as fast."""

    generators: Mapping[str, float]
    detectors: float


@dataclass(frozen=True)
class Forecast:
    """Expected duration of a run on this machine.

    Attributes:
        seconds: Expected duration.
        fitting: Smaller budget, in seconds, whose run takes the budgeted time; None if not needed or impossible.
    """

    seconds: float
    fitting: float | None


def measure(settings: LabSettings, families: tuple[str, ...]) -> Pace:
    """Time a few training steps of every network on noise; torch's random state is restored.

    Raises:
        KeyboardInterrupt: Ctrl-C.
    """
    with torch.random.fork_rng(devices=[]):
        generators = {family: _generator(family, settings.size) for family in families}
        shape = Shape(
            settings.size, len(settings.sources), Recipe().level, Recipe().wavelet, Recipe().parameters
        )
        taken = sum(_detector(name, shape) for name in studied())
    return Pace(generators, taken / sum(seconds_per_step(name, shape, BATCH) for name in studied()))


def forecast(settings: LabSettings, crops: int, pace: Pace) -> Forecast:
    """Expected duration of a run, for its number of real crops and the pace of this machine.

    Raises:
        BudgetError: the budget is too short.
    """
    whole = _seconds(settings, crops, plan(settings, crops), pace)
    if whole <= NOTABLE * settings.budget:
        return Forecast(whole, None)
    least = smallest(settings, crops)
    fitting = _fitting(lambda budget: _seconds_of(settings, budget, crops, pace), least, settings.budget)
    return Forecast(whole, fitting)


def said(settings: LabSettings, found: Forecast) -> str:
    """The forecast as one line, with the budget to type where the run would take longer than budgeted."""
    line = f"plan: about {in_words(found.seconds)} on this machine"
    if found.seconds <= NOTABLE * settings.budget:
        return line
    line += (
        f", {found.seconds / settings.budget:.1f} times the budget of {in_words(settings.budget)}: the budget is "
        "in seconds of a faster reference machine, so that equal settings give equal results"
    )
    if found.fitting is None:
        return line
    return f"{line}. For about {in_words(settings.budget)} here, type --budget {found.fitting:.0f}s"


def in_words(seconds: float) -> str:
    """Format seconds as "40 s", "11 min" or "2.5 h"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _seconds(settings: LabSettings, crops: int, shares: Plan, pace: Pace) -> float:
    """Expected seconds of a run: each part of the nominal time, multiplied by its pace."""
    training = sum(seconds * pace.generators[family] for family, seconds in shares.generators.items())
    drawing = {
        family: drawing_seconds(GENERATORS[family], settings.size, crops) for family in shares.generators
    }
    drawn = sum(seconds * pace.generators[family] for family, seconds in drawing.items())
    classes = len(settings.sources)
    recipe = within(
        shares.detectors,
        Recipe(),
        studied(),
        size=settings.size,
        classes=classes,
        seeds=settings.seeds,
    )
    shape = Shape(settings.size, classes, recipe.level, recipe.wavelet, recipe.parameters)
    step = sum(seconds_per_step(name, shape, recipe.batch) for name in studied())
    rest = fixed_seconds(settings, crops) - sum(drawing.values()) + settings.seeds * recipe.steps * step
    return training + drawn + rest * pace.detectors


def _seconds_of(settings: LabSettings, budget: float, crops: int, pace: Pace) -> float:
    shorter = replace(settings, budget=budget)
    return _seconds(shorter, crops, plan(shorter, crops), pace)


def _fitting(seconds: Callable[[float], float], least: float, wanted: float) -> float | None:
    """Largest budget in whole seconds whose run takes at most `wanted` seconds; None if `least` takes longer."""
    try:
        if seconds(least) > wanted:
            return None
    except BudgetError:
        return None
    low, high = least, wanted
    while high - low > 1:
        middle = (low + high) / 2
        low, high = (middle, high) if seconds(middle) <= wanted else (low, middle)
    return float(int(low))


def _generator(family: str, size: int) -> float:
    """Time of a training step of a generator relative to the reference machine."""
    marks: list[float] = []
    noise = np.random.default_rng(0).integers(0, 256, (2 * BATCH, size, size, 3), dtype=np.uint8)
    pictures, second = GENERATORS[family].unlabelled(noise)
    trained = train_generator(
        family, pictures, second=second, steps=STEPS, batch=BATCH,
        progress=lambda *_: marks.append(time.perf_counter()),
    )  # fmt: skip
    if trained.history is None or trained.history.interrupted:
        raise KeyboardInterrupt
    return float(np.diff(marks).min()) * rate(GENERATORS[family], size).trained / BATCH


def _detector(name: str, shape: Shape) -> float:
    """Seconds of a training step of a detector."""
    classifier = build(name, shape, seed=0).train()
    noise = 255 * torch.rand(BATCH, 3, shape.size, shape.size)
    marks = [time.perf_counter()]
    for _ in range(STEPS):
        cross_entropy(classifier(noise), torch.arange(BATCH) % shape.classes).backward()
        marks.append(time.perf_counter())
    return float(np.diff(marks)[1:].min())
