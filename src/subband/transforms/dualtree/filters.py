"""Pairs of orthonormal filters whose wavelets are approximately Hilbert transforms of each other."""

from dataclasses import dataclass
from functools import reduce
from itertools import product
from math import isclose

import numpy as np

from subband.arrays.arguments import integer, shown
from subband.arrays.compilers import remembered, static
from subband.errors import InvalidInput
from subband.kernels.filterbank.plan import Taps
from subband.transforms.wavelets.filters import Wavelet, WaveletLike, wavelet

Pair = tuple[Wavelet, Wavelet]
MOST = 5
"""Largest number of moments and degree of the delay for which the roots are accurate to full precision."""


@dataclass(frozen=True)
class DualTreeFilters:
    """Filter banks of the two trees of `dtcwt`.

    Attributes:
        first: Wavelets of tree a and tree b at level 1; those of b are delayed by one sample.
        later: Wavelets of tree a and tree b at all other levels; those of b are delayed by about half a sample.

    Raises:
        InvalidInput: not a pair of wavelets, or filters of different lengths within a pair.

    See also: `hilbert_pair`, which constructs them.
    """

    first: Pair
    later: Pair

    def __post_init__(self) -> None:
        for name in ("first", "later"):
            pair = getattr(self, name)
            if not isinstance(pair, list | tuple) or len(pair) != 2:
                raise InvalidInput(f"{name}={shown(pair)}: give two wavelets, for tree a and for tree b")
            a, b = (wavelet(given) for given in pair)
            object.__setattr__(self, name, (a, b))
            if a.taps != b.taps:
                raise InvalidInput(
                    f"the two trees' filters have {a.taps} and {b.taps} taps: give pairs of one length, padded "
                    "with zeros where needed"
                )


def hilbert_pair(moments: int = 4, delay: int = 3, first: WaveletLike | None = None) -> DualTreeFilters:
    """Dual-tree filters by the common-factor method.

    The low-pass filters are H(z) = F(z) D(z) and G(z) = F(z) z⁻ᴸ D(1/z). D defines the all-pass filter
    z⁻ᴸ D(1/z) / D(z) ≈ z^(−1/2) of maximally flat delay; F makes both orthonormal, with K zeros at z = −1.

    Args:
        moments: Number K of vanishing moments of the wavelets.
        delay: Degree L of D; larger values approximate the Hilbert transform more closely. The filters have
            2 (K + L) taps.
        first: Orthonormal wavelet of level 1; by default the symlet with 6 vanishing moments, computed to rounding
            error by the same method, as tabulated values have only twelve digits.

    Returns:
        The filters of both trees.

    Raises:
        InvalidInput: K or L outside 1 … 5, or a first wavelet that is not orthonormal.

    Example:
        >>> import subband as sb
        >>> a, b = sb.hilbert_pair(4, 3).later
        >>> a.taps, b.taps
        (14, 14)

    See also: `dtcwt`.

    Source: I. W. Selesnick, The design of approximate Hilbert transform pairs of wavelet bases, IEEE Trans. Signal
    Processing 50(5), 2002; for the first stage, Selesnick, Baraniuk & Kingsbury, The dual-tree complex wavelet
    transform, IEEE Signal Processing Magazine 22(6), 2005.
    """
    moments = integer("moments", moments, 1, MOST)
    delay = integer("delay", delay, 1, MOST)
    return _pair(moments, delay, first)


@remembered
def _pair(moments: int, delay: int, first: WaveletLike | None) -> DualTreeFilters:
    name = f"hilbert{moments}.{delay}"
    h, g = _common_factor(moments, delay)
    later = _orthonormal(f"{name}a", h), _orthonormal(f"{name}b", g)
    if first is None:
        # With L = 0 both filters are equal, an orthonormal Daubechies filter.
        symlet, _ = _common_factor(6, 0)
        return DualTreeFilters(_delayed(_orthonormal("symlet6", symlet)), later)
    return DualTreeFilters(_delayed(wavelet(first)), later)


