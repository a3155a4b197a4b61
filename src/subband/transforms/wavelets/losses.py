"""Penalties on filter banks that vanish exactly for perfect reconstruction and for orthonormality.

A two-channel bank with analysis filters H₀, H₁ and synthesis filters F₀, F₁ of length L reproduces its input,
delayed by L − 1 samples, if and only if (Strang & Nguyen, Wavelets and Filter Banks, 1996, §4.1)

    H₀(z) F₀(z) + H₁(z) F₁(z) = 2 z^(1−L)    and    H₀(−z) F₀(z) + H₁(−z) F₁(z) = 0.
"""

import numpy as np

from subband.arrays.arguments import flag
from subband.arrays.namespace import Array, device_of, namespace
from subband.transforms.wavelets.filters import Filters, WaveletLike


def perfect_reconstruction_loss(filters: WaveletLike) -> Array:
    """Distortion of a filter bank: ‖h₀∗f₀ + h₁∗f₁ − 2δ[n − (L − 1)]‖².

    It is zero where H₀(z) F₀(z) + H₁(z) F₁(z) = 2 z^(1−L), the first condition of perfect reconstruction.

    Args:
        filters: `Filters` of any library, or a wavelet in any form accepted by `subband.wavelet`.

    Returns:
        () array of the filters' library and dtype, differentiable.

    Raises:
        InvalidInput: as `subband.wavelet`.

    Example:
        >>> import subband as sb
        >>> float(sb.perfect_reconstruction_loss("bior2.2").round(9))
        0.0
        >>> float(sb.perfect_reconstruction_loss(([1.0, 1.0], [-1.0, 1.0], [1.0, 1.0], [1.0, -1.0])))
        4.0

    See also: `subband.alias_cancellation_loss`, `subband.orthogonality_loss`.

    Source: G. Strang, T. Nguyen, Wavelets and Filter Banks (1996), §4.1.
    """
    w = _filters(filters)
    product = _convolve(w.dec_lo, w.rec_lo) + _convolve(w.dec_hi, w.rec_hi)
    delay = _constant(np.arange(2 * w.taps - 1) == w.taps - 1, product)
    return _squared(product - 2 * delay)


def alias_cancellation_loss(filters: WaveletLike, *, strict: bool = False) -> Array:
    """Aliasing of a filter bank: ‖(−1)ⁿh₀ ∗ f₀ + (−1)ⁿh₁ ∗ f₁‖².

    It is zero where H₀(−z) F₀(z) + H₁(−z) F₁(z) = 0, the second condition of perfect reconstruction.

    Args:
        filters: As in `perfect_reconstruction_loss`.
        strict: Penalise deviation from the usual sufficient condition instead, F₀(z) = −H₁(−z) and
            F₁(z) = H₀(−z), up to PyWavelets' signs: ‖f₀ − (−1)ᴸ⁻¹⁻ⁿh₁‖² + ‖f₁ + (−1)ᴸ⁻¹⁻ⁿh₀‖².

    Returns:
        () array of the filters' library and dtype, differentiable.

    Raises:
        InvalidInput: as `subband.wavelet`.

    Example:
        >>> import subband as sb
        >>> float(sb.alias_cancellation_loss("bior2.2").round(9))
        0.0
        >>> float(sb.alias_cancellation_loss(([1.0, 1.0], [-1.0, 1.0], [1.0, 0.0], [1.0, -1.0])))
        2.0

    See also: `subband.perfect_reconstruction_loss`.

    Source: G. Strang, T. Nguyen, Wavelets and Filter Banks (1996), §4.1.
    """
    w = _filters(filters)
    sign = _constant((-1.0) ** np.arange(w.taps), w.dec_lo)
    if flag("strict", strict):  # (−1)ᴸ⁻¹⁻ⁿ = −(−1)ⁿ, since L is even
        return _squared(w.rec_lo + sign * w.dec_hi) + _squared(w.rec_hi - sign * w.dec_lo)
    return _squared(_convolve(sign * w.dec_lo, w.rec_lo) + _convolve(sign * w.dec_hi, w.rec_hi))


def orthogonality_loss(filters: WaveletLike) -> Array:
    """Difference between synthesis and time-reversed analysis filters: ‖h₀ − flip f₀‖² + ‖h₁ − flip f₁‖².

    A bank with perfect reconstruction is orthonormal if and only if it is zero.

    Args:
        filters: As in `perfect_reconstruction_loss`.

    Returns:
        () array of the filters' library and dtype, differentiable.

    Raises:
        InvalidInput: as `subband.wavelet`.

    Example:
        >>> import subband as sb
        >>> float(sb.orthogonality_loss("db4").round(9)), float(sb.orthogonality_loss("bior2.2").round(9))
        (0.0, 0.375)

    See also: `subband.perfect_reconstruction_loss`, `subband.alias_cancellation_loss`.
    """
    w = _filters(filters)
    flip = namespace(w.dec_lo).flip
    return _squared(w.dec_lo - flip(w.rec_lo, axis=0)) + _squared(w.dec_hi - flip(w.rec_hi, axis=0))


def _filters(given: WaveletLike) -> Filters:
    return given if isinstance(given, Filters) else Filters.of(given)


def _convolve(a: Array, b: Array) -> Array:
    """Convolution (L,) ∗ (L,) → (2L − 1,), which the array API standard lacks.

    Row i of the outer product is shifted right by i: rows padded to length 2L are reshaped to length 2L − 1.
    """
    xp, taps = namespace(a), a.shape[0]
    rows = a[:, None] * b[None, :]
    flat = xp.reshape(xp.concat([rows, xp.zeros_like(rows)], axis=1), (-1,))
    return xp.sum(xp.reshape(flat[: taps * (2 * taps - 1)], (taps, 2 * taps - 1)), axis=0)


def _squared(x: Array) -> Array:
    return namespace(x).sum(x * x)


def _constant(values: np.ndarray, like: Array) -> Array:
    device = device_of(like)
    return namespace(like).asarray(values, dtype=like.dtype, **device)
