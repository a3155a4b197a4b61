"""Choices of the encoder that the stream records, and those that only cost time."""

from dataclasses import dataclass

from subband.kernels.fractal import SIZES


@dataclass(frozen=True)
class Settings:
    """How a plane is searched and coded.

    Attributes:
        spacing: Of domains for leaves of 4, 8, 16, 32 and 64 pixels, in pixels of the image reduced to half;
            0 for leaves without domains.
        root: Level of the largest leaves: 3 for 32 pixels.
        contrasts: Number of positive contrasts.
        contrast: Smallest positive contrast, in 64ths; the others are its multiples.
        window: At most so many rows and columns of domains around each tile of 256 pixels.
        passes: How often domains are sought: first in the image, then in what a decoder sees.
        terms: Whether leaves may have cosine terms beside their means.
        chroma: Step of chroma as a share of luma's: each sample of it stands for four pixels.
        price: λ in units of the squared step: what a bit may cost in squared error.
    """

    spacing: tuple[int, ...] = (2, 2, 4, 0, 0)
    root: int = 3
    contrasts: int = 8
    contrast: int = 10
    window: int = 192
    passes: int = 2
    terms: bool = True
    chroma: float = 0.6
    price: float = 0.17

    def positions(self, extent: int) -> tuple[int, ...]:
        """Positions of domains of each level along an axis of `extent` pixels."""
        return tuple(
            (extent // 2 - size) // step + 1 if step and extent // 2 >= size else 0
            for size, step in zip(SIZES, self.spacing, strict=True)
        )


EFFORTS = {"fast": Settings(spacing=(4, 4, 8, 0, 0), passes=1), "best": Settings()}
