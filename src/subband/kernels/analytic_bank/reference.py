"""Banks of analytic filters in the array API: reference implementation and adjoint."""

from typing import TYPE_CHECKING

import numpy as np

from subband.arrays.fft import for_any_batch
from subband.arrays.namespace import Array, device_of, namespace

if TYPE_CHECKING:
    from subband.kernels.analytic_bank.line import Line


def apply(spectrum: Array, bank: np.ndarray, line: "Line") -> Array:
    """(batch, K) spectra and (S, K) multipliers → (batch, S, N) analytic signals."""
    xp, filters = namespace(spectrum), _on_device_of(spectrum, bank)
    ifft = for_any_batch(xp.fft.ifft)
    if not line.mirror:
        return ifft(spectrum[:, None, :] * filters[None, :, :], n=line.period)[..., : line.samples]
    return unfold(ifft(spectrum[:, None, : line.samples] * (filters[None, :, : line.samples] / 2)), line)


def unfold(even: Array, line: "Line") -> Array:
    """The first N samples of z from its N even samples, for z[2N − 1 − n] = ± z̄[n].

    The analytic part of a mirrored signal has this symmetry: z[2n + 1] = ± z̄[2(N − 1 − n)], so that a
    transform of half the length suffices (as in Makhoul 1980 for the cosine transform). The last bin of a
    mirrored signal's spectrum is 0.
    """
    xp = namespace(even)
    half = (line.samples + 1) // 2
    odd = line.mirror * xp.conj(xp.flip(even[..., line.samples - half :], axis=-1))
    pairs = xp.stack([even[..., :half], odd], axis=-1)
    return xp.reshape(pairs, (*pairs.shape[:-2], 2 * half))[..., : line.samples]


def transpose(signals: Array, bank: np.ndarray | Array, line: "Line") -> Array:
    """(batch, S, N) and (S, K) → (batch, K): the adjoint of `apply` for the inner product Re Σ a b*."""
    xp, filters = namespace(signals), _on_device_of(signals, bank)
    n, bins, fft = line.samples, bank.shape[1], for_any_batch(xp.fft.fft)
    if not line.mirror:
        spectra = fft(signals, n=line.period, norm="forward")[..., :bins]
        return xp.sum(spectra * filters[None, :, :], axis=1)
    even = fold(signals, line)
    spectra = fft(even, norm="forward") * (filters[None, :, :n] / 2)
    total = xp.sum(spectra, axis=1)
    return xp.concat([total, xp.zeros_like(total[:, : bins - n])], axis=-1)


def fold(signals: Array, line: "Line") -> Array:
    """The adjoint of `unfold`: odd samples are moved to the even samples they are copies of."""
    xp = namespace(signals)
    even, odd = signals[..., 0::2], signals[..., 1::2]
    back = line.mirror * xp.conj(xp.flip(odd, axis=-1))
    return xp.concat([even, back], axis=-1)


def _on_device_of(x: Array, bank: np.ndarray | Array) -> Array:
    """The multipliers in the library and on the device of `x`."""
    device = device_of(x)
    return namespace(x).asarray(bank, **device)
