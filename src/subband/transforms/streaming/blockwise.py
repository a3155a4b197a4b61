"""Transforms of long arrays, on disk for example, a block at a time."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import lcm, prod
from typing import Any, final

import numpy as np

from subband.arrays.arguments import choice, integer, shown
from subband.arrays.namespace import SUPPORTED, Array, as_signal, namespace
from subband.errors import InvalidInput
from subband.transforms.continuous.coefficients import ContinuousCoefficients
from subband.transforms.continuous.cwt import icwt
from subband.transforms.fourier.coefficients import StftCoefficients
from subband.transforms.fourier.stft import istft
from subband.transforms.stationary.swt import StationaryCoefficients, iswt, swt
from subband.transforms.streaming.coefficients import BlockCoefficients
from subband.transforms.streaming.cwt import Cwt
from subband.transforms.streaming.dwt import Dwt
from subband.transforms.streaming.ends import Ends, ends_of_bands, ends_of_signal
from subband.transforms.streaming.kind import Kind
from subband.transforms.streaming.layout import Layout
from subband.transforms.streaming.stft import Stft
from subband.transforms.streaming.stream import InverseStream, Stream, read_kind
from subband.transforms.streaming.swt import Swt
from subband.transforms.wavelets.coefficients import Coefficients
from subband.transforms.wavelets.dwt import idwt

NUMBERS = 1 << 22
"""Numbers of a block and its coefficients, unless the caller says how many samples it has."""


def blockwise(
    transform: Callable[..., Any], source: Any, /, *arguments: Any, axis: int = -1, block: int | None = None,
    **keywords: Any,
) -> "Blockwise | InverseBlockwise":  # fmt: skip
    """A transform of an array that need not fit in memory, along one axis, a block at a time.

    The blocks' coefficients one after the other are those of the whole array, to rounding errors (for `cwt` to
    `tolerance`, see `stream`), in every boundary mode: those that join both ends, such as "periodization",
    read both. `swt` is periodic here, as it is elsewhere.

    Args:
        transform: `dwt`, `swt`, `stft` or `cwt`; or `idwt`, `iswt`, `istft` or `icwt` (method="delta").
        source: What has shape, dtype and slices: `np.memmap`, a dataset of h5py or Zarr, an array of NumPy,
            PyTorch or JAX. For an inverse, the container of the transform, whose array may be one of these.
        arguments, keywords: Arguments of the transform after `x`, as in `stream`.
        axis: The axis to transform.
        block: Samples in a block; by default 4 million numbers in all, and at least four times what the
            transform reaches. Memory is a few times that.

    Returns:
        An iterable of `BlockCoefficients`, whose `slices` say where they belong; or, for an inverse, of (slice,
        samples). `.into(out)` writes all of it to an array of shape `.shape` instead.

    Raises:
        InvalidInput: an unsupported transform or source, or as the transform.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = np.random.default_rng(0).standard_normal((2, 5000))
        >>> b = sb.blockwise(sb.dwt, x, "db4", level=3, mode="periodization", block=1000)
        >>> c = b.into(np.empty(b.shape))  # or np.memmap(…, shape=b.shape)
        >>> bool(np.allclose(c.array, sb.dwt(x, "db4", level=3, mode="periodization").array))
        True
        >>> y = np.empty(x.shape)
        >>> for where, samples in sb.blockwise(sb.idwt, c, block=1000):
        ...     y[:, where] = samples
        >>> bool(np.allclose(y, x))
        True

    See also: `stream` (signals that arrive over time), `dwt`, `swt`, `stft`, `cwt`.
    """
    if callable(transform) and transform in INVERSES:
        return InverseBlockwise(*_container(transform, source, arguments, keywords), block)
    _check_source(source, "source")
    if transform is swt:
        keywords = {"mode": "periodization", **keywords}
    return Blockwise(read_kind(transform, arguments, keywords), source, axis, block)


@final
class Blockwise:
    """The coefficients of a long array, a block at a time; made by `blockwise`. Each iteration starts anew.

    Attributes:
        kind: The transform and its arguments.
        samples: Length of the transformed axis.
        block: Samples in a block.
        shape: Shape of all coefficients in one array, that of the transform's container.
    """

    def __init__(self, kind: Kind, source: Any, axis: int, block: int | None) -> None:
        """Use `blockwise`."""
        nothing = as_signal(_taken(source, (slice(0, 0),) * len(source.shape)), "source")
        layout = Layout.of(nothing, axis if type(axis) is int else integer("axis", axis))
        batch = tuple([int(n) for i, n in enumerate(source.shape) if i != layout.axis])
        self.kind, self.source, self.layout = kind, source, replace(layout, batch=batch)
        self.samples = int(source.shape[layout.axis])
        if self.samples == 0:
            raise InvalidInput(f"axis {layout.axis} of a source of shape {tuple(source.shape)} is empty")
        self.block = _block(block, kind, prod(batch) * kind.density(layout.is_real))

    @property
    def shape(self) -> tuple[int, ...]:
        return self.kind.shape(self.layout.batch, self.samples, self.layout.is_real)

    def __iter__(self) -> Iterator[BlockCoefficients]:
        kind, layout = self.kind, self.layout
        stream = Stream(kind, layout.axis, self.block if isinstance(kind, Cwt) else 1)
        ends = None if kind.streams else ends_of_bands(kind, self._read, self.samples)
        for start in range(0, self.samples, self.block):
            yield self._put_right(
                stream.push(self._taken(start, min(start + self.block, self.samples))), ends
            )
        yield self._put_right(stream.finish(), ends)

    def into(self, out: Any) -> Any:
        """Write all coefficients to `out`, an array of NumPy, h5py, Zarr …, of shape `shape`.

        Returns:
            The transform's container around `out`.

        Raises:
            InvalidInput: an array of another shape.
        """
        _check_out(out, self.shape)
        kind, layout, counts = self.kind, self.layout, self.kind.counts(self.samples)
        for c in self:
            for i, (band, part) in enumerate(zip(c.bands, c.slices, strict=True)):
                if part.stop > part.start:
                    out[kind.place(i, part, counts)] = band if kind.time_last else layout.last(band)
        return kind.wrap(out, layout.shape(self.samples), layout.axis, layout.is_real, layout.dtype)

    def _taken(self, start: int, stop: int) -> Array:
        return _taken(self.source, (slice(None),) * self.layout.axis + (slice(start, stop),))

    def _read(self, band: int, start: int, stop: int) -> Array:
        return self.layout.flat(as_signal(self._taken(start, stop)))

    def _put_right(self, c: BlockCoefficients, ends: Ends | None) -> BlockCoefficients:
        if ends is None:
            return c
        layout, last = c.layout, self.kind.time_last
        flat = layout.flat_bands(c.bands, last)
        right = [
            ends.replaced(i, band, start) for i, (band, start) in enumerate(zip(flat, c.starts, strict=True))
        ]
        return replace(c, bands=tuple([layout.unflat(band, last) for band in right]))


@final
class InverseBlockwise:
    """The signal of coefficients on disk, a block at a time; made by `blockwise`. Each iteration starts anew.

    Attributes:
        kind: The transform and its arguments.
        samples: Length of the transformed axis.
        block: Samples in a block.
        shape: Shape of the signal.
    """

    def __init__(self, kind: Kind, layout: Layout, array: Any, samples: int, block: int | None) -> None:
        """Use `blockwise`."""
        self.kind, self.layout, self.samples, self.array = kind, layout, samples, array
        self.block = _block(block, kind, prod(layout.batch) * kind.density(layout.is_real))

    @property
    def shape(self) -> tuple[int, ...]:
        return self.layout.shape(self.samples)

    def __iter__(self) -> Iterator[tuple[slice, Array]]:
        kind, samples, totals = self.kind, self.samples, self.kind.counts(self.samples)
        inverse, given = InverseStream(kind), (0,) * len(totals)
        ends = None if kind.inverse_streams else ends_of_signal(kind, self._read, samples)
        for stop in range(self.block, samples + self.block, self.block):
            last = stop >= samples
            upto = [
                n if last else min(n, stop // stride) for n, stride in zip(totals, kind.strides, strict=True)
            ]
            bands = [self._read(i, a, b) for i, (a, b) in enumerate(zip(given, upto, strict=True))]
            unflat = tuple([self.layout.unflat(band, kind.time_last) for band in bands])
            c = BlockCoefficients(unflat, tuple(given), kind, self.layout, samples if last else None)
            start, y, given = inverse.samples, inverse.push(c), tuple(upto)
            if ends is not None:
                y = self.layout.unflat(ends.replaced(0, self.layout.flat(y), start), False)
            yield slice(start, inverse.samples), y

    def into(self, out: Any) -> Any:
        """Write the signal to `out`, an array of NumPy, h5py, Zarr …, of shape `shape`, which is returned.

        Raises:
            InvalidInput: an array of another shape.
        """
        _check_out(out, self.shape)
        for where, samples in self:
            if where.stop > where.start:
                out[(slice(None),) * self.layout.axis + (where,)] = samples
        return out

    def _read(self, band: int, start: int, stop: int) -> Array:
        part = _taken(self.array, self.kind.place(band, slice(start, stop), self.kind.counts(self.samples)))
        return namespace(part).reshape(part, (prod(self.layout.batch), *part.shape[len(self.layout.batch) :]))


INVERSES = {
    idwt: Coefficients, iswt: StationaryCoefficients, istft: StftCoefficients, icwt: ContinuousCoefficients,
}  # fmt: skip
"""Inverse transform → the container that it takes."""


def _container(
    transform: Any, c: Any, arguments: tuple, keywords: dict[str, Any]
) -> tuple[Kind, Layout, Any, int]:
    """The transform of a container, the layout of its signal, its array, and the length of the signal."""
    kind_of, name = INVERSES[transform], transform.__name__
    if not isinstance(c, kind_of):
        raise InvalidInput(f"source={shown(c)}: {name} takes the {kind_of.__name__} of the transform")
    method = keywords.pop("method", "exact") if transform is icwt else "delta"
    if choice("method", method, ("exact", "delta")) == "exact":
        raise InvalidInput(
            "method='exact' needs the spectrum of the whole signal: give icwt with method='delta'"
        )
    if arguments or keywords:
        raise InvalidInput(
            f"{name} in blocks takes no {shown([*arguments, *keywords])}: give its container, and block"
        )
    _check_source(c.array, "source")
    nothing = as_signal(_taken(c.array, (slice(0, 0),) * len(c.array.shape)))
    if isinstance(c, StftCoefficients):
        if c.framing.window is None:
            raise InvalidInput(
                "the window of this source is learnt: transform back by istft, or with a fixed window"
            )
        shape, axis, real, dtype = c.framing.shape, c.framing.axis, c.framing.real, c.framing.dtype
        of_real = replace(c.framing, shape=(1,), axis=0, dtype=None, real=True)
        kind: Kind = Stft(of_real, replace(of_real, real=False))
    elif isinstance(c, ContinuousCoefficients):
        shape, axis, real = c.spec.shape, c.spec.axis, c.spec.real
        kind = Cwt(replace(c.spec, shape=(1,), axis=0, real=True), 1.0, 0, False)
        xp = namespace(nothing)
        dtype = (
            xp.real(nothing).dtype
            if real and xp.isdtype(nothing.dtype, "complex floating")
            else nothing.dtype
        )
    else:
        spec = c.spec
        if len(spec.axes) != 1 or len(spec.known) != 1:
            raise InvalidInput(
                f"source has axes {spec.axes} and wavelets {spec.wavelets}: {name} in blocks takes one axis, and a "
                "wavelet that is not learnt"
            )
        shape, (axis,), dtype = spec.shape, spec.axes, nothing.dtype
        real = namespace(nothing).isdtype(dtype, "real floating")
        wavelet, mode, level = spec.known[0], spec.modes[0], spec.level
        kind = Dwt(wavelet, level, mode) if isinstance(c, Coefficients) else Swt(wavelet, level, mode, c.norm)
    layout = Layout.of(nothing.reshape((0,) * len(shape)) if nothing.ndim != len(shape) else nothing, axis)
    batch = tuple(n for i, n in enumerate(shape) if i != axis)
    return kind, replace(layout, batch=batch, dtype=dtype, is_real=real), c.array, int(shape[axis])


def _block(given: Any, kind: Kind, numbers: float) -> int:
    """Samples in a block, in whole periods of the transform."""
    period = lcm(*kind.strides)
    least = (
        max(4 * kind.reach, int(NUMBERS / max(numbers, 1.0))) if given is None else integer("block", given, 1)
    )
    return -(-least // period) * period


def _check_source(source: Any, name: str) -> None:
    if not all(hasattr(source, what) for what in ("shape", "dtype", "__getitem__")) or not len(source.shape):
        raise InvalidInput(
            f"{name}={shown(source)} has no shape, dtype and slices: give an array, np.memmap, or a dataset of "
            "h5py or Zarr"
        )


def _check_out(out: Any, shape: tuple[int, ...]) -> None:
    if tuple(getattr(out, "shape", ())) != shape or not hasattr(out, "__setitem__"):
        raise InvalidInput(f"out={shown(out)} can't take the result: give an array of shape {shape}")


def _taken(source: Any, index: tuple[Any, ...]) -> Array:
    """A part of the source in memory: of its own library, or of NumPy."""
    part = source[index]
    return part if type(part).__module__.partition(".")[0] in SUPPORTED else np.asarray(part)
