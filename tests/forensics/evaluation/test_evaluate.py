"""A detector of brightness: everything that an evaluation finds about it is known beforehand."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from brightness import Bright, flat, write

from subband.errors import DataError, InvalidInput
from subband.forensics.evaluation import (
    AS_IS,
    SCORES,
    Answers,
    EvaluationSettings,
    Labelled,
    Specs,
    answer_of,
    ask,
    evaluate_detectors,
    measure,
    minimum,
    places,
    samples,
)

QUICK = EvaluationSettings(families=("JPEG", "crop"), resamples=200)


@pytest.fixture(scope="module")
def found(pictures):
    return evaluate_detectors({"bright": Bright()}, Specs(both=str(pictures)), QUICK)


def test_rates_by_generator_and_by_source_of_photographs(found):
    row = found.detectors["bright"]
    assert row.generators["lamp"]["detected"].mean == 1
    assert row.generators["night"]["detected"].mean == 0
    assert row.worst["detected"] == ("night", 0)
    assert row.generators["lamp"]["false_alarms"].mean == pytest.approx(10 / 50)
    assert row.pooled["detected"].mean == pytest.approx(0.5)  # generators weigh the same, 30 and 20 pictures
    assert row.photographs["dark"].false_alarms.mean == 0
    assert row.photographs["snow"].false_alarms.mean == 1
    assert row.photographs["snow"].false_alarms.interval[0] < 0.75  # ten photographs
    assert row.generators["lamp"]["auroc"].mean == pytest.approx(1.0)
    # Night is darker than both kinds of photographs.
    assert row.generators["night"]["auroc"].mean == pytest.approx(0.0, abs=0.02)


def test_the_scores_are_all_there_with_intervals_around_them(found):
    for row in found.detectors["bright"].generators.values():
        assert set(row) == set(SCORES)
        for score in row.values():
            if score.interval is not None:
                low, high = score.interval
                assert low - 1e-9 <= score.mean <= high + 1e-9


def test_pictures_are_counted_and_unreadable_ones_named(found):
    assert found.counts() == {
        "lamp": {"lamp": 30}, "night": {"night": 20}, "real": {"dark": 40, "snow": 10},
    }  # fmt: skip
    assert [item.name.endswith("broken.png") for item in found.skipped] == [True]
    assert found.control.at_chance is not None


def test_a_condition_that_changes_nothing_shifts_nothing(found):
    for name, row in found.detectors["bright"].conditions.items():
        for score in row.shift.values():
            assert score.mean == pytest.approx(0, abs=0.05), name
        assert row.flips.mean == 0
        assert row.withdrawn == 0
    assert found.detectors["bright"].conditions[AS_IS].shift["real"].mean == 0


def test_results_are_json_and_repeat(found, pictures):
    plain = json.loads(json.dumps(found.to_json(), allow_nan=False))
    again = evaluate_detectors({"bright": Bright()}, Specs(both=str(pictures)), QUICK)
    assert plain == json.loads(json.dumps(again.to_json()))
    rows = found.table()
    assert len(rows) == 1 + 100
    assert {row[4] for row in rows[1:]} == {"real", "generated"}


def test_flips_and_withdrawals_are_counted(tmp_path):
    """A detector that changes its mind about every scaled picture."""

    class Moody(Bright):
        def judge(self, pixels):
            answer = super().judge(pixels)
            if pixels.shape[0] != 32:  # a scaled picture
                answer.verdict = "real" if answer.verdict == "generated" else "can't tell"
            return answer

    write(tmp_path / "real" / "a", [60] * 8)
    write(tmp_path / "generated" / "b", [200] * 8)
    settings = EvaluationSettings(families=("resize",), resamples=50)
    row = evaluate_detectors({"m": Moody()}, Specs(both=str(tmp_path)), settings).detectors["m"]
    half = row.conditions["resize 0.75"]
    assert half.flips.mean == pytest.approx(0.5)  # the generated ones became real
    assert half.withdrawn == pytest.approx(0.5)  # the real ones became "can't tell"
    assert half.scores["answered"].mean == pytest.approx(0.5)
    assert half.scores["missed"].mean == 1


def test_pictures_that_become_too_small_are_refused_and_not_answered(pictures):
    settings = EvaluationSettings(families=("resize",), resamples=0)

    class Large(Bright):
        def judge(self, pixels):
            if min(pixels.shape[:2]) < 20:
                raise InvalidInput("too small")
            return super().judge(pixels)

    row = evaluate_detectors({"l": Large()}, Specs(both=str(pictures)), settings).detectors["l"]
    small = row.conditions["resize 0.5"]
    assert small.refused == 100
    assert small.scores["answered"].mean == 0
    assert math.isnan(small.scores["error_among_answered"].mean)
    assert math.isnan(small.shift["real"].mean)


def test_ctrl_c_reports_on_the_pictures_seen_so_far(pictures):
    def stop(done, total):
        if done == 60:
            raise KeyboardInterrupt

    specs = Specs(both=str(pictures))
    found = evaluate_detectors({"b": Bright()}, specs, replace(QUICK, resamples=0), stop)
    assert found.interrupted
    assert 50 < len(found.pictures) <= 60
    assert set(found.counts()) == {"real", "lamp", "night"}  # read in random order

    def at_once(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        evaluate_detectors({"b": Bright()}, specs, QUICK, at_once)


def test_copies_across_the_classes_are_counted(tmp_path):
    write(tmp_path / "real" / "a", [60] * 6)
    write(tmp_path / "generated" / "a", [60] * 6)  # the same pictures
    found = evaluate_detectors(
        {"b": Bright()}, Specs(both=str(tmp_path)), EvaluationSettings(families=(), resamples=0)
    )
    assert found.copies["a"].equal == 6


def test_sources_by_name_and_by_sub_folder(pictures):
    specs = Specs({"": str(pictures / "real")}, {"lamp": str(pictures / "generated" / "lamp")})
    found = places(specs, most=5, seed=0)
    assert {(place.kind, place.origin) for place in found} == {
        ("real", "dark"), ("real", "snow"), ("lamp", "lamp"),
    }  # fmt: skip
    assert len(found) == 15
    named = places(Specs({"mine": str(pictures / "real")}, dict(specs.generated)), most=500, seed=0)
    assert {place.origin for place in named} == {"mine", "lamp"}


def test_large_pictures_are_cut_on_the_grid_of_jpeg(tmp_path):
    write(tmp_path / "real" / "a", [60], side=100)
    write(tmp_path / "generated" / "a", [60], side=100)
    specs = Specs(both=str(tmp_path))
    whole = {sample.kind: sample for sample in samples(places(specs, most=9, seed=0), side=512)}
    for sample in samples(places(specs, most=9, seed=0), side=48):
        assert np.array_equal(sample.pixels, whole[sample.kind].pixels[16:64, 16:64])


@pytest.mark.parametrize(
    ("specs", "error", "says"),
    [
        (Specs(), InvalidInput, "--real DIR and --generated NAME=DIR"),
        (Specs(real={"": "packaged"}), InvalidInput, "--generated"),
        (Specs(both="/nowhere/at/all"), DataError, "no folder"),
    ],
)
def test_what_cannot_be_evaluated(specs, error, says):
    with pytest.raises(error, match=says):
        evaluate_detectors({"b": Bright()}, specs)


def test_one_kind_only(tmp_path):
    write(tmp_path / "real" / "a", [60] * 3)
    with pytest.raises(DataError, match="photographs only"):
        evaluate_detectors({"b": Bright()}, Specs(both=str(tmp_path)))
    with pytest.raises(DataError, match="no pictures below real/"):
        evaluate_detectors({"b": Bright()}, Specs(both=str(tmp_path / "real")))


def test_answers_of_every_form():
    class Verdict:
        real, probability_generated = False, 0.75
        source_probabilities = {"real": 0.25, "gan": 0.75}  # noqa: RUF012

    answer = answer_of(Verdict())
    assert (answer.verdict, answer.probability) == (1, 0.75)
    assert answer.score == pytest.approx(math.log(3))
    assert ask(Bright(), flat(60, side=8)).refused
    unsure = ask(Bright(unsure=0.6), flat(60))
    assert unsure.verdict == -1
    assert unsure.probability == pytest.approx(60 / 255, abs=0.02)
    with pytest.raises(InvalidInput, match="unknown verdict 'maybe'"):
        answer_of(type("A", (), {"verdict": "maybe", "probability_generated": 0.5})())
    with pytest.raises(InvalidInput, match="probability"):
        answer_of(type("A", (), {"verdict": "real", "probability_generated": 1.5})())


def test_scores_of_sure_answers_stay_apart():
    """Two probabilities that round to 1 are ranked by what is left for "real"."""
    sure, surer = (
        answer_of(
            type(
                "A",
                (),
                {"verdict": "generated", "probability_generated": 1.0, "sources": {"real": q, "g": 1.0}},
            )()
        ).score
        for q in (1e-9, 1e-12)
    )
    assert surer > sure > 0


def test_the_threshold_is_the_detectors_own():
    """Shifted probabilities: the ranking is perfect, the frozen threshold is useless, and no oracle repairs it."""
    n = 40
    labels = np.repeat([0, 1], n)
    p = np.where(labels == 1, 0.95, 0.9) + np.linspace(0, 0.01, 2 * n)
    answers = Answers(np.log(p / (1 - p)), p, np.ones(2 * n, int), np.zeros(2 * n, bool))
    kind = np.where(labels == 1, "g", "real")
    rows = measure(
        Labelled(labels, kind, kind, np.arange(2 * n)), answers, threshold=0.5, resamples=0,
        rng=np.random.default_rng(0),
    )  # fmt: skip
    assert rows["auroc"].mean == pytest.approx(1)
    assert rows["balanced_accuracy"].mean == pytest.approx(0.5)
    assert rows["false_alarms"].mean == pytest.approx(1)
    assert rows["oracle_tpr_at_1_fpr"].mean == pytest.approx(1)
    assert minimum({"g": rows})["balanced_accuracy"] == ("g", rows["balanced_accuracy"].mean)
