"""Time–frequency energy densities of a signal: ridge, concentration, distance to a frequency law."""

from dataclasses import dataclass

import numpy as np

from subband.errors import InvalidInput
from subband.transforms.continuous import ContinuousCoefficients, SynchrosqueezedCoefficients
from subband.transforms.fourier.coefficients import StftCoefficients
from subband.transforms.packets import PacketCoefficients

Law = tuple[np.ndarray, np.ndarray]
"""Ascending times (K,) in seconds and the true frequencies (K,) in hertz; linearly interpolated."""


@dataclass(frozen=True)
class EnergyDensity:
    """Normalised energy density of a signal over time and frequency, constant in each cell of a grid.

    Attributes:
        density: (F, T), non-negative, with integral 1 over the grid.
        frequencies: (F,) row frequencies in hertz, ascending.
        times: (T,) column times in seconds, ascending; the first sample is at 0.
        frequency_edges: (F + 1,) cell edges in hertz, within 0 … half the sampling rate.
        time_edges: (T + 1,) cell edges in seconds.
        cone: (F,) cone of influence: seconds from either end that the signal extension affects, or None.
        duration: Length of the signal in seconds.
    """

    density: np.ndarray
    frequencies: np.ndarray
    times: np.ndarray
    frequency_edges: np.ndarray
    time_edges: np.ndarray
    cone: np.ndarray | None
    duration: float

    @property
    def cells(self) -> np.ndarray:
        """(F, T) area of each cell, in hertz times seconds."""
        return np.diff(self.frequency_edges)[:, None] * np.diff(self.time_edges)


def energy_density(
    c: PacketCoefficients | ContinuousCoefficients | SynchrosqueezedCoefficients | StftCoefficients,
    *,
    fs: float = 1.0,
) -> EnergyDensity:
    """Normalised squared moduli of a transform of one real signal, over time and frequency.

    Continuous coefficients are used as normalised: with norm "l1" tones of equal amplitude have equal height,
    with "l2" the integral over a region is its energy. The time of a packet coefficient is the centre of its
    filters, which suits symlets, biorthogonal and other nearly symmetric wavelets. Columns centred outside of
    the signal are dropped.

    Args:
        c: Result of `packets` (in frequency order), `cwt`, `synchrosqueeze` or `stft` for one real signal.
        fs: Sampling rate of the signal, for packets; the other containers hold their own.

    Returns:
        The density, as NumPy arrays.

    Raises:
        InvalidInput: another kind of coefficients, several signals, a complex signal, packets in natural
            order, or a signal without energy.
    """
    match c:
        case PacketCoefficients():
            return _of_packets(c, fs)
        case ContinuousCoefficients() | SynchrosqueezedCoefficients():
            return _of_continuous(c)
        case StftCoefficients():
            return _of_spectrogram(c)
    raise InvalidInput(
        f"can't spread a {type(c).__name__} over time and frequency: give what packets, cwt, synchrosqueeze or "
        "stft returned"
    )


def ridge(d: EnergyDensity) -> np.ndarray:
    """(T,) frequency in hertz of the maximal density at each time."""
    return d.frequencies[d.density.argmax(axis=0)]


def ridge_error(d: EnergyDensity, law: Law) -> float:
    """Mean absolute difference in hertz between the ridge and the law, over the time span of the law."""
    counted, truth = _along(d, law)
    return float(np.abs(ridge(d)[counted] - truth).mean())


def share_near(d: EnergyDensity, law: Law, width: float) -> float:
    """Share of the energy within ±`width` hertz of the law, 0 … 1, over the time span of the law.

    Cells partly inside the band count in proportion.

    Raises:
        InvalidInput: a non-positive width, or no column of the density within the time span of the law.
    """
    if not width > 0:
        raise InvalidInput(f"width={width} must be a positive number of hertz")
    counted, truth = _along(d, law)
    low, high = d.frequency_edges[:-1, None], d.frequency_edges[1:, None]
    inside = np.clip(np.minimum(high, truth + width) - np.maximum(low, truth - width), 0, None) / (high - low)
    energy = (d.density * d.cells)[:, counted]
    return float((energy * inside).sum() / energy.sum())


def renyi_entropy(d: EnergyDensity, *, order: float = 3.0) -> float:
    """Rényi entropy log₂ ∫∫ pᵅ dt df / (1 − α) in bits; 2 to its power is the effective area of the energy.

    Its resolution is the grid: a line narrower than a cell counts as one cell.

    Raises:
        InvalidInput: the order α is non-positive or 1.

    Source: R. Baraniuk, P. Flandrin, A. Janssen, O. Michel, Measuring Time-Frequency Information Content Using the
    Rényi Entropies (2001), eq. 5.
    """
    if not order > 0 or order == 1:
        raise InvalidInput(f"order={order} must be positive and not 1; odd ones such as 3 are usual")
    return float(np.log2((d.density**order * d.cells).sum()) / (1 - order))


