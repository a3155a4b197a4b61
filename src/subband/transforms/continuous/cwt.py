"""The continuous wavelet transform and its inverse, over one axis of any array.

Everything happens on the positive half of a real signal's spectrum: one product for each frequency, one inverse
Fourier transform. A complex signal is two real ones; a wavelet turned around gives the conjugate of a real signal's
coefficients.
"""

from functools import partial
from math import prod
from typing import Any

import numpy as np

from subband.arrays import memory
from subband.arrays.arguments import choice
from subband.arrays.compilers import compiling, static
from subband.arrays.deprecation import keyword_only_after
from subband.arrays.fft import for_any_batch
from subband.arrays.namespace import Array, as_signal, namespace, precision
from subband.errors import InvalidInput
from subband.kernels.analytic_bank import Line, analytic_bank, half_spectrum
from subband.transforms.continuous.coefficients import ContinuousCoefficients
from subband.transforms.continuous.spec import ContinuousSpec, Numbers, from_numbers, make_spec, multipliers

METHODS = ("exact", "delta")
LARGEST_GAIN = 128
"""Of "exact", over the gain where the frequencies lie densest: enough to reach the Nyquist frequency, and a bound
on what becomes of changed coefficients."""


@keyword_only_after("wavelet", "frequencies", renamed={"axes": "axis"})
def cwt(
    x: Array,
    wavelet: Any = "morlet",
    *,
    frequencies: Any = None,
    fs: float = 1.0,
    axis: int = -1,
    voices: int = 10,
    mode: str = "symmetric",
    norm: str = "l1",
    impl: str | None = None,
) -> ContinuousCoefficients:
    """Continuous wavelet transform: W(f, t) = ∫ x̂(ω) ψ̂*(sω) e^{iωt} dω/2π with s = ω_peak / 2πf.

    With norm "l1" all wavelets have one height in frequency, and a sinusoid A cos 2πft has |W(f, t)| = A. (An
    exponential A exp 2πift is two such sinusoids, so it has 2A.) With "l2" they have one energy, 1 at the sampling
    rate: white noise of unit variance has E|W|² = 1 at all frequencies, and the numbers are PyWavelets'.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX, of any length; integers become floating, half
            precision is computed in single.
        wavelet: "morlet", "morse", "ricker", "dog", "bspline", or an object such as `Morse(beta=20, gamma=3)`.
        frequencies: (S,) hertz, in any order, up to fs/2. By default `log_frequencies`, lowest first; for a complex
            signal and an analytic wavelet, their negatives before them.
        fs: Samples a second.
        axis: The axis to transform.
        voices: Default frequencies in an octave.
        mode: What stands beyond the ends. "symmetric": the signal mirrored, each end sample twice, which has no
            jumps, costs nothing and has an exact inverse; "periodic": the signal again; "zero": nothing.
        norm: "l1" or "l2".
        impl: "fast" (CPU), "reference" (array API), or None for the best that fits.

    Returns:
        The coefficients, on the library and device of `x`; `.array` is (*batch, S, N).

    Raises:
        InvalidInput: unknown wavelet, mode or norm; an axis missing or empty; frequencies out of range; or more
            coefficients than there is memory for.
        UnsupportedArray: an array of another library or of a dtype that can't be filtered.

    Source: C. Torrence, G. P. Compo, A Practical Guide to Wavelet Analysis (1998), eq. 4; J. M. Lilly,
    S. C. Olhede, Higher-Order Properties of Analytic Wavelets (2009), for the normalisation.
    """
    x = as_signal(x)
    xp = namespace(x)
    real = not xp.isdtype(x.dtype, "complex floating")
    if xp.finfo(x.dtype).bits < 32:
        x = xp.astype(x, xp.float32)
    spec = make_spec(x.shape, real, wavelet, frequencies, fs, axis, voices, mode, norm)
    if not compiling():
        _check_memory(spec, precision(x))
    x = spec.gather(x)
    if real:
        w = _of_real(x, spec, impl)
    else:
        w = _of_real(xp.real(x), spec, impl) + 1j * _of_real(xp.imag(x), spec, impl)
    return ContinuousCoefficients(xp.reshape(w, (*spec.batch, *w.shape[1:])), spec)


