"""Solution of day 9: see `course/day_9_wavelets_and_scattering/exercise.py` for what each function is to do."""

import math

import jax
import jax.numpy as jnp


def analysis(x: jax.Array, low: jax.Array, high: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Equation (1): a[k] = Σₙ low[n] x[2k + L/2 − n], d[k] the same with `high`; x is periodic."""
    k, n = jnp.arange(len(x) // 2)[:, None], jnp.arange(len(low))
    windows = x[(2 * k + len(low) // 2 - n) % len(x)]
    return windows @ low, windows @ high


def synthesis(a: jax.Array, d: jax.Array, low: jax.Array, high: jax.Array) -> jax.Array:
    """Equation (2): the inverse of `analysis` for orthogonal filters: its transpose."""
    size = 2 * len(a)
    k, n = jnp.arange(len(a))[:, None], jnp.arange(len(low))
    return jnp.zeros(size).at[(2 * k + len(low) // 2 - n) % size].add(a[:, None] * low + d[:, None] * high)


def wavelet_transform(x: jax.Array, low: jax.Array, high: jax.Array, level: int) -> list[jax.Array]:
    """Equation (3): `analysis`, again of each approximation."""
    details = []
    for _ in range(level):
        x, d = analysis(x, low, high)
        details.append(d)
    return [x, *reversed(details)]


def inverse_wavelet_transform(bands: list[jax.Array], low: jax.Array, high: jax.Array) -> jax.Array:
    """Equation (4): the signal of what `wavelet_transform` returned."""
    x, *details = bands
    for d in details:
        x = synthesis(x, d, low, high)
    return x


def packets(x: jax.Array, low: jax.Array, high: jax.Array, level: int) -> jax.Array:
    """Equation (5): split details as well as approximations, and order the bands by frequency."""
    bands = [x]
    for _ in range(level):
        children = []
        for place, band in enumerate(bands):
            pair = analysis(band, low, high)
            children += pair if place % 2 == 0 else pair[::-1]
        bands = children
    return jnp.stack(bands)


def denoise(y: jax.Array, low: jax.Array, high: jax.Array, level: int) -> jax.Array:
    """Equation (6): soft threshold of all details at σ √(2 ln N), with σ from the finest ones."""
    approx, *details = wavelet_transform(y, low, high, level)
    sigma = jnp.median(jnp.abs(details[-1])) / 0.6745
    threshold = sigma * math.sqrt(2 * math.log(len(y)))
    kept = [jnp.sign(d) * jnp.maximum(jnp.abs(d) - threshold, 0) for d in details]
    return inverse_wavelet_transform([approx, *kept], low, high)


def morlet(size: int, frequency: float, width: float) -> jax.Array:
    """Equation (7): (size,) spectrum: exp(−(f − ξ)²/2s²) − c exp(−f²/2s²)."""
    f = jnp.fft.fftfreq(size)
    gaussian = jnp.exp(-(f**2) / (2 * width**2))
    return (
        jnp.exp(-((f - frequency) ** 2) / (2 * width**2))
        - math.exp(-(frequency**2) / (2 * width**2)) * gaussian
    )


def scattering(x: jax.Array, bank: jax.Array, average: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Equation (8): S₁ = |x ⋆ ψᵢ| ⋆ φ, and S₂ = ||x ⋆ ψᵢ| ⋆ ψⱼ| ⋆ φ for all pairs i, j; circular."""

    def moduli(u):
        return jnp.abs(jnp.fft.ifft(jnp.fft.fft(u)[..., None, :] * bank))

    def smooth(u):
        return jnp.fft.ifft(jnp.fft.fft(u) * average).real

    first = moduli(x)
    return smooth(first), smooth(moduli(first))


def fit_linear(features: jax.Array, labels: jax.Array, weight: float) -> tuple[jax.Array, jax.Array]:
    """Equation (9): ridge regression of one-hot labels on centred features; no iteration, one linear system."""
    targets = jax.nn.one_hot(labels, 10)
    middle, rate = features.mean(0), targets.mean(0)
    x, y = features - middle, targets - rate
    w = jnp.linalg.solve(x.T @ x + weight * jnp.eye(x.shape[1]), x.T @ y)
    return w, rate - middle @ w
