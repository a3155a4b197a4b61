"""The budget on this machine's clock: simulated runs end on time, and recorded steps repeat them."""

from dataclasses import dataclass

import pytest

from subband.errors import InvalidInput
from subband.forensics import DETECTORS, Recipe
from subband.forensics.training.rates import FEWEST
from subband.generate import GENERATORS, drawing_seconds
from subband.generate.rates import rate
from subband.lab import schedule as module
from subband.lab.pace import Pace
from subband.lab.schedule import (
    SLACK,
    Schedule,
    planned,
    recipe_of,
    seconds_of_all,
    shortest,
    written,
)
from subband.lab.settings import LabSettings
from subband.lab.shares import fixed_seconds, plan, smallest

CROPS = 1197


@dataclass
class Clock:
    """A clock that a simulated run moves on."""

    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


def simulated(settings, pace, *, slower=1.0, spent=0.0, monkeypatch):
    """Seconds of a run whose stages take their nominal time at `pace`, the first generator `slower` times that."""
    clock = Clock(spent)
    shares = plan(settings, CROPS)
    found = Schedule(settings, CROPS, shares, pace, settings.budget, clock)
    drawn = 0.0
    for k, family in enumerate(settings.trained):
        seconds = found.generator(family)["seconds"]
        drawing = drawing_seconds(GENERATORS[family], settings.size, CROPS)
        drawn += drawing
        clock.seconds += (seconds * (slower if k == 0 else 1) + drawing) * pace.generators[family]
    each = 0.4 * pace.detectors
    monkeypatch.setattr(module, "seconds_of_all", lambda *_: each)
    recipe, seconds = found.detectors(levelled=False)
    assert seconds is None
    clock.seconds += settings.seeds * recipe.steps * each
    clock.seconds += (fixed_seconds(settings, CROPS) - drawn) * pace.detectors
    return clock.seconds, recipe


@pytest.mark.parametrize("times", [0.5, 1.0, 2.0, 3.0])
@pytest.mark.parametrize("changes", [{}, {"generated": {"a": "x"}}, {"families": ("gan", "vae"), "seeds": 1}])
def test_a_run_takes_its_budget_on_any_machine(times, changes, monkeypatch):
    settings = LabSettings(budget=900.0, measured=True, **changes)
    pace = Pace(dict.fromkeys(settings.trained, times), times)
    seconds, recipe = simulated(settings, pace, spent=10.0, monkeypatch=monkeypatch)
    assert seconds <= 1.02 * settings.budget
    # Or the most steps that a detector gains from.
    assert seconds > 0.9 * settings.budget or recipe.steps == 2000


def test_a_stage_that_takes_longer_than_measured_leaves_less_for_the_others(monkeypatch):
    settings = LabSettings(budget=900.0, measured=True)
    pace = Pace(dict.fromkeys(settings.trained, 1.0), 1.0)
    on_time, first = simulated(settings, pace, monkeypatch=monkeypatch)
    late, second = simulated(settings, pace, slower=2.0, monkeypatch=monkeypatch)
    assert second.steps < first.steps
    assert late <= 1.02 * settings.budget
    assert on_time <= 1.02 * settings.budget


def test_without_time_left_the_detectors_take_the_fewest_steps(monkeypatch):
    settings = LabSettings(budget=300.0, measured=True)
    clock = Clock(10_000.0)
    pace = Pace(dict.fromkeys(settings.trained, 1.0), 1.0)
    found = Schedule(settings, CROPS, plan(settings, CROPS), pace, settings.budget, clock)
    monkeypatch.setattr(module, "seconds_of_all", lambda *_: 1.0)
    assert found.detectors(levelled=False)[0].steps == FEWEST
    for family in settings.trained:
        least = GENERATORS[family].configure(settings.size, channels=3).batch
        assert found.generator(family)["seconds"] > least / rate(GENERATORS[family], settings.size).trained


def test_on_the_reference_clock_nothing_depends_on_the_machine():
    settings = LabSettings()
    shares = plan(settings, CROPS)
    found = Schedule(settings, CROPS, shares)
    assert {name: found.generator(name)["seconds"] for name in settings.trained} == dict(shares.generators)
    assert found.detectors(levelled=True) == (Recipe(), shares.detectors)


def test_given_steps_are_taken_as_they_are():
    steps = {"vae": "7", "detectors": "40x32x20000"}
    settings = LabSettings(families=("vae",), measured=True, steps=steps)
    found = Schedule(settings, CROPS, plan(LabSettings(families=("vae",)), CROPS))
    assert found.generator("vae") == {"steps": 7}
    recipe, seconds = found.detectors(levelled=False)
    assert seconds is None
    assert (recipe.steps, recipe.batch, recipe.parameters) == (40, 32, 20_000)
    assert written(recipe) == steps["detectors"]
    with pytest.raises(InvalidInput, match="400x128x60000"):
        recipe_of("400")


def test_a_machine_that_is_too_slow_is_told_before_anything_is_trained():
    settings = LabSettings(measured=True)
    pace = Pace(dict.fromkeys(settings.trained, 10.0), 5.0)
    least = shortest(settings, CROPS, pace, 20.0)
    assert least == 20 + 10 * smallest(settings, CROPS)
    line = planned(settings, least, 20.0)
    assert f"{least / 180:.1f} times the budget of 3 min" in line
    assert "fewer --seeds" in line
    roomy = LabSettings(measured=True, budget=least / SLACK + 1)
    assert planned(roomy, least, 20.0).endswith("20 s of it used so far")


def test_a_step_of_all_detectors_is_timed():
    recipe = Recipe(batch=4, parameters=20_000)
    assert 0 < seconds_of_all(recipe, 16, 2, 1.0) < 60
    assert len(DETECTORS) > 1
