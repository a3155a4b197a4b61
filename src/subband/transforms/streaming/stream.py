"""Transforms of signals that arrive in blocks, and their inverses."""

import inspect
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, final

from subband.arrays.arguments import integer, shown
from subband.arrays.axes import plain_axes
from subband.arrays.namespace import Array, as_signal, namespace
from subband.errors import InvalidInput
from subband.transforms.continuous.cwt import cwt
from subband.transforms.fourier.stft import stft
from subband.transforms.stationary.swt import swt
from subband.transforms.streaming.coefficients import BlockCoefficients
from subband.transforms.streaming.cwt import Cwt
from subband.transforms.streaming.dwt import Dwt
from subband.transforms.streaming.kind import Chain, Kind, no_stream
from subband.transforms.streaming.layout import Layout
from subband.transforms.streaming.slide import joined
from subband.transforms.streaming.stft import Stft
from subband.transforms.streaming.swt import Swt
from subband.transforms.wavelets.dwt import dwt

KINDS: dict[Callable[..., Any], Callable[..., Kind]] = {dwt: Dwt.of, swt: Swt.of, stft: Stft.of, cwt: Cwt.of}
"""Transform → its description for signals of any length."""


def stream(
    transform: Callable[..., Any],
    /,
    *arguments: Any,
    axis: int = -1,
    block: int | None = None,
    **keywords: Any,
) -> "Stream":
    """A transform of a signal that arrives in blocks of any size, each of which completes some coefficients.

    Whatever the blocks, the coefficients one after the other are those of the whole signal, to rounding errors:

    - `dwt`: of `dwt`, in each of the modes zero, constant, symmetric, reflect, smooth, antisymmetric,
      antireflect.
    - `stft`: of `stft`.
    - `swt`, which is periodic, as no stream can be: of `swt` of the signal extended once, in one of these
      modes, with the (2^level − 1)(L − 1) coefficients more that its inverse reads. Coefficient k belongs to
      sample k + `first`.
    - `cwt`: of `cwt` in mode "symmetric" or "zero", to `tolerance` · max |x| · peak response / 2. If a
      frequency's response at the Nyquist frequency is above the tolerance, content above 0.45 fs is tapered
      off.

    Args:
        transform: `dwt`, `swt`, `stft` or `cwt`.
        arguments, keywords: Arguments of the transform after `x`; `level` and `frequencies` have no default
            here. `swt` takes a `mode`, by default "symmetric"; `cwt` a `tolerance`, by default 1e-6.
        axis: The time axis of the blocks, such as 0 for (samples, channels).
        block: Samples to be gathered before new coefficients are computed. Larger blocks cost less and come
            later; by default 1, and for `cwt` the half support of the wavelet of the lowest frequency.

    Returns:
        The stream.

    Raises:
        InvalidInput: an unsupported transform or argument, or a boundary mode that joins both ends of the
            signal.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = np.random.default_rng(0).standard_normal((2, 1000))
        >>> s = sb.stream(sb.dwt, "db4", level=3)
        >>> blocks = [s.push(part) for part in np.array_split(x, 7, axis=-1)]
        >>> c = s.join([*blocks, s.finish()])
        >>> bool(np.allclose(c.array, sb.dwt(x, "db4", level=3).array))
        True

    See also: `Stream`, `blockwise` (arrays on disk), `dwt`, `swt`, `stft`, `cwt`.

    Source: overlap-save: A. V. Oppenheim, R. W. Schafer, Discrete-Time Signal Processing (1989), §8.7.3; S.
    Mallat, A Wavelet Tour of Signal Processing (1999), §7.3.
    """
    kind = read_kind(transform, arguments, keywords)
    if not kind.streams:
        raise no_stream(kind)
    return Stream(kind, axis, kind.default_block if block is None else integer("block", block, 1))


def read_kind(transform: Any, arguments: Sequence[Any], keywords: dict[str, Any]) -> Kind:
    """The description of a transform and its arguments.

    Raises:
        InvalidInput: an unsupported transform, or arguments that it does not take.
    """
    try:
        of = KINDS[transform]
    except (KeyError, TypeError):
        name = getattr(transform, "__name__", None) or shown(transform)
        known = ", ".join(f.__name__ for f in KINDS)
        raise InvalidInput(
            f"transform {name} can't be taken in blocks: give one of subband's {known}"
        ) from None
    try:
        inspect.signature(of).bind(*arguments, **keywords)
    except TypeError as error:
        allowed = ", ".join(name for name in inspect.signature(of).parameters)
        raise InvalidInput(
            f"{transform.__name__} in blocks has {error}: give {allowed}, and axis for the time axis"
        ) from None
    return of(*arguments, **keywords)


