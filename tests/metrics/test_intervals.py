import numpy as np
import pytest
from scipy.stats import binomtest

from subband.errors import InvalidInput
from subband.metrics import Interval, accuracy, auroc, average_precision, bootstrap_interval, wilson_interval


def rng(seed=0):
    return np.random.default_rng(seed)


def test_the_interval_of_a_mean_is_that_of_the_normal_law():
    x = rng().normal(3, 2, 400)
    low, high = bootstrap_interval(np.mean, x, n=4000, rng=rng(1))
    error = x.std() / np.sqrt(400)
    assert low == pytest.approx(x.mean() - 1.96 * error, abs=0.1 * error)
    assert high == pytest.approx(x.mean() + 1.96 * error, abs=0.1 * error)


def test_level():
    x = rng().normal(size=400)
    narrow = bootstrap_interval(np.mean, x, level=0.5, n=4000, rng=rng(1))
    assert narrow.high - narrow.low == pytest.approx(2 * 0.6745 * x.std() / 20, rel=0.05)


def test_cluster_bootstrap_knows_that_crops_of_a_photograph_are_not_independent():
    # 20 photographs with 50 equal crops each: the standard error is that of 20 items, not of 1000.
    right = rng(3).integers(0, 2, 20)
    predicted = np.repeat(right, 50)
    labels = np.ones(1000, dtype=int)
    groups = np.repeat(np.arange(20), 50)
    wide = bootstrap_interval(accuracy, labels, predicted, groups=groups, n=4000, rng=rng(1))
    of_photographs = bootstrap_interval(accuracy, np.ones(20, int), right, n=4000, rng=rng(2))
    assert wide.low == pytest.approx(of_photographs.low, abs=0.051)
    assert wide.high == pytest.approx(of_photographs.high, abs=0.051)
    narrow = bootstrap_interval(accuracy, labels, predicted, n=4000, rng=rng(1))
    assert wide.high - wide.low > 5 * (narrow.high - narrow.low)


@pytest.mark.parametrize("metric", [accuracy, auroc, average_precision])
def test_the_fast_and_the_plain_way_give_the_same(metric):
    labels = rng(1).integers(0, 2, 60)
    scores = np.round(labels + rng(2).normal(size=60), 1)
    second = (scores > 0.5).astype(int) if metric is accuracy else scores
    groups = rng(3).integers(0, 12, 60)
    fast = bootstrap_interval(metric, labels, second, groups=groups, n=300, rng=rng(4))
    plain = bootstrap_interval(
        lambda *arrays: metric(*arrays), labels, second, groups=groups, n=300, rng=rng(4)
    )
    assert fast == pytest.approx(plain, abs=1e-12)


def test_many_items_are_resampled_in_blocks(monkeypatch):
    labels = rng(1).integers(0, 2, 50)
    monkeypatch.setattr("subband.metrics.intervals.BLOCK", 120)
    interval = bootstrap_interval(accuracy, labels, np.ones(50, int), n=101, rng=rng())
    assert isinstance(interval, Interval)
    assert interval.low < labels.mean() < interval.high


def test_it_repeats_with_its_seed():
    x = rng().normal(size=30)
    assert bootstrap_interval(np.median, x, rng=rng(7)) == bootstrap_interval(np.median, x, rng=rng(7))
    assert bootstrap_interval(np.median, x, rng=rng(7)) != bootstrap_interval(np.median, x, rng=rng(8))


def test_the_interval_holds_the_truth_as_often_as_it_says():
    hits = 0
    for seed in range(200):
        labels = np.ones(100, int)
        predicted = (rng(seed).random(100) < 0.7).astype(int)
        low, high = bootstrap_interval(accuracy, labels, predicted, level=0.9, n=400, rng=rng(seed))
        hits += low <= 0.7 <= high
    assert 0.83 <= hits / 200 <= 0.96


def test_groups_of_any_kind_name_the_clusters():
    x = np.arange(6.0)
    words = np.array(["a", "b", "a", "c", "b", "c"])
    numbers = np.array([10, -4, 10, 99, -4, 99])
    shuffled = bootstrap_interval(np.mean, x, groups=words, rng=rng())
    assert shuffled.low >= x.reshape(-1)[[0, 2]].mean()
    assert bootstrap_interval(np.mean, x, groups=numbers, rng=rng()).high <= 4


def test_resamples_without_one_class_are_left_out():
    labels = np.array([0, 0, 0, 0, 0, 1, 1])
    scores = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.3, 0.9])
    for statistic in (auroc, lambda a, b: auroc(a, b)):
        low, high = bootstrap_interval(statistic, labels, scores, n=300, rng=rng())
        assert 0 <= low < high <= 1


def test_a_statistic_that_hardly_ever_exists_is_an_error():
    labels, scores = np.array([0, 0, 1, 1]), np.arange(4.0)
    with pytest.raises(InvalidInput, match="of 1000 resamples of 2 groups; there are too few groups"):
        bootstrap_interval(auroc, labels, scores, groups=np.array([0, 0, 1, 1]), rng=rng(2))
    with pytest.raises(InvalidInput, match="exists on only 0 of 10"):
        bootstrap_interval(lambda x: float("nan"), labels, n=10, rng=rng())


def test_arguments_are_checked():
    x = np.arange(4.0)
    for level in (0, 1, 95):
        with pytest.raises(InvalidInput, match=f"level={level}"):
            bootstrap_interval(np.mean, x, level=level, rng=rng())
    with pytest.raises(InvalidInput, match="n=0"):
        bootstrap_interval(np.mean, x, n=0, rng=rng())
    for arrays in ((), (x, x[:2]), (x[:0],)):
        with pytest.raises(InvalidInput, match="need one common length above 0"):
            bootstrap_interval(np.mean, *arrays, rng=rng())
    with pytest.raises(InvalidInput, match="one group for each of the 4 items"):
        bootstrap_interval(np.mean, x, groups=np.arange(3), rng=rng())


@pytest.mark.parametrize(("right", "count"), [(0, 10), (7, 10), (4955, 5000), (10, 10)])
def test_intervals_of_shares_are_wilsons(right, count):
    theirs = binomtest(right, count).proportion_ci(method="wilson")
    ours = wilson_interval(right / count, count, z=1.959964)
    np.testing.assert_allclose(ours, (theirs.low, theirs.high), atol=1e-6)
