import dataclasses
import json

import numpy as np
import pytest
from planted import QUICK, SETTINGS, planted, smooth, source, white

from subband.data.decode import FileFacts
from subband.errors import BudgetError, InvalidInput
from subband.forensics import Recipe, StudySettings, studied, study, within
from subband.forensics.abstention.reference import SCORES

PACKETS = ("linear on packets", "CNN on packets")


@pytest.fixture(scope="module")
def three_sources():
    return planted(160) | {"blurred": source("blurred", smooth(160, 2, reach=4))}


@pytest.fixture(scope="module")
def found(three_sources):
    told = []
    settings = dataclasses.replace(SETTINGS, seeds=2)
    return study(three_sources, settings, lambda stage, fraction: told.append((stage, fraction))), told


def test_a_planted_difference_is_found_by_packets(found):
    result, _ = found
    for name in ("CNN on packets", "fused CNN on packets"):
        row = result.row(name)
        assert row.scores["auroc"].mean > 0.98
        assert row.scores["attribution"].mean > 0.6  # guessing: 1/3
        low, high = row.scores["auroc"].interval
        assert low <= row.scores["auroc"].mean <= high + 1e-9
    photo, made = (result.kept.judge(make(1, 99)[0], guarded=False) for make in (white, smooth))
    assert photo.probability_generated < 0.5 < made.probability_generated


def test_the_kept_detector_is_calibrated_for_abstention(found):
    """On validation scenes; its errors are those on test scenes."""
    rule = found[0].kept.config.abstention
    assert (rule.photographs, rule.generated) == (40, 80)
    assert rule.highest_real is None  # 49 photographs are needed for a rate of 2 %
    assert rule.lowest_generated is not None
    assert {"false alarms", "misses", "answered", "found smooth", "found blurred"} <= set(rule.errors)
    assert rule.errors["false alarms"] == 0
    assert set(rule.compared) == set(SCORES)
    assert rule.typicality == max(rule.compared, key=rule.compared.get)
    said = found[0].kept.judge(smooth(1, 99)[0], guarded=False)
    assert said.verdict == "can't tell"
    assert "40 photographs (49 needed)" in said.reason or "unlike" in said.reason


def test_everything_a_report_needs_is_there(found):
    result, told = found
    assert result.classes == ("real", "blurred", "smooth")
    assert tuple(row.name for row in result.rows) == studied()
    assert all(len(result.curves[name]) == 2 for name in studied())
    assert result.confusion.sum() == 3 * 40
    assert result.reliability.count.sum() == 3 * 40
    assert set(result.statistics) == set(result.classes)
    assert result.saliency["CNN on pixels"]["blurred"].packets.shape == (8, 8, 2, 2)
    assert result.controls["stored"].at_chance
    assert result.controls["stored"].auroc.mean == 0.5
    assert result.interrupted is None
    assert result.row(result.kept_name).worst_source in result.classes
    fractions = [fraction for _, fraction in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


def test_convolutional_nets_have_one_budget(found):
    counts = [row.parameters for row in found[0].rows if "CNN" in row.name]
    assert max(counts) <= QUICK.parameters


def test_json_is_plain_and_repeats(found, three_sources):
    plain = json.loads(json.dumps(found[0].to_json(), allow_nan=False))
    assert set(plain["detectors"]) == set(studied())
    assert plain["attribution"]["names"] == ["real", "blurred", "smooth"]
    settings = dataclasses.replace(SETTINGS, detectors=PACKETS)
    first, second = (study(three_sources, settings).to_json() for _ in range(2))
    assert json.dumps(first) == json.dumps(second)


def test_equal_sources_cannot_be_told_apart():
    sources = {"real": source("real", white(400, 0)), "fake": source("fake", white(400, 1))}
    result = study(sources, dataclasses.replace(SETTINGS, detectors=("linear on packets",)))
    low, high = result.row("linear on packets").scores["auroc"].interval
    assert low < 0.55
    assert high > 0.45
    assert result.row("linear on packets").scores["auroc"].mean < 0.65


def test_a_leak_into_the_files_is_flagged(three_sources):
    def leaking(split):
        def other(images):
            facts = (FileFacts(999, 16, 16, "JPEG", (3,) * 64),) * len(images)
            return dataclasses.replace(images, stored=facts)

        return dataclasses.replace(split, train=other(split.train), test=other(split.test))

    sources = three_sources | {"smooth": leaking(three_sources["smooth"])}
    del sources["blurred"]
    controls = study(sources, dataclasses.replace(SETTINGS, detectors=("linear on packets",))).controls
    assert not controls["stored"].at_chance
    assert controls["stored"].auroc.mean == pytest.approx(1)
    assert controls["delivered"].at_chance


def test_ctrl_c_keeps_what_is_finished(three_sources):
    def stop(stage, fraction):
        if stage.startswith("CNN on packets"):
            raise KeyboardInterrupt

    result = study(three_sources, dataclasses.replace(SETTINGS, detectors=PACKETS), stop)
    assert result.interrupted == "CNN on packets, seed 0"
    assert [row.name for row in result.rows] == ["linear on packets"]
    assert json.dumps(result.to_json())


def test_ctrl_c_before_anything_is_finished_is_passed_on(three_sources):
    def stop(stage, fraction):
        if stage.startswith("linear"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        study(three_sources, dataclasses.replace(SETTINGS, detectors=PACKETS), stop)


def test_the_budget_sets_the_steps():
    keywords = {"size": 64, "classes": 4, "seeds": 3}
    few, many = (within(seconds, Recipe(), studied(), **keywords) for seconds in (120, 2400))
    assert few.steps * few.batch < many.steps * many.batch
    assert within(1e6, Recipe(), studied(), **keywords).steps == 2000
    assert few == within(120, Recipe(), studied(), **keywords)
    with pytest.raises(BudgetError, match=r"1 s are too short.*at least \d+ s"):
        within(1, Recipe(), studied(), **keywords)


def test_a_study_within_seconds_takes_the_steps_of_the_budget(three_sources):
    settings = dataclasses.replace(SETTINGS, detectors=("linear on packets",), seconds=1.0)
    expected = within(1.0, QUICK, settings.detectors, size=16, classes=3, seeds=1)
    result = study(three_sources, settings)
    assert result.steps == expected.steps
    assert result.batch == expected.batch


def test_settings_that_cannot_be_used():
    with pytest.raises(InvalidInput, match="CNN on sounds"):
        StudySettings(detectors=("CNN on sounds",))
    with pytest.raises(InvalidInput, match="seeds=0"):
        StudySettings(seeds=0)


def test_scores_of_sources_are_recalls(found):
    result, _ = found
    row = result.row(result.kept_name)
    assert set(row.sources) == set(result.classes)
    assert all(0 <= score.mean <= 1 for score in row.sources.values())
    assert row.scores["accuracy"].seeds != ()
    assert np.isfinite(row.scores["ece"].mean)
