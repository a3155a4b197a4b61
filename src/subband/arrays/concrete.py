"""Concrete values of arrays, for data-dependent choices outside of differentiation."""

import numpy as np

from subband.arrays.namespace import Array, library
from subband.errors import InvalidInput


def detached(x: Array) -> Array:
    """The array without its autograd graph."""
    match library(x):
        case "torch":
            return x.detach()
        case "jax":
            import jax

            return jax.lax.stop_gradient(x)
    return x


def known(x: Array) -> np.ndarray:
    """The array in NumPy, without a copy if it lies in CPU memory.

    Raises:
        InvalidInput: a tracer without concrete values, as inside of `jax.jit`, `jax.grad` and `torch.func.vmap`.
    """
    # JAX's tracer conversion errors are subclasses of TypeError; tensors of `torch.func` raise RuntimeError.
    try:
        return np.asarray(x.detach().cpu() if library(x) == "torch" else x)
    except (TypeError, RuntimeError) as error:
        raise InvalidInput(
            "a choice depends on the numbers of an array that is being traced: make it outside of jit, vmap and "
            "grad, then pass what was chosen"
        ) from error


def values(x: Array) -> np.ndarray:
    """Values of a real array as float64 NumPy array.

    Raises:
        InvalidInput: as `known`.
    """
    # NumPy has no bfloat16.
    return known(x.double() if library(x) == "torch" else x).astype(np.float64)
