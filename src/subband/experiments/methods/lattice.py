"""Synthesis of fields with whole or ± values: statistics first, then the values."""

from typing import Any

import numpy as np

from subband.synthesis import Statistics, Synthesis, synthesise

SOFT = 0.02
"""Standard deviation by which the conditions on values count, which are exact and would rule the search."""


def synthesise_on_lattice(
    smooth: Statistics, lattice: Statistics, examples: np.ndarray, *, n: int, evaluations: int, **how: Any
) -> Synthesis:
    """Samples with statistics of both kinds, started from samples with those that are smooth.

    Conditions such as ⟨cos 2πx⟩ = 1 have a minimum at each field of whole numbers, and hold a search at the first
    one; so they come last, when they move each value by half a step at most.

    Args:
        smooth: Statistics of all scales, and low frequencies of the characteristic function.
        lattice: Conditions on values.
        examples: (m, *field).
        n: Number of samples.
        evaluations: Of each of both searches.
        how: Further arguments of `synthesise`.
    """
    first = synthesise(smooth, like=examples, n=n, evaluations=evaluations, **how)
    both = (smooth + lattice).fitted(examples)
    scale = both.scale(examples)
    count = len(lattice.index)
    scale[-count:] = np.maximum(scale[-count:], SOFT)
    return synthesise(
        both, like=examples, n=n, init=first.samples, weights=1 / scale, evaluations=evaluations, **how
    )
