"""What was asked of a transform, checked once and remembered by its coefficients."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from subband.arrays.axes import count_axes
from subband.arrays.namespace import Array, namespace
from subband.arrays.programs import lazy, remembered
from subband.errors import InvalidInput
from subband.kernels.extension import MODES
from subband.kernels.plan import Plan, plan
from subband.transforms.wavelets.filters import Wavelet, WaveletLike, max_level, wavelet

Modes = str | Sequence[str]
Wavelets = WaveletLike | Sequence[WaveletLike]


@dataclass(frozen=True)
class Spec:
    """A transform of one array, as static data: hashable, comparable, free of arrays.

    Attributes:
        shape: Shape of the array that was transformed.
        axes: Transformed axes, counted from the front, in the caller's order.
        wavelets, modes: One per transformed axis.
        level: Number of levels.
        order: "natural" or "frequency" for packets; pyramids leave it "natural".
    """

    shape: tuple[int, ...]
    axes: tuple[int, ...]
    wavelets: tuple[Wavelet, ...]
    modes: tuple[str, ...]
    level: int
    order: str = "natural"

    @lazy
    def last(self) -> tuple[int, ...]:
        """As many axes, at the end of the shape."""
        return tuple(range(len(self.shape) - len(self.axes), len(self.shape)))

    @lazy
    def size(self) -> tuple[int, ...]:
        """Samples along the transformed axes."""
        return tuple(self.shape[axis] for axis in self.axes)

    @lazy
    def batch(self) -> tuple[int, ...]:
        """Shape of the axes that are not transformed, in order."""
        return tuple(n for axis, n in enumerate(self.shape) if axis not in self.axes)

    @lazy
    def signals(self) -> int:
        """How many signals the batch holds."""
        return prod(self.batch)

    @lazy
    def analysis(self) -> Plan:
        """The plan that takes the array apart."""
        banks = tuple(w.analysis(mode) for w, mode in zip(self.wavelets, self.modes, strict=True))
        return plan(banks, self.size, self.level, self.order)

    @lazy
    def synthesis(self) -> Plan:
        """The plan whose transpose puts it together again."""
        banks = tuple(w.synthesis(mode) for w, mode in zip(self.wavelets, self.modes, strict=True))
        return plan(banks, self.size, self.level, self.order)

    def gather(self, x: Array) -> Array:
        """The array with the transformed axes last: (batch, n₁, …, n_d)."""
        xp = namespace(x)
        if self.axes != self.last:
            x = xp.moveaxis(x, self.axes, self.last)
        return xp.reshape(x, (self.signals, *x.shape[x.ndim - len(self.axes) :]))

    def scatter(self, x: Array) -> Array:
        """The inverse of `gather`, for any lengths along the transformed axes."""
        return self.place(namespace(x).reshape(x, (*self.batch, *x.shape[1:])))

    def place(self, x: Array) -> Array:
        """(*batch, n₁, …, n_d) with the transformed axes where the array had them."""
        return x if self.axes == self.last else namespace(x).moveaxis(x, self.last, self.axes)


def make_spec(
    shape: Sequence[int],
    wavelets: Wavelets,
    level: int | None,
    modes: Modes,
    axes: int | Sequence[int],
    order: str = "natural",
) -> Spec:
    """Check a transform's arguments against an array's shape.

    Raises:
        InvalidInput: an axis that is missing, empty or named twice; an unknown wavelet, mode or order; as many
            wavelets or modes as axes not given; a level below 1 or above what the shortest axis bears.
    """
    # Nothing but the arguments decides, and a small signal is transformed in less time than they take to check.
    return _checked(tuple(shape), wavelets, level, modes, axes, order)


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
    # Lengths that are transformed are numbers; others may stay open while a program is exported.
    shape = tuple(int(n) if axis in axes else n for axis, n in enumerate(shape))
    chosen_wavelets = tuple(
        wavelet(w) for w in _per_axis(wavelets, len(axes), "wavelet", isinstance(wavelets, list | tuple))
    )
    chosen_modes = tuple(
        _mode(mode) for mode in _per_axis(modes, len(axes), "mode", not isinstance(modes, str))
    )
    if order not in ("natural", "frequency"):
        raise InvalidInput(f"order {order!r} is unknown: give 'natural' or 'frequency'")
    return Spec(
        shape, axes, chosen_wavelets, chosen_modes, _level(level, shape, axes, chosen_wavelets), order
    )


def _per_axis(given, count: int, what: str, several: bool) -> Sequence:
    # Four filters are one wavelet, however many axes there are.
    if what == "wavelet" and several and len(given) == 4 and not isinstance(given[0], str | Wavelet):
        several = hasattr(given[0], "filter_bank")
    if not several:
        return (given,) * count
    if len(given) != count:
        raise InvalidInput(f"{len(given)} {what}s for {count} axes: give one for all, or one for each")
    return given


def _mode(mode: str) -> str:
    if mode not in MODES:
        raise InvalidInput(f"mode {mode!r} is unknown: give one of {', '.join(MODES)}")
    return mode


def _level(
    level: int | None, shape: tuple[int, ...], axes: tuple[int, ...], wavelets: tuple[Wavelet, ...]
) -> int:
    # A single level is always possible, even where boundaries touch every coefficient.
    bearable = [max(1, max_level(shape[axis], w)) for axis, w in zip(axes, wavelets, strict=True)]
    most = min(bearable)
    first = bearable.index(most)
    name, size = wavelets[first].name, shape[axes[first]]
    if level is None:
        return most
    if level != int(level) or level < 1:
        raise InvalidInput(f"level={level} must be a whole number, 1 or more")
    if level > most:
        raise InvalidInput(
            f"can't take {level} levels of {name} on {size} samples: at most {most} "
            f'(subband.max_level({size}, "{name}"))'
        )
    return int(level)
