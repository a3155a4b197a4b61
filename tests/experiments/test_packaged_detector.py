"""Thresholds and figures of the packaged detector on scores whose answers are known."""

from dataclasses import replace

import numpy as np
import pytest

from subband.data.decode import FileFacts
from subband.experiments.packaged_detector.discriminant import (
    SHRINKAGE,
    Statistics,
    discriminant_detector,
    measured_statistics,
    statistics_of,
)
from subband.experiments.packaged_detector.folds import (
    VIEWS,
    Scores,
    joined,
    read_scores,
    view_of,
    write_scores,
)
from subband.experiments.packaged_detector.package import tempered
from subband.experiments.packaged_detector.verdicts import Thresholds, figures, frozen, says_real, stable
from subband.forensics.estimators.linear import Discriminant
from subband.forensics.training.material import Item


def scores(n: int = 600, apart: float = 3.0, seed: int = 0) -> Scores:
    """Two collections of photographs and two generators, normal scores of unit variance, in five folds."""
    rng = np.random.default_rng(seed)
    generated = np.repeat([False, True], n)
    sources = np.where(generated, "gan", "camera").astype("<U12")
    sources[::2] = np.where(generated[::2], "diffusion", "phone")
    base = rng.standard_normal(2 * n) + apart * generated
    odds = base[:, None] + 0.05 * rng.standard_normal((2 * n, len(VIEWS)))
    folds = rng.integers(0, 5, 2 * n)
    names = tuple(f"{k}" for k in range(2 * n))
    return Scores(names, tuple(sources), generated, folds, of_odds(odds), np.zeros((2 * n, len(VIEWS), 3)))


def of_odds(odds: np.ndarray) -> np.ndarray:
    """Logits of two known classes and one that is unknown."""
    return np.stack([np.zeros_like(odds), odds, np.full_like(odds, -np.inf)], -1)


def test_false_alarms_and_misses_stay_at_the_stated_rates() -> None:
    """Over repeated draws, since one calibration set is luck."""
    alarms, misses = [], []
    for seed in range(30):
        found = figures(scores(seed=seed))
        alarms += [row.generated for row in found.photographs.values()]
        misses += [row.real for row in found.generators.values()]
    assert np.mean(alarms) < 0.02
    assert np.mean(misses) < 0.05
    assert np.mean(alarms) > 0.002  # not by silence


def test_nothing_is_firm_where_nothing_can_be_told() -> None:
    found = figures(scores(apart=0.0))
    assert found.auroc == pytest.approx(0.5, abs=0.04)
    assert max(row.answered for row in (*found.photographs.values(), *found.generators.values())) < 0.12


def test_the_worst_source_sets_the_threshold() -> None:
    some = scores()
    shifted = some.odds + np.where(np.array(some.sources) == "phone", 2.0, 0.0)[:, None]
    harder = replace(some, logits=of_odds(shifted))
    assert frozen(harder).high == pytest.approx(frozen(some).high + 2, abs=0.6)


def test_a_verdict_that_another_view_contradicts_is_none() -> None:
    verdicts = np.array([[1, 1, 0, 1], [1, 1, -1, 1], [-1, -1, -1, 0], [0, 1, 1, 1]])
    assert stable(verdicts, "q75").tolist() == [1, 0, -1, 1]
    assert stable(verdicts, "delivered").tolist() == [1, 0, -1, 0]


def test_between_the_thresholds_there_is_no_answer() -> None:
    assert Thresholds(-1, 2).verdict(np.array([-2, -1, 0, 2, 3])).tolist() == [-1, 0, 0, 0, 1]


def test_scores_are_read_as_they_were_written(tmp_path) -> None:
    some = scores(20)
    write_scores(tmp_path / "s.npz", some)
    again = read_scores(tmp_path / "s.npz")
    assert again.names == some.names
    assert again.sources == some.sources
    np.testing.assert_array_equal(again.odds, some.odds)
    halves = joined([some.of(some.folds < 2), some.of(some.folds >= 2)])
    assert sorted(halves.names) == sorted(some.names)


