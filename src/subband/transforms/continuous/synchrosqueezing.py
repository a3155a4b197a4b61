"""Synchrosqueezing: reassignment of `cwt` coefficients to their instantaneous frequency, and its inverse."""

from dataclasses import dataclass
from math import inf
from typing import Any, ClassVar, final

import numpy as np

from subband.arrays.arguments import number, shown
from subband.arrays.blocks import in_blocks
from subband.arrays.compilers import static
from subband.arrays.namespace import Array, device_of, namespace
from subband.arrays.pytree import pytree
from subband.arrays.scale import power_of_two
from subband.arrays.scatter import add_at
from subband.errors import InvalidInput
from subband.transforms.container import Container
from subband.transforms.continuous.coefficients import ContinuousCoefficients, real_array_like
from subband.transforms.continuous.cwt import check_method, constant, flatten_response
from subband.transforms.continuous.response import warn_of_gaps
from subband.transforms.continuous.spec import ContinuousSpec
from subband.transforms.coordinates import signal_axes, time_frequency


@final
@pytree("array", "remainder")
@dataclass(frozen=True, eq=False)
class SynchrosqueezedCoefficients(Container):
    """Synchrosqueezed coefficients T(f, t), returned by `synchrosqueeze`.

    Attributes:
        array: (*batch, S, N) complex: untransformed axes, frequencies, time. The sum over frequencies is the
            analytic signal, within the range of the frequencies.
        spec: Parameters of the continuous transform, whose frequencies are those of `array`.
        remainder: That of the continuous coefficients; None unless `cwt` was asked for it.

    See also: `isynchrosqueeze`, `extract_ridge`.
    """

    noun: ClassVar[str] = "synchrosqueezed coefficients"

    spec: ContinuousSpec
    remainder: Array | None = None

    @property
    def frequencies(self) -> Array:
        """(S,) Frequencies in hertz."""
        return real_array_like(self.array, self.spec.frequencies)

    def to_xarray(self) -> Any:
        spec = self.spec
        axes = signal_axes(self.labels, spec.shape, (spec.axis,), spec.fs)
        return time_frequency(self.labels, self.array, axes, spec.axis, spec.frequencies)

    def __repr__(self) -> str:
        spec = self.spec
        return (
            f"SynchrosqueezedCoefficients({spec.wavelet}, {len(spec.frequencies)} frequencies from "
            f"{min(spec.frequencies):.4g} to {max(spec.frequencies):.4g} Hz, of {spec.shape}, "
            f"array {tuple(self.array.shape)})"
        )


def instantaneous_frequency(c: ContinuousCoefficients) -> Array:
    """Instantaneous frequency of each coefficient: ω(f, t) = ∂ₜ arg W(f, t) / 2π.

    The derivative is the mean of the backward and forward phase differences, exact for sinusoids and linear chirps
    up to the Nyquist frequency; no derivative of the wavelet is needed.

    Args:
        c: (*batch, S, N) coefficients of an analytic wavelet.

    Returns:
        (*batch, S, N) frequencies in hertz, of either sign; 0 for a single sample.

    Raises:
        InvalidInput: if `c` is not `ContinuousCoefficients` of an analytic wavelet.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = np.cos(2 * np.pi * 0.125 * np.arange(256))
        >>> c = sb.cwt(x, "morse", frequencies=[0.11])
        >>> round(float(sb.instantaneous_frequency(c)[0, 128]), 4)
        0.125

    Source: I. Daubechies, J. Lu, H.-T. Wu, Synchrosqueezed Wavelet Transforms (2011), eq. 2.2.

    See also: `synchrosqueeze`, `extract_ridge`.
    """
    _check(c)
    return _phase_rate(c.array, c.spec.fs)


def synchrosqueeze(c: ContinuousCoefficients, *, threshold: float = 0.0) -> SynchrosqueezedCoefficients:
    """Synchrosqueezing: reassigns each coefficient of `cwt` to its instantaneous frequency.

    T(fₗ, t) = 1/C Σ W(fₖ, t) Δ ln fₖ over all k for which fₗ is the frequency nearest to ω(fₖ, t) in ratio, with
    C = ∫ ψ̂(ω) dω/ω. Frequencies out of range are clipped to the outermost ones, so the sum over frequencies is
    preserved. Gradients are those at fixed assignment.

    Args:
        c: (*batch, S, N) coefficients of an analytic wavelet; 16 voices per octave or more give sharp ridges.
        threshold: Coefficients of at most this modulus are discarded, as their phase is dominated by noise.

    Returns:
        The synchrosqueezed coefficients, (*batch, S, N). A sinusoid A cos 2πft has modulus of about A at f and 0
        elsewhere.

    Raises:
        InvalidInput: if `c` is not `ContinuousCoefficients` of an analytic wavelet, or the threshold is negative.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = np.cos(2 * np.pi * 0.125 * np.arange(256))
        >>> s = sb.synchrosqueeze(sb.cwt(x, "morse", voices=16))
        >>> k = int(abs(s.array[:, 128]).argmax())
        >>> bool(abs(s.frequencies[k] / 0.125 - 1) < 0.03)
        True

    Source: I. Daubechies, J. Lu, H.-T. Wu, Synchrosqueezed Wavelet Transforms (2011), eq. 2.3; G. Thakur,
    E. Brevdo, N. Fučkar, H.-T. Wu, The Synchrosqueezing Algorithm for Time-Varying Spectral Analysis (2013), §2.2.

    See also: `isynchrosqueeze`, `extract_ridge`.
    """
    _check(c)
    threshold = number("threshold", threshold, "a modulus, 0 or more", low=0, below=None)
    xp = namespace(c.array)
    w = xp.reshape(c.array, (-1, *c.array.shape[-2:]))
    squeezed = in_blocks(lambda block, inside: _squeezed(block, inside, c.spec, threshold), w, around=1)
    return SynchrosqueezedCoefficients(
        xp.reshape(squeezed, c.array.shape), c.spec, c.remainder, labels=c.labels
    )


