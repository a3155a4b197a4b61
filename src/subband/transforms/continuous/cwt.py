"""Continuous wavelet transform and its inverse, computed in the Fourier domain.

The half-spectrum of a real signal is multiplied by each wavelet's frequency response and transformed back. Complex
signals are transformed as real and imaginary parts; a negative frequency gives the conjugate coefficients.
"""

from math import prod
from typing import Any

import numpy as np

from subband.arrays import memory
from subband.arrays.arguments import choice, flag
from subband.arrays.blocks import in_blocks
from subband.arrays.compilers import compiling
from subband.arrays.deprecation import keyword_only_after
from subband.arrays.fft import for_any_batch
from subband.arrays.labelled import labelled
from subband.arrays.namespace import Array, as_signal, device_of, namespace, precision
from subband.errors import InvalidInput
from subband.kernels.analytic_bank import Line, analytic_bank, half_spectrum
from subband.transforms.continuous.coefficients import ContinuousCoefficients
from subband.transforms.continuous.response import inverse_response, warn_of_gaps
from subband.transforms.continuous.spec import ContinuousSpec, make_spec, multipliers

METHODS = ("exact", "delta")


@keyword_only_after("wavelet", "frequencies", renamed={"axes": "axis"})
@labelled
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
    remainder: bool = False,
    impl: str | None = None,
) -> ContinuousCoefficients:
    """Continuous wavelet transform: W(f, t) = ∫ x̂(ω) ψ̂*(sω) e^{iωt} dω/2π with s = ω_peak / 2πf.

    With norm "l1" all wavelets have the same peak response, and |W(f, t)| = A for a sinusoid A cos 2πft. (It is 2A
    for an exponential A exp 2πift, the sum of two such sinusoids.) With "l2" all have unit energy at the sampling
    rate: E|W|² = 1 at every frequency for white noise of unit variance, as in PyWavelets.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX, of any length; integers become floating, half
            precision is computed in single.
        wavelet: "morlet", "morse", "ricker", "dog", "bspline", "bump", "paul", or an object such as
            `Morse(beta=20, gamma=3)`. Other libraries' names serve too: "amor", "gmw", "mexh", "morl", and with
            numbers "cmor1.5-1.0", "shan1.5-1.0", "fbsp2-1.5-1.0", "gaus2", "cgau4", "paul4", "dog6".
        frequencies: (S,) peak frequencies in hertz, in any order, up to fs/2. By default `log_frequencies`, in
            ascending order; for a complex signal and an analytic wavelet, preceded by their negatives.
        fs: Sampling rate in hertz.
        axis: The axis to transform.
        voices: Frequencies per octave of the default grid.
        mode: Boundary extension. "symmetric": half-sample reflection, which is continuous, costs nothing extra and
            has an exact inverse; "periodic"; or "zero".
        norm: "l1" or "l2".
        remainder: Whether to keep what the coefficients do not hold, x − icwt(W): the mean, trends below the lowest
            frequency, and all else that `icwt` can't recover. `icwt` adds it, and returns x to rounding error.
        impl: "fast" (CPU), "reference" (array API), or None for the fastest that is applicable.

    Returns:
        The coefficients, in the library and on the device of `x`; `.array` is (*batch, S, N), `.remainder` like `x`
        or None.

    Raises:
        InvalidInput: unknown wavelet, mode or norm; missing or empty axis; frequencies out of range; or more
            coefficients than fit in memory.
        UnsupportedArray: an array of another library, or a dtype that can't be filtered.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = 3 * np.cos(2 * np.pi * 50 * np.arange(1024) / 400)
        >>> c = sb.cwt(x, "morlet", frequencies=[25, 50], fs=400)
        >>> c.array.shape
        (2, 1024)
        >>> round(float(abs(c.array[1, 512])), 3)
        3.0

    Source: C. Torrence, G. P. Compo, A Practical Guide to Wavelet Analysis (1998), eq. 4; J. M. Lilly,
    S. C. Olhede, Higher-Order Properties of Analytic Wavelets (2009), for the normalisation.

    See also: `icwt`, `synchrosqueeze`, `stft`.
    """
    x = as_signal(x)
    xp = namespace(x)
    real = not xp.isdtype(x.dtype, "complex floating")
    if xp.finfo(x.dtype).bits < 32:
        x = xp.astype(x, xp.float32)
    remainder = flag("remainder", remainder)
    spec = make_spec(x.shape, real, wavelet, frequencies, fs, axis, voices, mode, norm)
    if not compiling():
        _check_memory(spec, precision(x))
    x = spec.gather(x)
    w = analyse(x, spec, impl)
    rest = spec.scatter(x - _sum_over_frequencies(w, spec, "exact")) if remainder else None
    return ContinuousCoefficients(xp.reshape(w, (*spec.batch, *w.shape[1:])), spec, rest)


