"""Microcanonical gradient descent: the map from white noise whose law the theory describes."""

from math import isfinite

from subband.synthesis.solvers.lbfgs import Asked, Memory

SHRINK, GROW = 0.5, 1.05


def descent(memory: Memory, step: float | None = None) -> Asked:
    """x ← x − κ Jᵀ(Φx − y), that is x − κ/2 ∇‖Φx − y‖².

    Args:
        memory: Where to start, or to go on; kept up to date.
        step: κ in units of the energy as it is normalised; chosen by default: a step that raises the energy is
            halved, one that lowers it lets the next grow by a twentieth.

    Source: J. Bruna, S. Mallat, "Multiscale sparse microcanonical models", Math. Stat. Learn. 1 (2018), §3.
    """
    if not memory.g.size:
        memory.f, memory.g = yield memory.x
    square = float(memory.g @ memory.g)
    if not square:
        return "the gradient is zero"
    size = memory.f / square if step is None else step / 2
    while square:
        x = memory.x - size * memory.g
        f, g = yield x
        if step is None and not (isfinite(f) and f <= memory.f):
            size *= SHRINK
            if size * square < 1e-14 * memory.f:
                return "no step along the gradient decreases the energy further"
            continue
        memory.x, memory.f, memory.g, memory.count = x, f, g, memory.count + 1
        square = float(g @ g)
        size *= GROW if step is None else 1
    return "the gradient is zero"
