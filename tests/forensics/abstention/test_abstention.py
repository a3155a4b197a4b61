"""Frozen thresholds: what they promise holds, whatever the detector is worth."""

import numpy as np
import pytest

from subband.errors import InvalidInput
from subband.forensics.abstention.conformal import clopper_pearson, needed
from subband.forensics.abstention.thresholds import Abstention, frozen, measured_errors


def drawn(rng, n, gap, generators=2):
    """Log-odds of n photographs and n pictures of each generator, `gap` standard deviations apart."""
    labels = np.repeat(np.arange(1 + generators), n)
    return rng.standard_normal(len(labels)) + gap * (labels > 0), labels


@pytest.mark.parametrize("gap", [0.0, 1.0, 3.0, 8.0])
def test_rates_hold_for_a_worthless_detector_and_for_a_good_one(rng, gap):
    alarms, misses, firm = [], [], []
    for _ in range(300):
        rule = frozen(*drawn(rng, 120, gap), false_alarms=0.05, misses=0.1)
        s, labels = drawn(rng, 60, gap)
        answers = [rule.answers(value) for value in s]
        alarms += [a == {"generated"} for a, k in zip(answers, labels, strict=True) if k == 0]
        misses += [a == {"real"} for a, k in zip(answers, labels, strict=True) if k == 1]
        firm += [len(a) == 1 for a in answers]
    assert np.mean(alarms) <= 0.05 + 0.01
    assert np.mean(misses) <= 0.1 + 0.015
    assert (np.mean(firm) > 0.9) == (gap >= 3)
    assert gap > 0 or np.mean(firm) < 0.2


def test_a_hard_generator_keeps_real_from_being_said(rng):
    """The rate of misses holds for each generator, not for their mixture."""
    s, labels = drawn(rng, 100, 8.0)
    s[labels == 2] = rng.standard_normal(100)  # looks like photographs
    rule = frozen(s, labels, misses=0.05)
    said = [rule.answers(value) for value in s[labels == 2]]
    assert np.mean([answer == {"real"} for answer in said]) <= 0.05


def test_generators_with_few_pictures_are_taken_together(rng):
    labels = np.r_[np.zeros(100, dtype=int), np.repeat(np.arange(1, 6), 5)]
    s = np.where(labels > 0, 10.0, 0.0) + rng.standard_normal(len(labels))
    rule = frozen(s, labels)
    assert rule.lowest_generated == pytest.approx(np.sort(s[labels > 0])[0])
    assert rule.too_few() is None


def test_between_the_thresholds_and_between_the_classes():
    overlapping = Abstention(
        0.1, 0.1, highest_real=1.0, lowest_generated=-1.0, photographs=50, generated=50, bounds={}
    )
    answers = [overlapping.answers(s) for s in (-2, 0, 2)]
    assert answers == [{"real"}, {"real", "generated"}, {"generated"}]
    apart = Abstention(
        0.1, 0.1, highest_real=-1.0, lowest_generated=1.0, photographs=50, generated=50, bounds={}
    )
    assert [apart.answers(s) for s in (-2, 0, 2)] == [{"real"}, set(), {"generated"}]


def test_a_handful_of_photographs_gives_no_firm_generated(rng):
    labels = np.r_[np.zeros(3, dtype=int), np.ones(100, dtype=int)]
    s = np.where(labels > 0, 10.0, -10.0) + rng.standard_normal(len(labels))
    rule = frozen(s, labels)
    assert rule.highest_real is None
    assert rule.too_few() == f"3 photographs ({needed(0.02)} needed)"
    assert rule.answers(99.0) == {"real", "generated"}
    assert rule.answers(-99.0) == {"real"}
    assert rule.bounds["false alarms"] == 1.0


def test_measured_errors_are_counted_by_class():
    verdicts = ["real", "generated", "can't tell", "real", "generated", "generated", "real", "can't tell"]
    labels = np.array([0, 0, 0, 0, 1, 1, 2, 2])
    errors = measured_errors(verdicts, labels, {0: "real", 1: "a", 2: "b"})
    upper = [errors.pop(f"{name} at most") for name in ("false alarms", "misses")]
    assert upper == pytest.approx([clopper_pearson(1, 4)[1]] * 2)
    assert errors == {
        "false alarms": 0.25, "misses": 0.25, "found": 0.5, "answered": 0.75, "found a": 1.0, "found b": 0.0
    }  # fmt: skip
    with pytest.raises(InvalidInput, match="both classes"):
        measured_errors(["real"], np.array([0]), {})


def test_scores_are_known_by_name():
    with pytest.raises(InvalidInput, match="no score 'x': use one of mahalanobis"):
        Abstention(0.1, 0.1, None, None, 0, 0, {}, typicality="x")
