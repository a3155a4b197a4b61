"""The largest singular value of a map."""

from typing import Any

import numpy as np
from scipy.sparse.linalg import LinearOperator, eigsh

from subband.transforms.linear.views import View

DENSE = 64
"""Up to this many dimensions at the smaller end, the matrix is written out."""


def norm_on_rings(view: View) -> float:
    """Of a map that commutes with cyclic shifts: the square root of the largest Σ |ĥ(ω)|² over its filters h.

    The filters are the answers to one impulse. On real signals, ω and −ω have one cosine, whose energy is the mean.
    """
    synthesis = view.input.container is not None
    signal, analyse = (view.output, view.adjoint) if synthesis else (view.input, view.forward)
    impulse = np.zeros(signal.shape, complex if signal.is_complex else float)
    impulse[(0,) * impulse.ndim] = 1
    answers = analyse(impulse).array
    axes = tuple(range(-view.rings, 0))
    energy = np.abs(np.fft.fftn(answers, axes=axes)) ** 2
    energy = energy.reshape(-1, *energy.shape[-view.rings :]).sum(axis=0)
    if not signal.is_complex:
        energy = (energy + np.roll(np.flip(energy), 1, axis=axes)) / 2
    return float(np.sqrt(energy.max()))


def norm_by_lanczos(operator: LinearOperator, tolerance: float) -> float:
    """By ARPACK's Lanczos iteration on AᴴA or AAᴴ, whichever is smaller, from one fixed start.

    Source: R. B. Lehoucq, D. C. Sorensen, C. Yang, ARPACK Users' Guide, 1998.
    """
    rows, columns = operator.shape
    n = min(rows, columns)
    if n <= DENSE:
        matrix = operator.matmat(np.eye(columns)) if n == columns else operator.rmatmat(np.eye(rows))
        return float(np.linalg.norm(matrix, 2))
    gram = operator.H @ operator if n == columns else operator @ operator.H
    start = np.random.default_rng(0).standard_normal(n).astype(operator.dtype)
    solve: Any = eigsh  # whose types allow whole tolerances only
    largest = solve(gram, k=1, which="LA", v0=start, tol=tolerance, return_eigenvectors=False)
    return float(np.sqrt(largest[0]))
