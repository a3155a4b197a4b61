"""Container of the coefficients that one block of a signal completes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, final

import numpy as np

from subband.arrays.arguments import shown
from subband.arrays.namespace import Array, namespace
from subband.arrays.pytree import pytree
from subband.errors import InvalidInput
from subband.transforms.container import Levels, mapped, shapes
from subband.transforms.continuous.coefficients import real_array_like
from subband.transforms.streaming.kind import Kind
from subband.transforms.streaming.layout import Layout


@final
@pytree("bands")
@dataclass(frozen=True, eq=False)
class BlockCoefficients(Levels):
    """Coefficients that became final with one block of a signal, returned by `Stream` and `Blockwise`.

    Of `dwt` and `swt` they are `c.approx` and `c[level]["d"]`, 1 the finest, in the layout of the blocks and of
    lengths that differ; of `stft` and `cwt` `c.array`, (*batch, frequencies, time).

    Attributes:
        bands: One array for `stft` and `cwt`; approximation, then details from the coarsest level to the
            finest.
        starts: Index of the first coefficient of each array in its band.
        kind: The transform.
        layout: Library, dtype and axes of the signal's blocks.
        samples: Length of the whole signal, with the last block; else None.

    See also: `Stream`, `blockwise`.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> s = sb.stream(sb.dwt, "haar", level=1)
        >>> c = s.push(np.arange(8.0))
        >>> c.approx.round(2).tolist(), c[1]["d"].shape, c.starts
        ([0.71, 3.54, 6.36, 9.19], (4,), (0, 0))
    """

    bands: tuple[Array, ...]
    starts: tuple[int, ...]
    kind: Kind
    layout: Layout
    samples: int | None = None

    @property
    def axis(self) -> int:
        """The time axis of the bands."""
        return -1 if self.kind.time_last else self.layout.axis

    @property
    def nothing(self) -> tuple[Array, ...]:
        """The bands without coefficients."""
        none = (..., slice(0, 0)) if self.kind.time_last else (slice(None),) * self.axis + (slice(0, 0), ...)
        return tuple([namespace(band).concat([band[none]]) for band in self.bands])

    @property
    def array(self) -> Array:
        """The coefficients of `stft` or `cwt`."""
        if self.kind.named:
            raise InvalidInput(
                f"a block of {self.kind.name} has bands of several lengths: give c.approx, c[level]['d'] or c.bands"
            )
        return self.bands[0]

    @property
    def approx(self) -> Array:
        """The approximation of `dwt` or `swt`."""
        self._check_named()
        return self.bands[0]

    @property
    def slices(self) -> tuple[slice, ...]:
        """Where the coefficients of each array lie along the time axis of its band."""
        ends = (
            start + int(band.shape[self.axis]) for start, band in zip(self.starts, self.bands, strict=True)
        )
        return tuple([slice(start, end) for start, end in zip(self.starts, ends, strict=True)])

    @property
    def positions(self) -> tuple[np.ndarray, ...]:
        """Sample k·stride to which each coefficient k of each array belongs; negative ones precede the signal."""
        first, strides = self.kind.first, self.kind.strides
        return tuple(
            [
                first + stride * np.arange(s.start, s.stop)
                for s, stride in zip(self.slices, strides, strict=True)
            ]
        )

    @property
    def times(self) -> Array:
        """Times in seconds of the coefficients of `stft` or `cwt`, relative to the first sample of the signal."""
        return real_array_like(self.array, (self.positions[0] / self.kind.rate).tolist())

    @property
    def frequencies(self) -> Array:
        """Frequencies in hertz of `stft` or `cwt`.

        Raises:
            InvalidInput: the coefficients are of another transform.
        """
        frequencies = self.kind.frequencies(self.layout.is_real)
        return real_array_like(self.array, frequencies)

    def map(self, f: Callable[[Array], Array], *, approx: bool = True) -> "BlockCoefficients":
        """Apply `f` to each band, e.g. a threshold; approx=False excludes the approximation.

        `f` maps an array to one of the same shape, which is converted to the precision of the coefficients.
        """
        start = 0 if approx or not self.kind.named else 1
        changed = [mapped(f, band) if i >= start else band for i, band in enumerate(self.bands)]
        return replace(self, bands=tuple(changed))

    def replace(self, bands: tuple[Array, ...]) -> "BlockCoefficients":
        """A copy with other coefficients, of the same shapes.

        Raises:
            InvalidInput: if a shape differs.
        """
        old = shapes(self.bands)
        if not isinstance(bands, list | tuple) or [getattr(band, "shape", None) for band in bands] != list(
            old
        ):
            raise InvalidInput(f"bands of shapes {old} can't be replaced by bands={shown(bands)}")
        return replace(self, bands=tuple(bands))

    def _details(self, level: int) -> dict[str, Array]:
        return {"d": self.bands[len(self.bands) - level]}

    def __getitem__(self, level: int) -> Mapping[str, Any]:
        """The details of one level of `dwt` or `swt`, 1 the finest, by name."""
        self._check_named()
        return super().__getitem__(level)

    def __len__(self) -> int:
        return len(self.bands) - 1

    def _check_named(self) -> None:
        if not self.kind.named:
            raise InvalidInput(f"a block of {self.kind.name} has no approximation or details: give c.array")

    def __repr__(self) -> str:
        lengths = ", ".join(f"{s.start}:{s.stop}" for s in self.slices)
        end = "" if self.samples is None else f", the last of {self.samples} samples"
        return f"BlockCoefficients({self.kind.name}, {lengths}{end})"
