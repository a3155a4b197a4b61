"""Cross-wavelet spectrum of two signals."""

from dataclasses import dataclass
from typing import Any, final

from subband.arrays.axes import count_axis
from subband.arrays.labelled import labelled
from subband.arrays.namespace import Array, as_signal, library, namespace, widened
from subband.arrays.pytree import pytree
from subband.arrays.scale import power_of_two
from subband.errors import InvalidInput
from subband.transforms.continuous.coefficients import ContinuousCoefficients, OnScales, real_array_like
from subband.transforms.continuous.cwt import cwt


@dataclass(frozen=True, eq=False, repr=False)
class OfTwoSignals(OnScales):
    """Base class of complex values whose phase is that of one signal relative to another."""

    @property
    def phase(self) -> Array:
        """(*batch, S, N) Phase of x relative to y in radians, −π to π; positive where x leads, for f > 0."""
        return angle(self.array)

    @property
    def delay(self) -> Array:
        """(*batch, S, N) Seconds by which y follows x: phase / 2πf, known up to whole periods."""
        return delay(self.array, self.spec.frequencies)


@final
@pytree("array")
@dataclass(frozen=True, eq=False, repr=False)
class CrossSpectrum(OfTwoSignals):
    """Cross-wavelet spectrum of two signals, returned by `cross_spectrum`.

    Attributes:
        array: (*batch, S, N) W_x W_y*, complex for an analytic wavelet.
        spec: Parameters of the transforms.

    See also: `cross_spectrum_significance`.
    """

    @property
    def power(self) -> Array:
        """(*batch, S, N) Modulus |W_x W_y*|."""
        return abs(self.array)


@labelled
def cross_spectrum(
    x: Array,
    y: Array,
    wavelet: Any = "morlet",
    *,
    frequencies: Any = None,
    fs: float = 1.0,
    axis: int = -1,
    voices: int = 10,
    mode: str = "symmetric",
    norm: str = "l1",
    impl: str | None = None,
) -> CrossSpectrum:
    """Cross-wavelet spectrum W_x(f, t) W_y*(f, t): where both signals have power, and their relative phase.

    With norm "l1" sinusoids of amplitudes A and B that both signals have give AB at any frequency. This is the
    rectified spectrum of Liu et al. and Veleda et al. (division by the scale); with "l2", the published form, low
    frequencies are larger by the scale, and the spectrum of white noise is flat.

    A peak may come from one signal alone: for evidence that the two are related, see `wavelet_coherence`
    (Maraun & Kurths 2004).

    Args:
        x, y: (…) real or complex signals of one shape and library.
        wavelet, frequencies, fs, axis, voices, mode, norm, impl: As in `cwt`.

    Returns:
        The spectrum: `.array` is (*batch, S, N), with `.power`, `.phase` (positive where x leads) and `.delay`.

    Raises:
        InvalidInput: signals of different shapes or libraries, one real and one complex, or as in `cwt`.
        UnsupportedArray: an array of another library, or a dtype that can't be filtered.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> t = np.arange(512) / 512
        >>> x, y = 3 * np.cos(2 * np.pi * 32 * t), np.sin(2 * np.pi * 32 * t)
        >>> c = sb.cross_spectrum(x, y, frequencies=[32], fs=512)
        >>> round(float(c.power[0, 256]), 3), round(float(c.phase[0, 256] / np.pi), 3)
        (3.0, 0.5)

    Source: L. Hudgins, C. A. Friehe, M. E. Mayer, Wavelet transforms and atmospheric turbulence (1993); Y. Liu,
    X. S. Liang, R. H. Weisberg, Rectification of the bias in the wavelet power spectrum (2007); D. Veleda,
    R. Montagne, M. Araujo, Cross-wavelet bias corrected by normalizing scales (2012).

    See also: `cross_spectrum_significance`, `wavelet_coherence`.
    """
    how = {
        "frequencies": frequencies, "fs": fs, "axis": axis, "voices": voices, "mode": mode, "norm": norm,
        "impl": impl,
    }  # fmt: skip
    a, b, units = both(x, y, wavelet, how)
    product = a.array * namespace(b.array).conj(b.array)
    return CrossSpectrum(product * units[0] * units[1], a.spec)


def both(
    x: Array, y: Array, wavelet: Any, how: dict[str, Any]
) -> tuple[ContinuousCoefficients, ContinuousCoefficients, tuple[Array, Array]]:
    """Transforms of two signals divided by their units, and the units, of shape (*batch, 1, 1).

    The units are powers of two, so that squares of the transforms neither overflow nor vanish.
    """
    x, y = as_signal(x), as_signal(y, "y")
    if library(x) != library(y) or tuple(x.shape) != tuple(y.shape):
        raise InvalidInput(
            f"can't compare x, a {library(x)} array of shape {tuple(x.shape)}, with y, a {library(y)} array of "
            f"shape {tuple(y.shape)}: give two signals of one shape and library"
        )
    x, y = widened(x), widened(y)
    if x.dtype != y.dtype:
        raise InvalidInput(f"x is of dtype {x.dtype} and y of dtype {y.dtype}: convert one of them")
    axis = count_axis(how["axis"], tuple(x.shape))
    units = [power_of_two(signal, (axis,)) for signal in (x, y)]
    a, b = (cwt(signal / unit, wavelet, **how) for signal, unit in zip((x, y), units, strict=True))
    xp, batch = namespace(x), a.spec.batch
    first, second = (xp.reshape(unit, (*batch, 1, 1)) for unit in units)
    return a, b, (first, second)


def angle(w: Array) -> Array:
    """Phase in radians; 0 or π for real numbers."""
    xp = namespace(w)
    if not xp.isdtype(w.dtype, "complex floating"):
        return xp.where(w < 0, xp.full_like(w, xp.pi), xp.zeros_like(w))
    return xp.atan2(xp.imag(w), xp.real(w))


def delay(w: Array, frequencies: tuple[float, ...]) -> Array:
    """(*batch, S, N) phase / 2πf in seconds."""
    turn = real_array_like(w, [2 * namespace(w).pi * f for f in frequencies])
    return angle(w) / turn[:, None]
