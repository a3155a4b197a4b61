"""Wavelet coherence of two signals."""

from dataclasses import dataclass
from typing import Any, final

from subband.arrays.arguments import number
from subband.arrays.labelled import labelled
from subband.arrays.namespace import Array, namespace
from subband.arrays.pytree import pytree
from subband.transforms.continuous.cross_spectrum import OfTwoSignals, both
from subband.transforms.continuous.smoothing import smooth
from subband.transforms.coordinates import signal_axes, time_frequency

ROUNDING = 8
"""Smoothed power below this many units of rounding of the largest one at its frequency is that of rounding."""


@final
@pytree("array", "power_x", "power_y")
@dataclass(frozen=True, eq=False, repr=False)
class WaveletCoherence(OfTwoSignals):
    """Complex coherency of two signals, returned by `wavelet_coherence`.

    Attributes:
        array: (*batch, S, N) S(W_x W_y*) / √(S|W_x|² S|W_y|²), of modulus 0 to 1; 0 where a signal has no power.
        spec: Parameters of the transforms.
        power_x, power_y: (*batch, S, N) smoothed power S|W_x|² and S|W_y|².
        octaves: Width of the average over scales.

    See also: `coherence_significance`.
    """

    power_x: Array
    power_y: Array
    octaves: float

    @property
    def coherence(self) -> Array:
        """(*batch, S, N) R², the squared modulus of the coherency, from 0 to 1."""
        power = _power(self.array)
        return namespace(power).where(power > 1, 1.0, power)

    @property
    def cross(self) -> Array:
        """(*batch, S, N) Smoothed cross-wavelet spectrum S(W_x W_y*), of norm "l1"."""
        xp = namespace(self.power_x)
        return self.array * (xp.sqrt(self.power_x) * xp.sqrt(self.power_y))

    def to_xarray(self) -> Any:
        spec = self.spec
        axes = signal_axes(self.labels, spec.shape, (spec.axis,), spec.fs)
        return time_frequency(self.labels, self.coherence, axes, spec.axis, spec.frequencies)


@labelled
def wavelet_coherence(
    x: Array,
    y: Array,
    wavelet: Any = "morlet",
    *,
    frequencies: Any = None,
    fs: float = 1.0,
    axis: int = -1,
    voices: int = 10,
    mode: str = "symmetric",
    octaves: float | None = None,
    impl: str | None = None,
) -> WaveletCoherence:
    """Wavelet coherence: the local squared correlation of two signals at each frequency, from 0 to 1.

        R²(f, t) = |S(W_x W_y*)|² / (S|W_x|² S|W_y|²),

    with transforms of norm "l1", for which |W|² is the s⁻¹|W|² of the energy norm. S is a mean over time, weighted
    by the wavelet's own envelope, the Gaussian exp(−t²/2s²) for Morlet, then over scales with equal weights on a
    logarithmic axis. Without it R² would be 1 everywhere.

    Independent signals have a coherence well above 0, as few independent values are averaged: compare with
    `coherence_significance`.

    Args:
        x, y: (…) real or complex signals of one shape and library.
        wavelet, frequencies, fs, axis, voices, mode, impl: As in `cwt`. At least 4 voices are needed for the mean
            over scales to have several.
        octaves: Width of the mean over scales; by default the wavelet's `decorrelation`, 0.60 octaves for Morlet
            with ω₀ = 6, as published.

    Returns:
        The coherency, with `.coherence`, `.phase` and `.delay` of shape (*batch, S, N), and `.trusted`, where the
        ends of the signals have no influence. Differentiable.

    Raises:
        InvalidInput: signals of different shapes or libraries, one real and one complex, octaves not positive, or
            as in `cwt`.
        UnsupportedArray: an array of another library, or a dtype that can't be filtered.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = np.random.default_rng(0).standard_normal(1024)
        >>> c = sb.wavelet_coherence(x, -2 * x, frequencies=[0.05, 0.1])
        >>> round(float(c.coherence.min()), 6), round(float(abs(c.phase).min()), 6)
        (1.0, 3.141593)

    Source: C. Torrence, P. J. Webster, Interdecadal Changes in the ENSO–Monsoon System (1999), appendix;
    A. Grinsted, J. C. Moore, S. Jevrejeva, Application of the cross wavelet transform and wavelet coherence to
    geophysical time series (2004), eq. 8.

    See also: `coherence_significance`, `cross_spectrum`.
    """
    if octaves is not None:
        octaves = number("octaves", octaves, "a positive number of octaves", above=0)
    how = {
        "frequencies": frequencies, "fs": fs, "axis": axis, "voices": voices, "mode": mode, "norm": "l1",
        "impl": impl,
    }  # fmt: skip
    a, b, units = both(x, y, wavelet, how)
    octaves = a.spec.wavelet.decorrelation if octaves is None else octaves
    product = a.array * namespace(b.array).conj(b.array)
    cross = smooth(product, a.spec, octaves)
    # Rounding errors of the mean may be below 0.
    powers = [_at_least_0(smooth(_power(c.array), c.spec, octaves)) for c in (a, b)]
    coherency = _ratio(cross, *powers)
    power_x, power_y = (power * unit * unit for power, unit in zip(powers, units, strict=True))
    return WaveletCoherence(coherency, a.spec, power_x, power_y, octaves)


def _ratio(cross: Array, *powers: Array) -> Array:
    """cross / √(power power), of modulus at most 1; 0 where a power is as small as its rounding errors."""
    xp = namespace(cross)
    for power in powers:
        floor = ROUNDING * xp.finfo(power.dtype).eps * xp.max(power, axis=-1, keepdims=True)
        there = power > floor
        cross = xp.where(there, cross / xp.sqrt(xp.where(there, power, 1.0)), 0.0)
    # By the inequality of Cauchy and Schwarz the modulus is at most 1, up to rounding.
    square = _power(cross)
    return xp.where(square > 1, cross / xp.sqrt(xp.where(square > 1, square, 1.0)), cross)


def _at_least_0(power: Array) -> Array:
    return namespace(power).where(power > 0, power, 0.0)


def _power(w: Array) -> Array:
    """|w|², real, with a derivative at 0."""
    xp = namespace(w)
    if not xp.isdtype(w.dtype, "complex floating"):
        return w * w
    return xp.real(w) * xp.real(w) + xp.imag(w) * xp.imag(w)
