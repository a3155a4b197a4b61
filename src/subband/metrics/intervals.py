"""Confidence intervals: bootstrap, with cluster resampling (by photograph, not by crop), and of proportions."""

import inspect
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from subband.errors import InvalidInput

BLOCK = 2**22  # weights in memory at a time
# Minimal share of resamples with a defined statistic; two groups of different class give 0.5.
LEAST_DEFINED = 0.6


class Interval(NamedTuple):
    """Endpoints of a confidence interval; unpacks as `low, high`."""

    low: float
    high: float


def bootstrap_interval(
    statistic: Callable[..., float | np.ndarray],
    *arrays: np.ndarray,
    groups: np.ndarray | None = None,
    n: int = 1000,
    level: float = 0.95,
    rng: np.random.Generator,
) -> Interval:
    """Percentile bootstrap interval of a statistic.

    With `groups`, whole groups are drawn with replacement (cluster bootstrap; Davison and Hinkley 1997,
    §3.8). Crops of one photograph are not independent, so resampling crops would give intervals that are too
    narrow.

    Drawing an item k times is equivalent to the weight k. A statistic with a keyword `weights` of shape
    (resamples, N), like the metrics of `subband.metrics`, is called once for many resamples; any other is
    called once per resample, on repeated items. Resamples with an undefined statistic (NaN or InvalidInput,
    e.g. AUROC of a single class) are discarded.

    Args:
        statistic: arrays → number.
        arrays: each with N items along the first axis, resampled jointly.
        groups: (N,) group of each item; None resamples single items.
        n: number of resamples.
        level: coverage, e.g. 0.95.
        rng: of the resamples.

    Raises:
        InvalidInput: arrays of different lengths, level outside (0, 1), n < 1, or a statistic that is
            undefined on more than 40 % of the resamples (too few groups).
    """
    items = _common_length(arrays)
    if not 0 < level < 1 or n < 1:
        raise InvalidInput(
            f"level={level} and n={n}: level is between 0 and 1, e.g. 0.95, and n at least 1, e.g. 1000"
        )
    member = np.arange(items) if groups is None else np.unique(groups, return_inverse=True)[1]
    if member.shape != (items,):
        raise InvalidInput(
            f"groups has shape {member.shape}; one group for each of the {items} items is needed"
        )
    clusters = int(member.max()) + 1
    block = max(1, BLOCK // items)
    values = np.concatenate(
        [
            _on_resamples(statistic, arrays, _draws(clusters, min(block, n - start), rng)[:, member])
            for start in range(0, n, block)
        ]
    )
    defined = values[np.isfinite(values)]
    if len(defined) < LEAST_DEFINED * n:
        raise InvalidInput(
            f"the statistic exists on only {len(defined)} of {n} resamples of {clusters} groups; "
            "there are too few groups, or too few of one class"
        )
    tail = (1 - level) / 2
    low, high = np.quantile(defined, (tail, 1 - tail))
    return Interval(float(low), float(high))


def _draws(clusters: int, resamples: int, rng: np.random.Generator) -> np.ndarray:
    """(resamples, clusters) multiplicities of the clusters, as many drawn with replacement as there are."""
    drawn = rng.integers(clusters, size=(resamples, clusters)) + clusters * np.arange(resamples)[:, None]
    return np.bincount(drawn.ravel(), minlength=resamples * clusters).reshape(resamples, clusters)


def _on_resamples(statistic: Callable, arrays: tuple[np.ndarray, ...], weights: np.ndarray) -> np.ndarray:
    if "weights" in inspect.signature(statistic).parameters:
        return np.asarray(statistic(*arrays, weights=weights), dtype=np.float64)
    return np.array([_on_repeated(statistic, arrays, times) for times in weights])


def _on_repeated(statistic: Callable, arrays: tuple[np.ndarray, ...], times: np.ndarray) -> float:
    try:
        return float(statistic(*(np.repeat(array, times, axis=0) for array in arrays)))
    except InvalidInput:
        return float("nan")


def _common_length(arrays: tuple[np.ndarray, ...]) -> int:
    lengths = [len(array) for array in arrays]
    if not lengths or len(set(lengths)) != 1 or lengths[0] == 0:
        raise InvalidInput(f"arrays to resample have lengths {lengths}; need one common length above 0")
    return lengths[0]


def wilson_interval(share: float, count: float, z: float = 1.96) -> Interval:
    """Score interval of a proportion; 95 % by default.

    Args:
        share: observed proportion, 0 … 1.
        count: number of trials.
        z: quantile of the normal distribution, e.g. 1.96 for 95 %.

    Example:
        >>> low, high = wilson_interval(0.5, 100)
        >>> round(low, 3), round(high, 3)
        (0.404, 0.596)

    Source: E. B. Wilson, Probable Inference, the Law of Succession, and Statistical Inference, J. American
    Statistical Association 22, 1927.
    """
    middle = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z * (share * (1 - share) / count + z**2 / (4 * count**2)) ** 0.5 / (1 + z**2 / count)
    return Interval(max(middle - half, 0.0), min(middle + half, 1.0))
