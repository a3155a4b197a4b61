"""The ridge of a continuous transform: the one path through the plane that is both strong and smooth."""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from subband.arrays.arguments import integer, number
from subband.arrays.namespace import Array, namespace
from subband.errors import InvalidInput
from subband.transforms.continuous.coefficients import ContinuousCoefficients
from subband.transforms.continuous.cwt import constant
from subband.transforms.continuous.synchrosqueezing import SynchrosqueezedCoefficients

FAINT = 1e-3
"""Share of a moment's energy that a cell without any counts as: a ridge may be lost for a while."""


def extract_ridge(
    c: ContinuousCoefficients | SynchrosqueezedCoefficients, *, penalty: float = 1.0, reach: int = 8
) -> Array:
    """Follow the frequency of the strongest component through time, even where noise hides it for a moment.

    The path k(t) through the frequencies' cells that maximises Σ ln p(k(t), t) − penalty Σ (k(t) − k(t − 1))²,
    where p is a cell's share of the energy at its time: a maximum a posteriori estimate, for which a cell's chance
    is its share and jumps are Gaussian. It is the best of all paths, found by dynamic programming, and doesn't
    depend on the signal's amplitude. No gradient flows through it.

    Args:
        c: (*batch, S, N) coefficients of `cwt`, or better of `synchrosqueeze`, at dense frequencies.
        penalty: What a jump by one cell from one sample to the next costs, in nats. With 0 the path is the largest
            coefficient within reach; 0.3 to 3 follow a chirp whose noise has its own power.
        reach: Largest jump, in cells.

    Returns:
        (*batch, N) hertz, on the library and device of `c`.

    Raises:
        InvalidInput: if `c` is neither, is not finite, the penalty is negative, or the reach is less than one cell.

    Source: R. Carmona, W. Hwang, B. Torrésani, Characterization of Signals by the Ridges of Their Wavelet
    Transforms (1997), with the logarithms of shares in place of energies.
    """
    if not isinstance(c, ContinuousCoefficients | SynchrosqueezedCoefficients):
        raise InvalidInput(
            f"can't follow a ridge through a {type(c).__name__}: give what cwt or synchrosqueeze returned"
        )
    penalty = number("penalty", penalty, "a number of nats, 0 or more", low=0)
    # No jump is longer than all cells together.
    reach = min(integer("reach", reach, 1, what="a whole number of cells"), max(1, len(c.spec.frequencies)))
    frequencies = np.asarray(c.spec.frequencies)
    rising = np.argsort(frequencies, kind="stable")
    modulus: Any = namespace(c.array).abs(c.array)
    modulus = np.asarray(modulus.detach().cpu() if hasattr(modulus, "detach") else modulus)
    if not np.isfinite(modulus).all():
        raise InvalidInput("the coefficients are not all finite: give those of a finite signal")
    power = np.reshape(modulus, (-1, *modulus.shape[-2:]))[:, rising].astype(np.float64) ** 2
    share = power / np.maximum(power.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    path = _best_path(np.log(share + FAINT), penalty, reach)
    found = frequencies[rising][path]
    return constant(np.reshape(found, (*c.array.shape[:-2], c.array.shape[-1])), c.array)


def _best_path(gain: np.ndarray, penalty: float, reach: int) -> np.ndarray:
    """(batch, S, N) gains → (batch, N) cells of the path of largest Σ gain − penalty Σ jump² (Viterbi)."""
    batch, cells, samples = gain.shape
    price = penalty * np.arange(-reach, reach + 1) ** 2
    came = np.zeros((samples, batch, cells), np.int32)
    score = np.full((batch, cells + 2 * reach), -np.inf)
    score[:, reach:-reach] = gain[:, :, 0]
    for t in range(1, samples):
        reached = sliding_window_view(score, 2 * reach + 1, axis=-1) - price
        came[t] = reached.argmax(axis=-1)
        score[:, reach:-reach] = reached.max(axis=-1) + gain[:, :, t]
    path = np.empty((samples, batch), np.int64)
    path[-1] = score[:, reach:-reach].argmax(axis=-1)
    for t in range(samples - 1, 0, -1):
        path[t - 1] = path[t] + came[t, np.arange(batch), path[t]] - reach
    return path.T
