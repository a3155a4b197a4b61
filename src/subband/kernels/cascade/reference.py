"""Scattering cascades in the array API: reference implementation."""

from functools import partial

import numpy as np

from subband.arrays.compilers import static
from subband.arrays.namespace import Array, device_of, namespace
from subband.kernels.cascade.tree import Cascade, Siblings, kept, spectra


def apply(x: Array, cascade: Cascade) -> Array | tuple[Array, ...]:
    """(batch, *shape) → (batch, 1 + nodes, *out) averages, (batch, 1 + nodes) means, or a tuple of moduli."""
    xp, nodes = namespace(x), cascade.nodes
    axes = tuple(range(-len(cascade.shape), 0))
    padded = pad(x, cascade)
    known = {-1: fft(padded, axes)}
    parents = {node.parent for node in nodes}
    out = [output(padded[:, None, ...], cascade, 0)[:, 0, ...], *nodes]
    for family in cascade.families:
        moduli = modulus(_convolve(known[family.parent], cascade, family))
        averaged = output(moduli, cascade, family.stride)
        for k, index in enumerate(family.nodes):
            out[1 + index] = averaged[:, k, ...]
            if index in parents:
                known[index] = fft(moduli[:, k, ...], axes)
    return tuple(out) if cascade.lowpass is None and not cascade.pooled else xp.stack(out, axis=1)


def _convolve(spectrum: Array, cascade: Cascade, family: Siblings) -> Array:
    """(batch, *n) spectrum of the parent → (batch, siblings, *n / 2ᵏ): ↓(parent ⋆ ψ) for each sibling."""
    start = 0 if family.parent < 0 else cascade.nodes[family.parent].stride
    psi = filters(spectrum, cascade, tuple([cascade.nodes[index].filter for index in family.nodes]), start)
    product = spectrum[:, None, ...] * psi[None, ...]
    return ifft(fold(product, family.stride - start, len(cascade.shape)), len(cascade.shape))


def output(moduli: Array, cascade: Cascade, stride: int) -> Array:
    """(batch, k, *n) moduli → (batch, k, *out): averaged by φ, averaged over the signal, or unaveraged."""
    xp, rank = namespace(moduli), len(cascade.shape)
    axes = tuple(range(-rank, 0))
    if cascade.pooled:
        return xp.mean(moduli[(..., *kept(cascade, stride))], axis=axes)
    if cascade.lowpass is None:
        return moduli[(..., *kept(cascade, stride))]
    product = fft(moduli, axes) * filters(moduli, cascade, (-1,), stride)
    averaged = ifft(fold(product, cascade.stride - stride, rank), rank)
    if not xp.isdtype(moduli.dtype, "complex floating"):
        averaged = xp.real(averaged)
    return averaged[(..., *kept(cascade, cascade.stride))]


def modulus(z: Array) -> Array:
    """|z|, with the subgradient 0 at z = 0."""
    return namespace(z).abs(z)


def fold(spectra: Array, stride: int, rank: int) -> Array:
    """Subsample by 2^stride in the Fourier domain: average of aliased frequencies along the last axes."""
    xp = namespace(spectra)
    for axis in range(spectra.ndim - rank, spectra.ndim) if stride else ():
        *before, n = spectra.shape[: axis + 1]
        split = (*before, 1 << stride, n >> stride, *spectra.shape[axis + 1 :])
        spectra = xp.sum(xp.reshape(spectra, split), axis=axis) / (1 << stride)
    return spectra


def pad(x: Array, cascade: Cascade) -> Array:
    """Pad (batch, *shape) to (batch, *padded)."""
    if cascade.pad_mode == "given":
        return x
    xp, device = namespace(x), device_of(x)
    rank = len(cascade.shape)
    for axis, (n, (before, after)) in enumerate(zip(cascade.shape, cascade.padding, strict=True)):
        if before or after:
            source, original = _sources(cascade.pad_mode, n, before, after)
            x = xp.take(x, xp.asarray(source, **device), axis=axis + 1)
            if cascade.pad_mode == "zero":
                inside = xp.reshape(xp.asarray(original, **device), (-1, *(1,) * (rank - 1 - axis)))
                x = xp.where(inside, x, xp.zeros_like(x))
    return x


@partial(static, large=True)
def _sources(mode: str, n: int, before: int, after: int) -> tuple[np.ndarray, np.ndarray]:
    """Source sample of each position of a padded axis, and whether the position is in the unpadded signal."""
    at = np.arange(-before, n + after)
    if mode == "reflect":
        period = max(1, 2 * n - 2)
        source = np.abs((at + period // 2) % period - period // 2)
    elif mode == "symmetric":
        within = (at + n) % (2 * n) - n
        source = np.where(within < 0, -1 - within, within)
    else:
        source = at % n
    return source, (at >= 0) & (at < n)


def fft(x: Array, axes: tuple[int, ...]) -> Array:
    """Complex FFT of a real or complex array along the given axes."""
    return namespace(x).fft.fftn(as_complex(x), axes=axes)


def ifft(x: Array, rank: int) -> Array:
    """Inverse FFT along the last `rank` axes."""
    return namespace(x).fft.ifftn(x, axes=tuple(range(-rank, 0)))


def as_complex(x: Array) -> Array:
    """Cast to the complex dtype of the same precision."""
    xp = namespace(x)
    if xp.isdtype(x.dtype, "complex floating"):
        return x
    return xp.astype(x, xp.complex64 if xp.finfo(x.dtype).bits == 32 else xp.complex128)


def filters(x: Array, cascade: Cascade, indices: tuple[int, ...], stride: int) -> Array:
    """(len(indices), *n) filter spectra in the library, precision and device of `x`."""
    xp = namespace(x)
    precision = "float64" if xp.finfo(x.dtype).bits == 64 else "float32"
    numbers = spectra(cascade.key, indices, stride, precision)
    return xp.asarray(numbers, **device_of(x))
