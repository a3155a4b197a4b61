"""The boundary mode "orthogonal": boundary filters that make a level of a filter bank an orthogonal matrix.

Partition the bank with ⌈N/2⌉ outputs per band into B = [B_in, B_out], the columns of samples inside of the
signal and those beyond its ends. Truncating B_out leaves the rows near the ends neither normalised nor
orthogonal; boundary filters replace them (Herley, Boundary Filters for Finite-Length Signals and Time-Varying
Filter Banks, IEEE Trans. Circuits and Systems II 42, 1995), there by the Gram–Schmidt process, which depends
on the order of the rows. Here they become the nearest orthonormal rows, by symmetric orthogonalisation
(Löwdin, J. Chem. Phys. 18, 1950):

    A = (B_in B_inᵀ)^−½ B_in,                                                                          (1)

and for a biorthogonal bank with the dual rows B̃, where B_in B̃_inᵀ + B_out B̃_outᵀ = 1,

    A = B_in C^−½,   Ã = B̃_in C^−½ᵀ,   C = B̃_inᵀ B_in,   so that Ãᵀ A = 1.                              (2)

Both equal B applied to a linear extension of the signal, x ↦ [x, X x], as for every other boundary mode:

    A = B_in + B_out X   with   X = B̃_outᵀ B_in (C + C^½)⁻¹,                                            (3)

since B_out X = (1 − B_in B̃_inᵀ) B_in (C + C^½)⁻¹ = B_in (1 − C) (C + C^½)⁻¹ = B_in (C^−½ − 1). The filter
bank kernels, their transposes and their derivatives thus apply to this mode unchanged. For odd N there is one
row more than samples, and the columns are orthonormal: AᵀA = 1, which suffices for the inverse.
"""

import numpy as np

from subband.arrays.caches import within_budget
from subband.arrays.compilers import remembered, static
from subband.errors import InvalidInput
from subband.kernels.filterbank.boundary_modes import BothWays, Extension, both_ways, subband_size

Taps = tuple[float, ...]
Pair = tuple[Taps, Taps]

ORTHONORMAL = 1e-9
"""Tolerance for the taps of a bank and its dual to count as equal: rounding errors of tabulated filters."""

NEGLIGIBLE = 1e-15
"""Weights below this are rounding errors."""


@remembered
def orthogonal_extension(size: int, bank: Pair, dual: Pair) -> Extension:
    """The extension X of equation (3).

    Args:
        size: Number of samples N of the signal.
        bank: Low- and high-pass taps, of the same even length L.
        dual: Taps of the dual bank, whose transpose is the synthesis.

    Raises:
        InvalidInput: the banks are too far from duality for C to have a square root.
    """
    left, right, ways = _ends(size, bank, dual)
    return Extension(size, subband_size(size, len(bank[0]), "orthogonal"), left, right, *ways)


@static
def _ends(size: int, bank: Pair, dual: Pair) -> tuple[int, int, BothWays]:
    """Number of extended samples before and after the signal, and the tables of the extension."""
    # Canonical band order: swapped bands must give the same result to the last bit.
    if bank[0] > bank[1]:
        bank, dual = (bank[1], bank[0]), (dual[1], dual[0])
    taps = len(bank[0])
    short = min(size, 2 * taps + size % 2)
    weights = _weights(short, bank, dual)
    left = _left(bank, dual)
    rows = []
    for outside, row in enumerate(weights):
        # In longer signals the ends don't interact: each is a combination of samples of its own half.
        far = size - short if outside >= left else 0
        near = np.arange(short) < short // 2 if outside < left else np.arange(short) >= short // 2
        read = (abs(row) > NEGLIGIBLE) & (near if size > short else True)
        rows.append([(int(i) + far, float(row[i])) for i in np.flatnonzero(read)])
    return left, len(weights) - left, both_ways(rows, size)


@within_budget
def _weights(size: int, bank: Pair, dual: Pair) -> np.ndarray:
    """X, (number of extended samples, N)."""
    left = _left(bank, dual)
    inside, outside = _cut(size, bank, left)
    dual_inside, dual_outside = _cut(size, dual, left)
    if len(outside.T) == 0:
        return np.zeros((0, size))
    if np.allclose(bank, dual, rtol=0, atol=ORTHONORMAL):
        # The ends are independent, each with its half of the signal, unless filters can overlap both.
        middle = (left, size // 2) if size >= 2 * len(bank[0]) else None
        return _orthonormal(inside, outside, middle)
    c = dual_inside.T @ inside
    if np.linalg.eigvals(c).real.min() <= 0:
        raise _no_boundaries(size)
    # Late import: rarely needed, and half of the import time of the library.
    from scipy.linalg import sqrtm

    root = np.real(sqrtm(c))
    return dual_outside.T @ np.linalg.solve((c + root).T, inside.T).T


def _orthonormal(inside: np.ndarray, outside: np.ndarray, middle: tuple[int, int] | None) -> np.ndarray:
    """X of an orthonormal bank, with B_in = P Σ Qᵀ: X = B_outᵀ P (1 + Σ)⁻¹ Qᵀ, stable for small Σ.

    The end rows of long filters have almost no energy inside of the signal (Σ down to 10⁻¹³ for db38).
    Rounding errors are kept from mixing the two ends, and from leaving V, the orthogonal complement of the
    untouched rows.

    Args:
        inside: B_in, (2K, N).
        outside: B_out, (2K, extended samples).
        middle: Split of the extended samples and of the signal between independent ends, or None.
    """
    touched = np.any(outside != 0, axis=1)
    span = np.eye(inside.shape[1]) - inside[~touched].T @ inside[~touched]  # projector onto V
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
    """Number of samples before the signal that balances the filters' support at both ends; L/2 − 1 usually.

    Zero padding of the filters is excluded from the support, so that a delayed bank is truncated at the same
    place.
    """
    used = np.flatnonzero(np.any(np.array([*bank, *dual]), axis=0))
    reach = int(used[-1] - used[0]) + 1
    return len(bank[0]) - 1 - int(used[-1]) + (reach + 1) // 2 - 1


def _cut(size: int, bank: Pair, left: int) -> tuple[np.ndarray, np.ndarray]:
    """B_in, (2K, N), and B_out, (2K, 2K + L − 2 − N): row k of a band computes Σⱼ h[j] e[2k + L − 1 − j]."""
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
