"""Fast iterative shrinkage and thresholding."""

from collections.abc import Callable

from subband.arrays.namespace import Array, namespace
from subband.inverse.problem import dot, norm


def fista(
    forward: Callable[[Array], Array],
    adjoint: Callable[[Array], Array],
    y: Array,
    c: Array,
    weights: Array,
    largest: float,
    iterations: int,
    tolerance: float,
) -> tuple[Array, int, bool]:
    """min ½‖S c − y‖² + Σ weights |c|, by proximal gradient steps with momentum.

    The momentum restarts where it points uphill (B. O'Donoghue, E. Candès, Found. Comput. Math. 15, 2015).

    Args:
        forward, adjoint: S and its adjoint.
        y: Data.
        c: Where to start.
        weights: Of each coefficient; 0 for those that are free.
        largest: ‖S‖².
        iterations: The most steps.
        tolerance: Relative change at which it stops.

    Returns:
        c, the number of iterations, and whether they converged.

    Source: A. Beck, M. Teboulle, SIAM J. Imaging Sci. 2 (2009), equations 4.1 to 4.3.
    """
    z, t = c, 1.0
    for k in range(iterations):
        new = soft(z - adjoint(forward(z) - y) / largest, weights / largest)
        step = new - c
        if dot(z - new, step) > 0:
            t = 1.0
        following = (1 + (1 + 4 * t * t) ** 0.5) / 2
        z, c, t = new + (t - 1) / following * step, new, following
        if norm(step) <= tolerance * norm(c):
            return c, k + 1, True
    return c, iterations, False


def soft(c: Array, threshold: Array) -> Array:
    """c shortened by the threshold, the exact proximal map of threshold · |c|; complex numbers keep their phase."""
    xp = namespace(c)
    size = xp.abs(c)
    kept = xp.where(size > threshold, size - threshold, xp.zeros_like(size))
    return c * (kept / xp.where(size > 0, size, xp.ones_like(size)))
