"""Static description of a wavelet transform, validated once and stored with its coefficients."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np

from subband.arrays.arguments import choice, integer, shown
from subband.arrays.axes import count_axes, plain_axes
from subband.arrays.compilers import lazy, remembered
from subband.arrays.namespace import Array, library, namespace
from subband.errors import InvalidInput
from subband.kernels.filterbank.boundary_modes import MODES
from subband.kernels.filterbank.plan import Plan, Taps, plan
from subband.transforms.coordinates import centres_of_supports
from subband.transforms.wavelets.filters import (
    Filters,
    Placeholder,
    Wavelet,
    WaveletLike,
    max_level,
    wavelet,
)

ORDERS = ("natural", "frequency")
Modes = str | Sequence[str]
Wavelets = WaveletLike | Sequence[WaveletLike]
AxisFilters = tuple[tuple[Taps | Array, Taps | Array], ...]
"""Low- and high-pass taps of each axis, as numbers or arrays: `filters` of `subband.kernels.filterbank`."""


@dataclass(frozen=True)
class Spec:
    """A transform of arrays of one shape, as static data: hashable, comparable, without arrays.

    Attributes:
        shape: Shape of the input.
        axes: Transformed axes, non-negative, in the caller's order.
        wavelets, modes: One per transformed axis; a `Placeholder` for a wavelet with arrays of taps.
        level: Number of levels.
        order: Band order of packets, "natural" or "frequency"; unused by pyramids.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> spec = sb.dwt(np.zeros((5, 32)), "db2", level=2).spec
        >>> spec.size, spec.batch, spec.modes
        ((32,), (5,), ('symmetric',))
    """

    shape: tuple[int, ...]
    axes: tuple[int, ...]
    wavelets: tuple[Wavelet | Placeholder, ...]
    modes: tuple[str, ...]
    level: int
    order: str = "natural"

    @lazy
    def last(self) -> tuple[int, ...]:
        """The last `len(axes)` axes of the shape."""
        return tuple(range(len(self.shape) - len(self.axes), len(self.shape)))

    @lazy
    def size(self) -> tuple[int, ...]:
        """Number of samples along each transformed axis."""
        return tuple(self.shape[axis] for axis in self.axes)

    @lazy
    def batch(self) -> tuple[int, ...]:
        """Shape of the axes that are not transformed, in order."""
        return tuple(n for axis, n in enumerate(self.shape) if axis not in self.axes)

    @lazy
    def signals(self) -> int:
        """Number of signals in the batch."""
        return prod(self.batch)

    @lazy
    def analysis(self) -> Plan:
        """The analysis plan."""
        banks = tuple(w.analysis(mode) for w, mode in zip(self.wavelets, self.modes, strict=True))
        return plan(banks, self.size, self.level, self.order)

    @lazy
    def synthesis(self) -> Plan:
        """The plan whose transpose is the synthesis."""
        banks = tuple(w.synthesis(mode) for w, mode in zip(self.wavelets, self.modes, strict=True))
        return plan(banks, self.size, self.level, self.order)

    def analysis_filters(self, filters: Sequence[Filters]) -> AxisFilters | None:
        """Taps of each axis for the plan `analysis`; None if the plan contains all of them."""
        return tuple((w.dec_lo, w.dec_hi) for w in self._filled(filters)) if filters else None

    def synthesis_filters(self, filters: Sequence[Filters]) -> AxisFilters | None:
        """Taps of each axis for the plan `synthesis`; None if the plan contains all of them."""
        if not filters:
            return None
        return tuple((_reversed(w.rec_lo), _reversed(w.rec_hi)) for w in self._filled(filters))

    def _filled(self, filters: Sequence[Filters]) -> list[Wavelet | Filters]:
        return [filters[w.place] if isinstance(w, Placeholder) else w for w in self.wavelets]

    @property
    def known(self) -> tuple[Wavelet, ...]:
        """The wavelets, for transforms that accept static taps only."""
        return tuple(w for w in self.wavelets if isinstance(w, Wavelet))

    def gather(self, x: Array) -> Array:
        """The array as (batch, n₁, …, n_d), with the transformed axes last."""
        xp = namespace(x)
        if self.axes != self.last:
            x = xp.moveaxis(x, self.axes, self.last)
        return xp.reshape(x, (self.signals, *x.shape[x.ndim - len(self.axes) :]))

    def centres(self, i: int, level: int, count: int) -> np.ndarray:
        """Indices of samples at the centres of the supports of a level's coefficients, along the i-th axis."""
        w = self.wavelets[i]
        taps = w.taps if isinstance(w, Placeholder) else len(w.dec_lo)
        return centres_of_supports(taps, self.modes[i], level, count)

    def centres_of(self, i: int, letter: str, level: int, count: int) -> np.ndarray:
        """`centres`, which are the same for both filters."""
        return self.centres(i, level, count)

    def scatter(self, x: Array) -> Array:
        """The inverse of `gather`, for any lengths along the transformed axes."""
        return self.restore_axes(namespace(x).reshape(x, (*self.batch, *x.shape[1:])))

    def restore_axes(self, x: Array) -> Array:
        """(*batch, n₁, …, n_d) with the axis order of the input."""
        return x if self.axes == self.last else namespace(x).moveaxis(x, self.last, self.axes)


