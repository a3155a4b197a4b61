"""Linear maps that slide along a signal which arrives in blocks: the one mechanism of all streams.

A `Window` reads `width` samples of the signal, extended beyond its ends, for each output, and moves on by `stride`.
A `Slide` holds what its window will read again, and nothing else, so that outputs do not depend on how the signal was
divided into blocks. A transform is a chain of these, such as one for each level of a wavelet transform.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from subband.arrays.namespace import Array, namespace
from subband.kernels.filterbank.boundary_modes import outside_columns
from subband.kernels.filterbank.reference import combine
from subband.transforms.fourier.inputs import zeros

LOCAL = ("zero", "constant", "symmetric", "reflect", "smooth", "antisymmetric", "antireflect")
"""Boundary modes whose extension reads samples near the same end only: those that a stream can have."""

Arrays = tuple[Array, ...]


class Window(ABC):
    """A map whose outputs k depend on the samples e[k·stride … k·stride + width − 1] of an extended signal.

    Inputs are one or several arrays of equal length along their last axis, as are outputs.

    Attributes:
        stride: Samples between successive windows.
        width: Samples read by one.
        mode: Boundary mode of the extension, one of LOCAL.
        before: Number of extended samples before the signal.
    """

    stride: int
    width: int
    mode: str
    before: int

    def after(self, samples: int) -> int:
        """Number of extended samples after a signal of this length."""
        return 0

    @property
    def most_after(self) -> int:
        """The largest `after`."""
        return 0

    @property
    def reads(self) -> int:
        """Samples at either end of the signal that the extension is computed from."""
        reach = max(self.before, self.most_after)
        few = {"zero": 0, "constant": 1, "smooth": 2, "symmetric": reach, "antisymmetric": reach}
        return few.get(self.mode, reach + 1)

    @abstractmethod
    def apply(self, inputs: Arrays, count: int) -> Arrays:
        """The outputs of the first `count` windows, at least one, of these samples."""

    def apply_after(self, held: Arrays, inputs: Arrays, count: int) -> Arrays:
        """`apply` to what was held and what came, one after the other."""
        return self.apply(joined(held, inputs), count)

    @abstractmethod
    def empty(self, inputs: Arrays) -> Arrays:
        """Outputs of no window."""


class Slide:
    """A window on its way along a signal.

    Attributes:
        window: What it computes.
        block: Samples that have to be there before new outputs are computed, except at the end.
    """

    def __init__(self, window: Window, block: int = 1) -> None:
        self.window, self.block = window, block
        self.reset()

    def reset(self) -> None:
        """Forget all samples."""
        self.held: Arrays = ()
        self.next = 0  # index in `held` at which the next window begins
        self.pushed: tuple[int, ...] = ()  # samples of each input so far
        self.begun = False  # whether the extension before the signal has been made

    def push(self, inputs: Sequence[Array], last: bool = False) -> Arrays:
        """The outputs that these samples complete; with `last`, also those that read beyond the signal's end."""
        inputs = tuple(inputs)
        before = self.pushed or (0,) * len(inputs)
        self.pushed = tuple([n + int(x.shape[-1]) for n, x in zip(before, inputs, strict=True)])
        if not self.begun:
            if not last and self.samples < max(1, self.window.reads):
                self.held = self._all(inputs)
                return self.window.empty(inputs)
            inputs, self.held, self.begun = self._extended_before(self._all(inputs)), (), True
        if last:
            inputs = self._extended_after(self._all(inputs))
            self.held = ()
        return self._advance(inputs, last)

    @property
    def samples(self) -> int:
        """Samples so far of the input that has come least far."""
        return min(self.pushed, default=0)

    def _all(self, inputs: Arrays) -> Arrays:
        return joined(self.held, inputs)

    def _extended_before(self, inputs: Arrays) -> Arrays:
        return tuple([extend(x, self.window.before, 0, self.window) for x in inputs])

    def _extended_after(self, inputs: Arrays) -> Arrays:
        # What comes from the level above may be one sample too long, if the signal's length is odd.
        length = min(x.shape[-1] for x in inputs)
        after = self.window.after(self.samples)
        # Extended samples before a short signal are none that the extension after it may read.
        own = min(self.samples, length)
        return tuple(
            [
                namespace(x).concat(
                    [x[..., : length - own], extend(x[..., length - own : length], 0, after, self.window)], axis=-1
                )
                for x in inputs
            ]
        )

    def _advance(self, inputs: Arrays, last: bool) -> Arrays:
        """Outputs of all complete windows; keeps what the next one, or the extension at the end, will read."""
        window, held = self.window, self.held
        length = min(n + int(x.shape[-1]) for n, x in zip(_lengths(held, inputs), inputs, strict=True))
        count = (length - self.next - window.width) // window.stride + 1
        if count * window.stride < (1 if last else self.block):
            self.held = self._all(inputs)
            return window.empty(inputs)
        outputs = window.apply_after(*_from(self.next, held, inputs), count)
        moved = self.next + count * window.stride
        drop = max(0, min(moved, length - window.reads))
        self.held = joined(*_from(drop, held, inputs))
        self.next = moved - drop
        return outputs


def _from(start: int, held: Arrays, inputs: Arrays) -> tuple[Arrays, Arrays]:
    """What was held and what came, one after the other, from a sample on."""
    lengths = _lengths(held, inputs)
    came = tuple([x[..., max(0, start - n) :] for n, x in zip(lengths, inputs, strict=True)])
    return tuple([h[..., start:] for h in held]), came


def _lengths(held: Arrays, inputs: Arrays) -> tuple[int, ...]:
    return tuple([int(h.shape[-1]) for h in held]) if held else (0,) * len(inputs)


def joined(held: Arrays, inputs: Arrays) -> Arrays:
    """Inputs after what was held, in memory of their own: the caller may write the next block where this one was."""
    if not held:
        return tuple([namespace(x).concat([x], axis=-1) for x in inputs])
    return tuple([namespace(x).concat([h, x], axis=-1) for h, x in zip(held, inputs, strict=True)])


def extend(x: Array, before: int, after: int, window: Window) -> Array:
    """The signal with samples before and after it, from `window.reads` samples at these ends."""
    if before == after == 0:
        return x
    # A few samples, and always as many, so that tables of the extension are made once.
    near = min(x.shape[-1], max(1, window.reads))
    parts = [outside(x[..., :near], before, 0, window.mode), x]
    return namespace(x).concat([*parts, outside(x[..., x.shape[-1] - near :], 0, after, window.mode)], axis=-1)


def outside(x: Array, before: int, after: int, mode: str) -> Array:
    """Extended samples before or after a signal in a boundary mode."""
    columns, _ = outside_columns(int(x.shape[-1]), before, after, mode)
    if before + after == 0 or not columns:
        return zeros(x, before + after)
    return combine(x, columns, x.ndim - 1)
