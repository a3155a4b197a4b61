"""Shares of the budget: they add up, they are the same every time, and the smallest budget is named truly."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from subband.errors import BudgetError
from subband.forensics import Recipe, studied, within
from subband.lab.settings import LabSettings, lab_families
from subband.lab.shares import LEAST_GENERATOR, plan, smallest

families = st.lists(st.sampled_from(lab_families()), min_size=1, max_size=3, unique=True).map(tuple)


@settings(max_examples=6, deadline=None)
@given(families, st.integers(1, 5), st.sampled_from([12, 3000]), st.sampled_from([32, 64]), st.booleans())
def test_the_smallest_budget_works_and_a_second_less_does_not(families, seeds, crops, size, trained):
    chosen = LabSettings(families=families, seeds=seeds, size=size)
    if not trained:
        chosen = replace(chosen, generated={"a": "x"})
    least = smallest(chosen, crops)
    shares = plan(replace(chosen, budget=least), crops)
    assert set(shares.generators) == (set(families) if trained else set())
    assert all(seconds >= LEAST_GENERATOR for seconds in shares.generators.values())
    common = {"size": size, "classes": len(chosen.sources), "seeds": seeds}
    assert within(shares.detectors, Recipe(), studied(), **common).steps >= 1
    with pytest.raises(BudgetError):
        plan(replace(chosen, budget=least - 1), crops)


def test_a_longer_budget_goes_to_training_in_full():
    short, long = (plan(LabSettings(budget=seconds), 1200) for seconds in (200.0, 300.0))

    def total(shares):
        return sum(shares.generators.values()) + shares.detectors

    assert total(long) - total(short) == pytest.approx(100)
    assert long.generators["diffusion"] > long.generators["gan"] > long.generators["vae"]


def test_the_message_names_a_budget_that_works():
    with pytest.raises(BudgetError, match="too short") as caught:
        plan(LabSettings(budget=2.0), 100)
    seconds = float(re.search(r"--budget (\d+)s", str(caught.value))[1])
    assert plan(LabSettings(budget=seconds), 100).detectors > 0


def test_the_default_budget_suits_the_default_run():
    shares = plan(LabSettings(), 1197)
    assert min(shares.generators.values()) > 5
    assert shares.detectors > 20
