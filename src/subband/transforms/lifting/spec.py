"""Static parameters of a lifting transform, and the sizes of its bands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import ceil, log2, prod
from typing import Any

from subband.arrays.arguments import choice
from subband.arrays.compilers import lazy
from subband.errors import InvalidInput
from subband.transforms.lifting.schemes import LiftingScheme, lifting
from subband.transforms.wavelets.spec import Spec, make_spec, plain_level

LIFTING_MODES = ("reflect", "periodization")
"""Boundary modes of lifting, defined as in `subband.MODES`."""


@dataclass(frozen=True)
class LiftedSpec:
    """Parameters of a lifting transform of one array, as static data: hashable, comparable, without arrays.

    Attributes:
        base: Shape, axes, modes and level.
        scheme: The steps.
        dtype: The samples' dtype if it is an integer type, which the inverse returns; else None.
    """

    base: Spec
    scheme: LiftingScheme
    dtype: Any = None

    @property
    def bands(self) -> tuple[str, ...]:
        """Names of the bands of a level, approximation first: aa, ad, da, dd for two axes."""
        return tuple("".join(letters) for letters in product("ad", repeat=len(self.base.axes)))

    @lazy
    def sizes(self) -> tuple[tuple[int, ...], ...]:
        """Samples of the approximation along each axis after 0, 1, …, `level` levels."""
        sizes = [self.base.size]
        for _ in range(self.base.level):
            sizes.append(tuple((n + 1) // 2 for n in sizes[-1]))
        return tuple(sizes)

    @property
    def total(self) -> int:
        """Number of coefficients per signal."""
        details = sum(prod(self.size(k + 1, band)) for k in range(self.base.level) for band in self.bands[1:])
        return prod(self.sizes[-1]) + details

    def size(self, level: int, band: str) -> tuple[int, ...]:
        """Samples of one band along each axis: ⌈n/2⌉, or ⌊n/2⌋ for details with mode "reflect"."""
        return tuple(
            n // 2 if letter == "d" and mode == "reflect" else (n + 1) // 2
            for n, letter, mode in zip(self.sizes[level - 1], band, self.base.modes, strict=True)
        )


def make_lifted_spec(
    shape: Sequence[int],
    scheme: str | LiftingScheme,
    level: int | None,
    mode: str,
    axes: int | Sequence[int],
    dtype: Any,
) -> LiftedSpec:
    """Validate the arguments of `lift` for an array of this shape.

    Raises:
        InvalidInput: a missing or empty axis, an unknown scheme or mode, or a level outside 1 … ⌈log₂ N⌉.
    """
    chosen = scheme if isinstance(scheme, LiftingScheme) else lifting(scheme)
    mode = choice("mode", mode, LIFTING_MODES, ", the modes of lifting")
    level = plain_level(level)
    base = make_spec(shape, "haar", 1, mode, axes)
    shortest = min(base.size)
    if level is None:
        level = max(1, int(log2(shortest / (chosen.taps - 1))))
    most = max(1, ceil(log2(shortest)))
    if level > most:
        raise InvalidInput(
            f"can't take {level} levels of {chosen.name} on {shortest} samples: give 1 … {most}, which leaves one "
            "sample"
        )
    return LiftedSpec(replace(base, level=level), chosen, dtype)
