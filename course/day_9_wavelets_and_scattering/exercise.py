"""Day 9, wavelets and scattering: build the fast wavelet transform, its packets, and a network without training.

Write each function in place of its `raise`, in order; `pytest course/day_9_wavelets_and_scattering` says how far
you are. `sb.dwt` and `sb.packets` are the tests' oracles; here you build them from two filters.
"""

import math

import jax
import jax.numpy as jnp


def analysis(x: jax.Array, low: jax.Array, high: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Equation (1): a[k] = Σₙ low[n] x[2k + L/2 − n], d[k] the same with `high`; x is periodic.

    Args:
        x: (N,) signal of even length.
        low: (L,) low-pass analysis filter, L even.
        high: (L,) high-pass one.

    Returns:
        (N/2,) approximation and (N/2,) details.

    Hint: an array of (N/2, L) indices modulo N.
    """
    raise NotImplementedError("TODO 1: analysis")


def synthesis(a: jax.Array, d: jax.Array, low: jax.Array, high: jax.Array) -> jax.Array:
    """Equation (2): the inverse of `analysis` for orthogonal filters: its transpose.

    Args:
        a: (N/2,) approximation.
        d: (N/2,) details.
        low: (L,) low-pass analysis filter.
        high: (L,) high-pass analysis filter.

    Returns:
        (N,) signal.

    Hint: spread what `analysis` gathered, with `.at[…].add`.
    """
    raise NotImplementedError("TODO 2: synthesis")


def wavelet_transform(x: jax.Array, low: jax.Array, high: jax.Array, level: int) -> list[jax.Array]:
    """Equation (3): `analysis`, again of each approximation.

    Returns:
        The approximation of the last level, then the details from the coarsest level to the finest.
    """
    raise NotImplementedError("TODO 3: wavelet_transform")


def inverse_wavelet_transform(bands: list[jax.Array], low: jax.Array, high: jax.Array) -> jax.Array:
    """Equation (4): the signal of what `wavelet_transform` returned."""
    raise NotImplementedError("TODO 4: inverse_wavelet_transform")


def packets(x: jax.Array, low: jax.Array, high: jax.Array, level: int) -> jax.Array:
    """Equation (5): split details as well as approximations, and order the bands by frequency.

    Args:
        x: (N,) signal, N a multiple of 2^level.
        low: (L,) low-pass analysis filter.
        high: (L,) high-pass analysis filter.
        level: Depth.

    Returns:
        (2^level, N/2^level): band 0 holds the lowest frequencies, the last the highest.

    Hint: taking every second sample mirrors the frequencies of a high-pass band, so below it "low" and "high"
    change places: of the children of an odd band, the high-pass one comes first.
    """
    raise NotImplementedError("TODO 5: packets")


def denoise(y: jax.Array, low: jax.Array, high: jax.Array, level: int) -> jax.Array:
    """Equation (6): soft threshold of all details at σ √(2 ln N), with σ from the finest ones (Donoho, Johnstone).

    σ is the median of the finest details' moduli over 0.6745.
    """
    raise NotImplementedError("TODO 6: denoise")


def morlet(size: int, frequency: float, width: float) -> jax.Array:
    """Equation (7): (size,) spectrum at the frequencies of `jnp.fft.fftfreq`: exp(−(f − ξ)²/2s²) − c exp(−f²/2s²).

    Args:
        size: Number of samples.
        frequency: Centre ξ in cycles a sample.
        width: Standard deviation s in cycles a sample.

    Returns:
        Real spectrum, zero at frequency zero: c = exp(−ξ²/2s²).
    """
    raise NotImplementedError("TODO 7: morlet")


def scattering(x: jax.Array, bank: jax.Array, average: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Equation (8): S₁ = |x ⋆ ψᵢ| ⋆ φ, and S₂ = ||x ⋆ ψᵢ| ⋆ ψⱼ| ⋆ φ for all pairs i, j; circular.

    Args:
        x: (N,) signal.
        bank: (K, N) spectra of the wavelets ψ.
        average: (N,) spectrum of the low-pass φ.

    Returns:
        S₁, (K, N), and S₂, (K, K, N), first index i; real, and not subsampled.
    """
    raise NotImplementedError("TODO 8: scattering")


def fit_linear(features: jax.Array, labels: jax.Array, weight: float) -> tuple[jax.Array, jax.Array]:
    """Equation (9): ridge regression of one-hot labels on centred features; no iteration, one linear system.

    Args:
        features: (N, M).
        labels: (N,) integers, 0 to 9.
        weight: λ > 0.

    Returns:
        (M, 10) W and (10,) b, of the scores features W + b. W minimises ‖X W − Y‖² + λ‖W‖², X and Y centred.
    """
    raise NotImplementedError("TODO 9: fit_linear")
