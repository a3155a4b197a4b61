"""Products with a state matrix that is dense, (…, n, n), or diagonal, (…, n)."""

from subband.arrays.namespace import Array, device_of, namespace


def over_rows(A: Array, x: Array, diagonal: bool) -> Array:
    """(…, T, n) The matrix times each row of x."""
    if diagonal:
        return A[..., None, :] * x
    xp = namespace(x)
    return xp.matmul(x, xp.matrix_transpose(A))


def over_columns(A: Array, x: Array, diagonal: bool) -> Array:
    """(…, n, m) A x."""
    return A[..., :, None] * x if diagonal else namespace(x).matmul(A, x)


def squared(A: Array, diagonal: bool) -> Array:
    """A², in the form of A."""
    return A * A if diagonal else namespace(A).matmul(A, A)


def dense(A: Array, diagonal: bool) -> Array:
    """(…, n, n) The matrix."""
    return A[..., :, None] * identity(A, A.shape[-1]) if diagonal else A


def identity(like: Array, n: int) -> Array:
    """(n, n) The identity, of the dtype and device of `like`."""
    return namespace(like).eye(n, dtype=like.dtype, **device_of(like))


def adjoint(x: Array) -> Array:
    """(…, m, n) → (…, n, m), conjugated where complex."""
    xp = namespace(x)
    turned = xp.matrix_transpose(x)
    return xp.conj(turned) if xp.isdtype(x.dtype, "complex floating") else turned
