"""The ridge of a continuous transform: the one path through the plane that is both strong and smooth."""

import numpy as np

from subband.arrays.arguments import integer, number
from subband.arrays.blocks import time_blocks
from subband.arrays.compilers import uncompiled
from subband.arrays.concrete import known
from subband.arrays.namespace import Array, namespace
from subband.errors import InvalidInput
from subband.kernels.best_path import BestPath
from subband.transforms.continuous.coefficients import ContinuousCoefficients
from subband.transforms.continuous.cwt import constant
from subband.transforms.continuous.synchrosqueezing import SynchrosqueezedCoefficients

FAINT = 1e-3
"""Share of a moment's energy that a cell without any counts as: a ridge may be lost for a while."""


@uncompiled
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
        InvalidInput: if `c` is neither, is not finite, the penalty is negative, the reach is less than one cell, or
            the coefficients are not known yet, as inside of `jax.jit` and `torch.func.vmap`.

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
    batch, (cells, samples) = tuple(c.array.shape[:-2]), tuple(c.array.shape[-2:])
    planes = namespace(c.array).reshape(c.array, (-1, cells, samples))
    found = np.empty((planes.shape[0], samples))
    for plane in range(planes.shape[0]):
        search = BestPath(samples, cells, penalty, int(reach))
        for here, *_ in time_blocks((cells, samples)):
            search.advance(_gain(known(planes[plane, :, here])[rising]))
        found[plane] = frequencies[rising][search.path()]
    return constant(np.reshape(found, (*batch, samples)), c.array)


def _gain(w: np.ndarray) -> np.ndarray:
    """(S, t) coefficients → (t, S) logarithms of their shares of each moment's energy."""
    modulus = np.abs(w).astype(np.float64)
    largest = modulus.max(axis=0)
    if not np.isfinite(largest).all():
        raise InvalidInput("the coefficients are not all finite: give those of a finite signal")
    # Of the largest, so that no square is out of range.
    modulus /= np.where(largest > 0, largest, 1.0)
    power = modulus * modulus
    power /= np.maximum(power.sum(axis=0), 1.0)
    return np.log(power + FAINT).T