def icwt(c: ContinuousCoefficients, *, method: str = "exact") -> Array:
    """Inverse of `cwt`: the sum over frequencies, freed of what they do to the spectrum together.

    Wavelets have no mean, so a signal's mean, and all that lies below the lowest frequency or above the highest,
    does not come back.

    Args:
        c: Coefficients, as `cwt` gave them or with other numbers in them.
        method: "exact" divides the spectrum of the sum by the frequencies' true joint response, wherever it is at
            least 1/128 of its largest value: there, the inverse to rounding for modes "symmetric" and "periodic",
            and to about 1e-3 away from the ends for "zero", which loses what wavelets spread beyond them.
            "delta" divides by the one number that the joint response would be if the frequencies were dense and
            without end (Morlet's reconstruction with a delta function): local in time, good to about 1e-3 well
            inside the band.

    Returns:
        The array, of the shape that was transformed.

    Raises:
        InvalidInput: if `c` is not `ContinuousCoefficients`, or the method is unknown or impossible.

    Source: Torrence & Compo 1998, eq. 11; M. Farge, Wavelet Transforms and their Applications to Turbulence (1992).
    """
    if not isinstance(c, ContinuousCoefficients):
        raise InvalidInput(
            f"can't invert a {type(c).__name__}: give the ContinuousCoefficients that cwt returned"
        )
    xp, spec = namespace(c.array), c.spec
    w = xp.reshape(c.array, (-1, *c.array.shape[-2:]))
    total = xp.sum(w * constant(spec.weights[:, None], w), axis=1)
    return spec.scatter(flatten_response(total, spec, method))


def extend(x: Array, spec: ContinuousSpec, parity: int) -> Array:
    """(…, N) with what stands beyond its end: a mirror image of given sign, or nothing yet."""
    if spec.mode != "symmetric":
        return x
    xp = namespace(x)
    return xp.concat([x, parity * xp.flip(x, axis=-1)], axis=-1)


def fold(e: Array, spec: ContinuousSpec, parity: int) -> Array:
    """The transpose of `extend` and of what else stands beyond the end: (…, L) → (…, N)."""
    n = spec.samples
    inside = e[..., :n]
    return inside + parity * namespace(e).flip(e[..., n:], axis=-1) if spec.mode == "symmetric" else inside


def flatten_response(total: Array, spec: ContinuousSpec, method: str) -> Array:
    """(batch, N) weighted sum over frequencies → (batch, N) signal: x̂ = total^ · phase / Σ w ψ̂."""
    check_method(method)
    xp, wavelet = namespace(total), spec.wavelet
    if spec.real:
        total = xp.real(total) if xp.isdtype(total.dtype, "complex floating") else total
    elif wavelet.analytic:
        # Each of the two halves of the spectrum was doubled.
        total = total / 2
    if method == "delta":
        return total * delta_gain(spec)
    return circulate(extend(total, spec, wavelet.parity), flattening(spec, total), spec)[..., : spec.samples]


def check_method(method: str) -> None:
    """Raise InvalidInput unless `icwt` knows the method."""
    choice("method", method, METHODS)


def delta_gain(spec: ContinuousSpec) -> float:
    """The one number of Morlet's reconstruction."""
    if spec.wavelet.parity < 0:
        raise InvalidInput(f"{spec.wavelet} vanishes at its centre: give method='exact'")
    return float(spec.wavelet.phase.real) / spec.wavelet.delta


