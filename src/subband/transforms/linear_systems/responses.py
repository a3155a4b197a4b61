"""States, outputs, impulse and frequency responses of x' = A x + B u, y = C x + D u."""

from math import pi

from subband.arrays.namespace import Array, namespace
from subband.transforms.linear_systems.matrices import (
    identity,
    over_columns,
    over_rows,
    squared,
)
from subband.transforms.linear_systems.scan import parallel_scan


def states(A: Array, B: Array, u: Array, x0: Array, diagonal: bool) -> Array:
    """(…, T + 1, n) The states before each input and after the last.

    Args:
        A, B: Of a discrete system, (…, n, n) or (…, n), and (…, n, m).
        u: (…, T, m) inputs.
        x0: (…, n) the first state.
        diagonal: The form of A.
    """
    xp = namespace(u)
    driven = over_rows(B, u, diagonal=False)
    first = xp.broadcast_to(x0[..., None, :], (*driven.shape[:-2], 1, driven.shape[-1]))
    return parallel_scan(A, xp.concat([first, driven], axis=-2), diagonal)


def outputs(C: Array, D: Array, x: Array, u: Array) -> Array:
    """(…, T, p) C x + D u for the states (…, T, n) and inputs (…, T, m)."""
    return over_rows(C, x, diagonal=False) + over_rows(D, u, diagonal=False)


def impulse_response(A: Array, B: Array, C: Array, D: Array, count: int, diagonal: bool) -> Array:
    """(…, count, p, m) D, C B, C A B, C A² B, …: the Markov parameters."""
    xp = namespace(A)
    first = D[..., None, :, :]
    if count == 1:
        return first
    later = xp.matmul(C[..., None, :, :], powers(A, B, count - 1, diagonal))
    return xp.concat([xp.broadcast_to(first, (*later.shape[:-3], *first.shape[-3:])), later], axis=-3)


def powers(A: Array, B: Array, count: int, diagonal: bool) -> Array:
    """(…, count, n, m) B, A B, A² B, …, doubling their number with each product."""
    xp = namespace(A)
    found, doubling = B[..., None, :, :], A
    while found.shape[-3] < count:
        more = over_columns(_beside(doubling, diagonal), found, diagonal)
        found, doubling = xp.concat([found, more], axis=-3), squared(doubling, diagonal)
    return found[..., :count, :, :]


def frequency_response(A: Array, B: Array, C: Array, D: Array, s: Array, diagonal: bool) -> Array:
    """(…, F, p, m) H(s) = C (s 1 − A)⁻¹ B + D at the complex points s, (F,)."""
    xp = namespace(s)
    A, B, C, D = (xp.astype(x, s.dtype) for x in (A, B, C, D))
    if diagonal:
        x = B[..., None, :, :] / (s[:, None] - A[..., None, :])[..., None]
    else:
        resolvent = s[:, None, None] * identity(A, A.shape[-1]) - A[..., None, :, :]
        x = xp.linalg.solve(
            resolvent, xp.broadcast_to(B[..., None, :, :], (*resolvent.shape[:-1], B.shape[-1]))
        )
    return xp.matmul(C[..., None, :, :], x) + D[..., None, :, :]


def points(frequencies: Array, dt: float | None) -> Array:
    """(F,) The points of frequencies f: 2πif for a continuous system, exp(2πif dt) for a discrete one."""
    xp = namespace(frequencies)
    complex_ = xp.complex64 if xp.finfo(frequencies.dtype).bits == 32 else xp.complex128
    angle = 2 * pi * frequencies * (1.0 if dt is None else dt)
    if dt is None:
        return 1j * xp.astype(angle, complex_)
    return xp.astype(xp.cos(angle), complex_) + 1j * xp.astype(xp.sin(angle), complex_)


def _beside(A: Array, diagonal: bool) -> Array:
    """A with an axis of length 1 before those of the matrix."""
    return A[..., None, :] if diagonal else A[..., None, :, :]
