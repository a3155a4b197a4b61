"""Synchrosqueezing: each coefficient moves to the frequency at which it turns (Daubechies, Lu & Wu 2011)."""

from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar, final

import numpy as np

from subband.arrays.arguments import number, shown
from subband.arrays.blocks import in_blocks
from subband.arrays.compilers import static
from subband.arrays.namespace import Array, namespace
from subband.arrays.pytree import pytree
from subband.arrays.scale import power_of_two
from subband.arrays.scatter import add_at
from subband.errors import InvalidInput
from subband.transforms.container import Container
from subband.transforms.continuous.coefficients import ContinuousCoefficients, real_array_like
from subband.transforms.continuous.cwt import constant, flatten_response
from subband.transforms.continuous.spec import ContinuousSpec


@final
@pytree("array")
@dataclass(frozen=True, eq=False)
class SynchrosqueezedCoefficients(Container):
    """What `synchrosqueeze` gives.

    Attributes:
        array: (*batch, S, N) complex; its sum over the frequencies is the analytic signal, as far as these
            reach.
        spec: The continuous transform that was squeezed; its frequencies are the places to move to.
    """

    noun: ClassVar[str] = "synchrosqueezed coefficients"

    spec: ContinuousSpec

    @property
    def frequencies(self) -> Array:
        """(S,) frequencies in hertz."""
        return real_array_like(self.array, self.spec.frequencies)

    def __repr__(self) -> str:
        spec = self.spec
        return (
            f"SynchrosqueezedCoefficients({spec.wavelet}, {len(spec.frequencies)} frequencies from "
            f"{min(spec.frequencies):.4g} to {max(spec.frequencies):.4g} Hz, of {spec.shape}, "
            f"array {tuple(self.array.shape)})"
        )


def instantaneous_frequency(c: ContinuousCoefficients) -> Array:
    """Frequency at which each coefficient turns: ω(f, t) = ∂ₜ arg W(f, t) / 2π.

    The derivative is the mean of the turns from the sample before and to the sample after, which is exact for
    sinusoids and linear chirps up to the Nyquist frequency, and needs no wavelet's derivative.

    Args:
        c: Coefficients of an analytic wavelet.

    Returns:
        (*batch, S, N) hertz, of either sign; 0 for a single sample.

    Raises:
        InvalidInput: if `c` is not of an analytic wavelet.

    Source: Daubechies, Lu & Wu 2011, eq. 2.2.
    """
    _check(c)
    return _turning(c.array, c.spec.fs)


def synchrosqueeze(c: ContinuousCoefficients, *, threshold: float = 0.0) -> SynchrosqueezedCoefficients:
    """Move each coefficient to the frequency at which it turns, so that a ridge becomes a line.

    T(fₗ, t) = 1/C Σ W(fₖ, t) Δ ln fₖ over those k whose frequency ω(fₖ, t) lies nearest to fₗ in ratio. What turns
    beyond the outermost frequencies stays with these, so nothing is lost. Gradients flow through the coefficients,
    not through the choice of place.

    Args:
        c: Coefficients of an analytic wavelet; dense frequencies (16 voices or more) make thin lines.
        threshold: Coefficients up to this modulus are noise, which turns at random, and are left out.

    Returns:
        The squeezed coefficients; a sinusoid A cos 2πft has about modulus A at f and 0 elsewhere.

    Raises:
        InvalidInput: if `c` is not of an analytic wavelet, or the threshold is negative.

    Source: I. Daubechies, J. Lu, H.-T. Wu, Synchrosqueezed Wavelet Transforms (2011), eq. 2.3; G. Thakur,
    E. Brevdo, N. Fučkar, H.-T. Wu, The Synchrosqueezing Algorithm for Time-Varying Spectral Analysis (2013), §2.2.
    """
    _check(c)
    threshold = number("threshold", threshold, "a modulus, 0 or more", low=0, below=None)
    xp = namespace(c.array)
    w = xp.reshape(c.array, (-1, *c.array.shape[-2:]))
    squeezed = in_blocks(lambda some, inside: _squeezed(some, inside, c.spec, threshold), w, around=1)
    return SynchrosqueezedCoefficients(xp.reshape(squeezed, c.array.shape), c.spec)


