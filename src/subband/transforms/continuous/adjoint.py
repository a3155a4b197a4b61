"""The transposes of the continuous transform and of its inverse.

A real signal has complex coefficients, so the transform is linear over the real numbers and its transpose is that
of the real inner product Re Σ a b*. A complex signal's transform is linear over the complex ones.
"""

import numpy as np

from subband.arrays.fft import rfft_adjoint
from subband.arrays.namespace import Array, namespace, widened
from subband.kernels.analytic_bank import analytic_bank_transpose
from subband.transforms.continuous.coefficients import ContinuousCoefficients
from subband.transforms.continuous.cwt import (
    check_method,
    circulate,
    constant,
    delta_gain,
    filters,
    flattening,
    fold,
    line,
)
from subband.transforms.continuous.spec import ContinuousSpec


def cwt_adjoint(c: ContinuousCoefficients) -> Array:
    """Aᴴc for the transform A that made `c`."""
    xp, spec = namespace(c.array), c.spec
    w = xp.reshape(c.array, (-1, *c.array.shape[-2:]))
    x = _to_real(w, spec)
    if not spec.real:
        # With A = A₁ + iA₂ for real signals, `_to_real` gives Re Aᴴw, and Im Aᴴw = Re Aᴴ(−iw).
        x = x + 1j * _to_real(-1j * w, spec)
    return spec.scatter(x)


def icwt_adjoint(x: Array, spec: ContinuousSpec, method: str = "exact") -> ContinuousCoefficients:
    """Bᴴx for the inverse B of the transform `spec`: a flattened signal, weighted, at every frequency."""
    check_method(method)
    xp, total = namespace(x), spec.gather(widened(x))
    if method == "delta":
        total = total * delta_gain(spec)
    else:
        e = circulate(total, xp.conj(flattening(spec, total)), spec)
        total = fold(e, spec, spec.wavelet.parity)
    if spec.wavelet.analytic:
        total = total + 0j if spec.real else total / 2
    w = constant(spec.weights[:, None], total) * total[:, None, :]
    return ContinuousCoefficients(xp.reshape(w, (*spec.batch, *w.shape[1:])), spec)


def _to_real(w: Array, spec: ContinuousSpec) -> Array:
    """(batch, S, N) coefficients → (batch, N) real: the transpose of a real signal's transform."""
    xp, wavelet = namespace(w), spec.wavelet
    if not wavelet.analytic:
        w = (xp.real(w) if xp.isdtype(w.dtype, "complex floating") else w) + 0j
    elif min(spec.frequencies) < 0:
        rising = constant(np.asarray(spec.frequencies)[:, None], w) > 0
        w = xp.where(rising, w, xp.conj(w))
    spectrum = analytic_bank_transpose(w, filters(spec, w), line(spec)) * wavelet.phase
    return fold(rfft_adjoint(spectrum, spec.period), spec, 1)