def icwt(c: ContinuousCoefficients, *, method: str = "exact") -> Array:
    """Inverse of `cwt`: the weighted sum over frequencies, divided by the wavelets' joint frequency response.

    Wavelets have zero mean, so the mean of the signal, and components outside the range of the frequencies, are not
    reconstructed, unless `cwt` has kept them: with `remainder=True` the inverse of unmodified coefficients is the
    signal to rounding error, whatever the mode and the frequencies. `c.recoverable` lists the ranges of frequencies
    that the coefficients alone give back. Gaps between the lowest and the highest frequency, which too few of them
    leave, raise a `SubbandWarning`; what lies outside a band that was asked for does not.

    Args:
        c: Coefficients returned by `cwt`, or modified ones (`c.replace`).
        method: "exact" divides the spectrum of Σₖ wₖ W(fₖ, t) by the joint response Σₖ wₖ ψ̂(sₖω), wherever that is
            at least 1/128 of its maximum. There it is the inverse to rounding error for modes "symmetric" and
            "periodic", and accurate to about 1e-3 away from the ends for "zero", where coefficients beyond the ends
            are missing. "delta" divides by the constant ∫ ψ̂(ω) dω/ω, the joint response of infinitely many dense
            frequencies (Morlet's reconstruction with a delta function): local in time, accurate to about 1e-3 well
            inside the band.

    Returns:
        The signal, in the shape that was transformed, with `c.remainder` added if there is one.

    Raises:
        InvalidInput: if `c` is not `ContinuousCoefficients`, or the method is unknown or impossible.
        SubbandWarning: gaps between the frequencies, and no remainder.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = np.cos(2 * np.pi * np.arange(256) / 16)
        >>> y = sb.icwt(sb.cwt(x, "morse", mode="periodic"))
        >>> bool(np.allclose(y, x))
        True
        >>> drift = 5 + 0.01 * np.arange(256)
        >>> y = sb.icwt(sb.cwt(x + drift, "morse", remainder=True))
        >>> bool(np.allclose(y, x + drift))
        True

    Source: Torrence & Compo 1998, eq. 11; M. Farge, Wavelet Transforms and their Applications to Turbulence (1992).

    See also: `isynchrosqueeze`.
    """
    if not isinstance(c, ContinuousCoefficients):
        raise InvalidInput(
            f"can't invert a {type(c).__name__}: give the ContinuousCoefficients that cwt returned"
        )
    if c.remainder is None:
        check_method(method)
        warn_of_gaps(
            c,
            "icwt",
            "give cwt more of them (a higher `voices`), or remainder=True, which keeps what is left out",
        )
    return reconstruction(c, method=method)


def reconstruction(c: ContinuousCoefficients, *, method: str = "exact") -> Array:
    """`icwt` without checks."""
    w = namespace(c.array).reshape(c.array, (-1, *c.array.shape[-2:]))
    x = c.spec.scatter(_sum_over_frequencies(w, c.spec, method))
    return c.with_labels(x if c.remainder is None else x + c.remainder)


def _sum_over_frequencies(w: Array, spec: ContinuousSpec, method: str) -> Array:
    """(batch, S, N) coefficients → (batch, N) signal."""
    xp, weights = namespace(w), constant(spec.weights[:, None], w)
    # In blocks, as the products are as many as the coefficients.
    total = in_blocks(lambda block, _: xp.sum(block * weights, axis=1), w)
    return flatten_response(total, spec, method)


def extend(x: Array, spec: ContinuousSpec, parity: int) -> Array:
    """(…, N) → (…, L) for mode "symmetric": the signal and its reflection, multiplied by the parity ±1."""
    if spec.mode != "symmetric":
        return x
    xp = namespace(x)
    return xp.concat([x, parity * xp.flip(x, axis=-1)], axis=-1)


def fold(e: Array, spec: ContinuousSpec, parity: int) -> Array:
    """The transpose of `extend`, and of zero padding to the period: (…, L) → (…, N)."""
    n = spec.samples
    inside = e[..., :n]
    return inside + parity * namespace(e).flip(e[..., n:], axis=-1) if spec.mode == "symmetric" else inside


def flatten_response(total: Array, spec: ContinuousSpec, method: str) -> Array:
    """(batch, N) weighted sum over frequencies → (batch, N) signal: its spectrum times phase / Σ w ψ̂."""
    check_method(method)
    xp, wavelet = namespace(total), spec.wavelet
    if spec.real:
        total = xp.real(total) if xp.isdtype(total.dtype, "complex floating") else total
    elif wavelet.analytic:
        # Positive and negative frequencies each contribute twice the signal.
        total = total / 2
    if method == "delta":
        return total * delta_gain(spec)
    return circular_filter(extend(total, spec, wavelet.parity), flattening(spec, total), spec)[
        ..., : spec.samples
    ]


