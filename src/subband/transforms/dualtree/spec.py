"""Static parameters of a dual-tree transform, and the combination of its trees to oriented sub-bands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import ceil, hypot, log2, prod, radians, tan

import numpy as np

from subband.arrays.arguments import shown
from subband.arrays.compilers import lazy
from subband.errors import InvalidInput
from subband.kernels.filterbank.plan import Plan, plan
from subband.transforms.coordinates import centres_of_supports
from subband.transforms.dualtree.filters import DualTreeFilters
from subband.transforms.wavelets.filters import max_level
from subband.transforms.wavelets.spec import Modes, Spec, make_spec, plain_level

LOW = tan(radians(15))
"""Ratio of the centre frequencies of the low-pass and the high-pass of a level."""

Tree = tuple[int, ...]
"""Per transformed axis, 0 for tree a or 1 for tree b."""


@dataclass(frozen=True)
class DualTreeSpec:
    """Parameters of a dual-tree transform of one array, as static data: hashable, comparable, without arrays.

    Attributes:
        base: Shape, axes, modes and level.
        filters: The filters of the two trees.
        is_complex: Whether the samples are complex, so that directions d and −d are independent.
    """

    base: Spec
    filters: DualTreeFilters
    is_complex: bool

    @property
    def trees(self) -> tuple[Tree, ...]:
        """The 2^d combinations of one tree per axis."""
        return tuple(product((0, 1), repeat=len(self.base.axes)))

    @property
    def signs(self) -> tuple[tuple[int, ...], ...]:
        """The sign of the frequency along each axis, for each direction of a band.

        For real signals, opposite directions have conjugate coefficients and only one of the two is listed.
        """
        rank = len(self.base.axes)
        every = tuple(product((1, -1), repeat=rank))
        return every if self.is_complex else every[: 2 ** (rank - 1)]

    @property
    def combination(self) -> np.ndarray:
        """(directions, trees) complex matrix 2^(1−d) ∏ₖ (iσₖ)^tₖ; for d = 1, a + ib and a − ib.

        Its rows are orthogonal and of equal norm (Selesnick, Baraniuk & Kingsbury 2005, eqs. 32–41), normalised so
        that the coefficients of a real signal have twice its energy for any number of axes.
        """
        signs, trees = np.array(self.signs), np.array(self.trees)
        factor = 2.0 ** (1 - trees.shape[1])
        return factor * np.prod(np.where(trees[None] == 1, 1j * signs[:, None], 1), axis=-1)

    @property
    def bound(self) -> float:
        """Energy of the coefficients of a signal of energy 1, for orthonormal trees."""
        return 4.0 if self.is_complex else 2.0

    def centres_of(self, i: int, letter: str, level: int, count: int) -> np.ndarray:
        """Indices of samples at the centres of the supports of a level's coefficients, along the i-th axis."""
        first, later = (len(pair[0].dec_lo) for pair in (self.filters.first, self.filters.later))
        mode = self.base.modes[i]
        [finest] = centres_of_supports(first, mode, 1, 1)
        return finest + 2 * centres_of_supports(later, mode, level - 1, count)

    @lazy
    def sizes(self) -> tuple[tuple[int, ...], ...]:
        """Samples along each transformed axis at levels 1, …, `level`."""
        return tuple(size for step in self.analysis(self.trees[0]) for size in step.sizes[1:])

    @property
    def total(self) -> int:
        """Number of coefficients of one tree; the approximation of level 1 is replaced by the further levels."""
        plans = self.analysis(self.trees[0])
        return sum(step.total for step in plans) - (prod(self.sizes[0]) if len(plans) > 1 else 0)

    def analysis(self, tree: Tree) -> tuple[Plan, ...]:
        """Analysis plans of one tree: level 1, and, if there are any, all further levels."""
        return self._plans(tree, inverse=False)

    def synthesis(self, tree: Tree) -> tuple[Plan, ...]:
        """Synthesis plans of one tree, whose transposes invert its analysis."""
        return self._plans(tree, inverse=True)

    def _plans(self, tree: Tree, *, inverse: bool) -> tuple[Plan, ...]:
        size, plans = self.base.size, []
        for pair, levels in ((self.filters.first, 1), (self.filters.later, self.base.level - 1)):
            chosen = [pair[t] for t in tree]
            modes = self.base.modes
            banks = (w.synthesis(m) if inverse else w.analysis(m) for w, m in zip(chosen, modes, strict=True))
            if levels:
                plans.append(plan(tuple(banks), size, levels))
                size = plans[-1].sizes[-1]
        return tuple(plans)

    def names(self, letters: Sequence[str]) -> tuple[str, ...]:
        """Names of the directions of each band, e.g. +a+d and +a-d for the band ad."""
        return tuple(
            "".join(("+" if sign > 0 else "-") + letter for sign, letter in zip(signs, band, strict=True))
            for band in letters
            for signs in self.signs
        )


def band_direction(name: str) -> tuple[float, ...]:
    """Unit wave vector of the peak response of a sub-band of `dtcwt`.

    A high-pass "d" is centred on 3/4 of the Nyquist frequency of its level's input, and a low-pass "a", restricted
    to one sign of the frequency, on 3/4 tan 15° ≈ 1/5, so that with two axes directions are about 30° apart.

    Args:
        name: A sign and a letter per transformed axis, e.g. "+a-d".

    Returns:
        One component per transformed axis, in the order of `axes`.

    Raises:
        InvalidInput: a name of another form.

    Example:
        >>> import subband as sb
        >>> [round(component, 4) for component in sb.band_direction("+a-d")]
        [0.2588, -0.9659]

    See also: `dtcwt`.
    """
    if not isinstance(name, str):
        raise InvalidInput(f"name={shown(name)} is not a sub-band's name: give a string such as '+a-d'")
    signs, letters = name[::2], name[1::2]
    if not name or len(signs) != len(letters) or set(signs) - {"+", "-"} or set(letters) - {"a", "d"}:
        raise InvalidInput(
            f"{name!r} is not a sub-band's name: give a sign and a letter per axis, e.g. '+a-d'"
        )
    parts = [
        (1.0 if letter == "d" else LOW) * float(f"{sign}1")
        for sign, letter in zip(signs, letters, strict=True)
    ]
    length = hypot(*parts)
    return tuple(part / length for part in parts)


def make_dual_tree_spec(
    shape: Sequence[int],
    filters: DualTreeFilters,
    level: int | None,
    mode: Modes,
    axes: int | Sequence[int],
    *,
    is_complex: bool,
) -> DualTreeSpec:
    """Validate the arguments of `dtcwt` for an array of this shape.

    Raises:
        InvalidInput: as `make_spec`; filters of another type; or a level outside 1 … ⌈log₂ N⌉.
    """
    if not isinstance(filters, DualTreeFilters):
        raise InvalidInput(
            f"filters={shown(filters)} are a {type(filters).__name__}: give DualTreeFilters, such as "
            "subband.hilbert_pair(4, 3)"
        )
    level, longest = plain_level(level), filters.later[0]
    base = make_spec(shape, longest, 1, mode, axes)
    if level is None:
        level = max(1, min(max_level(n, longest) for n in base.size))
    most = max(1, ceil(log2(min(base.size))))
    if level > most:
        raise InvalidInput(
            f"can't take {level} levels of the dual tree on {min(base.size)} samples: give 1 … {most}, which "
            "leaves one sample"
        )
    return DualTreeSpec(replace(base, level=level), filters, is_complex)