def test_odds_are_those_of_the_tempered_logits() -> None:
    some = scores(20)
    np.testing.assert_allclose(replace(some, temperature=2.0).odds, some.odds / 2)
    np.testing.assert_allclose(replace(some, shift=1.5).odds, some.odds + 1.5)
    several = np.log(np.array([[[0.5, 0.3, 0.2], [0.1, 0.9, 0.0]]]) + 1e-300)
    found = replace(some.of(np.arange(1)), logits=several)
    np.testing.assert_allclose(found.odds, [[0, np.log(9)]], atol=1e-9)


def test_views_are_what_they_are_called() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 48, 3), dtype=np.uint8)
    assert view_of(pixels, "75 %").shape == (48, 36, 3)
    assert (view_of(pixels, "delivered") == pixels).all()
    lossy = [np.abs(view_of(pixels, f"q{quality}").astype(int) - pixels).mean() for quality in (75, 85)]
    assert lossy[0] > lossy[1] > 1


def test_the_last_layer_of_the_detector_is_the_discriminant(rng) -> None:
    count = 168 + 378
    labels = np.repeat(["real", "ldm", "autoencoder"], 30)
    values = rng.standard_normal((90, count)).astype(np.float32)
    values[:, 0] += 4.0 * (labels == "ldm")
    parts = [Statistics(values[k::2], labels[k::2]) for k in (0, 1)]
    detector = discriminant_detector(parts)
    assert detector.config.classes == ("real", "ldm", "autoencoder")
    measured = measured_statistics(detector, values, [*labels[:-1].tolist(), "flux1-dev"])
    assert len(measured.labels) == 89  # one generator is unknown to the detector
    discriminant = Discriminant(3)
    discriminant.add(values.astype(float), np.array([detector.config.classes.index(name) for name in labels]))
    weights, offsets = discriminant.weights(SHRINKAGE)
    expected = values[:89] @ weights + offsets
    np.testing.assert_allclose(measured.logits, expected, rtol=1e-3, atol=1e-2)
    squares = rng.integers(0, 256, (2, 128, 128, 3), dtype=np.uint8)
    logits, features = detector.measure(squares)
    np.testing.assert_allclose(logits, features @ weights + offsets, rtol=1e-3, atol=0.05)


def test_statistics_are_made_once(tmp_path) -> None:
    file = tmp_path / "statistics.npz"
    facts = FileFacts(1, 192, 192, "PNG")
    pixels = np.random.default_rng(0).integers(0, 256, (4, 192, 192, 3), dtype=np.uint8)
    items = [
        Item(p, "ldm" if k % 2 else "cameras", bool(k % 2), f"{k}", False, facts, f"{k}")
        for k, p in enumerate(pixels)
    ]
    made = statistics_of(items, file, 0, examples=8)
    assert made.values.shape == (8, 546)
    assert set(made.labels.tolist()) == {"real", "ldm"}
    np.testing.assert_array_equal(statistics_of([], file, 0).values, made.values)


def test_real_is_never_said_where_a_new_generator_would_often_be_called_so() -> None:
    some = scores()
    assert says_real(some)
    # One generator of a fold of its own looks like photographs, unlike the others.
    hidden = some.generated & (np.array(some.sources) == "gan")
    odds = np.where(hidden[:, None], some.odds - 8, some.odds)
    folds = np.where(hidden, 0, np.where(some.generated, 1, some.folds))
    harder = replace(some, logits=of_odds(odds), folds=folds)
    assert not says_real(harder)
    found = figures(harder, real=False)
    assert max(row.real for row in (*found.photographs.values(), *found.generators.values())) == 0


def test_tempered_odds_are_calibrated() -> None:
    """Normal scores of unit variance, 3 apart: ln p(s | generated) − ln p(s | real) = 3 s − 4.5."""
    found = tempered(scores(4000))
    assert 1 / found.temperature == pytest.approx(3, rel=0.1)
    assert found.shift == pytest.approx(-4.5, rel=0.1)
