"""Discrete systems whose states agree with those of a continuous one at the samples."""

from subband.arrays.matrix_functions import matrix_exponential
from subband.arrays.namespace import Array, device_of, namespace
from subband.transforms.linear_systems.matrices import dense, identity

METHODS = ("zoh", "tustin")


def zero_order_hold(A: Array, B: Array, dt: float, diagonal: bool) -> tuple[Array, Array]:
    """A and B of the system whose input is constant in between samples: exact.

    exp([[A, B], [0, 0]] dt) = [[Ā, B̄], [0, 1]]; for each number on a diagonal, ā = exp(a dt) and
    b̄ = b (exp(a dt) − 1)/a.

    Source: C. F. Van Loan, Computing integrals involving the matrix exponential, IEEE Trans. Automatic Control
    23(3), 1978.
    """
    xp = namespace(A)
    if diagonal:
        return xp.exp(A * dt), _averaged_exponential(A * dt)[..., :, None] * (B * dt)
    n, m = B.shape[-2:]
    A, B = _one_batch(A, B)
    zeros = xp.zeros((*A.shape[:-2], m, n + m), dtype=A.dtype, **device_of(A))
    joined = matrix_exponential(xp.concat([xp.concat([A, B], axis=-1), zeros], axis=-2) * dt)
    return joined[..., :n, :n], joined[..., :n, n:]


def tustin(
    A: Array, B: Array, C: Array, D: Array, dt: float, diagonal: bool
) -> tuple[Array, Array, Array, Array]:
    """The bilinear transform s = 2/dt (z − 1)/(z + 1): no aliasing, and stable where the continuous system is.

    With N = (1 − A dt/2)⁻¹: Ā = N (1 + A dt/2), B̄ = N B dt, C̄ = C N, D̄ = D + C N B dt/2.
    """
    xp = namespace(A)
    if diagonal:
        N = 1 / (1 - A * (dt / 2))
        made, driven, seen = N * (1 + A * (dt / 2)), N[..., :, None] * B * dt, C * N[..., None, :]
    else:
        one = identity(A, A.shape[-1])
        N = xp.linalg.inv(one - A * (dt / 2))
        made, driven, seen = xp.matmul(N, one + A * (dt / 2)), xp.matmul(N, B) * dt, xp.matmul(C, N)
    return made, driven, seen, D + xp.matmul(C, driven) / 2


def to_unit_circle(A: Array, B: Array, diagonal: bool) -> tuple[Array, Array]:
    """A discrete pair with the Gramian of the continuous one: (a + A)(a − A)⁻¹ and √(2a) (a − A)⁻¹ B.

    Any a > 0 will do; the mean modulus of the entries' rows keeps the eigenvalues away from −1 and 1.

    Source: R. A. Smith, Matrix equation XA + BX = C, SIAM J. Applied Mathematics 16(1), 1968.
    """
    xp = namespace(A)
    A = dense(A, diagonal)
    n = A.shape[-1]
    size = xp.sum(xp.abs(A), axis=(-2, -1), keepdims=True) / n
    a = xp.astype(xp.where(size > 0, size, xp.ones_like(size)), A.dtype)
    one = identity(A, n)
    inverse = xp.linalg.inv(a * one - A)
    return xp.matmul(inverse, a * one + A), xp.sqrt(2 * a) * xp.matmul(inverse, B)


def _averaged_exponential(z: Array) -> Array:
    """(e^z − 1)/z, also at 0 and without cancellation: e^(z/2) sinh(z/2)/(z/2)."""
    xp = namespace(z)
    half = z / 2
    is_zero = half == 0
    safe = xp.where(is_zero, xp.ones_like(half), half)
    return xp.where(is_zero, xp.exp(half), xp.exp(safe) * xp.sinh(safe) / safe)


def _one_batch(A: Array, B: Array) -> tuple[Array, Array]:
    """Both with the batch axes of their broadcast."""
    xp, n = namespace(A), A.shape[-1]
    both = xp.broadcast_arrays(A[..., :1, :1], B[..., :1, :1])[0].shape[:-2]
    return xp.broadcast_to(A, (*both, n, n)), xp.broadcast_to(B, (*both, *B.shape[-2:]))
