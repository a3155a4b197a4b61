"""Solid harmonic wavelets: 2l + 1 for each degree l, spanning a rotation-invariant space."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import exp, factorial, gamma, pi, sqrt
from typing import Any, final

import numpy as np

from subband.arrays.arguments import choice, integer, lengths, number
from subband.arrays.compilers import static
from subband.errors import InvalidInput
from subband.transforms.scattering.banks.bank import LARGEST_SCALE

NEGLIGIBLE = 1e-6
"""Height, relative to a filter's maximum, of negligible terms; their squares add to that of the modulus."""

HIGHEST_DEGREE = 60
"""Largest degree for which solid harmonics are accurate to rounding, and in range, in float64."""


@final
@dataclass(frozen=True)
class SolidHarmonics:
    """A bank of wavelets ψ_{j,l,m}(u) = (2^j σ₀)^−3 ψ_{l,m}(u / 2^j σ₀), for j = 0 … J, l = 0 … L, m = −l … l.

    ψ_{l,m}(u) = c_l |u|^l Y_{l,m}(u/|u|) e^{−|u|²/2}, with Fourier transform of the same form,

        ψ̂_{l,m}(ω) = (2π)^{3/2} c_l (−i)^l |ω|^l Y_{l,m}(ω/|ω|) e^{−|ω|²/2}.

    The constant c_l is such that ∫ (Σ_m ψ_{l,m}(u)²)^{1/2} du = 1. The spherical harmonics Y are real; complex ones
    give the same Σ_m |x ∗ ψ_{l,m}|².

    Attributes:
        J: The largest scale.
        L: The highest degree.
        sigma_0: Standard deviation σ₀ of the Gaussian at j = 0, in samples.

    Raises:
        InvalidInput: J or L below 0 or too large, or a width that is not positive.

    Example:
        >>> import subband as sb
        >>> sb.SolidHarmonics(J=1, L=1).spectra((8, 8, 8), degree=1, j=0).shape
        (3, 8, 8, 8)

    See also: `subband.HarmonicScattering`.

    Source: M. Eickenberg, G. Exarchakis, M. Hirn, S. Mallat, L. Thiry, Solid harmonic wavelet scattering for
    predictions of molecule properties (J. Chem. Phys. 148, 2018).
    """

    J: int
    L: int = 3
    sigma_0: float = 1.0

    def __post_init__(self) -> None:
        # Plain numbers, as they are cache keys.
        for name, most in (("J", LARGEST_SCALE), ("L", HIGHEST_DEGREE)):
            object.__setattr__(self, name, integer(name, getattr(self, name), 0, most))
        width = number("sigma_0", self.sigma_0, "a positive number of samples", above=0)
        object.__setattr__(self, "sigma_0", width)

    def lowpass(self, shape: Sequence[int], j: int, dtype: str = "float64") -> np.ndarray:
        """(M, N, O // 2 + 1) real: e^{−|2^j σ₀ ω|²/2} at the frequencies of `rfftn`."""
        width = self.sigma_0 * 2 ** integer("j", j, 0, LARGEST_SCALE)
        return _gaussian(_grid(shape), width, choice("dtype", dtype, ("float64", "float32")))

    def spectra(self, shape: Sequence[int], degree: int, j: int) -> np.ndarray:
        """(2l + 1, M, N, O) complex128: ψ̂_{j,l,m} for m = −l … l, negative m being sines; for inspection."""
        degree = integer("degree", degree, 0, HIGHEST_DEGREE)
        sigma = self.sigma_0 * 2 ** integer("j", j, 0, LARGEST_SCALE)
        omega = [sigma * w for w in _frequencies(_grid(shape), full=True)]
        envelope = np.exp(-sum(w**2 for w in omega) / 2)
        return (-1j) ** degree * _gain(degree) * envelope * harmonics(degree, *omega)


def _grid(shape: Any) -> tuple[int, ...]:
    size = lengths("shape", shape)
    if len(size) != 3:
        raise InvalidInput(f"shape {size} does not have three axes: give (M, N, O)")
    return size