def isynchrosqueeze(
    s: SynchrosqueezedCoefficients, *, band: tuple[float, float] | None = None, method: str = "delta"
) -> Array:
    """Inverse of `synchrosqueeze`: the sum over frequencies, all of them or those of one band.

    Args:
        s: Squeezed coefficients.
        band: Lowest and highest frequency in hertz to sum, e.g. around one ridge; by default all.
        method: As in `icwt`. "exact" is as exact here as there if nothing was left out, neither by a threshold nor
            by a band.

    Returns:
        The array, of the shape that was transformed.

    Raises:
        InvalidInput: if `s` is not `SynchrosqueezedCoefficients`, no frequency lies in the band, or the method is
            unknown.

    Source: Thakur et al. 2013, eq. 4.
    """
    if not isinstance(s, SynchrosqueezedCoefficients):
        raise InvalidInput(
            f"can't invert a {type(s).__name__}: give the SynchrosqueezedCoefficients that synchrosqueeze returned"
        )
    xp, spec = namespace(s.array), s.spec
    t = xp.reshape(s.array, (-1, *s.array.shape[-2:]))
    if band is not None:
        band = _plain_band(band)
        f = np.asarray(spec.frequencies)
        chosen = (f >= band[0]) & (f <= band[1])
        if not chosen.any():
            raise InvalidInput(
                f"no frequency lies in {band[0]:g} … {band[1]:g} Hz: they go from {f.min():.4g} to {f.max():.4g} Hz"
            )
        t = t * constant(chosen[:, None], t)
    total = xp.sum(t, axis=1) * spec.wavelet.delta
    return spec.scatter(flatten_response(total, spec, method))


def _turning(w: Array, fs: float) -> Array:
    """(…, S, N) complex → the mean frequency of the turns to the sample before and after, in hertz."""
    xp = namespace(w)
    if w.shape[-1] == 1:
        return xp.zeros_like(xp.real(w))
    if 0 not in w.shape:
        w = w / xp.astype(power_of_two(w, (-2, -1)), w.dtype)  # so that the products are within range
    turned = w[..., 1:] * xp.conj(w[..., :-1])
    turn = xp.atan2(xp.imag(turned), xp.real(turned)) * (fs / (2 * np.pi))
    before = xp.concat([turn[..., :1], turn], axis=-1)
    after = xp.concat([turn, turn[..., -1:]], axis=-1)
    return (before + after) / 2


def _squeezed(w: Array, inside: slice, spec: ContinuousSpec, threshold: float) -> Array:
    """(batch, S, t) coefficients → those at the times `inside`, each at the frequency of its turning."""
    xp = namespace(w)
    places, edges = _cells(spec.frequencies)
    turning = _signed_log(_turning(w, spec.fs)[..., inside], spec)
    w = w[..., inside]
    kept = w * constant(spec.weights[:, None] / spec.wavelet.delta, w)
    if threshold:
        kept = xp.where(xp.abs(w) > threshold, kept, xp.zeros_like(kept))
    cell = xp.searchsorted(constant(edges, w), xp.reshape(turning, (-1,)))
    # Back from rising order to the order of the frequencies.
    place = {"device": w.device} if hasattr(w, "device") else {}
    index = xp.reshape(xp.take(xp.asarray(places, **place), cell), w.shape)
    return add_at(index, kept, len(spec.frequencies))


def _plain_band(band: Any) -> tuple[float, float]:
    """Two numbers, of which the first is not larger."""
    ends = band.tolist() if hasattr(band, "tolist") else band
    if not isinstance(ends, list | tuple) or len(ends) != 2:
        raise InvalidInput(f"band={shown(band)}: give the lowest and the highest frequency, in hertz")
    low, high = (number("band", end, "two frequencies in hertz", low=-inf, below=None) for end in ends)
    return low, high


@static
def _cells(frequencies: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Indices of the frequencies in rising order, and the edges between them on the axis of `_signed_log`."""
    f = np.asarray(frequencies)
    rising = np.argsort(f, kind="stable")
    at = np.sign(f[rising]) * (1 + np.log(np.abs(f[rising]) / np.abs(f).min()))
    return rising, (at[1:] + at[:-1]) / 2


def _signed_log(frequency: Array, spec: ContinuousSpec) -> Array:
    """±(1 + ln |f| / f_min), rising with f; below the lowest |f|, straight through 0."""
    xp = namespace(frequency)
    u = frequency / min([abs(f) for f in spec.frequencies])
    size = xp.abs(u)
    far = 1 + xp.log(xp.where(size > 1, size, xp.ones_like(size)))
    return xp.where(size > 1, xp.where(u > 0, far, -far), u)


def _check(c: Any) -> None:
    if not isinstance(c, ContinuousCoefficients):
        raise InvalidInput(
            f"can't synchrosqueeze a {type(c).__name__}: give the ContinuousCoefficients that cwt returned"
        )
    if not c.spec.wavelet.analytic:
        raise InvalidInput(
            f"{c.spec.wavelet} is real, and its coefficients don't turn: give an analytic wavelet such as 'morse'"
        )
