"""Numbers taken out of an array, for choices that are not themselves differentiated."""

import numpy as np

from subband.arrays.namespace import Array, library
from subband.errors import InvalidInput


def detached(x: Array) -> Array:
    """The same numbers without a record of how they were made, so that what is done to them is not recorded."""
    return x.detach() if library(x) == "torch" else x


def values(x: Array) -> np.ndarray:
    """The numbers of a real array as float64 in NumPy.

    Raises:
        InvalidInput: the array stands for numbers that are not known yet, as inside of `jax.jit` and `jax.grad`.
    """
    if library(x) == "torch":
        return x.detach().double().cpu().numpy()
    try:
        return np.asarray(x, dtype=np.float64)
    except TypeError as error:  # JAX's tracers have no values; its errors for that are all of this type
        raise InvalidInput(
            "a choice depends on the numbers of an array that is being traced: make it outside of jit and grad, "
            "then pass what was chosen"
        ) from error
