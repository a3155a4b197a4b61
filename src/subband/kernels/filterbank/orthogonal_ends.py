"""The boundary mode "orthogonal": ends that make a level of a filter bank an orthogonal matrix.

Write the bank of ⌈N/2⌉ outputs a band as B = [B_in, B_out], by the samples that lie inside of the signal and those
beyond its ends. Cutting off B_out leaves the rows near the ends neither of length 1 nor orthogonal; boundary
filters replace them (Herley, Boundary Filters for Finite-Length Signals and Time-Varying Filter Banks, IEEE Trans.
Circuits and Systems II 42, 1995), there by the Gram–Schmidt process, which favours the rows that come first. Here
they become the nearest orthonormal rows, all treated alike (Löwdin, J. Chem. Phys. 18, 1950):

    A = (B_in B_inᵀ)^−½ B_in,                                                                          (1)

and for a biorthogonal bank with the dual rows B̃, of which B_in B̃_inᵀ + B_out B̃_outᵀ = 1 holds,

    A = B_in C^−½,   Ã = B̃_in C^−½ᵀ,   C = B̃_inᵀ B_in,   so that Ãᵀ A = 1.                              (2)

Both are B after a linear extension of the signal, x ↦ [x, X x], as every other boundary mode is:

    A = B_in + B_out X   with   X = B̃_outᵀ B_in (C + C^½)⁻¹,                                            (3)

since B_out X = (1 − B_in B̃_inᵀ) B_in (C + C^½)⁻¹ = B_in (1 − C) (C + C^½)⁻¹ = B_in (C^−½ − 1). So the filter bank
kernels, their transposes and their derivatives serve this mode as they are. An odd signal has one row more than
samples, and then the columns are orthonormal: AᵀA = 1, which is what the inverse needs.
"""

import numpy as np

from subband.arrays.caches import within_budget
from subband.arrays.compilers import remembered, static
from subband.errors import InvalidInput
from subband.kernels.filterbank.boundary_modes import BothWays, Extension, both_ways, subband_size

Taps = tuple[float, ...]
Pair = tuple[Taps, Taps]

ORTHONORMAL = 1e-9
"""Largest difference of a bank's taps from those of its dual that is taken to be rounding of a table."""

NEGLIGIBLE = 1e-15
"""Weights below this are rounding."""


@remembered
def orthogonal_extension(size: int, bank: Pair, dual: Pair) -> Extension:
    """Tabulate X of equation (3).

    Args:
        size: Samples N of the signal.
        bank: Low- and high-pass taps, of one even length L.
        dual: Those of the bank that is applied on the way back, as a bank whose transpose that is.

    Raises:
        InvalidInput: the two banks are not each other's duals near enough for C to have a root.
    """
    left, right, ways = _ends(size, bank, dual)
    return Extension(size, subband_size(size, len(bank[0]), "orthogonal"), left, right, *ways)


@static
def _ends(size: int, bank: Pair, dual: Pair) -> tuple[int, int, BothWays]:
    """How many samples stand beyond either end, and how they are made."""
    # Rounding must not tell a bank from the same with its bands swapped.
    if bank[0] > bank[1]:
        bank, dual = (bank[1], bank[0]), (dual[1], dual[0])
    taps = len(bank[0])
    short = min(size, 2 * taps + size % 2)
    weights = _weights(short, bank, dual)
    left = _left(bank, dual)
    rows = []
    for outside, row in enumerate(weights):
        # In a longer signal the two ends are as far apart as one likes, and each reads its own half.
        far = size - short if outside >= left else 0
        near = np.arange(short) < short // 2 if outside < left else np.arange(short) >= short // 2
        read = (abs(row) > NEGLIGIBLE) & (near if size > short else True)
        rows.append([(int(i) + far, float(row[i])) for i in np.flatnonzero(read)])
    return left, len(weights) - left, both_ways(rows, size)


