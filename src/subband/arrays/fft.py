"""Additions to the array API's Fourier transforms: empty batches, adjoints.

Transforms of real signals are linear over the real numbers only, so their adjoints are with respect to the
real inner product Re Σ a b*, i.e. complex numbers as pairs of real and imaginary part.
"""

from collections.abc import Callable

import numpy as np

from subband.arrays.namespace import Array, device_of, namespace


def for_any_batch(transform: Callable[..., Array]) -> Callable[..., Array]:
    """Wrap a Fourier transform to accept empty batches, which PyTorch's reject.

    The empty axis is padded with one item, which is sliced off again, so that derivatives stay defined.
    """

    def transformed(x: Array, **options) -> Array:
        if 0 not in x.shape:
            return transform(x, **options)
        xp, axis = namespace(x), tuple(x.shape).index(0)
        device = device_of(x)
        item = xp.zeros((*x.shape[:axis], 1, *x.shape[axis + 1 :]), dtype=x.dtype, **device)
        y = transformed(xp.concat([x, item], axis=axis), **options)
        return y[(slice(None),) * axis + (slice(0, 0), ...)]

    return transformed


def rfft_adjoint(spectrum: Array, n: int) -> Array:
    """(…, n // 2 + 1) complex → (…, n) real: y[t] = Re Σₖ X[k] e^{2πikt/n}, the transpose of `rfft`."""
    return n * namespace(spectrum).fft.irfft(spectrum / _shares(spectrum, n), n=n, axis=-1)


def irfft_adjoint(signal: Array) -> Array:
    """(…, n) real → (…, n // 2 + 1) complex, the transpose of `irfft`."""
    n = signal.shape[-1]
    return namespace(signal).fft.rfft(signal, axis=-1) * (_shares(signal, n) / n)


def fft_adjoint(spectrum: Array) -> Array:
    """(…, n) complex → (…, n) complex: y[t] = Σₖ X[k] e^{2πikt/n}, the conjugate transpose of `fft`."""
    return spectrum.shape[-1] * namespace(spectrum).fft.ifft(spectrum, axis=-1)


def ifft_adjoint(signal: Array) -> Array:
    """(…, n) complex → (…, n) complex, the conjugate transpose of `ifft`."""
    return namespace(signal).fft.fft(signal, axis=-1) / signal.shape[-1]


def _shares(like: Array, n: int) -> Array:
    """(n // 2 + 1,) multiplicities of the bins of a real signal's half spectrum: 2, but 1 at 0 and n/2."""
    xp = namespace(like)
    k = np.arange(n // 2 + 1)
    device = device_of(like)
    dtype = xp.float32 if xp.finfo(like.dtype).bits == 32 else xp.float64
    return xp.asarray(np.where((k == 0) | (2 * k == n), 1.0, 2.0), dtype=dtype, **device)
