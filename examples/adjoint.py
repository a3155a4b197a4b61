"""Sharpening by FISTA: what the adjoint does, and the inverse does not
====================================================================

Sharpen a blurred signal by FISTA (Beck & Teboulle 2009): what the adjoint does, and the inverse does not.
"""

import numpy as np
from scipy.ndimage import gaussian_filter1d

import subband as sb

rng = np.random.default_rng(0)
n, sparsity = 1024, 0.002
t = np.linspace(0, 1, n)
signal = np.sin(25 * t) + 2 * (t > 0.35) - 3 * (t > 0.6) + 4 * np.exp(-60 * t)


def blur(x: np.ndarray) -> np.ndarray:
    """A symmetric matrix of norm 1 or less, so it is its own adjoint."""
    return gaussian_filter1d(x, sigma=4, mode="constant")


seen = blur(signal) + 0.01 * rng.standard_normal(n)

# The unknown is a signal's coefficients c. The misfit ½‖K B c − seen‖² has the gradient Bᴴ Kᴴ (K B c − seen).
# Often the forward transform is written for Bᴴ, which is right for orthonormal wavelets that wrap round.
synthesis = sb.linear_map(sb.idwt, n, "bior4.4", level=5, mode="symmetric")
analysis = sb.linear_map(sb.dwt, n, "bior4.4", level=5, mode="symmetric")
step = 1 / synthesis.norm() ** 2


def objective(c: np.ndarray) -> float:
    """½‖K B c − seen‖² + λ‖c‖₁, which FISTA makes as small as it can be."""
    return 0.5 * ((blur(synthesis.forward(c)) - seen) ** 2).sum() + sparsity * np.abs(c).sum()


def fista(back, iterations: int = 3000) -> np.ndarray:
    """Minimise the objective, with `back` in the place of Bᴴ."""
    c = momentum = np.zeros(synthesis.input_shape)
    weight = 1.0
    for _ in range(iterations):
        misfit = blur(synthesis.forward(momentum)) - seen
        moved = momentum - step * back(blur(misfit)).array
        last, c = c, np.sign(moved) * np.maximum(np.abs(moved) - step * sparsity, 0)
        weight, before = (1 + np.sqrt(1 + 4 * weight**2)) / 2, weight
        momentum = c + (before - 1) / weight * (c - last)
    return c


exact, inexact = fista(synthesis.adjoint), fista(analysis.forward)

print(f"norm of the inverse transform {synthesis.norm():.3f}, so a step of {step:.3f}")
for name, c in (("adjoint", exact), ("dwt", inexact)):
    # At the minimum no entry of the gradient is larger than λ.
    slope = np.abs(synthesis.adjoint(blur(blur(synthesis.forward(c)) - seen)).array).max()
    error = np.sqrt(((synthesis.forward(c) - signal) ** 2).mean())
    print(
        f"{name:>8}: objective {objective(c):.4f}, steepest slope {slope / sparsity:.2f} λ, error {error:.3f}"
    )
print(f"    seen: error {np.sqrt(((seen - signal) ** 2).mean()):.3f}")
assert 1.1 * objective(exact) < objective(inexact)