def harmonics(degree: int, z: np.ndarray, y: np.ndarray, x: np.ndarray) -> np.ndarray:
    """(2l + 1, …) real solid harmonics r^l Y_{l,m} of coordinates that broadcast together, for m = −l … l.

    r^l Y_{l,±m} = n_{lm} Π_l^m(z, r²) {Re, Im}(x + iy)^m, where Π follows the recursion of the associated Legendre
    functions in l, without division by r. Orthonormal on the unit sphere.
    """
    r2, plane = x**2 + y**2 + z**2, x + 1j * y
    rows: list[np.ndarray] = [r2] * (2 * degree + 1)
    for m in range(degree + 1):
        below, legendre = 0.0, np.full_like(r2, factorial(2 * m) / (2**m * factorial(m)))
        for l in range(m + 1, degree + 1):  # noqa: E741
            # (l − m) Π_l = (2l − 1) z Π_{l−1} − (l + m − 1) r² Π_{l−2}
            rising = ((2 * l - 1) * z * legendre - (l + m - 1) * r2 * below) / (l - m)
            below, legendre = legendre, rising
        share = factorial(degree - m) / factorial(degree + m) * (2 if m else 1)
        norm = sqrt((2 * degree + 1) / (4 * pi) * share)
        around = norm * legendre * plane**m
        rows[degree - m], rows[degree + m] = around.imag, around.real
    return np.stack(rows)


def _gain(degree: int) -> float:
    """(2π)^{3/2} c_l with 1/c_l = √(4π(2l + 1)) ∫ r^{l+2} e^{−r²/2} dr over r > 0."""
    integral = 2 ** ((degree + 1) / 2) * gamma((degree + 3) / 2)
    return (2 * pi) ** 1.5 / (sqrt(4 * pi * (2 * degree + 1)) * integral)


def _frequencies(shape: tuple[int, ...], full: bool = False) -> list[np.ndarray]:
    """ω of each axis in radians per sample, shaped to broadcast; the last axis as in `rfftn` unless `full`.

    The frequency π of an even length is −π, as in `numpy.fft.fftfreq`.
    """
    bins = [np.fft.fftfreq(n) * 2 * pi for n in shape]
    if not full:
        bins[-1] = bins[-1][: shape[-1] // 2 + 1]
    return [w.reshape([-1 if i == axis else 1 for i in range(3)]) for axis, w in enumerate(bins)]


@partial(static, large=True)
def _gaussian(shape: tuple[int, ...], sigma: float, dtype: str) -> np.ndarray:
    return np.exp(-sum((sigma * w) ** 2 for w in _frequencies(shape)) / 2).astype(dtype)


@partial(static, large=True)
def parity_parts(
    shape: tuple[int, ...], degree: int, sigma_0: float, dtype: str
) -> tuple[np.ndarray, np.ndarray]:
    """Two arrays (2l + 1, M, N, O // 2 + 1); times i^l and i^(l+1) they are the spectra of real filters.

    A homogeneous polynomial of degree l has the parity of l, so i^l times it is the spectrum of a real filter,
    except at the frequency π of an even length, which is its own negative: there the part of opposite parity yields
    the imaginary part of the sampled wavelet. Both, times the Gaussian and 2^{jl}, are ψ̂_{j,l,m} up to a constant
    phase.
    """
    omega = [sigma_0 * w for w in _frequencies(shape, full=True)]
    whole = _gain(degree) * harmonics(degree, *omega)
    mirrored = np.roll(np.flip(whole, (1, 2, 3)), 1, (1, 2, 3))
    half = (..., slice(shape[-1] // 2 + 1))
    even, odd = (whole + mirrored)[half] / 2, (whole - mirrored)[half] / 2
    regular, edge = (odd, even) if degree % 2 else (even, odd)
    return regular.astype(dtype), edge.astype(dtype)


def edge_matters(shape: Sequence[int], degree: int, sigma: float) -> bool:
    """Whether the second array of `parity_parts` matters: r^l e^{−r²/2} at frequency π over its maximum, at √l."""
    edge = pi * sigma
    if degree == 0 or all(n % 2 for n in shape):
        return False
    return edge**2 <= degree or (edge**2 / degree) ** (degree / 2) * exp((degree - edge**2) / 2) > NEGLIGIBLE
