"""Adjoints of `cwt` and `icwt`.

For real signals the maps are linear over the real numbers and the adjoint is that of Re Σ a b*; for complex signals
they are complex-linear.
"""

import numpy as np

from subband.arrays.fft import rfft_adjoint
from subband.arrays.namespace import Array, namespace, widened
from subband.kernels.analytic_bank import analytic_bank_transpose
from subband.transforms.continuous.coefficients import ContinuousCoefficients
from subband.transforms.continuous.cwt import (
    check_method,
    circular_filter,
    constant,
    delta_gain,
    filters,
    flattening,
    fold,
    time_axis,
)
from subband.transforms.continuous.spec import ContinuousSpec


def cwt_adjoint(c: ContinuousCoefficients) -> Array:
    """Aᴴ c, where A is the transform of `c.spec`."""
    xp, spec = namespace(c.array), c.spec
    w = xp.reshape(c.array, (-1, *c.array.shape[-2:]))
    x = _to_real(w, spec)
    if not spec.real:
        # With A = A₁ + iA₂ for real signals, `_to_real` gives Re Aᴴw, and Im Aᴴw = Re Aᴴ(−iw).
        x = x + 1j * _to_real(-1j * w, spec)
    return spec.scatter(x)


def icwt_adjoint(x: Array, spec: ContinuousSpec, method: str = "exact") -> ContinuousCoefficients:
    """Bᴴ x, where B is the inverse of the transform `spec`: the flattened signal times each frequency's weight."""
    check_method(method)
    xp, total = namespace(x), spec.gather(widened(x))
    if method == "delta":
        total = total * delta_gain(spec)
    else:
        e = circular_filter(total, xp.conj(flattening(spec, total)), spec)
        total = fold(e, spec, spec.wavelet.parity)
    if spec.wavelet.analytic:
        total = total + 0j if spec.real else total / 2
    w = constant(spec.weights[:, None], total) * total[:, None, :]
    return ContinuousCoefficients(xp.reshape(w, (*spec.batch, *w.shape[1:])), spec)


def _to_real(w: Array, spec: ContinuousSpec) -> Array:
    """(batch, S, N) coefficients → (batch, N) real: the adjoint for real signals."""
    xp, wavelet = namespace(w), spec.wavelet
    if not wavelet.analytic:
        w = (xp.real(w) if xp.isdtype(w.dtype, "complex floating") else w) + 0j
    elif min(spec.frequencies) < 0:
        positive = constant(np.asarray(spec.frequencies)[:, None], w) > 0
        w = xp.where(positive, w, xp.conj(w))
    spectrum = analytic_bank_transpose(w, filters(spec, w), time_axis(spec)) * wavelet.phase
    return fold(rfft_adjoint(spectrum, spec.period), spec, 1)