def isynchrosqueeze(
    s: SynchrosqueezedCoefficients, *, band: tuple[float, float] | None = None, method: str = "delta"
) -> Array:
    """Inverse of `synchrosqueeze`: Σₗ T(fₗ, t) over all frequencies or one band, its real part for real signals.

    Args:
        s: Synchrosqueezed coefficients.
        band: Lowest and highest frequency of the sum in hertz, e.g. around one ridge; by default all.
        method: As in `icwt`. "exact" has the accuracy stated there if no threshold or band excludes coefficients.

    Returns:
        The signal, in the shape that was transformed; without a band, `s.remainder` is added if there is one.

    Raises:
        InvalidInput: if `s` is not `SynchrosqueezedCoefficients`, no frequency lies in the band, or the method is
            unknown.
        SubbandWarning: as `icwt`, without a band.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> low, high = (np.cos(2 * np.pi * f * np.arange(512)) for f in (0.03125, 0.25))
        >>> s = sb.synchrosqueeze(sb.cwt(low + high, "morse", voices=16))
        >>> y = sb.isynchrosqueeze(s, band=(0.02, 0.06))
        >>> bool(np.abs(y - low)[128:384].max() < 0.02)
        True

    Source: G. Thakur, E. Brevdo, N. Fučkar, H.-T. Wu, The Synchrosqueezing Algorithm for Time-Varying Spectral
    Analysis (2013), eq. 4.

    See also: `icwt`, `extract_ridge`.
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
        in_band = (f >= band[0]) & (f <= band[1])
        if not in_band.any():
            raise InvalidInput(
                f"no frequency lies in {band[0]:g} … {band[1]:g} Hz: they go from {f.min():.4g} to {f.max():.4g} Hz"
            )
        t = t * constant(in_band[:, None], t)
    elif s.remainder is None:
        check_method(method)
        warn_of_gaps(s, "isynchrosqueeze", "give cwt more of them (a higher `voices`), or remainder=True")
    total = xp.sum(t, axis=1) * spec.wavelet.delta
    x = spec.scatter(flatten_response(total, spec, method))
    return s.with_labels(x if s.remainder is None or band is not None else x + s.remainder)


def _phase_rate(w: Array, fs: float) -> Array:
    """(…, S, N) complex → mean of the backward and forward phase differences, in hertz."""
    xp = namespace(w)
    if w.shape[-1] == 1:
        return xp.zeros_like(xp.real(w))
    if 0 not in w.shape:
        w = w / xp.astype(power_of_two(w, (-2, -1)), w.dtype)  # products neither overflow nor underflow
    product = w[..., 1:] * xp.conj(w[..., :-1])
    difference = xp.atan2(xp.imag(product), xp.real(product)) * (fs / (2 * np.pi))
    backward = xp.concat([difference[..., :1], difference], axis=-1)
    forward = xp.concat([difference, difference[..., -1:]], axis=-1)
    return (backward + forward) / 2


def _squeezed(w: Array, inside: slice, spec: ContinuousSpec, threshold: float) -> Array:
    """(batch, S, t) coefficients → (batch, S, t') synchrosqueezed ones at the times `inside`."""
    xp = namespace(w)
    order, edges = _cells(spec.frequencies)
    frequency = _signed_log(_phase_rate(w, spec.fs)[..., inside], spec)
    w = w[..., inside]
    terms = w * constant(spec.weights[:, None] / spec.wavelet.delta, w)
    if threshold:
        terms = xp.where(xp.abs(w) > threshold, terms, xp.zeros_like(terms))
    cell = xp.searchsorted(constant(edges, w), xp.reshape(frequency, (-1,)))
    # From ascending order to the order of spec.frequencies.
    device = device_of(w)
    index = xp.reshape(xp.take(xp.asarray(order, **device), cell), w.shape)
    return add_at(index, terms, len(spec.frequencies))


def _plain_band(band: Any) -> tuple[float, float]:
    """The band as two numbers."""
    ends = band.tolist() if hasattr(band, "tolist") else band
    if not isinstance(ends, list | tuple) or len(ends) != 2:
        raise InvalidInput(f"band={shown(band)}: give the lowest and the highest frequency, in hertz")
    low, high = (number("band", end, "two frequencies in hertz", low=-inf, below=None) for end in ends)
    return low, high


@static
def _cells(frequencies: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Indices that sort the frequencies, and the midpoints between them on the axis of `_signed_log`."""
    f = np.asarray(frequencies)
    order = np.argsort(f, kind="stable")
    centres = np.sign(f[order]) * (1 + np.log(np.abs(f[order]) / np.abs(f).min()))
    return order, (centres[1:] + centres[:-1]) / 2


def _signed_log(frequency: Array, spec: ContinuousSpec) -> Array:
    """±(1 + ln |f| / f_min), increasing in f; linear in f for |f| < f_min."""
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
            f"{c.spec.wavelet} is real, so its coefficients have no phase: give an analytic wavelet, e.g. 'morse'"
        )
