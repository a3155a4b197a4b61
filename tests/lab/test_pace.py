"""The forecast: what is said before the work begins, and that nothing else depends on it."""

import numpy as np
import pytest
import torch

from subband.lab.pace import Forecast, Pace, forecast, in_words, measure, said
from subband.lab.settings import LabSettings
from subband.lab.shares import plan, smallest

CROPS = 1197


def at(times: float, **changes) -> tuple[LabSettings, Forecast]:
    settings = LabSettings(**changes)
    families = () if settings.generated else settings.families
    return settings, forecast(settings, CROPS, Pace(dict.fromkeys(families, times), times))


@pytest.mark.parametrize(
    "changes", [{}, {"generated": {"a": "x"}}, {"size": 32, "seeds": 1, "budget": 300.0}]
)
def test_the_reference_machine_takes_the_budget(changes):
    # Steps are whole numbers and detectors make equally many: the rest is less than a step of all of them.
    settings, found = at(1.0, **changes)
    assert found.seconds == pytest.approx(settings.budget, rel=0.02)
    assert found.fitting is None


def test_a_machine_half_as_fast_takes_twice_as_long_and_is_told_a_budget_that_fits():
    settings, found = at(2.0, budget=600.0)
    assert found.seconds == pytest.approx(1200, rel=0.02)
    assert found.fitting is not None
    assert at(2.0, budget=found.fitting)[1].seconds == pytest.approx(600, rel=0.02)
    line = said(settings, found)
    assert line.startswith("plan: about 20 min on this machine, 2.0 times the budget of 10 min")
    assert line.endswith(f"For about 10 min here, type --budget {found.fitting:.0f}s")


def test_no_budget_is_advised_where_the_smallest_takes_longer():
    settings, found = at(100.0)
    assert found.fitting is None
    assert "type --budget" not in said(settings, found)
    assert plan(LabSettings(budget=smallest(settings, CROPS)), CROPS)


def test_only_the_part_that_is_slow_counts():
    settings = LabSettings(budget=600.0)
    shares = plan(settings, CROPS)
    slow = forecast(settings, CROPS, Pace({"diffusion": 3.0, "gan": 1.0, "vae": 1.0}, 1.0))
    more = 2 * shares.generators["diffusion"]
    assert slow.seconds - at(1.0, budget=600.0)[1].seconds > more  # and its drawing


def test_the_trial_leaves_random_numbers_alone():
    settings = LabSettings(size=16, generated={"a": "x"})
    torch.manual_seed(3)
    before, numbers = torch.get_rng_state(), np.random.get_state()[1]
    pace = measure(settings, ("vae",))
    assert torch.equal(torch.get_rng_state(), before)
    assert np.array_equal(np.random.get_state()[1], numbers)
    assert pace.detectors > 0
    assert pace.generators["vae"] > 0


@pytest.mark.parametrize(
    ("seconds", "words"), [(41.2, "41 s"), (100, "2 min"), (5000, "83 min"), (9000, "2.5 h")]
)
def test_times_in_words(seconds, words):
    assert in_words(seconds) == words
