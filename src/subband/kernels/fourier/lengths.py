"""Lengths whose Fourier transforms are fast."""

from subband.arrays.compilers import static


@static
def fast_length(least: int) -> int:
    """The smallest 2ᵃ 3ᵇ 5ᶜ that is `least` or more, and 1 at the smallest."""
    best, fives = 1 << max(0, least - 1).bit_length(), 1
    while fives < best:
        odd = fives
        while odd < best:
            # The power of two that takes the odd part to `least`.
            best = min(best, odd << (-(-least // odd) - 1).bit_length())
            odd *= 3
        fives *= 5
    return best
