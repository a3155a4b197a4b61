"""Significance of wavelet coherence against independent red noises, by Monte Carlo."""

from collections.abc import Callable
from threading import Lock
from typing import Any

import numpy as np

from subband.arrays.arguments import integer
from subband.errors import InvalidInput
from subband.kernels.threads import share
from subband.transforms.continuous.coefficients import trusted_times
from subband.transforms.continuous.coherence import WaveletCoherence, wavelet_coherence
from subband.transforms.continuous.red_noise import RedNoise, plain_seed
from subband.transforms.continuous.significance import plain_level, plain_noises
from subband.transforms.continuous.spec import ContinuousSpec

BINS = 4096
"""Bins of the histogram of coherence at each frequency, from 0 to 1; memory does not grow with the surrogates."""

BLOCK = 1 << 17
"""Coefficients of the pairs that are transformed together; a few arrays of so many are in memory on each thread."""

MOST_SURROGATES = 10_000_000
"""More than anyone waits for."""

Progress = Callable[[int, int], Any]


def coherence_significance(
    c: WaveletCoherence,
    noises: tuple[RedNoise, RedNoise] | None = None,
    *,
    level: float = 0.95,
    surrogates: int = 300,
    seed: int = 0,
    progress: Progress | None = None,
) -> np.ndarray:
    """Coherence that independent red noises exceed with probability 1 − level, by Monte Carlo.

    The level is the quantile of the coherence over all times outside the cone of influence and all surrogates. It
    depends on the averages, i.e. wavelet, grid and octaves, and hardly on the noise.

    Args:
        c: A result of `wavelet_coherence`; only its parameters are used.
        noises: Null hypotheses for x and y, each one `RedNoise` of numbers, usually `fit_red_noise`; white noise by
            default.
        level: Probability.
        surrogates: Pairs of random signals of the length of the data, simulated on `subband.threads()` threads. The
            error of the level falls as 1/√surrogates; it is largest at low frequencies, where a signal has few
            independent values.
        seed: Random seed. The result does not depend on the number of threads.
        progress: Called now and then with the numbers of finished pairs and of all.

    Returns:
        (S,) levels for `c.coherence`, in NumPy; NaN at frequencies whose cone of influence covers the whole signal.

    Raises:
        InvalidInput: arguments of another type, numbers out of range, or noises of several signals.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x, y = np.random.default_rng(0).standard_normal((2, 256))
        >>> c = sb.wavelet_coherence(x, y, frequencies=[0.1, 0.105])
        >>> threshold = sb.coherence_significance(c, surrogates=50)
        >>> significant = (c.coherence > threshold[:, None]) & c.trusted

    Source: Grinsted, Moore & Jevrejeva 2004, §3.4.

    See also: `wavelet_coherence`, `fit_red_noise`, `power_significance`.
    """
    if not isinstance(c, WaveletCoherence):
        raise InvalidInput(f"c is a {type(c).__name__}: give what wavelet_coherence returned")
    level, pair = plain_level(level), plain_noises(noises)
    if any(np.ndim(number) for noise in pair for number in (noise.variance, noise.correlation)):
        raise InvalidInput("noises of several signals: give a RedNoise of numbers for x and one for y")
    surrogates = integer(
        "surrogates", surrogates, 1, MOST_SURROGATES, what="a number of pairs of random signals"
    )
    if progress is not None and not callable(progress):
        raise InvalidInput(
            f"progress is a {type(progress).__name__}: give a function of two numbers, or None"
        )
    seed = plain_seed(seed)
    return _quantile(_simulate(c, pair, surrogates, seed, progress), level)


def _simulate(
    c: WaveletCoherence,
    noises: tuple[RedNoise, RedNoise],
    surrogates: int,
    seed: int,
    progress: Progress | None,
) -> np.ndarray:
    """(S, BINS) histogram of the coherence of pairs of noises, outside the cone of influence."""
    spec = c.spec
    how = {"frequencies": spec.frequencies, "fs": spec.fs, "mode": spec.mode, "octaves": c.octaves}
    trusted, count = trusted_times(spec.numbers), len(spec.frequencies)
    row = BINS * np.arange(count)[:, None]
    histogram, lock, finished, stopped = np.zeros(count * BINS, dtype=np.int64), Lock(), 0, False

    block = max(1, BLOCK // (spec.samples * count))

    def simulate(start: int, stop: int) -> None:
        nonlocal finished, stopped
        try:
            for first in range(start, stop, block):
                if stopped:
                    return
                numbers = range(first, min(first + block, stop))
                x, y = _draw(noises, spec, seed, numbers)
                coherence = wavelet_coherence(x, y, spec.wavelet, **how).coherence
                bins = row + np.minimum((coherence * BINS).astype(np.int64), BINS - 1)
                found = np.bincount(bins[:, trusted].reshape(-1), minlength=histogram.size)
                with lock:
                    np.add(histogram, found, out=histogram)
                    finished += len(numbers)
                    if progress is not None:
                        progress(finished, surrogates)
        except BaseException:
            stopped = True  # the other threads need not finish either
            raise

    share(simulate, surrogates, surrogates * spec.samples * count)
    return histogram.reshape(count, BINS)


def _draw(
    noises: tuple[RedNoise, RedNoise], spec: ContinuousSpec, seed: int, numbers: range
) -> tuple[np.ndarray, np.ndarray]:
    """(B, N) surrogates of each signal, each pair of its own seed: real like the data, or of independent parts."""
    pairs = []
    for k in numbers:
        rng = np.random.default_rng([seed, k])
        parts = [
            [noise.draw(spec.samples, seed=rng) for _ in range(1 if spec.real else 2)] for noise in noises
        ]
        pairs.append([part[0] if spec.real else part[0] + 1j * part[1] for part in parts])
    x, y = np.swapaxes(pairs, 0, 1)
    return x, y


def _quantile(histogram: np.ndarray, level: float) -> np.ndarray:
    """(S, BINS) counts → (S,) quantiles, linear within a bin; NaN for rows without a count."""
    edges = np.arange(BINS + 1) / BINS
    cumulative = np.concatenate([np.zeros((len(histogram), 1)), np.cumsum(histogram, axis=1)], axis=1)
    return np.array([np.interp(level, row / row[-1], edges) if row[-1] > 0 else np.nan for row in cumulative])