@final
class Stream:
    """A transform on its way along a signal; made by `stream`. It can be copied and pickled between blocks.

    It holds what the next coefficients read: L samples for each level of `dwt`, (2^level − 1)(L − 1) for
    `swt`, one window for `stft`, and `block` more than twice the half support for `cwt`.

    Attributes:
        kind: The transform and its arguments.
        axis: The time axis of the blocks.
        samples: Samples pushed so far.
        delay: A coefficient of sample n is final when sample n + delay has come. At the start a boundary mode
            that mirrors waits for the samples that it reads.
        first: Sample of the first coefficient; negative if coefficients precede the signal.
    """

    def __init__(self, kind: Kind, axis: int, block: int) -> None:
        """Use `stream`."""
        one = plain_axes(axis, "axis")
        if not isinstance(one, int):
            raise InvalidInput(f"axis={axis} are several axes: give one, e.g. axis=-1")
        self.kind, self.axis, self.block = kind, one, block
        self.delay, self.first = kind.delay + block - 1, kind.first
        self.reset()

    def reset(self) -> None:
        """Forget all samples, for another signal."""
        self.samples = 0
        self._chain: Chain | None = None
        self._layout: Layout | None = None
        self._given = [0] * len(self.kind.strides)
        self._nothing: Array = None
        self._finished = False

    def push(self, x: Array) -> BlockCoefficients:
        """The coefficients that become final with a block.

        Args:
            x: (*batch, n) with the time axis at `axis`, n ≥ 0; all blocks of one library, dtype and batch. Its
                memory may be written again afterwards.

        Raises:
            InvalidInput: a block that does not fit the others, or one after the last.
            UnsupportedArray: as the transform.
        """
        if self._finished:
            raise InvalidInput("the signal has ended: call reset() before the first block of another")
        x = as_signal(x)
        layout = Layout.of(x, self.axis)
        if self._layout is None:
            self._layout, self._chain = layout, self.kind.analysis(layout.is_real, self.block)
            (self._nothing,) = joined((), (layout.flat(x)[..., :0],))
        self._layout.check(layout)
        return self._push(layout.flat(x), False)

    def finish(self) -> BlockCoefficients:
        """The coefficients that the end of the signal completes, according to the boundary mode.

        Raises:
            InvalidInput: if there was no sample.
        """
        if self.samples == 0 or self._finished:
            raise InvalidInput("no samples came before the end: push a block, then finish")
        return self._push(self._nothing, True)

    def _push(self, flat: Array, last: bool) -> BlockCoefficients:
        layout, chain = self._layout, self._chain
        assert layout is not None
        assert chain is not None
        self.samples += int(flat.shape[-1])
        self._finished = last
        bands, starts = chain.push((flat,), last), self._given
        self._given = [start + int(band.shape[-1]) for start, band in zip(starts, bands, strict=True)]
        bands = tuple([layout.unflat(band, self.kind.time_last) for band in bands])
        return BlockCoefficients(bands, tuple(starts), self.kind, layout, self.samples if last else None)

    def inverse(self) -> "InverseStream":
        """The inverse transform of this stream's blocks of coefficients, from their start.

        For `cwt` it is the method "delta" of `icwt`. The others return the samples that were pushed.
        """
        return InverseStream(self.kind, self.block)

    def join(self, blocks: Iterable[BlockCoefficients]) -> Any:
        """All blocks of coefficients of a signal, the last included, in the container of the transform.

        Returns:
            What the transform returns of the whole signal; for `swt`, of the extended signal.

        Raises:
            InvalidInput: blocks of another transform, or some are missing.
        """
        several = isinstance(blocks, Iterable) and not hasattr(blocks, "ndim")
        every: list[Any] = list(blocks) if several else [blocks]
        if not all(isinstance(c, BlockCoefficients) and c.kind == self.kind for c in every):
            raise InvalidInput(
                f"blocks={shown(every)}: give a list of what push and finish of this stream returned"
            )
        samples = every[-1].samples if every else None
        if samples is None:
            raise InvalidInput(
                "blocks without the last one can't be joined: give those of push, then that of finish"
            )
        given = (0,) * len(self.kind.strides)
        for c in every:
            given = following(c, given)
        layout = every[-1].layout
        xp, axis = namespace(every[0].bands[0]), every[0].axis
        bands = [xp.concat([c.bands[i] for c in every], axis=axis) for i in range(len(given))]
        array = self.kind.gather([xp.moveaxis(band, (axis,), (-1,)) for band in bands])
        return self.kind.wrap(array, layout.shape(samples), layout.axis, layout.is_real, layout.dtype)

    def __repr__(self) -> str:
        return f"Stream({self.kind}, axis={self.axis}, {self.samples} samples so far)"


