"""Numbers taken out of an array, for choices that are not themselves differentiated."""

import numpy as np

from subband.arrays.namespace import Array, library
from subband.errors import InvalidInput


def detached(x: Array) -> Array:
    """The same numbers without a record of how they were made, so that what is done to them is not recorded."""
    match library(x):
        case "torch":
            return x.detach()
        case "jax":
            import jax

            return jax.lax.stop_gradient(x)
    return x


def known(x: Array) -> np.ndarray:
    """The array in NumPy, without a copy where it lies in CPU memory.

    Raises:
        InvalidInput: the array stands for numbers that are not known yet, as inside of `jax.jit`, `jax.grad` and
            `torch.func.vmap`.
    """
    # JAX's tracers have no values, and its errors for that are all of type TypeError. Those of `torch.func` have
    # no memory.
    try:
        return np.asarray(x.detach().cpu() if library(x) == "torch" else x)
    except (TypeError, RuntimeError) as error:
        raise InvalidInput(
            "a choice depends on the numbers of an array that is being traced: make it outside of jit, vmap and "
            "grad, then pass what was chosen"
        ) from error


def values(x: Array) -> np.ndarray:
    """The numbers of a real array as float64 in NumPy.

    Raises:
        InvalidInput: as `known`.
    """
    # NumPy has no bfloat16.
    return known(x.double() if library(x) == "torch" else x).astype(np.float64)