def check_method(method: str) -> None:
    """Raise InvalidInput unless the method is one of METHODS."""
    choice("method", method, METHODS)


def delta_gain(spec: ContinuousSpec) -> float:
    """Constant of Morlet's reconstruction with a delta function."""
    if spec.wavelet.parity < 0:
        raise InvalidInput(f"{spec.wavelet} vanishes at its centre: give method='exact'")
    return float(spec.wavelet.phase.real) / spec.wavelet.delta


def flattening(spec: ContinuousSpec, like: Array) -> Array:
    """phase / Σ w ψ̂ at the bins of the extended signal's spectrum: ω ≥ 0 for real signals, all for complex ones."""
    size, phase = spec.period, spec.wavelet.phase
    inverse = constant(inverse_response(spec.numbers, precision(like)), like)
    if spec.real:
        return inverse[: size // 2 + 1] * phase
    # Conjugate phase at negative frequencies; it differs only for odd real wavelets.
    sides = np.where(np.arange(size) <= size // 2, phase, np.conj(phase))
    return inverse * constant(sides, like, is_complex=True)


def circular_filter(e: Array, multiplier: Array, spec: ContinuousSpec) -> Array:
    """(batch, up to L) → (batch, L): circular convolution; the adjoint has the conjugate multiplier."""
    fft, size = namespace(e).fft, spec.period
    forward, inverse = (fft.rfft, fft.irfft) if spec.real else (fft.fft, fft.ifft)
    return for_any_batch(inverse)(for_any_batch(forward)(e, n=size) * multiplier, n=size)


def _check_memory(spec: ContinuousSpec, precision: str) -> None:
    """Raise InvalidInput if the multipliers and the coefficients do not fit in memory, before allocating them."""
    item = np.dtype(precision).itemsize
    count = len(spec.frequencies)
    output = prod(spec.batch) * count * spec.samples * item * (2 if spec.wavelet.analytic else 1)
    needed, available = output + count * (spec.period // 2 + 1) * item, memory.available()
    if available is not None and needed > available:
        raise InvalidInput(
            f"cwt of {spec.samples} samples at {count} frequencies needs {needed / 2**30:.1f} GiB, and "
            f"{available / 2**30:.1f} GiB of memory are available: give fewer frequencies (voices=4, or a range "
            "such as frequencies=np.geomspace(low, high, 40)), float32, or blocks of the signal, one at a time"
        )


def analyse(
    x: Array, spec: ContinuousSpec, impl: str | None = None, taper: np.ndarray | None = None
) -> Array:
    """(batch, N) → (batch, S, N) coefficients; `taper` multiplies the bins ω ≥ 0 of the signal's spectrum."""
    if spec.real:
        return _of_real(x, spec, impl, taper)
    xp = namespace(x)
    return _of_real(xp.real(x), spec, impl, taper) + 1j * _of_real(xp.imag(x), spec, impl, taper)


def _of_real(x: Array, spec: ContinuousSpec, impl: str | None, taper: np.ndarray | None) -> Array:
    """(batch, N) real → (batch, S, N) coefficients: real for real wavelets, conjugate for f < 0."""
    xp, wavelet = namespace(x), spec.wavelet
    spectrum = for_any_batch(half_spectrum)(extend(x, spec, 1), period=spec.period)
    if taper is not None:
        spectrum = spectrum * constant(taper, x)
    if wavelet.phase != 1:
        spectrum = spectrum * wavelet.phase.conjugate()
    z = analytic_bank(spectrum, filters(spec, x), time_axis(spec), impl=impl)
    if not wavelet.analytic:
        return xp.real(z)
    if min(spec.frequencies) > 0:
        return z
    return xp.where(constant(np.asarray(spec.frequencies)[:, None], x) > 0, z, xp.conj(z))


def filters(spec: ContinuousSpec, like: Array) -> np.ndarray:
    """(S, K) multipliers of the bank, in the precision of `like`."""
    return multipliers(spec, precision(like))


def time_axis(spec: ContinuousSpec) -> Line:
    """Length, period and parity of the time axis, for the filter bank."""
    return Line(spec.samples, spec.period, spec.wavelet.parity if spec.mode == "symmetric" else 0)


def constant(numbers: np.ndarray, like: Array, is_complex: bool = False) -> Array:
    """Numbers as an array of the library, precision and device of `like`."""
    xp = namespace(like)
    single = precision(like) == "float32"
    kinds = (xp.complex64, xp.complex128) if is_complex else (xp.float32, xp.float64)
    device = device_of(like)
    return xp.asarray(numbers, dtype=kinds[0 if single else 1], **device)