@final
class InverseStream:
    """An inverse transform on its way along a signal; made by `Stream.inverse`. It can be copied and pickled.

    Attributes:
        kind: The transform and its arguments.
        samples: Samples returned so far.
        delay: Sample n comes back when the stream's samples up to n + delay have been pushed.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x, s = np.arange(32.0), sb.stream(sb.dwt, "haar", level=2)
        >>> back = s.inverse()
        >>> parts = [back.push(s.push(x[:20])), back.push(s.push(x[20:])), back.push(s.finish())]
        >>> bool(np.allclose(np.concatenate(parts), x)), back.delay
        (True, 3)
    """

    def __init__(self, kind: Kind, block: int = 1) -> None:
        """Use `Stream.inverse`."""
        self.kind, self.delay = kind, kind.round_trip + block - 1
        self.reset()

    def reset(self) -> None:
        """Forget all coefficients, for another signal."""
        self.samples = 0
        self._chain: Chain | None = None
        self._seen = (0,) * len(self.kind.strides)
        self._rest: BlockCoefficients | None = None
        self._nothing: Array = None
        self._finished = False

    def push(self, c: BlockCoefficients) -> Array:
        """The samples that a block of coefficients completes; all that are left, if it is the signal's last.

        Args:
            c: What `push` or `finish` of the stream returned, possibly modified; in order, and none left out.

        Returns:
            (*batch, n), with the time axis where the stream's blocks have it, and of their dtype.

        Raises:
            InvalidInput: a block of another transform, out of order, or after the last.
        """
        if not isinstance(c, BlockCoefficients) or c.kind != self.kind:
            raise InvalidInput(
                f"c={shown(c)} is no block of this transform: give what push of the stream returned"
            )
        if self._finished:
            raise InvalidInput("the signal has ended: call reset() before the first block of another")
        self._seen = following(c, self._seen)
        self._rest = replace(c, bands=c.nothing, starts=self._seen, samples=None)
        return self._push(c, c.samples is not None)

    def finish(self) -> Array:
        """The samples that are left, if the block of `Stream.finish` was not pushed; else none.

        Raises:
            InvalidInput: if there was no block.
        """
        if self._rest is None:
            raise InvalidInput("no coefficients came before the end: push a block, then finish")
        return self._nothing if self._finished else self._push(self._rest, True)

    def _push(self, c: BlockCoefficients, last: bool) -> Array:
        layout = c.layout
        if self._chain is None:
            self._chain = self.kind.synthesis(layout.is_real)
        bands = layout.flat_bands(c.bands, self.kind.time_last)
        (y,) = self._chain.push(bands, last, c.samples)
        self._finished = self._finished or last
        self.samples += int(y.shape[-1])
        y = namespace(y).astype(y, layout.dtype, copy=False)
        self._nothing = layout.unflat(y[..., :0], False)
        return layout.unflat(y, False)

    def __repr__(self) -> str:
        return f"InverseStream({self.kind}, {self.samples} samples so far)"


def following(c: BlockCoefficients, given: Sequence[int]) -> tuple[int, ...]:
    """Number of coefficients of each band after this block.

    Raises:
        InvalidInput: the block does not follow that many.
    """
    if tuple(given) != c.starts:
        raise InvalidInput(
            f"a block is missing or out of order: coefficients from {c.starts} on came where those from "
            f"{tuple(given)} on were due"
        )
    return tuple([part.stop for part in c.slices])
