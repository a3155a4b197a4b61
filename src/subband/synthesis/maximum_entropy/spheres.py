"""Microcanonical models of a single norm, sampled exactly: uniform on a sphere, or on a simplex with signs."""

import numpy as np

from subband.arrays.arguments import integer, number


def uniform_on_sphere(
    n: int, samples: int, *, p: float = 2.0, mean: float = 1.0, seed: int = 0
) -> np.ndarray:
    """Points of {x: ⟨|x|ᵖ⟩ = mean}: the microcanonical model of Φ(x) = ⟨|x|ᵖ⟩.

    For p = 2 and p = 1 the law is uniform on the sphere and on the boundary of the cross-polytope. As the number of
    samples grows, the marginals become those of the canonical model exp(−θ|x|ᵖ): Gaussian for p = 2 (Poincaré,
    Maxwell), Laplacian for p = 1. For other p it is the cone measure, with the same limit.

    Args:
        n: Number of points.
        samples: Number of samples of each.
        p: Exponent, above 0.
        mean: ⟨|x|ᵖ⟩.
        seed: Of the points.

    Returns:
        (n, samples).

    Source: G. Schechtman, J. Zinn, "On the volume of the intersection of two Lp balls" (1990), lemma 1: x/‖x‖_p of
    independent x of density ∝ exp(−|x|ᵖ).

    Example:
        >>> import numpy as np
        >>> x = uniform_on_sphere(2, 100, p=1, mean=3.0)
        >>> np.abs(x).mean(axis=1).round(12).tolist()
        [3.0, 3.0]
    """
    n, samples = integer("n", n, 1), integer("samples", samples, 1)
    p = number("p", p, "an exponent above 0", above=0)
    mean = number("mean", mean, "a number above 0", above=0)
    rng = np.random.default_rng(seed)
    power = rng.gamma(1 / p, size=(n, samples))
    signs = rng.choice([-1.0, 1.0], size=(n, samples))
    return signs * (mean * power / power.mean(axis=1, keepdims=True)) ** (1 / p)
