"""The bank of analytic filters in the array API: its definition, and its transpose."""

from typing import TYPE_CHECKING

import numpy as np

from subband.arrays.fft import for_any_batch
from subband.arrays.namespace import Array, namespace

if TYPE_CHECKING:
    from subband.kernels.analytic_bank.line import Line


def apply(spectrum: Array, bank: np.ndarray, line: "Line") -> Array:
    """(batch, K) spectra and (S, K) multipliers → (batch, S, N) analytic signals."""
    xp, filters = namespace(spectrum), _beside(spectrum, bank)
    ifft = for_any_batch(xp.fft.ifft)
    if not line.mirror:
        return ifft(spectrum[:, None, :] * filters[None, :, :], n=line.period)[..., : line.samples]
    return unfold(ifft(spectrum[:, None, : line.samples] * (filters[None, :, : line.samples] / 2)), line)


def unfold(even: Array, line: "Line") -> Array:
    """The first N samples of z from its N even ones, where z[2N − 1 − n] = ± z̄[n].

    So does the analytic part of a mirrored signal, and half a Fourier transform is enough (as Makhoul 1980 found
    for the cosine transform): z[2n + 1] = ± z̄[2(N − 1 − n)]. The last bin of a mirrored signal's spectrum is empty.
    """
    xp = namespace(even)
    half = (line.samples + 1) // 2
    odd = line.mirror * xp.conj(xp.flip(even[..., line.samples - half :], axis=-1))
    pairs = xp.stack([even[..., :half], odd], axis=-1)
    return xp.reshape(pairs, (*pairs.shape[:-2], 2 * half))[..., : line.samples]


def transpose(signals: Array, bank: np.ndarray | Array, line: "Line") -> Array:
    """(batch, S, N) and (S, K) → (batch, K), the transpose of `apply` for Re Σ a b*: its gradient."""
    xp, filters = namespace(signals), _beside(signals, bank)
    n, bins, fft = line.samples, bank.shape[1], for_any_batch(xp.fft.fft)
    if not line.mirror:
        spectra = fft(signals, n=line.period, norm="forward")[..., :bins]
        return xp.sum(spectra * filters[None, :, :], axis=1)
    even = fold(signals, line)
    spectra = fft(even, norm="forward") * (filters[None, :, :n] / 2)
    total = xp.sum(spectra, axis=1)
    return xp.concat([total, xp.zeros_like(total[:, : bins - n])], axis=-1)


def fold(signals: Array, line: "Line") -> Array:
    """The transpose of `unfold`: what stands at odd samples returns to the even ones that it was made of."""
    xp = namespace(signals)
    even, odd = signals[..., 0::2], signals[..., 1::2]
    back = line.mirror * xp.conj(xp.flip(odd, axis=-1))
    return xp.concat([even, back], axis=-1)


def _beside(x: Array, bank: np.ndarray | Array) -> Array:
    """The multipliers in the library and place of `x`."""
    place = {"device": x.device} if hasattr(x, "device") else {}
    return namespace(x).asarray(bank, **place)
