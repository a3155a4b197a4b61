"""How far four filters are from a wavelet: squared norms that vanish exactly where the filters are one.

With analysis filters H₀, H₁ and synthesis filters F₀, F₁ of length L, a two-channel bank gives back its input,
L − 1 samples late, if and only if (Strang & Nguyen, Wavelets and Filter Banks, 1996, §4.1)

    H₀(z) F₀(z) + H₁(z) F₁(z) = 2 z^(1−L)    and    H₀(−z) F₀(z) + H₁(−z) F₁(z) = 0.
"""

import numpy as np

from subband.arrays.arguments import flag
from subband.arrays.namespace import Array, namespace
from subband.transforms.wavelets.filters import Filters, WaveletLike


def perfect_reconstruction_loss(filters: WaveletLike) -> Array:
    """‖h₀∗f₀ + h₁∗f₁ − 2δ[n − (L − 1)]‖², the first of the two conditions.

    Args:
        filters: `Filters` of any library, or whatever `subband.wavelet` reads.

    Returns:
        () of the filters' library and dtype.

    Raises:
        InvalidInput: as `subband.wavelet`.
    """
    w = _read(filters)
    product = _convolve(w.dec_lo, w.rec_lo) + _convolve(w.dec_hi, w.rec_hi)
    delay = _constant(np.arange(2 * w.taps - 1) == w.taps - 1, product)
    return _squared(product - 2 * delay)


def alias_cancellation_loss(filters: WaveletLike, *, strict: bool = False) -> Array:
    """‖(−1)ⁿh₀ ∗ f₀ + (−1)ⁿh₁ ∗ f₁‖², the second of the two conditions.

    Args:
        filters: As in `perfect_reconstruction_loss`.
        strict: Ask for the usual way to meet it instead, F₀(z) = −H₁(−z) and F₁(z) = H₀(−z), up to PyWavelets'
            signs: ‖f₀ − (−1)ᴸ⁻¹⁻ⁿh₁‖² + ‖f₁ + (−1)ᴸ⁻¹⁻ⁿh₀‖².

    Returns:
        () of the filters' library and dtype.

    Raises:
        InvalidInput: as `subband.wavelet`.
    """
    w = _read(filters)
    sign = _constant((-1.0) ** np.arange(w.taps), w.dec_lo)
    if flag("strict", strict):  # (−1)ᴸ⁻¹⁻ⁿ = −(−1)ⁿ, since L is even
        return _squared(w.rec_lo + sign * w.dec_hi) + _squared(w.rec_hi - sign * w.dec_lo)
    return _squared(_convolve(sign * w.dec_lo, w.rec_lo) + _convolve(sign * w.dec_hi, w.rec_hi))


def orthogonality_loss(filters: WaveletLike) -> Array:
    """‖h₀ − flip f₀‖² + ‖h₁ − flip f₁‖²: with the other two, what makes a bank orthonormal.

    Args:
        filters: As in `perfect_reconstruction_loss`.

    Returns:
        () of the filters' library and dtype.

    Raises:
        InvalidInput: as `subband.wavelet`.
    """
    w = _read(filters)
    flip = namespace(w.dec_lo).flip
    return _squared(w.dec_lo - flip(w.rec_lo, axis=0)) + _squared(w.dec_hi - flip(w.rec_hi, axis=0))


def _read(given: WaveletLike) -> Filters:
    return given if isinstance(given, Filters) else Filters.of(given)


def _convolve(a: Array, b: Array) -> Array:
    """(L,) ∗ (L,) → (2L − 1,), which the array API standard lacks: row i of the outer product moved i to the right.

    Rows of length 2L, read again as rows of length 2L − 1, have moved.
    """
    xp, taps = namespace(a), a.shape[0]
    rows = a[:, None] * b[None, :]
    flat = xp.reshape(xp.concat([rows, xp.zeros_like(rows)], axis=1), (-1,))
    return xp.sum(xp.reshape(flat[: taps * (2 * taps - 1)], (taps, 2 * taps - 1)), axis=0)


def _squared(x: Array) -> Array:
    return namespace(x).sum(x * x)


def _constant(values: np.ndarray, like: Array) -> Array:
    place = {"device": like.device} if hasattr(like, "device") else {}
    return namespace(like).asarray(values, dtype=like.dtype, **place)