@static
def _common_factor(moments: int, delay: int) -> tuple[Taps, Taps]:
    """H = F D and G = F z⁻ᴸ D(1/z) for the most symmetric orthonormal F."""
    d = _flat_delay(delay)
    zeros = reduce(np.convolve, [np.array([1.0, 1.0])] * moments)
    pairs = []
    for q in _spectral_factors(_halfband_factor(np.convolve(zeros, d))):
        f = np.convolve(q, zeros)
        pairs.append((_unit(np.convolve(f, d)), _unit(np.convolve(f, d[::-1]))))
    # The quality of the Hilbert pair is independent of the factor. For a symmetric F, which exists only
    # approximately, each filter is the time reversal of the other.
    alike = [float(h @ g[::-1]) for h, g in pairs]
    # A factor and its time reversal are equally good: rounding must not choose, as it differs between processors.
    best = [pair for pair, score in zip(pairs, alike, strict=True) if score > max(alike) - 1e-9]
    h, g = max(best, key=lambda pair: abs(pair[0][0]))
    return tuple(h.tolist()), tuple(g.tolist())


def _flat_delay(degree: int, tau: float = 0.5) -> np.ndarray:
    """D of the all-pass filter with maximally flat delay τ at frequency 0 (Thiran; Selesnick 2002, eq. 9)."""
    d = [1.0]
    for n in range(degree):
        d.append(d[-1] * (degree - n) * (degree - n - tau) / ((n + 1) * (n + 1 + tau)))
    return np.array(d)


def _halfband_factor(common: np.ndarray) -> np.ndarray:
    """The shortest symmetric R for which R(z) C(z) C(1/z) is half-band, where C is (1 + z⁻¹)ᴷ D."""
    s = np.convolve(common, common[::-1])
    size = len(s) - 2
    # Column i is S shifted by i; the odd rows are the even lags of the product, of which only the centre is 1.
    shifted = np.stack([np.convolve(row, s) for row in np.eye(size)], axis=1)
    r = np.linalg.solve(shifted[1::2], np.eye(size)[size // 2])
    return (r + r[::-1]) / 2


def _spectral_factors(r: np.ndarray) -> list[np.ndarray]:
    """All real Q with Q(z) Q(1/z) ∝ R(z), with one root of each pair z, 1/z."""
    inside = [z for z in np.roots(r) if abs(z) < 1]
    # Complex roots are chosen in conjugate pairs.
    groups = [[z] if z.imag == 0 else [z, z.conjugate()] for z in inside if z.imag >= 0]
    factors = []
    for outside in product((False, True), repeat=len(groups)):
        roots = [1 / z if out else z for group, out in zip(groups, outside, strict=True) for z in group]
        factors.append(np.poly(roots).real)
    return factors


def _unit(h: np.ndarray) -> np.ndarray:
    """The filter normalised to energy 1 and a positive sum."""
    return h * np.sign(h.sum()) / np.linalg.norm(h)


def _orthonormal(name: str, lo: Taps) -> Wavelet:
    """The orthonormal wavelet of a low-pass filter: g[n] = (−1)ⁿ h[L − 1 − n]."""
    hi = tuple((-1) ** n * tap for n, tap in enumerate(lo[::-1]))
    return Wavelet(name, lo, hi, lo[::-1], hi[::-1])


def _delayed(first: Wavelet) -> Pair:
    """A wavelet, and the same delayed by one sample, zero-padded to the same length."""
    reversed_pairs = zip(first.dec_lo + first.dec_hi, first.rec_lo[::-1] + first.rec_hi[::-1], strict=True)
    if not all(isclose(a, b, rel_tol=1e-5, abs_tol=1e-8) for a, b in reversed_pairs):
        raise InvalidInput(
            f"wavelet {first.name!r} is not orthonormal: give one that is, such as 'sym6' or 'db4'"
        )

    def delayed(name: str, by: int) -> Wavelet:
        lo, hi = ((0.0,) * by + taps + (0.0,) * (2 - by) for taps in (first.dec_lo, first.dec_hi))
        return Wavelet(name, lo, hi, lo[::-1], hi[::-1])

    return delayed(f"{first.name}a", 0), delayed(f"{first.name}b", 1)
