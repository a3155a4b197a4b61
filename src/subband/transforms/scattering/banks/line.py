"""One-dimensional filter families, with Q filters per octave."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil, floor, inf, log, log2, sqrt
from typing import ClassVar, final

import numpy as np

from subband.arrays.arguments import integer, number
from subband.errors import InvalidInput
from subband.transforms.scattering.banks.bank import BandPass, Family, plain_count, plain_scale

LOWPASS_SIGMA = 0.1
"""σ T of a Gaussian low-pass of width T, with σ in cycles per sample."""
REACH = 9.0
"""Standard deviations beyond which a Gaussian is below rounding (10⁻¹⁸)."""
LONGEST = 3.0
"""σ N above which a periodised Gaussian does not overlap itself (e^{−π²σ²N²/2} < 10⁻¹⁹)."""
ANTIALIASING = 5.0
"""Standard deviations of a filter below the Nyquist frequency of its subsampled modulus."""


def octaves(J: int, Q: int, r_psi: float = sqrt(0.5)) -> tuple[BandPass, ...]:
    """Q filters per octave, then Q − 1 at equal frequency steps down to 0.

    The highest frequency is ξ = max(1 / (1 + 2^{3/Q}), 0.35); σ makes adjacent filters cross at height r_psi.
    Where σ would fall below that of the low-pass of width 2^J, it stays constant and frequencies decrease linearly,
    so that no filter is longer than the low-pass.

    Args:
        J: log₂ of the longest filter.
        Q: Filters per octave.
        r_psi: Relative height at which adjacent filters cross, between 0 and 1.

    Returns:
        The filters, from high to low frequency.

    Raises:
        InvalidInput: a number out of range, or a J too small for any filter.

    Source: V. Lostanlen, Convolutional Operators in the Time-frequency Domain (2017), §2.1; frequencies of kymatio.
    """
    J, Q = plain_scale("J", J), plain_count("Q", Q)
    r_psi = number("r_psi", r_psi, "between 0 and 1, as the height at which filters cross", above=0, below=1)
    lowest, ratio = LOWPASS_SIGMA / 2**J, 2 ** (1 / Q)
    xi = max(1 / (1 + ratio**3), 0.35)
    sigma = xi * (1 - 1 / ratio) / (1 + 1 / ratio) / sqrt(2 * log(1 / r_psi))
    centres = [(xi, sigma)] if sigma > lowest else []
    while centres and centres[-1][1] > lowest * ratio:
        xi, sigma = centres[-1]
        centres.append((xi / ratio, sigma / ratio))
    elbow = centres[-1][0] if centres else sigma
    geometric = len(centres)
    centres += [(elbow - q / Q * elbow, lowest) for q in range(1, Q)]
    if not centres:
        raise InvalidInput(f"J={J} is too small for any filter of Q={Q}, r_psi={r_psi:.3g}: give a larger J")
    voices = [k % Q if k < geometric else k - geometric + 1 for k in range(len(centres))]
    return tuple([BandPass(x, s, dyadic(x, s), q) for (x, s), q in zip(centres, voices, strict=True)])


def dyadic(xi: float, sigma: float) -> int:
    """Largest j for which a filter fits twice below the Nyquist frequency of the modulus subsampled by 2ʲ."""
    return floor(-log2(min(xi + ANTIALIASING * sigma, 0.5))) - 1


class _Line(Family):
    ndim: ClassVar[int] = 1

    def lowpass(self, width: float, shape: tuple[int, ...]) -> np.ndarray:
        """A Gaussian of σ = 0.1 / T cycles per sample."""
        made = np.zeros(shape)
        _add_gaussian(made, 0.0, LOWPASS_SIGMA / width)
        return made / made[0]


@final
@dataclass(frozen=True)
class Morlet(_Line):
    """Morlet wavelets ψ̂ = (ĝ(ω − ξ) − κ ĝ(ω)) / ‖ψ‖₁, with κ such that ψ̂(0) = 0."""

    def spectra(self, filters: Sequence[BandPass], shape: tuple[int, ...]) -> np.ndarray:
        made = np.zeros((len(filters), *shape))
        for row, one in zip(made, filters, strict=True):
            if one.xi > REACH * one.sigma:
                _gabor(row, one)
                continue
            average = np.zeros(shape)
            _add_gaussian(row, one.xi, one.sigma)
            _add_gaussian(average, 0.0, one.sigma)
            row -= row[0] / average[0] * average
            row /= _l1_norm(row, _band(shape[0], 0.0, one.sigma)[0], _band(shape[0], one.xi, one.sigma)[1])
        return made


@final
@dataclass(frozen=True)
class Gabor(_Line):
    """Gabor filters ĝ(ω − ξ) / ‖g‖₁, whose mean is small but not zero.

    Example:
        >>> import subband as sb
        >>> gabor, morlet = (sb.filter_bank(name, J=3).spectra(64)[0] for name in ("gabor", "morlet"))
        >>> bool(gabor[0] > 1e-3), bool(abs(morlet[0]) < 1e-12)  # the mean of the first filter
        (True, True)
    """

    def spectra(self, filters: Sequence[BandPass], shape: tuple[int, ...]) -> np.ndarray:
        made = np.zeros((len(filters), *shape))
        for row, one in zip(made, filters, strict=True):
            _gabor(row, one)
        return made


def _gabor(row: np.ndarray, one: BandPass) -> None:
    """Write one Gabor filter of ℓ1 norm 1 into a zeroed array."""
    _add_gaussian(row, one.xi, one.sigma)
    # A filter shorter than the signal already has ℓ1 norm 1, the value of the Gaussian spectrum at its centre.
    if one.sigma * len(row) < LONGEST:
        row /= _l1_norm(row, *_band(len(row), one.xi, one.sigma))


@final
@dataclass(frozen=True)
class Gammatone(_Line):
    """Causal gammatone wavelets of zero mean, with a sharp attack and a long tail: ψ̂(ω) ∝ ω / (b + i(ω − ξ))ᵐ.

    That is a derivative of tᵐ⁻¹ e^{−2πbt} e^{2πiξt}; its spectrum is periodised.

    Attributes:
        order: m, 2 or more; for large m the filter approaches a Gabor filter.

    Source: A. Venkitaraman, A. Adiga, C. S. Seelamantula, Auditory-motivated Gammatone Wavelet Transform (2014).
    """

    order: int = 4

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "order", integer("order", self.order, 2, 100, "Gammatone's order, a whole number")
        )

    def spectra(self, filters: Sequence[BandPass], shape: tuple[int, ...]) -> np.ndarray:
        made = np.zeros((len(filters), *shape), dtype=np.complex128)
        omega = np.fft.fftfreq(shape[0])
        # |1 / (1 + id/b)|ᵐ and the Gaussian exp(−d²/2σ²) cross the height r at the same d, for r² = ½.
        b_over_sigma = sqrt(log(2)) / sqrt(2 ** (1 / self.order) - 1)
        for row, one in zip(made, filters, strict=True):
            b = b_over_sigma * one.sigma
            for period in range(-3, 4):
                row += (omega + period) / one.xi * (1 + 1j * (omega + period - one.xi) / b) ** -self.order
            row -= row[0] * _at_zero(omega, one.sigma)
            row /= np.abs(np.fft.ifft(row)).sum()
        return made


@final
@dataclass(frozen=True)
class Meyer(_Line):
    """Meyer wavelets, supported in frequency between the centres of the adjacent filters.

    Adjacent filters overlap as sin(π/2 ν(u)) and cos(π/2 ν(u)), whose squares sum to 1.

    Source: S. Mallat, A Wavelet Tour of Signal Processing (2009), §7.2.2.

    Example:
        >>> import numpy as np
        >>> from subband.transforms.scattering.banks import Meyer
        >>> average = Meyer().lowpass(8, (64,))  # 1 up to 1/32, 0 from 1/16 cycles per sample
        >>> average[:6].round(2).tolist()
        [1.0, 1.0, 1.0, 0.71, 0.0, 0.0]
    """

    normalise: ClassVar[str] = "tight"

    def spectra(self, filters: Sequence[BandPass], shape: tuple[int, ...]) -> np.ndarray:
        return _partition(filters, shape[0], _meyer_step, lambda low, high: (low, high))

    def lowpass(self, width: float, shape: tuple[int, ...]) -> np.ndarray:
        """1 up to 1/4T and 0 from 1/2T cycles per sample: no aliasing when subsampled by T."""
        f = np.abs(np.fft.fftfreq(shape[0])) * width
        return np.sin(np.pi / 2 * (1 - _meyer_step(4 * f - 1)))


@final
@dataclass(frozen=True)
class Shannon(_Line):
    """Ideal band-passes, bounded by the means of adjacent centre frequencies.

    Example:
        >>> import subband as sb
        >>> sb.filter_bank("shannon", J=2).spectra(16).round(1).tolist()[0]  # an ideal band-pass
        [0.0, 0.0, 0.0, 0.0, 0.0, 1.4, 1.4, 1.4, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    """

    normalise: ClassVar[str] = "tight"

    def spectra(self, filters: Sequence[BandPass], shape: tuple[int, ...]) -> np.ndarray:
        def middle(low: float, high: float) -> tuple[float, float]:
            return (low + high) / 2, (low + high) / 2

        return _partition(filters, shape[0], _meyer_step, middle)

    def lowpass(self, width: float, shape: tuple[int, ...]) -> np.ndarray:
        """1 up to 1/4T cycles per sample, 0 beyond."""
        return (np.abs(np.fft.fftfreq(shape[0])) * width <= 0.25).astype(float)


def _partition(
    filters: Sequence[BandPass],
    n: int,
    step: Callable[[np.ndarray], np.ndarray],
    transition: Callable[[float, float], tuple[float, float]],
) -> np.ndarray:
    """Analytic filters whose squares sum to 2 for all ω > 0, with a transition between adjacent filters."""
    made, f = np.zeros((len(filters), n)), np.fft.fftfreq(n)
    f = np.where(f == -0.5, 0.5, f)
    falling = np.argsort([-one.xi for one in filters], kind="stable")
    upper = np.ones(n)
    for above, below in zip(falling, (*falling[1:], None), strict=True):
        if below is None:
            rise = np.ones(n)
        else:
            low, high = transition(filters[below].xi, filters[above].xi)
            with np.errstate(divide="ignore", invalid="ignore"):
                u = np.where(f >= high, inf, -inf) if low == high else (f - low) / (high - low)
            rise = np.sin(np.pi / 2 * step(u))
        made[above] = np.where(f >= 0, sqrt(2) * rise * upper, 0)
        if below is not None:
            # cos(π/2 ν(u)), but exactly 0 at u = 1.
            upper = np.sin(np.pi / 2 * (1 - step(u)))
    # The frequency 0 and the Nyquist frequency are their own negatives.
    made[:, (f == 0.5) | (f == 0)] /= sqrt(2)
    return made


def _meyer_step(u: np.ndarray) -> np.ndarray:
    """ν: 0 below 0, 1 above 1, ν(u) + ν(1 − u) = 1, with three vanishing derivatives at both ends."""
    u = np.clip(u, 0, 1)
    return u**4 * (35 - 84 * u + 70 * u**2 - 20 * u**3)


def _at_zero(omega: np.ndarray, sigma: float) -> np.ndarray:
    return np.exp(-0.5 * (omega / sigma) ** 2)


def _band(n: int, centre: float, sigma: float) -> tuple[int, int]:
    """First and last bin of a Gaussian's support, possibly outside of 0 … n − 1."""
    return ceil((centre - REACH * sigma) * n), floor((centre + REACH * sigma) * n)


def _add_gaussian(spectrum: np.ndarray, centre: float, sigma: float) -> None:
    """Add exp(−(ω − centre)² / 2σ²), periodised over the bins, to a spectrum."""
    n = spectrum.shape[0]
    low, high = _band(n, centre, sigma)
    k = np.arange(low, high + 1)
    values = np.exp(-0.5 * ((k / n - centre) / sigma) ** 2)
    if len(k) <= n:
        spectrum[k % n] += values
    else:
        np.add.at(spectrum, k % n, values)
    if low > high:
        raise InvalidInput(
            f"a filter of σ={sigma:.3g} falls between the {n} bins of a spectrum: give more samples"
        )


def _l1_norm(spectrum: np.ndarray, low: int, high: int) -> float:
    """ℓ1 norm Σ |ψ(t)| of a filter with support low … high in frequency.

    |ψ| is smooth on the scale of 1 / bandwidth, so the filter is shifted to frequency 0 and summed over a coarser
    grid, with equal result up to rounding.
    """
    n, width = spectrum.shape[0], high - low + 1
    coarse = max(4096, 1 << (2 * width - 1).bit_length())
    if coarse >= n:
        return float(np.abs(np.fft.ifft(spectrum)).sum())
    return float(np.abs(np.fft.ifft(spectrum[np.arange(low, high + 1) % n], n=coarse)).sum())
