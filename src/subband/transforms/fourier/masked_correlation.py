"""Displacement of signals with missing samples: masked normalised cross-correlation (Padfield 2012)."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from subband.arrays.fft import for_any_batch
from subband.arrays.jit import one_program
from subband.arrays.namespace import Array, device_of, library, namespace
from subband.arrays.scale import power_of_two
from subband.kernels.fourier.dispatch import irfftn, rfftn
from subband.kernels.fourier.lengths import fast_length
from subband.transforms.fourier.inputs import (
    complex_dtype,
    constant,
    is_real,
    items,
    real_dtype,
    real_part,
    real_product,
)
from subband.transforms.fourier.peak import best_sample, maximum
from subband.transforms.fourier.tapering import Name, weights

REACH = 16
"""Samples on each side of the best one between which the coefficients are interpolated."""


@one_program
def masked_maximum(
    a: Array,
    b: Array,
    valid_a: Array,
    valid_b: Array,
    *,
    axes: tuple[int, ...],
    window: Name,
    overlap: float,
) -> tuple[Array, Array]:
    """Location of the maximal correlation coefficient, (batch, d) samples, and its value, (batch,).

    Args:
        a, b: (…) signals; NaN are taken as invalid.
        valid_a, valid_b: (…) whether each sample is valid.
        axes: Axes of the displacement.
        window: Name and parameter of a window, the weights of both signals; or None.
        overlap: Smallest weight of the samples that overlap, relative to its maximum over all shifts.
    """
    xp, size = namespace(a), tuple(int(a.shape[axis]) for axis in axes)
    tapers = constant(weights(window, size), a)
    f1, m1, finite1 = _centred(items(a, axes), items(valid_a, axes), tapers)
    f2, m2, finite2 = _centred(items(b, axes), items(valid_b, axes), tapers)
    rho, shared = _coefficients(f1, f2, m1, m2, size)
    inner = tuple(range(1, rho.ndim))
    # √eps for the rounding of `shared`, which is a number of samples.
    slack = float(xp.finfo(shared.dtype).eps) ** 0.5
    enough = shared >= (overlap - slack) * xp.max(shared, axis=inner, keepdims=True)
    start = best_sample(xp.where(enough, rho, xp.full_like(rho, -2.0)))
    near, widths = _neighbourhood(rho, start, size)
    R = for_any_batch(xp.fft.fftn)(xp.astype(near, complex_dtype(near)), axes=inner, norm="forward")
    offset, value = maximum(R, xp.zeros_like(xp.astype(start, rho.dtype)), widths)
    # An infinity has no place in a mean: the item's results are NaN, which 0 · NaN makes of all numbers.
    known = xp.where(finite1 & finite2, xp.zeros_like(value), xp.full_like(value, float("nan")))
    return xp.astype(start, rho.dtype) + offset + known[:, None], xp.clip(value, max=1.0) + known


def _centred(x: Array, valid: Array, tapers: Array) -> tuple[Array, Array, Array]:
    """(batch, n₁, …) signals minus their weighted mean, 0 where invalid; weights; whether valid ones are finite."""
    xp, inner = namespace(x), tuple(range(1, x.ndim))
    valid = valid & ~xp.isnan(x)
    x = xp.where(valid, x, xp.zeros_like(x))
    finite = xp.all(xp.isfinite(x), axis=inner)
    x = x / xp.astype(power_of_two(x, inner), x.dtype)  # squares neither overflow nor vanish
    m = xp.astype(valid, real_dtype(x)) * tapers
    total = xp.sum(m, axis=inner, keepdims=True)
    total = xp.where(total > 0, total, xp.ones_like(total))
    mean = xp.sum(xp.astype(m, x.dtype) * x, axis=inner, keepdims=True) / xp.astype(total, x.dtype)
    return x - mean, m, finite


def _coefficients(f1: Array, f2: Array, m1: Array, m2: Array, size: tuple[int, ...]) -> tuple[Array, Array]:
    """Correlation coefficient of f1[n] and f2[n + s] over all n where both have weight, and the shared weight.

    Returns:
        (batch, M₁, …, M_d) twice, at the shifts s modulo M, with M ≥ 2N − 1.
    """
    xp = namespace(f1)
    transform, correlate = _transforms(f1, tuple(fast_length(2 * n - 1) for n in size))
    w1, w2 = (xp.astype(m, f1.dtype) for m in (m1, m2))
    F1, F2, M1, M2 = map(transform, (w1 * f1, w2 * f2, w1, w2))
    p1, p2 = (m * real_product(f, f) for m, f in ((m1, f1), (m2, f2)))
    P1, P2 = (transform(xp.astype(p, f1.dtype)) for p in (p1, p2))
    n = real_part(correlate(M1, M2))
    tiny = 1e3 * float(xp.finfo(n.dtype).eps)
    inner = tuple(range(1, n.ndim))
    some = n > tiny * xp.max(n, axis=inner, keepdims=True)
    count = xp.where(some, n, xp.ones_like(n))
    # Padfield 2012, eqs. (8)–(12), the overlap's own means and energies at every shift.
    sum1, sum2 = correlate(F1, M2), correlate(M1, F2)
    product = real_part(correlate(F1, F2)) - real_part(sum1 * sum2) / count
    energy1 = xp.clip(real_part(correlate(P1, M2)) - real_product(sum1, sum1) / count, min=0.0)
    energy2 = xp.clip(real_part(correlate(M1, P2)) - real_product(sum2, sum2) / count, min=0.0)
    # Below this the energies are rounding errors of sums over the whole signals.
    for energy, p in ((energy1, p1), (energy2, p2)):
        some = some & (energy > tiny * xp.sum(p, axis=inner, keepdims=True))
    rho = product / xp.sqrt(xp.where(some, energy1 * energy2, xp.ones_like(n)))
    return xp.clip(xp.where(some, rho, xp.zeros_like(rho)), min=-1.0, max=1.0), n


def _transforms(like: Array, padded: tuple[int, ...]):
    """Fourier transform of zero-padded signals, and Σₙ x*[n] y[n + s] of two such spectra."""
    xp, axes = namespace(like), tuple(range(1, like.ndim))
    if is_real(like) and library(like) == "numpy":
        sides = [(0, 0), *((0, n - int(size)) for n, size in zip(padded, like.shape[1:], strict=True))]
        return (
            lambda x: rfftn(np.pad(x, sides), len(padded)),
            lambda X, Y: irfftn(np.conj(X) * Y, padded),
        )
    fft = xp.fft
    forward, inverse = (fft.rfftn, fft.irfftn) if is_real(like) else (fft.fftn, fft.ifftn)
    forward, inverse = (for_any_batch(partial(f, s=padded, axes=axes)) for f in (forward, inverse))
    return forward, lambda X, Y: inverse(xp.conj(X) * Y)


def _neighbourhood(rho: Array, start: Array, size: Sequence[int]) -> tuple[Array, list[float]]:
    """ρ within some samples of `start`, index 0 at `start`, times a Gaussian; the Gaussian's widths σ.

    The Gaussian makes it periodic. It widens the spectrum of ρ by about 1/σ, far below one cycle per sample.
    """
    xp = namespace(rho)
    batch, reaches = rho.shape[0], [min(REACH, n - 1) for n in size]
    for axis, reach in enumerate(reaches, 1):
        offsets = np.fft.ifftshift(np.arange(-reach, reach + 1))
        along = (1,) * (axis - 1) + (-1,) + (1,) * (rho.ndim - axis - 1)
        steps = xp.asarray(offsets, dtype=start.dtype, **device_of(start))
        index = xp.remainder(start[:, axis - 1 : axis] + steps, rho.shape[axis])
        index = xp.reshape(index, (batch, *along[: axis - 1], len(offsets), *along[axis:]))
        shape = (batch, *rho.shape[1:axis], len(offsets), *rho.shape[axis + 1 :])
        rho = xp.take_along_axis(rho, xp.broadcast_to(index, shape), axis=axis)
        rho = rho * xp.reshape(constant(np.exp(-0.5 * (offsets / _width(reach)) ** 2), rho), along)
    return rho, [_width(reach) for reach in reaches]


def _width(reach: int) -> float:
    return max(reach, 1) / 4
