"""Gramians, Hankel singular values, and models of lower order (Moore 1981)."""

from subband.arrays.namespace import Array, namespace
from subband.transforms.linear_systems.discretise import to_unit_circle
from subband.transforms.linear_systems.matrices import adjoint, dense, squared

DOUBLINGS = 40
"""Of the time that a Gramian covers: enough for poles up to 1 − 10⁻¹⁰."""


def gramians(A: Array, B: Array, C: Array, dt: float | None, diagonal: bool) -> tuple[Array, Array]:
    """(…, n, n) twice: controllability Σ Aᵏ B Bᴴ Aᴴᵏ and observability Σ Aᴴᵏ Cᴴ C Aᵏ; integrals if dt is None."""
    A, H = dense(A, diagonal), adjoint(C)
    if dt is None:
        (A_b, B), (A_c, H) = to_unit_circle(A, B, False), to_unit_circle(adjoint(A), H, False)
    else:
        A_b, A_c = A, adjoint(A)
    return _sum(A_b, B), _sum(A_c, H)


def _sum(A: Array, B: Array) -> Array:
    """P = Σₖ Aᵏ B Bᴴ Aᴴᵏ, the solution of P = A P Aᴴ + B Bᴴ, by Smith's squaring: P ← P + A P Aᴴ, A ← A²."""
    xp = namespace(A)
    P = xp.matmul(B, adjoint(B))
    for _ in range(DOUBLINGS):
        P = P + xp.matmul(xp.matmul(A, P), adjoint(A))
        A = squared(A, diagonal=False)
    return (P + adjoint(P)) / 2


def balancing(P: Array, Q: Array) -> tuple[Array, Array, Array]:
    """Hankel singular values σ, and T and T⁻¹ that make both Gramians diag(σ).

    With P = L Lᴴ, Q = R Rᴴ and the singular value decomposition Rᴴ L = U σ Vᴴ: T = L V σ^(−½), T⁻¹ = σ^(−½) Uᴴ Rᴴ.
    Columns of T, and rows of its inverse, of which σ is zero are arbitrary.

    Source: M. G. Safonov, R. Y. Chiang, A Schur method for balanced-truncation model reduction, IEEE Trans.
    Automatic Control 34(7), 1989; A. C. Antoulas, Approximation of Large-Scale Dynamical Systems, 2005, §7.3.
    """
    xp = namespace(P)
    L, R = _root(P), _root(Q)
    U, sigma, Vh = xp.linalg.svd(xp.matmul(adjoint(R), L), full_matrices=False)
    tiny = float(xp.finfo(sigma.dtype).smallest_normal) ** 0.5
    scale = xp.astype(1 / xp.sqrt(sigma + tiny), P.dtype)
    T = xp.matmul(L, adjoint(Vh)) * scale[..., None, :]
    inverse = scale[..., :, None] * xp.matmul(adjoint(U), adjoint(R))
    return sigma, T, inverse


def _root(P: Array) -> Array:
    """A factor L of P = L Lᴴ, for P positive semidefinite up to rounding."""
    xp = namespace(P)
    values, vectors = xp.linalg.eigh(P)
    roots = xp.sqrt(xp.where(values > 0, values, xp.zeros_like(values)))
    return vectors * xp.astype(roots, P.dtype)[..., None, :]
