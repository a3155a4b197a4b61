"""Linear recurrences in logarithmic depth."""

from subband.arrays.namespace import Array, namespace
from subband.transforms.linear_systems.matrices import over_rows, squared


def parallel_scan(A: Array, b: Array, diagonal: bool) -> Array:
    """All states of xₖ = A xₖ₋₁ + bₖ with x₋₁ = 0, by pairing neighbours: O(T) products in O(log T) steps.

    Two steps of the recurrence are one step with A²: x₂ₖ₊₁ = A² x₂ₖ₋₁ + (A b₂ₖ + b₂ₖ₊₁). The odd states are a
    scan of half the length, and x₂ₖ = A x₂ₖ₋₁ + b₂ₖ.

    Args:
        A: (…, n, n), or (…, n) if diagonal.
        b: (…, T, n) with T ≥ 1.
        diagonal: The form of A.

    Returns:
        (…, T, n) the states x₀ … x_{T−1}.

    Source: G. E. Blelloch, Prefix sums and their applications, 1990, §1.4.
    """
    xp, T = namespace(b), b.shape[-2]
    if T == 1:
        return b
    even, odd = b[..., 0::2, :], b[..., 1::2, :]
    pairs = over_rows(A, even[..., : T // 2, :], diagonal) + odd
    at_odd = parallel_scan(squared(A, diagonal), pairs, diagonal)
    later = over_rows(A, at_odd[..., : (T - 1) // 2, :], diagonal) + even[..., 1:, :]
    first = even[..., :1, :]
    at_even = xp.concat([xp.broadcast_to(first, (*later.shape[:-2], *first.shape[-2:])), later], axis=-2)
    return _interleaved(at_even, at_odd)


def _interleaved(even: Array, odd: Array) -> Array:
    """(…, ⌈T/2⌉, n) and (…, ⌊T/2⌋, n) → (…, T, n)."""
    xp, n = namespace(even), odd.shape[-2]
    both = xp.stack([even[..., :n, :], odd], axis=-2)
    both = xp.reshape(both, (*both.shape[:-3], 2 * n, both.shape[-1]))
    return both if even.shape[-2] == n else xp.concat([both, even[..., n:, :]], axis=-2)
