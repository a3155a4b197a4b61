"""The cascade in the array API: its definition."""

from typing import TYPE_CHECKING

import numpy as np

from subband.arrays.namespace import Array, namespace

if TYPE_CHECKING:
    from subband.kernels.cascade import Cascade, Siblings


def apply(x: Array, cascade: "Cascade") -> Array | tuple[Array, ...]:
    """(batch, *shape) → (batch, 1 + nodes, *out) averages, (batch, 1 + nodes) means, or a tuple of moduli."""
    xp, nodes = namespace(x), cascade.nodes
    axes = tuple(range(-len(cascade.shape), 0))
    padded = pad(x, cascade)
    spectra = {-1: fft(padded, axes)}
    parents = {node.parent for node in nodes}
    out = [output(padded[:, None, ...], cascade, 0)[:, 0, ...], *nodes]
    for family in cascade.families:
        moduli = modulus(_convolve(spectra[family.parent], cascade, family))
        averaged = output(moduli, cascade, family.stride)
        for k, place in enumerate(family.nodes):
            out[1 + place] = averaged[:, k, ...]
            if place in parents:
                spectra[place] = fft(moduli[:, k, ...], axes)
    return tuple(out) if cascade.lowpass is None and not cascade.pooled else xp.stack(out, axis=1)


def _convolve(spectrum: Array, cascade: "Cascade", family: "Siblings") -> Array:
    """(batch, *n) spectrum of the parent → (batch, siblings, *n / 2ᵏ): ↓(parent ⋆ ψ) for each sibling."""
    start = 0 if family.parent < 0 else cascade.nodes[family.parent].stride
    filters = [cascade.at(cascade.nodes[place].filter, start) for place in family.nodes]
    product = spectrum[:, None, ...] * beside(spectrum, np.stack(filters))
    return ifft(fold(product, family.stride - start, len(cascade.shape)), len(cascade.shape))


def output(moduli: Array, cascade: "Cascade", stride: int) -> Array:
    """(batch, k, *n) moduli at a resolution → (batch, k, *out): averaged by φ, over the signal, or as they are."""
    xp, rank = namespace(moduli), len(cascade.shape)
    axes = tuple(range(-rank, 0))
    if cascade.pooled:
        return xp.mean(moduli[(..., *cascade.kept(stride))], axis=axes)
    if cascade.lowpass is None:
        return moduli[(..., *cascade.kept(stride))]
    spectra = fft(moduli, axes) * beside(moduli, cascade.at(-1, stride))
    averaged = ifft(fold(spectra, cascade.stride - stride, rank), rank)
    if not xp.isdtype(moduli.dtype, "complex floating"):
        averaged = xp.real(averaged)
    return averaged[(..., *cascade.kept(cascade.stride))]


def modulus(z: Array) -> Array:
    """|z|, whose derivative at 0 is taken to be 0."""
    return namespace(z).abs(z)


def fold(spectra: Array, stride: int, rank: int) -> Array:
    """Average the frequencies that coincide after subsampling by 2^stride along the last axes: exactly that."""
    xp = namespace(spectra)
    for axis in range(spectra.ndim - rank, spectra.ndim) if stride else ():
        *before, n = spectra.shape[: axis + 1]
        split = (*before, 1 << stride, n >> stride, *spectra.shape[axis + 1 :])
        spectra = xp.sum(xp.reshape(spectra, split), axis=axis) / (1 << stride)
    return spectra


def pad(x: Array, cascade: "Cascade") -> Array:
    """(batch, *shape) → (batch, *padded)."""
    if cascade.pad_mode == "given":
        return x
    xp, place = namespace(x), {"device": x.device} if hasattr(x, "device") else {}
    for axis, (n, (before, after)) in enumerate(zip(cascade.shape, cascade.padding, strict=True)):
        if not before and not after:
            continue
        at = np.arange(-before, n + after)
        period = {"reflect": max(1, 2 * n - 2), "symmetric": 2 * n}.get(cascade.pad_mode, n)
        mirrored = {"reflect": np.abs, "symmetric": lambda k: np.where(k < 0, -1 - k, k)}
        # Within one period around 0, a mirrored signal is the signal of |k| or of −1 − k.
        within = (at + period // 2) % period - period // 2 if cascade.pad_mode in mirrored else at % n
        source = mirrored.get(cascade.pad_mode, np.abs)(within)
        x = xp.take(x, xp.asarray(source, **place), axis=axis + 1)
        if cascade.pad_mode == "zero":
            inside = ((at >= 0) & (at < n)).reshape(-1, *(1,) * (len(cascade.shape) - 1 - axis))
            x = xp.where(xp.asarray(inside, **place), x, xp.zeros_like(x))
    return x


def fft(x: Array, axes: tuple[int, ...]) -> Array:
    """The spectrum of a real or complex array along some axes."""
    return namespace(x).fft.fftn(as_complex(x), axes=axes)


def ifft(x: Array, rank: int) -> Array:
    """The inverse along the last axes."""
    return namespace(x).fft.ifftn(x, axes=tuple(range(-rank, 0)))


def as_complex(x: Array) -> Array:
    """The same numbers, complex."""
    xp = namespace(x)
    if xp.isdtype(x.dtype, "complex floating"):
        return x
    return xp.astype(x, xp.complex64 if xp.finfo(x.dtype).bits == 32 else xp.complex128)


def beside(x: Array, numbers: np.ndarray) -> Array:
    """Numbers in the library, precision and place of `x`."""
    xp, wide = namespace(x), namespace(x).finfo(x.dtype).bits == 64
    if numbers.dtype.kind == "c":
        dtype = xp.complex128 if wide else xp.complex64
    else:
        dtype = xp.float64 if wide else xp.float32
    # PyTorch shares memory where it can, and warns of what is not to be written to.
    numbers = numbers if numbers.flags.writeable else numbers.copy()
    return xp.asarray(numbers, dtype=dtype, **({"device": x.device} if hasattr(x, "device") else {}))
