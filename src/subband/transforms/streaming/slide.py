"""Linear maps that slide along a signal which arrives in blocks: the one mechanism of all streams.

A `Window` reads `width` samples of the signal, extended beyond its ends, for each output, and moves on by
`stride`. A `Slide` holds what its window will read again, and nothing else, so that outputs do not depend on
how the signal was divided into blocks. A transform is a chain of these, such as one for each level of a
wavelet transform.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from subband.arrays.compilers import lazy
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

    @lazy
    def reads(self) -> int:
        """Samples at either end of the signal that the extension is computed from."""
        reach = max(self.before, self.most_after)
        few = {"zero": 0, "constant": 1, "smooth": 2, "symmetric": reach, "antisymmetric": reach}
        return few.get(self.mode, reach + 1)

    @abstractmethod
    def apply(self, inputs: Arrays, count: int) -> Arrays:
        """The outputs of the first `count` windows, at least one, of these samples."""

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

    @property
    def samples(self) -> int:
        """Samples so far of the input that has come least far."""
        return min(self.pushed, default=0)

    def push(self, inputs: Sequence[Array], last: bool = False) -> Arrays:
        """The outputs that these samples complete; with `last`, also those that read beyond the signal's end."""
        window = self.window
        before = self.pushed or (0,) * len(inputs)
        self.pushed = tuple([n + int(x.shape[-1]) for n, x in zip(before, inputs, strict=True)])
        held = joined(self.held, inputs)
        if not self.begun:
            if not last and self.samples < max(1, window.reads):
                self.held = held
                return window.empty(held)
            held, self.begun = tuple([extend(x, window.before, 0, window) for x in held]), True
        if last:
            held = self._ended(held)
        return self._advance(held, 1 if last else self.block)

    def _ended(self, held: Arrays) -> Arrays:
        """With the extension after the signal."""
        after, length = self.window.after(self.samples), min(int(x.shape[-1]) for x in held)
        # The extension before a short signal is not a part of the signal that the one after it may read.
        own = length - min(self.samples, length)
        return tuple(
            [
                namespace(x).concat(
                    [x[..., :own], extend(x[..., own:length], 0, after, self.window)], axis=-1
                )
                for x in held
            ]
        )

    def _advance(self, held: Arrays, least: int) -> Arrays:
        """Outputs of all complete windows; keeps what the next one, or the extension at the end, will read."""
        window, start = self.window, self.next
        length = int(held[0].shape[-1]) if len(held) == 1 else min(int(x.shape[-1]) for x in held)
        count = (length - start - window.width) // window.stride + 1
        if count * window.stride < least:
            self.held = held
            return window.empty(held)
        outputs = window.apply(tuple([x[..., start:] for x in held]) if start else held, count)
        moved = start + count * window.stride
        drop = max(0, min(moved, length - window.reads))
        self.held = joined((), [x[..., drop:] for x in held])
        self.next = moved - drop
        return outputs


def joined(held: Arrays, inputs: Sequence[Array]) -> Arrays:
    """Inputs after what was held, in memory of their own: callers may write the next block over this one."""
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
    return namespace(x).concat(
        [*parts, outside(x[..., x.shape[-1] - near :], 0, after, window.mode)], axis=-1
    )


def outside(x: Array, before: int, after: int, mode: str) -> Array:
    """Extended samples before or after a signal in a boundary mode."""
    columns, _ = outside_columns(int(x.shape[-1]), before, after, mode)
    if before + after == 0 or not columns:
        return zeros(x, before + after)
    return combine(x, columns, x.ndim - 1)