@within_budget
def _weights(size: int, bank: Pair, dual: Pair) -> np.ndarray:
    """X, (samples beyond the ends, N)."""
    left = _left(bank, dual)
    inside, outside = _cut(size, bank, left)
    dual_inside, dual_outside = _cut(size, dual, left)
    if len(outside.T) == 0:
        return np.zeros((0, size))
    if np.allclose(bank, dual, rtol=0, atol=ORTHONORMAL):
        # Two ends, each with its own half of the signal, unless a filter can read beyond both.
        middle = (left, size // 2) if size >= 2 * len(bank[0]) else None
        return _orthonormal(inside, outside, middle)
    c = dual_inside.T @ inside
    if np.linalg.eigvals(c).real.min() <= 0:
        raise _no_boundaries(size)
    # Half of the time that the whole library takes to import, and seldom needed.
    from scipy.linalg import sqrtm

    root = np.real(sqrtm(c))
    return dual_outside.T @ np.linalg.solve((c + root).T, inside.T).T


def _orthonormal(inside: np.ndarray, outside: np.ndarray, middle: tuple[int, int] | None) -> np.ndarray:
    """X of an orthonormal bank: with B_in = P Σ Qᵀ it is B_outᵀ P (1 + Σ)⁻¹ Qᵀ, which divides by nothing small.

    Long filters leave the rows at the ends next to nothing inside (Σ down to 10⁻¹³ for db38), and then rounding
    must neither mix the ends nor lead them out of the span V that the untouched rows leave them.
    """
    touched = np.any(outside != 0, axis=1)
    span = np.eye(inside.shape[1]) - inside[~touched].T @ inside[~touched]  # projects on V
    ends = [(slice(None), slice(None))]
    if middle:
        ends = [(slice(0, middle[0]), slice(0, middle[1])), (slice(middle[0], None), slice(middle[1], None))]
    x = np.zeros((outside.shape[1], inside.shape[1]))
    for beyond, end in ends:
        rows = np.any(outside[:, beyond] != 0, axis=1)
        values, vectors = np.linalg.eigh(span[end, end])
        v = vectors[:, values > 0.5]
        if v.shape[1] > rows.sum():
            raise _no_boundaries(inside.shape[1])
        p, sigma, qt = np.linalg.svd(inside[rows, end] @ v, full_matrices=False)
        x[beyond, end] = outside[rows, beyond].T @ (p / (1 + sigma)) @ qt @ v.T
    return x


def _left(bank: Pair, dual: Pair) -> int:
    """Samples before the signal that share the filters' reach evenly between the ends: L/2 − 1 for full filters.

    Zeros that a filter was padded with do not count, so that a delayed bank is cut where the others are.
    """
    used = np.flatnonzero(np.any(np.array([*bank, *dual]), axis=0))
    reach = int(used[-1] - used[0]) + 1
    return len(bank[0]) - 1 - int(used[-1]) + (reach + 1) // 2 - 1


def _cut(size: int, bank: Pair, left: int) -> tuple[np.ndarray, np.ndarray]:
    """B_in, (2K, N), and B_out, (2K, 2K + L − 2 − N): row k of a band reads Σⱼ h[j] e[2k + L − 1 − j]."""
    taps, subbands = len(bank[0]), subband_size(size, len(bank[0]), "orthogonal")
    rows = np.zeros((2, subbands, 2 * subbands + taps - 2))
    for band, filter_ in enumerate(bank):
        for k in range(subbands):
            rows[band, k, 2 * k : 2 * k + taps] = filter_[::-1]
    rows = rows.reshape(2 * subbands, -1)
    signal = slice(left, left + size)
    return rows[:, signal], np.delete(rows, signal, axis=1)


def _no_boundaries(size: int) -> InvalidInput:
    return InvalidInput(
        f"mode 'orthogonal' finds no partners for the truncated rows of these filters on {size} samples: "
        "give another mode, such as 'periodization'"
    )
