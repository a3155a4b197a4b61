"""The bank of analytic filters in the array API: its definition, and its transpose."""

from typing import TYPE_CHECKING

import numpy as np

from subband.arrays.namespace import Array, namespace

if TYPE_CHECKING:
    from subband.kernels.analytic_bank import Line


def apply(spectrum: Array, bank: np.ndarray, line: "Line") -> Array:
    """(batch, K) spectra and (S, K) multipliers → (batch, S, N) analytic signals."""
    xp = namespace(spectrum)
    place = {"device": spectrum.device} if hasattr(spectrum, "device") else {}
    filters = xp.asarray(bank, **place)
    if not line.mirror:
        return xp.fft.ifft(spectrum[:, None, :] * filters[None, :, :], n=line.period)[..., : line.samples]
    return unfold(
        xp.fft.ifft(spectrum[:, None, : line.samples] * (filters[None, :, : line.samples] / 2)), line
    )


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


def transpose(z: Array, bank: np.ndarray, line: "Line") -> Array:
    """(batch, S, N) complex → (batch, K) spectra, the transpose of `apply` for the real inner product Re Σ a b*."""
    xp = namespace(z)
    place = {"device": z.device} if hasattr(z, "device") else {}
    filters = xp.asarray(bank, **place)
    bins = bank.shape[-1]
    if not line.mirror:
        spectra = xp.fft.fft(z, n=line.period)[..., :bins]
        return xp.sum(spectra * (filters / line.period), axis=1)
    spectra = xp.fft.fft(fold(z, line))
    spectrum = xp.sum(spectra * (filters[:, : line.samples] / (2 * line.samples)), axis=1)
    return xp.concat([spectrum, xp.zeros_like(spectrum[:, : bins - line.samples])], axis=-1)


def fold(z: Array, line: "Line") -> Array:
    """The transpose of `unfold`, which only moves, turns and conjugates samples."""
    xp = namespace(z)
    odd = line.mirror * xp.conj(xp.flip(z[..., 1::2], axis=-1))
    return xp.concat([z[..., 0::2], odd], axis=-1)
