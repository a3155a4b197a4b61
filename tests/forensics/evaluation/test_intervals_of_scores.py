"""Intervals of few photographs are wide, or there is none."""

import math

import numpy as np
import pytest

from subband.forensics.evaluation.scores import (
    FEW,
    interval_of,
    photographs_of_mean,
    photographs_of_ranking,
    scenes_of,
)
from subband.metrics import auroc, balanced_accuracy, wilson_interval


def scored(number, crops=20, metric=balanced_accuracy, **more):
    """A detector that is always right, on as many photographs of each class."""
    labels = np.repeat([0, 1], number * crops)
    groups = np.arange(len(labels)) // crops
    return interval_of(
        metric, labels, labels, groups=groups, resamples=200, rng=np.random.default_rng(0), **more
    )


def test_always_right_on_five_photographs_is_no_certainty():
    """The bootstrap alone says 100 to 100 %: it resamples nothing but right answers."""
    found = scored(5)
    assert found.mean == 1
    assert found.interval == pytest.approx(wilson_interval(1.0, 10))
    assert found.interval[0] < 0.75


def test_many_photographs_leave_the_bootstrap_alone():
    assert scored(FEW).interval == (1, 1)


def test_one_photograph_of_each_class_has_no_interval():
    assert scored(1).interval is None


def test_the_smaller_class_counts():
    labels = np.repeat([0, 1], [3, 300])
    groups = np.arange(303)
    assert scenes_of(labels, groups).tolist() == [3, 300]
    assert photographs_of_mean(labels, groups) == pytest.approx(4 / (1 / 3 + 1 / 300))
    assert photographs_of_ranking(labels, groups) == 3


def test_the_number_can_be_given():
    assert scored(5, photographs=math.inf).interval == (1, 1)
    low, _ = scored(5, metric=auroc, photographs=5.0).interval
    assert low == pytest.approx(wilson_interval(1.0, 5).low)
