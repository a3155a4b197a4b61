"""Concrete values of arrays, for data-dependent choices outside of differentiation."""

import numpy as np

from subband.arrays.namespace import Array, library
from subband.errors import InvalidInput


def detached(x: Array) -> Array:
    """The array without its autograd graph."""
    return x.detach() if library(x) == "torch" else x


def values(x: Array) -> np.ndarray:
    """Values of a real array as float64 NumPy array.

    Raises:
        InvalidInput: a tracer without concrete values, as inside of `jax.jit` and `jax.grad`.
    """
    if library(x) == "torch":
        return x.detach().double().cpu().numpy()
    try:
        return np.asarray(x, dtype=np.float64)
    except TypeError as error:  # JAX's tracer conversion errors are subclasses of TypeError
        raise InvalidInput(
            "a choice depends on the numbers of an array that is being traced: make it outside of jit and grad, "
            "then pass what was chosen"
        ) from error