def _of_packets(p: PacketCoefficients, fs: float) -> EnergyDensity:
    spec = p.spec
    if spec.order != "frequency":
        raise InvalidInput(
            "packets in natural order don't rise with frequency: give packets(…, order='frequency')"
        )
    if not fs > 0:
        raise InvalidInput(f"fs={fs} must be a positive number of samples a second")
    power = _power(p.array)
    bands, count = power.shape
    # Coefficient k of one level is centred at sample 2k + d; only periodization has centred filters.
    d = 0.5 if spec.modes[0] == "periodization" else 1 - (spec.wavelets[0].taps - 1) / 2
    times = (bands * np.arange(count) + d * (bands - 1)) / fs
    frequencies = (np.arange(bands) + 0.5) * fs / (2 * bands)
    return _on_grid(power, frequencies, times, bands / fs, fs, spec.size[0] / fs)


def _of_continuous(c: ContinuousCoefficients | SynchrosqueezedCoefficients) -> EnergyDensity:
    spec = c.spec
    if not spec.real:
        raise InvalidInput("the signal was complex: give the transform of a real one, e.g. of x.real")
    order = np.argsort(spec.frequencies, kind="stable")
    frequencies = np.asarray(spec.frequencies)[order]
    power = _power(c.array)[order]
    if isinstance(c, SynchrosqueezedCoefficients):
        # Synchrosqueezed values are integrals over their frequency cells.
        power = power / np.diff(_edges(frequencies, spec.fs))[:, None]
    cone = spec.wavelet.e_folding * spec.scales[order]
    times = np.arange(spec.samples) / spec.fs
    return _on_grid(power, frequencies, times, 1 / spec.fs, spec.fs, spec.samples / spec.fs, cone)


def _of_spectrogram(s: StftCoefficients) -> EnergyDensity:
    f = s.framing
    if not f.real:
        raise InvalidInput("the signal was complex: give the transform of a real one, e.g. of x.real")
    times = (f.first + np.arange(f.frames)) * f.hop / f.fs
    frequencies = np.fft.rfftfreq(f.n_fft, 1 / f.fs)
    # The one-sided factors of a scaling are no part of the density.
    return _on_grid(_power(s.array / s.scale), frequencies, times, f.hop / f.fs, f.fs, f.length / f.fs)


def _power(array) -> np.ndarray:
    """(F, T) squared moduli relative to the largest, as float64 NumPy array."""
    values = array.detach().cpu() if hasattr(array, "detach") else array
    modulus = np.abs(np.asarray(values)).astype(np.float64)
    # Only shares of the energy count, and squares of the moduli themselves need not be within range.
    largest = modulus.max(initial=0.0)
    power = (modulus / largest if 0 < largest < np.inf else modulus) ** 2
    if power.ndim != 2:
        raise InvalidInput(
            f"coefficients of shape {tuple(array.shape)} are of several signals or axes: give those of one signal"
        )
    return power


def _on_grid(
    power: np.ndarray,
    frequencies: np.ndarray,
    times: np.ndarray,
    step: float,
    fs: float,
    duration: float,
    cone: np.ndarray | None = None,
) -> EnergyDensity:
    inside = (times >= 0) & (times < duration)
    power, times = power[:, inside], times[inside]
    edges = _edges(frequencies, fs)
    energy = (power * np.diff(edges)[:, None] * step).sum()
    if not 0 < energy < np.inf:
        raise InvalidInput(
            f"the coefficients have energy {energy}: give those of a finite signal that is not 0"
        )
    between = np.append(times - step / 2, times[-1] + step / 2)
    return EnergyDensity(power / energy, frequencies, times, edges, between, cone, duration)


def _edges(frequencies: np.ndarray, fs: float) -> np.ndarray:
    """(F + 1,) midpoints between adjacent frequencies, clipped to 0 … fs/2."""
    if len(frequencies) == 1:
        return np.array([0, fs / 2])
    half = np.diff(frequencies) / 2
    edges = np.concatenate(
        [[frequencies[0] - half[0]], frequencies[:-1] + half, [frequencies[-1] + half[-1]]]
    )
    return np.clip(edges, 0, fs / 2)


def _along(d: EnergyDensity, law: Law) -> tuple[np.ndarray, np.ndarray]:
    """(T,) mask of the columns within the time span of the law, and the law's frequencies at these."""
    at, frequency = (np.asarray(numbers, dtype=float) for numbers in law)
    counted = (d.times >= at[0]) & (d.times <= at[-1])
    if not counted.any():
        raise InvalidInput(
            f"the law is given from {at[0]:g} to {at[-1]:g} s, where the density has no column: it has them from "
            f"{d.times[0]:g} to {d.times[-1]:g} s"
        )
    return counted, np.interp(d.times[counted], at, frequency)
