"""Matrix functions that the array API standard lacks, each by the library of its array."""

import numpy as np

from subband.arrays.concrete import known
from subband.arrays.namespace import Array, library, namespace


def matrix_exponential(x: Array) -> Array:
    """(…, n, n) → exp(x), differentiable in PyTorch and JAX."""
    match library(x):
        case "torch":
            import torch

            return torch.linalg.matrix_exp(x)
        case "jax":
            from jax.scipy.linalg import expm

            return expm(x)
    from scipy.linalg import expm

    return namespace(x).asarray(expm(np.asarray(x)))


def eigenvalues(x: Array) -> np.ndarray:
    """(…, n, n) → (…, n) complex eigenvalues in NumPy, without gradients.

    Raises:
        InvalidInput: an array that is being traced.
    """
    return np.linalg.eigvals(known(x)).astype(complex)
