"""Two-dimensional filter families, with L directions at each of J scales."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import ceil, comb, cos, floor, pi, sin, sqrt
from typing import ClassVar, final

import numpy as np

from subband.arrays.arguments import number
from subband.transforms.scattering.banks.bank import BandPass, Family, plain_count, plain_scale

SIGMA = 0.8
"""Standard deviation of an envelope in units of 2ʲ samples (2^{J−1} for the low-pass)."""
AREA = 2 * 3.1415
"""kymatio's value of 2π in the normalisation of Gaussians, which yields a gain of 1.00003."""
PERIODS = 2
"""Periods of the signal on either side over which the tails of a filter are periodised."""
REACH = 8.0
"""Standard deviations beyond which an envelope is below rounding."""


def directions(J: int, L: int, xi: float = 3 / 8) -> tuple[BandPass, ...]:
    """L filters at each scale 2⁰ … 2^{J−1}, at angles π/L apart over half of the plane.

    Args:
        J: Number of scales.
        L: Number of directions.
        xi: Centre frequency at the finest scale, in cycles per sample.

    Returns:
        The filters, from the finest scale, with angles decreasing from about π/2 within a scale.

    Raises:
        InvalidInput: a number out of range.
    """
    J, L = plain_scale("J", J), plain_count("L", L)
    first = int(L - L / 2 - 1)  # half of the directions on either side of the first axis, as in kymatio
    return tuple(
        [
            BandPass(xi / 2**j, 1 / (2 * pi * SIGMA * 2**j), j, q, (first - q) * pi / L)
            for j in range(J)
            for q in range(L)
        ]
    )


@dataclass(frozen=True)
class _Plane(Family):
    ndim: ClassVar[int] = 2

    def lowpass(self, width: float, shape: tuple[int, ...]) -> np.ndarray:
        """An isotropic Gaussian of standard deviation 0.4 T samples in space."""
        sigma = SIGMA * width / 2
        a, b = [np.exp(-0.5 * (np.arange(-PERIODS * n, (PERIODS + 1) * n) / sigma) ** 2) for n in shape]
        a, b = [_wrap(one, -PERIODS * n, n, 0) for one, n in zip((a, b), shape, strict=True)]
        return np.outer(np.fft.fft(a).real, np.fft.fft(b).real) / (AREA * sigma**2)


@dataclass(frozen=True)
class _Slanted(_Plane):
    """Base of Gabor and Morlet filters: an elliptic Gaussian envelope, elongated orthogonally to its frequency.

    Attributes:
        slant: Ratio of its width along the frequency to its length across; smaller is narrower in angle.
    """

    slant: float = 0.5
    zero_mean: ClassVar[bool]

    def __post_init__(self) -> None:
        what = f"{type(self).__name__}'s slant, a positive number"
        object.__setattr__(self, "slant", number("slant", self.slant, what, above=0))

    def spectra(self, filters: Sequence[BandPass], shape: tuple[int, ...]) -> np.ndarray:
        made = np.empty((len(filters), *shape))
        for row, one in zip(made, filters, strict=True):
            row[:] = self._spectrum(one, shape)
        return made

    def _spectrum(self, one: BandPass, shape: tuple[int, ...]) -> np.ndarray:
        """Fourier transform of g(u) (e^{iξ·u} − κ), periodised."""
        width, c, s = 1 / (2 * pi * one.sigma), cos(one.theta), sin(one.theta)
        reach = ceil(REACH * width / min(1.0, self.slant))
        x, y = (np.arange(max(-PERIODS * n, -reach), min((PERIODS + 1) * n, reach + 1)) for n in shape)
        # uᵀ R diag(1, slant²) Rᵀ u / 2σ², the exponent, as three terms.
        xx, yy, xy = c**2 + (self.slant * s) ** 2, s**2 + (self.slant * c) ** 2, c * s * (1 - self.slant**2)
        along = xx * x[:, None] ** 2 + yy * y**2 + 2 * xy * x[:, None] * y
        envelope = np.exp(along / (-2 * width**2)) * (self.slant / (AREA * width**2))
        wave = np.exp(2j * pi * one.xi * c * x)[:, None] * np.exp(2j * pi * one.xi * s * y)
        filtered = np.fft.fft2(_wrap_both(envelope * wave, x[0], y[0], shape))
        if self.zero_mean:
            average = np.fft.fft2(_wrap_both(envelope, x[0], y[0], shape))
            filtered -= filtered[0, 0] / average[0, 0] * average
        # ψ(−u) = ψ(u)* up to truncated tails, so the spectrum is real.
        return filtered.real


