"""Joint time–frequency scattering in the array API: reference implementation."""

from typing import TYPE_CHECKING

from subband.arrays.namespace import Array, namespace
from subband.kernels.cascade import reference as line
from subband.kernels.cascade.reference import fold, modulus

if TYPE_CHECKING:
    from subband.kernels.cascade import Cascade
    from subband.kernels.joint.plan import Joint


def apply(x: Array, plan: "Joint") -> tuple[Array, list[Array]]:
    """(batch, N) → (batch, frames) averaged signal, and (batch, rows, frames) for each path."""
    xp, time = namespace(x), plan.time
    padded = line.pad(x, time)
    spectra = {-1: line.fft(padded, (-1,))}
    smooth, out = {}, []
    for index in plan.first:
        # U₁(λ, t) = |x ⋆ ψ_λ|, S₁ = U₁ ⋆ φ_T
        u1 = modulus(_through(spectra[-1], time, index))
        spectra[index] = line.fft(u1, (-1,))
        smooth[index] = line.output(u1[:, None, :], time, time.nodes[index].stride)[:, 0, :]
    s1 = xp.stack([smooth[index] for index in plan.first], axis=1)
    for k in plan.rising:
        # |S₁ ⋆_λ ψ_fr|
        out.append(_average_rows(_global(modulus(_across(s1, plan.frequency, k)), plan), plan, k))
    for nodes in plan.second:
        # Y₂(λ, t) = U₁ ⋆_t ψ₂
        y2 = xp.stack([_through(spectra[time.nodes[index].parent], time, index) for index in nodes], axis=1)
        for k in range(len(plan.spins)):
            # |Y₂ ⋆_λ ψ_fr| ⋆_t φ_T ⋆_λ φ_F
            u2 = modulus(_across(y2, plan.frequency, k))
            out.append(_average_rows(_average_frames(u2, plan, time.nodes[nodes[0]].stride), plan, k))
    zeroth = line.output(padded[:, None, :], time, 0)[:, 0, :]
    return (xp.mean(zeroth, axis=-1, keepdims=True) if plan.average == "global" else zeroth), out


def _through(spectrum: Array, cascade: "Cascade", index: int) -> Array:
    """(batch, n) spectrum of a node's parent → (batch, n / 2ᵏ) complex: ↓(parent ⋆ ψ)."""
    node = cascade.nodes[index]
    start = 0 if node.parent < 0 else cascade.nodes[node.parent].stride
    return _filtered(
        spectrum, line.filters(spectrum, cascade, (node.filter,), start)[0, :], node.stride - start
    )


def _across(y: Array, frequency: "Cascade", index: int) -> Array:
    """(batch, λ, t) → (batch, rows, t) complex: ↓(y ⋆_λ ψ), with λ zero-padded at the end."""
    xp, node = namespace(y), frequency.nodes[index]
    turned = xp.moveaxis(line.as_complex(y), (1,), (2,))
    spectrum = xp.fft.fft(turned, n=frequency.shape[0], axis=-1)
    return xp.moveaxis(
        _filtered(spectrum, line.filters(spectrum, frequency, (node.filter,), 0)[0, :], node.stride),
        (2,),
        (1,),
    )


def _filtered(spectrum: Array, filter_: Array, stride: int) -> Array:
    """(…, n) spectrum → (…, n / 2^stride) complex signal, filtered and subsampled."""
    return namespace(spectrum).fft.ifft(fold(spectrum * filter_, stride, 1), axis=-1)


def _average_frames(u: Array, plan: "Joint", stride: int) -> Array:
    """(batch, rows, t) moduli → (batch, rows, frames), averaged over time."""
    if plan.average is True:
        return line.output(u, plan.time, stride)
    return _global(u[..., plan.time.kept(stride)[0]], plan)


def _global(u: Array, plan: "Joint") -> Array:
    return namespace(u).mean(u, axis=-1, keepdims=True) if plan.average == "global" else u


def _average_rows(u: Array, plan: "Joint", index: int) -> Array:
    """(batch, rows, frames) of a node over λ → (batch, rows, frames), averaged over λ."""
    xp, frequency = namespace(u), plan.frequency
    if plan.average_fr == "global":
        return xp.mean(u, axis=1, keepdims=True)
    if not plan.averaged_rows(index):
        return u
    turned = xp.moveaxis(u, (1,), (2,))
    averaged = line.output(turned, frequency, frequency.nodes[index].stride)
    return xp.moveaxis(averaged, (2,), (1,))