def flattening(spec: ContinuousSpec, like: Array) -> Array:
    """phase / Σ w ψ̂ at the bins of the extended signal's spectrum: those ω ≥ 0 of a real one, all of another."""
    size, phase = spec.period, spec.wavelet.phase
    inverse = constant(_inverse_response(spec.numbers, precision(like)), like)
    if spec.real:
        return inverse[: size // 2 + 1] * phase
    # The phase is the conjugate one on the negative half, which only an odd real wavelet can tell.
    sides = np.where(np.arange(size) <= size // 2, phase, np.conj(phase))
    return inverse * constant(sides, like, is_complex=True)


def circulate(e: Array, multiplier: Array, spec: ContinuousSpec) -> Array:
    """(batch, up to L) → (batch, L): the spectrum multiplied; the conjugate multiplier is the transpose."""
    fft, size = namespace(e).fft, spec.period
    there, back = (fft.rfft, fft.irfft) if spec.real else (fft.fft, fft.ifft)
    return for_any_batch(back)(for_any_batch(there)(e, n=size) * multiplier, n=size)


@partial(static, large=True)
def _inverse_response(numbers: Numbers, precision: str) -> np.ndarray:
    """(L,) 1 / ½ Σ w ψ̂ at all bins of the extended signal's spectrum, bounded."""
    spec = from_numbers(numbers)
    bank = multipliers(spec, precision)
    size, bins = spec.period, spec.period // 2 + 1
    f = np.asarray(spec.frequencies)
    both = spec.real or not spec.wavelet.analytic
    rising, falling = (
        (spec.weights * (both | (side * f > 0)) / 2).astype(np.float64) @ bank for side in (1, -1)
    )
    joint = np.concat([rising, falling[1 : size - bins + 1][::-1]])
    if size % 2 == 0:
        # The bank holds half of this bin for each side.
        joint[size // 2] = rising[-1] + falling[-1]
    if joint.max() == 0:
        return joint  # of a single sample, wavelets see nothing
    return 1 / np.maximum(joint, joint.max() / LARGEST_GAIN)


def _check_memory(spec: ContinuousSpec, precision: str) -> None:
    """Raise InvalidInput if the multipliers and the coefficients do not fit in memory, before either is made."""
    item = np.dtype(precision).itemsize
    count = len(spec.frequencies)
    made = prod(spec.batch) * count * spec.samples * item * (2 if spec.wavelet.analytic else 1)
    needed, there = made + count * (spec.period // 2 + 1) * item, memory.available()
    if there is not None and needed > there:
        raise InvalidInput(
            f"cwt of {spec.samples} samples at {count} frequencies needs {needed / 2**30:.1f} GiB, and "
            f"{there / 2**30:.1f} GiB of memory are available: give fewer frequencies (voices=4, or a range such "
            "as frequencies=np.geomspace(low, high, 40)), float32, or blocks of the signal, one at a time"
        )


def _of_real(x: Array, spec: ContinuousSpec, impl: str | None) -> Array:
    """(batch, N) real → (batch, S, N) coefficients: real for real wavelets, conjugate for f < 0."""
    xp, wavelet = namespace(x), spec.wavelet
    spectrum = for_any_batch(half_spectrum)(extend(x, spec, 1), period=spec.period)
    if wavelet.phase != 1:
        spectrum = spectrum * wavelet.phase.conjugate()
    z = analytic_bank(spectrum, filters(spec, x), line(spec), impl=impl)
    if not wavelet.analytic:
        return xp.real(z)
    if min(spec.frequencies) > 0:
        return z
    return xp.where(constant(np.asarray(spec.frequencies)[:, None], x) > 0, z, xp.conj(z))


def filters(spec: ContinuousSpec, like: Array) -> np.ndarray:
    """(S, K) the multipliers, of the precision of `like`."""
    return multipliers(spec, precision(like))


def line(spec: ContinuousSpec) -> Line:
    """What the time axis is to the bank."""
    return Line(spec.samples, spec.period, spec.wavelet.parity if spec.mode == "symmetric" else 0)


def constant(numbers: np.ndarray, like: Array, is_complex: bool = False) -> Array:
    """Numbers on the library, precision and device of `like`."""
    xp = namespace(like)
    single = precision(like) == "float32"
    kinds = (xp.complex64, xp.complex128) if is_complex else (xp.float32, xp.float64)
    place = {"device": like.device} if hasattr(like, "device") else {}
    return xp.asarray(numbers, dtype=kinds[0 if single else 1], **place)