def _reversed(taps: Taps | Array) -> Taps | Array:
    return taps[::-1] if isinstance(taps, tuple) else namespace(taps).flip(taps, axis=0)


def separate(wavelets: Wavelets, x: Array) -> tuple[Wavelets, tuple[Filters, ...]]:
    """Split wavelets into a hashable part for the `Spec` and learnable `Filters`, kept as pytree leaves.

    NumPy filters become static; filters of other libraries may be learnable and are replaced by placeholders.

    Raises:
        InvalidInput: filters of a library other than that of `x`.
    """
    if not isinstance(wavelets, Filters | list | tuple):
        return wavelets, ()
    here, several = library(x), isinstance(wavelets, list | tuple)
    given: Sequence[WaveletLike] = wavelets if isinstance(wavelets, list | tuple) else (wavelets,)
    if here != "numpy" and len(given) == 4 and all(hasattr(w, "ndim") and library(w) == here for w in given):
        # Four bare arrays, of which some may require gradients.
        given, several = (Filters(*given),), False
    static: list[WaveletLike] = []
    arrays: list[Filters] = []
    for w in given:
        if not isinstance(w, Filters) or library(w.dec_lo) == "numpy":
            # A copy of the values, since specs are cached and the array may be modified later.
            static.append(w.fixed("custom") if isinstance(w, Filters) else w)
            continue
        if library(w.dec_lo) != here:
            raise InvalidInput(
                f"filters of {library(w.dec_lo)} can't split an array of {here}: give arrays of {here}, or "
                "filters.fixed()"
            )
        # Filters shared by several axes are stored once.
        index = next((i for i, known in enumerate(arrays) if known is w), len(arrays))
        if index == len(arrays):
            arrays.append(w)
        static.append(Placeholder(w.taps, index))
    return (tuple(static) if several else static[0]), tuple(arrays)


def make_spec(
    shape: Sequence[int],
    wavelets: Wavelets,
    level: int | None,
    modes: Modes,
    axes: int | Sequence[int],
    order: str = "natural",
) -> Spec:
    """Validate a transform's arguments for an input of this shape.

    Raises:
        InvalidInput: an axis that is missing, empty or repeated; an unknown wavelet, mode or order; a number of
            wavelets or modes other than 1 and the number of axes; a level below 1 or above the maximum.

    Example:
        >>> from subband.transforms.wavelets import make_spec
        >>> spec = make_spec((5, 32), "db2", level=None, modes="periodization", axes=-1)
        >>> spec.axes, spec.level  # the highest level that 32 samples have
        ((1,), 3)
    """
    # Validation takes longer than transforming a small signal, so its result is cached. Arguments that are not
    # hashable, or that compare equal to others of another type, are normalised first.
    level = plain_level(level)
    modes = modes if type(modes) is str else _plain_modes(modes)
    wavelets = tuple(wavelets) if isinstance(wavelets, list) else wavelets
    return _checked(tuple(shape), wavelets, level, modes, plain_axes(axes), order)


