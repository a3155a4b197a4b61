"""Numbers of training steps of a run: from the budget and fixed rates, from this machine's pace, or as given.

On the reference clock, steps follow from the budget alone: equal settings give equal results on every machine,
and a slower machine takes longer. On the clock of this machine, each training gets its share of the time that is
left when it begins, turned into steps once, by the pace measured before, and never changed while it runs. The
numbers are recorded; `--steps` repeats them exactly.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch.nn.functional import cross_entropy

from subband.errors import InvalidInput
from subband.forensics import Recipe, Shape, build, studied, within
from subband.forensics.studies.run import LEVELLED
from subband.forensics.training.rates import FEWEST, MOST
from subband.generate import GENERATORS, drawing_seconds
from subband.generate.rates import rate
from subband.lab.pace import Pace, in_words
from subband.lab.settings import LabSettings
from subband.lab.shares import LEAST_GENERATOR, Plan, fixed_seconds, least_detectors, smallest

TIMED = 3  # steps of each detector that are timed; the first is warm-up
TRIED = 8.0  # seconds of these trials, at most a tenth of the time that is left


@dataclass
class Schedule:
    """Decides how long each training is.

    Attributes:
        settings: Of the run.
        crops: Number of real crops.
        shares: Of the budget on the reference machine.
        pace: Of this machine; None on the reference clock.
        deadline: When the budget is used up, seconds of `now`; unused on the reference clock.
        now: The clock.
    """

    settings: LabSettings
    crops: int
    shares: Plan
    pace: Pace | None = None
    deadline: float = float("inf")
    now: Callable[[], float] = time.time

    def generator(self, family: str) -> dict[str, float | int]:
        """Arguments of `train_generator`: {"steps": n}, or {"seconds": nominal seconds}."""
        if self.settings.steps:
            return {"steps": int(self.settings.steps[family])}
        if self.pace is None:
            return {"seconds": self.shares.generators[family]}
        later = [name for name in sorted(self.shares.generators) if name >= family]
        weight = {name: self.shares.generators[name] for name in later}
        share = weight[family] / (sum(weight.values()) + self.shares.detectors)
        nominal = share * self._left(later) / self.pace.generators[family]
        least = GENERATORS[family].configure(self.settings.size, channels=3).batch  # images of one step
        step = least / rate(GENERATORS[family], self.settings.size).trained
        return {"seconds": max(nominal, LEAST_GENERATOR, 1.01 * step)}

    def detectors(self, *, levelled: bool) -> tuple[Recipe, float | None]:
        """Recipe of all detectors, and the nominal seconds that set its steps; None if they are set already."""
        if self.settings.steps:
            return recipe_of(self.settings.steps["detectors"]), None
        if self.pace is None:
            return Recipe(), self.shares.detectors
        trainings = self.settings.seeds * len(studied()) + (LEVELLED if levelled else 0)
        left = self._left([]) * self.settings.seeds * len(studied()) / trainings
        classes = len(self.settings.sources)
        nominal = max(left / self.pace.detectors, least_detectors(self.settings))
        recipe = within(
            nominal, Recipe(), studied(), size=self.settings.size, classes=classes,
            seeds=self.settings.seeds,
        )  # fmt: skip
        started = self.now()
        each = seconds_of_all(recipe, self.settings.size, classes, min(TRIED, left / 10))
        left -= self.now() - started
        steps = int(left / (self.settings.seeds * each))
        return replace(recipe, steps=min(max(steps, FEWEST), MOST)), None

    def _left(self, families: list[str]) -> float:
        """Seconds left for training, after what comes besides: drawing, evaluation, figures."""
        assert self.pace is not None
        drawing = {
            name: drawing_seconds(GENERATORS[name], self.settings.size, self.crops)
            for name in self.shares.generators
        }
        rest = fixed_seconds(self.settings, self.crops) - sum(drawing.values())
        besides = rest * self.pace.detectors + sum(
            drawing[name] * self.pace.generators[name] for name in families
        )
        return max(self.deadline - self.now() - besides, 0.0)


SLACK = 1.3
"""A run may take this many times its budget."""


def shortest(settings: LabSettings, crops: int, pace: Pace, spent: float) -> float:
    """Seconds on this machine of a run with the fewest steps, those that have passed included.

    Args:
        settings: Of the run.
        crops: Number of real crops.
        pace: Of this machine.
        spent: Seconds that have passed already.
    """
    return spent + max([pace.detectors, *pace.generators.values()]) * smallest(settings, crops)


def planned(settings: LabSettings, least: float, spent: float) -> str:
    """One line on the time of a measured run; where the shortest is too long, before it starts, by how much.

    Args:
        settings: Of the run.
        least: see `shortest`.
        spent: Seconds that have passed already.
    """
    budget = in_words(settings.budget)
    if least <= SLACK * settings.budget:
        return f"plan: about {budget} on this machine, {in_words(spent)} of it used so far"
    return (
        f"plan: about {in_words(least)}, {least / settings.budget:.1f} times the budget of {budget}: the shortest "
        "run with these settings takes as long on this machine; fewer --seeds or --images take less"
    )


_RECIPE = re.compile(r"(\d+)x(\d+)x(\d+)")


def recipe_of(text: str) -> Recipe:
    """Recipe from "STEPSxBATCHxPARAMETERS".

    Raises:
        InvalidInput: another format.
    """
    match = _RECIPE.fullmatch(text)
    if match is None:
        raise InvalidInput(
            f"steps of the detectors are {text!r}: give steps, batch and parameters, e.g. --steps "
            "detectors=400x128x60000"
        )
    steps, batch, parameters = map(int, match.groups())
    return Recipe(steps=steps, batch=batch, parameters=parameters)


def written(recipe: Recipe) -> str:
    """ "STEPSxBATCHxPARAMETERS" of a recipe, for `recipe_of`."""
    return f"{recipe.steps}x{recipe.batch}x{recipe.parameters}"


def seconds_of_all(recipe: Recipe, size: int, classes: int, most: float) -> float:
    """Seconds of one training step of all detectors on this machine, timed on noise.

    Args:
        recipe: Its batch, parameters, level and wavelet are used.
        size: Side of the images.
        classes: Number of sources.
        most: Seconds after which no more steps are timed.
    """
    shape = Shape(size, classes, recipe.level, recipe.wavelet, recipe.parameters)
    began, total = time.perf_counter(), 0.0
    with torch.random.fork_rng(devices=[]):
        noise = 255 * torch.rand(recipe.batch, 3, size, size)
        labels = torch.arange(recipe.batch) % classes
        for name in studied():
            classifier = build(name, shape, seed=0).train()
            adam = torch.optim.Adam(classifier.parameters())
            taken = []
            while len(taken) < TIMED and (len(taken) < 2 or time.perf_counter() - began < most):
                start = time.perf_counter()
                adam.zero_grad()
                cross_entropy(classifier(noise), labels).backward()
                adam.step()
                taken.append(time.perf_counter() - start)
            total += sum(taken[1:]) / (len(taken) - 1)
    return total