@final
@dataclass(frozen=True)
class Morlet2D(_Slanted):
    """Oriented Morlet wavelets: Gabor filters minus a Gaussian such that their mean is zero.

    Example:
        >>> import subband as sb
        >>> spectra = sb.filter_bank("morlet", ndim=2, J=2, L=4).spectra((16, 16))
        >>> spectra.shape, bool(abs(spectra[:, 0, 0]).max() < 1e-12)  # no filter sees the mean
        ((8, 16, 16), True)
    """

    zero_mean: ClassVar[bool] = True


@final
@dataclass(frozen=True)
class Gabor2D(_Slanted):
    """Oriented Gabor filters, whose mean is small but not zero.

    Example:
        >>> import subband as sb
        >>> spectra = sb.filter_bank("gabor", ndim=2, J=2, L=4).spectra((16, 16))
        >>> spectra.shape, bool(abs(spectra[:, 0, 0]).max() > 1e-3)  # the mean is seen a little
        ((8, 16, 16), True)
    """

    zero_mean: ClassVar[bool] = False


@final
@dataclass(frozen=True)
class Steerable(_Plane):
    """Steerable bump wavelets, compactly supported in frequency; any direction is a linear combination of the L.

    ψ̂(ω) ∝ exp(−(|ω| − ξ)² / (ξ² − (|ω| − ξ)²)) cosᴸ⁻¹(arg ω − θ) for |ω| < 2ξ and |arg ω − θ| < π/2.

    Attributes:
        directions: L. The squares of the L filters of one scale sum to a function of |ω| only.

    Source: S. Zhang, S. Mallat, Maximum Entropy Models from Phase Harmonic Covariances (2021), appendix A.
    """

    directions: int = 8
    normalise: ClassVar[str] = "tight"

    def __post_init__(self) -> None:
        object.__setattr__(self, "directions", plain_count("directions", self.directions))

    def spectra(self, filters: Sequence[BandPass], shape: tuple[int, ...]) -> np.ndarray:
        # Over both signs of ω, Σ cos^{2(L−1)} = L binom(2(L−1), L−1) / 4^{L−1}, L means of an even power.
        power = self.directions - 1
        height = sqrt(2 * 4**power / (self.directions * comb(2 * power, power)))
        made = np.zeros((len(filters), *shape))
        # The Nyquist frequency is both positive and negative: it gets the mean energy of both.
        for nyquist in product((-0.5, 0.5), repeat=2):
            grid = [
                np.where(f == -0.5, at, f) for f, at in zip(map(np.fft.fftfreq, shape), nyquist, strict=True)
            ]
            a, b = np.meshgrid(*grid, indexing="ij")
            radius, angle = np.hypot(a, b), np.arctan2(b, a)
            for row, one in zip(made, filters, strict=True):
                facing, away = np.cos(angle - one.theta), (radius / one.xi - 1) ** 2
                inside = (away < 1) & (facing > 0)
                bump = np.exp(-away[inside] / (1 - away[inside]))
                row[inside] += (height * bump * facing[inside] ** power) ** 2 / 4
        return np.sqrt(made)


def _wrap_both(space: np.ndarray, top: int, left: int, shape: tuple[int, ...]) -> np.ndarray:
    return _wrap(_wrap(space, top, shape[0], 0), left, shape[1], 1)


def _wrap(space: np.ndarray, first: int, n: int, axis: int) -> np.ndarray:
    """Periodise samples that start at index `first` with period n along an axis."""
    before = first - floor(first / n) * n
    after = -(before + space.shape[axis]) % n
    widths = [(before, after) if k == axis else (0, 0) for k in range(space.ndim)]
    periods = np.pad(space, widths)
    split = (*space.shape[:axis], -1, n, *space.shape[axis + 1 :])
    return periods.reshape(split).sum(axis=axis)