@remembered
def _checked(
    shape: tuple[int, ...],
    wavelets: Wavelets,
    level: int | None,
    modes: Modes,
    axes: int | Sequence[int],
    order: str,
) -> Spec:
    axes = count_axes(axes, shape)
    order = choice("order", order, ORDERS)
    # Transformed lengths are integers; batch lengths may be symbolic during export.
    shape = tuple(int(n) if axis in axes else n for axis, n in enumerate(shape))
    chosen_wavelets = tuple(
        w if isinstance(w, Placeholder) else wavelet(w)
        for w in _per_axis(wavelets, len(axes), "wavelet", isinstance(wavelets, list | tuple))
    )
    chosen_modes = tuple(
        choice("mode", mode, MODES)
        for mode in _per_axis(modes, len(axes), "mode", not isinstance(modes, str))
    )
    for w, mode in zip(chosen_wavelets, chosen_modes, strict=True):
        if isinstance(w, Placeholder) and mode == "orthogonal":
            raise InvalidInput(
                "the boundary filters of mode 'orthogonal' depend on the values of learnable filters: give another "
                "mode, or filters.fixed()"
            )
    return Spec(
        shape, axes, chosen_wavelets, chosen_modes, _level(level, shape, axes, chosen_wavelets), order
    )


Known = str | Wavelet | Filters | Placeholder


def _per_axis(given, count: int, what: str, several: bool) -> Sequence:
    # Four filters are one wavelet, for any number of axes.
    if what == "wavelet" and several and len(given) == 4 and not isinstance(given[0], Known):
        several = hasattr(given[0], "filter_bank")
    if not several:
        return (given,) * count
    if len(given) != count:
        raise InvalidInput(
            f"{what}={shown(given)}: {len(given)} {what}s for {count} axes: give one for all, or one for each"
        )
    return given


def plain_level(level: Any, of_modes: str = "") -> int | None:
    """A number of levels, or None.

    Raises:
        InvalidInput: anything else. For a boundary mode, third in PyWavelets' signature, the message contains
            `of_modes`, or how to pass a mode.
    """
    if level is None or (type(level) is int and level > 0):
        return level
    if isinstance(level, str) and level in MODES:
        raise InvalidInput(
            f"level={level!r} is a boundary mode, not a number of levels: {of_modes or f'give mode={level!r}'}"
        )
    return integer("level", level, 1)


def _plain_modes(modes: Any) -> str | tuple[str, ...]:
    if isinstance(modes, list | tuple):
        return tuple([mode if isinstance(mode, str) else choice("mode", mode, MODES) for mode in modes])
    return choice("mode", modes, MODES, ", or one of these for each axis")


def _level(
    level: int | None,
    shape: tuple[int, ...],
    axes: tuple[int, ...],
    wavelets: tuple[Wavelet | Placeholder, ...],
) -> int:
    # One level is always possible, even if the boundaries affect every coefficient.
    largest = [max(1, max_level(shape[axis], w)) for axis, w in zip(axes, wavelets, strict=True)]
    most = min(largest)
    first = largest.index(most)
    name, size, known = wavelets[first].name, shape[axes[first]], isinstance(wavelets[first], Wavelet)
    if level is None:
        return most
    if level > most:
        call = f'"{name}"' if known else "filters"
        raise InvalidInput(
            f"can't take {level} levels of {name} on {size} samples: at most {most} "
            f"(subband.max_level({size}, {call}))"
        )
    return level
