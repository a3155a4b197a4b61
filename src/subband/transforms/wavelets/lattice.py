"""Orthonormal filter banks from lattice angles: P. P. Vaidyanathan, P.-Q. Hoang, Lattice Structures for Optimal
Design and Robust Implementation of Two-Channel Perfect-Reconstruction QMF Banks (IEEE Trans. ASSP 36, 1988).
"""

from math import pi

import numpy as np

from subband.arrays.namespace import Array, namespace
from subband.errors import InvalidInput
from subband.transforms.wavelets.filters import Filters, WaveletLike, wavelet

HAAR_SUM = pi / 4
"""Sum, modulo 2π, of the angles of a bank with at least one vanishing moment."""


def lattice_filters(angles: Array) -> Filters:
    """The orthonormal filter bank of K lattice angles, of length 2K; a complete parametrisation.

    Each stage delays the high-pass branch by two samples and rotates both branches,

        [H₀; H₁] ← [cos θ, sin θ; −sin θ, cos θ] [H₀; z⁻² H₁]    (Vaidyanathan & Hoang 1988, eq. 20),

    starting from one rotation of [1; z⁻¹]. At z = 1 the angles add up, so the high-pass filter has a vanishing
    moment, ΣH₁ = 0, exactly where they sum to π/4 (mod 2π, low-pass positive).

    Args:
        angles: (K,) radians, of NumPy, PyTorch or JAX; gradients flow through.

    Returns:
        The filters, of the angles' library and dtype, with PyWavelets' signs: lattice_filters([π/4]) is Haar's.

    Raises:
        InvalidInput: angles that are not one-dimensional, real and floating, or none.
        UnsupportedArray: not an array.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> sb.lattice_filters(np.array([np.pi / 4])).dec_lo.round(4).tolist()
        [0.7071, 0.7071]

    See also: `subband.lattice_angles`, the inverse; `subband.nn.LatticeWavelet`.
    """
    xp = namespace(angles)
    if angles.ndim != 1 or angles.shape[0] < 1 or not xp.isdtype(angles.dtype, "real floating"):
        raise InvalidInput(
            f"angles of shape {tuple(angles.shape)} and {angles.dtype} make no lattice: give (K,) real floating "
            "numbers, K of 1 or more"
        )
    cos, sin = xp.cos(angles), xp.sin(angles)
    lo, hi = xp.stack([cos[0], sin[0]]), xp.stack([-sin[0], cos[0]])
    gap = xp.zeros_like(lo)
    for stage in range(1, angles.shape[0]):
        low, high = xp.concat([lo, gap]), xp.concat([gap, hi])
        lo, hi = cos[stage] * low + sin[stage] * high, cos[stage] * high - sin[stage] * low
    return Filters(lo, hi, xp.flip(lo, axis=0), xp.flip(hi, axis=0))


def lattice_angles(given: WaveletLike) -> np.ndarray:
    """Lattice angles of an orthonormal wavelet: the inverse of `lattice_filters`, up to pairs of half turns.

    Args:
        given: A wavelet in any form accepted by `subband.wavelet`, e.g. "db4", or `Filters` of any library.

    Returns:
        (K,) float64 NumPy array of radians, for filters of length 2K.

    Raises:
        InvalidInput: a wavelet that `lattice_filters` does not reproduce to 10⁻⁶: a biorthogonal one, one with
            signs other than PyWavelets', or one too long for double precision (from db20 and coif14 on).

    Example:
        >>> import subband as sb
        >>> sb.lattice_angles("db2").round(4).tolist()
        [-1.0472, 1.8326]

    See also: `subband.lattice_filters`.
    """
    w = given.fixed() if isinstance(given, Filters) else wavelet(given)
    angles = _angles(np.asarray(w.dec_lo))
    error = max(
        float(np.abs(a - b).max()) for a, b in zip(lattice_filters(angles), Filters.of(w), strict=True)
    )
    if error > 1e-6:
        raise InvalidInput(
            f"found no lattice for wavelet {w.name!r} (it would be off by {error:.1e}): give an orthogonal wavelet "
            "of at most 38 taps, such as 'db4', 'sym5' or 'coif2'"
        )
    return angles


def nearest_angles(lo: np.ndarray) -> np.ndarray:
    """(K,) lattice angles of an orthonormal filter near `lo`, (2K,), by Gauss–Newton on Σₙ h[n] h[n + 2m] = δ[m].

    Raises:
        InvalidInput: a filter of odd length, or one from which the iteration does not converge, such as zeros.
    """
    taps = len(lo)
    if lo.ndim != 1 or taps < 2 or taps % 2:
        raise InvalidInput(f"a filter of shape {lo.shape} has no lattice: give (L,), L even")
    h = np.asarray(lo, float)
    for _ in range(100):
        shifted = np.stack([np.concatenate([h[2 * m :], np.zeros(2 * m)]) for m in range(taps // 2)])
        residual = shifted @ h
        residual[0] -= 1
        if np.abs(residual).max() < 1e-14:
            break
        back = np.stack([np.concatenate([np.zeros(2 * m), h[: taps - 2 * m]]) for m in range(taps // 2)])
        h = h - np.linalg.lstsq(shifted + back, residual, rcond=None)[0]
    if not np.abs(residual).max() < 1e-10:
        raise InvalidInput(
            f"found no orthonormal filter near {np.array2string(lo, precision=3)}: give one whose even shifts are "
            "closer to orthonormal, e.g. subband.wavelet('db2').dec_lo"
        )
    return _angles(h)


def _angles(lo: np.ndarray) -> np.ndarray:
    """Lattice angles that best reproduce an orthonormal low-pass filter.

    Peeling is inaccurate for small outer taps, as in long Daubechies filters, so it is refined by Gauss–Newton
    steps. The derivative of a rotation is a rotation: ∂R(θ)/∂θ = R(θ + π/2).
    """
    angles = _peeled(lo)
    tried = []
    for _ in range(20):
        missing = lo - lattice_filters(angles).dec_lo
        tried.append((float(np.abs(missing).max()), len(tried), angles))
        if tried[-1][0] < 1e-15:
            break
        slopes = np.stack(
            [lattice_filters(angles + turn).dec_lo for turn in pi / 2 * np.eye(len(angles))], axis=1
        )
        angles = angles + np.linalg.lstsq(slopes, missing, rcond=None)[0]
    return min(tried)[2]


def _peeled(lo: np.ndarray) -> np.ndarray:
    """Invert `lattice_filters` stage by stage: each angle cancels two taps of both branches."""
    hi = _alternating_flip(lo)
    angles = []
    while len(lo) > 2:
        # Both pairs give the same angle; the larger is more accurate, the smaller may be zero.
        low, high = max((lo[-1], hi[-1]), (lo[-2], hi[-2]), key=lambda pair: np.hypot(*pair))
        angle = np.arctan2(low, high)
        lo = (np.cos(angle) * lo - np.sin(angle) * hi)[:-2]
        hi, angles = _alternating_flip(lo), [angle, *angles]
    return np.array([np.arctan2(lo[1], lo[0]), *angles])


def _alternating_flip(lo: np.ndarray) -> np.ndarray:
    """The orthonormal high-pass filter of a low-pass: h₁[n] = (−1)ⁿ⁺¹ h₀[L − 1 − n]."""
    return lo[::-1] * np.tile([-1.0, 1.0], len(lo) // 2)
