import numpy as np
import pytest

from subband.data.decode import FileFacts
from subband.errors import InvalidInput
from subband.forensics import format_control
from subband.forensics.evaluation.control import format_features


def facts(n, container="PNG", length=1000, table=()):
    lengths = np.broadcast_to(length, n)
    return [FileFacts(int(b), 32, 32, container, table) for b in lengths]


LABELS = np.repeat([0, 1], 60)
TRAIN = np.tile([True, False], 60)


def control(files, **keywords):
    return format_control(
        files, LABELS, np.arange(120), TRAIN, resamples=200, rng=np.random.default_rng(0), **keywords
    )


def test_equal_files_are_at_chance_exactly():
    found = control(facts(120))
    assert found.auroc.mean == found.accuracy.mean == 0.5
    assert found.auroc.interval == (0.5, 0.5)
    assert found.at_chance
    assert found.columns == ()


@pytest.mark.parametrize("leak", [
    {"container": "JPEG"},
    {"length": 1200},
    {"table": tuple(range(1, 65))},
])  # fmt: skip
def test_a_leak_is_flagged(leak):
    found = control(facts(60) + facts(60, **leak))
    assert found.auroc.mean == pytest.approx(1)
    assert found.accuracy.mean == pytest.approx(1)
    assert not found.at_chance
    assert found.columns


def test_facts_that_vary_alike_are_at_chance():
    lengths = np.random.default_rng(3).integers(900, 1100, 120)
    found = control(facts(120, length=lengths))
    assert found.at_chance
    assert found.columns == ("bytes",)


def test_too_few_scenes_for_an_interval_decide_nothing():
    """Two test scenes, one of each class: half of all resamples hold one class only."""
    files = facts(60) + facts(60, length=1200)
    scenes = np.repeat([0, 1], 60)
    found = format_control(files, LABELS, scenes, TRAIN, resamples=200, rng=np.random.default_rng(0))
    assert found.auroc.mean == 1
    assert found.auroc.interval is None
    assert found.at_chance is None


def test_the_length_can_be_left_out():
    files = facts(60) + facts(60, length=1200)
    assert control(files, size=False).columns == ()
    table, names = format_features(files, size=False)
    assert table.shape == (120, len(names))
    assert "bytes" not in names


def test_the_same_random_stream_gives_the_same_result():
    files = facts(60, length=np.arange(60)) + facts(60, length=np.arange(20, 80))
    assert control(files) == control(files)


def test_input_that_does_not_fit():
    with pytest.raises(InvalidInput, match="119 facts"):
        control(facts(119))
    rng = np.random.default_rng(0)
    with pytest.raises(InvalidInput, match="for test"):
        format_control(facts(120), LABELS, np.arange(120), LABELS == LABELS, rng=rng)
    with pytest.raises(InvalidInput, match="for training"):
        format_control(facts(120), LABELS, np.arange(120), LABELS == 0, rng=rng)
