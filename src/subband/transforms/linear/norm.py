"""Operator norm (largest singular value) of a linear map."""

from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator, eigsh

from subband.transforms.linear.spaces import View, plain

DENSE = 64
"""Largest dimension (of the smaller space) for which the norm is computed from the dense matrix."""


def norm_by_impulse(view: View) -> float:
    """Norm of a shift-equivariant map: √ max_ω Σₕ |ĥ(ω)|² over its filters h, which are its impulse response.

    For real signals, the energy of a cosine is the mean over ω and −ω.
    """
    synthesis = view.input.container is not None
    signal, analyse = (view.output, view.adjoint) if synthesis else (view.input, view.forward)
    impulse = np.zeros(signal.shape, complex if signal.is_complex else float)
    impulse[(0,) * impulse.ndim] = 1
    response = plain(analyse(impulse))
    axes = tuple(range(-view.cyclic_axes, 0))
    energy = np.abs(np.fft.fftn(response, axes=axes)) ** 2
    energy = energy.reshape(-1, *energy.shape[-view.cyclic_axes :]).sum(axis=0)
    if not signal.is_complex:
        energy = (energy + np.roll(np.flip(energy), 1, axis=axes)) / 2
    return float(np.sqrt(energy.max()))


def norm_by_lanczos(operator: LinearOperator, tolerance: float) -> float:
    """Norm by ARPACK's Lanczos iteration on AᴴA or AAᴴ, whichever is smaller, from a fixed starting vector.

    Source: R. B. Lehoucq, D. C. Sorensen, C. Yang, ARPACK Users' Guide, 1998.
    """
    rows, columns = operator.shape
    n = min(rows, columns)
    if n <= DENSE:
        matrix = operator.matmat(np.eye(columns)) if n == columns else operator.rmatmat(np.eye(rows))
        return float(np.linalg.norm(matrix, 2))
    gram = operator.H @ operator if n == columns else operator @ operator.H
    start = np.random.default_rng(0).standard_normal(n).astype(operator.dtype)
    solve: Any = eigsh  # its stubs allow integer tolerances only
    largest = solve(gram, k=1, which="LA", v0=start, tol=tolerance, return_eigenvectors=False)
    return float(np.sqrt(largest[0]))
