"""The compiled kernels; see `native/`."""

from collections.abc import Sequence

import numpy as np

instructions: str
register_bytes: int

xla_targets: dict[str, object]
"""Custom calls of XLA on the CPU and their handlers; none where jaxlib was not there when this was compiled."""

class _FilterBank:
    def __init__(
        self,
        rank: int,
        sizes: np.ndarray,
        taps: np.ndarray,
        left: np.ndarray,
        split: np.ndarray,
        merge: np.ndarray,
        index: np.ndarray,
        weight: np.ndarray,
        terms: np.ndarray,
        places: np.ndarray,
    ) -> None: ...
    def apply(
        self,
        operation: int,
        source: np.ndarray,
        target: np.ndarray,
        between: np.ndarray | None,
        first: int,
        last: int,
        parts: int,
        start: int,
        stop: int,
    ) -> None: ...
    def one(self, operation: int, source: np.ndarray, target: np.ndarray) -> None: ...
    def join(self, bands: Sequence[np.ndarray], target: np.ndarray) -> None: ...

class FilterBank32(_FilterBank): ...
class FilterBank64(_FilterBank): ...

class _DilatedBank:
    def __init__(
        self,
        levels: int,
        parts: int,
        sizes: np.ndarray,
        firsts: np.ndarray,
        offsets: np.ndarray,
        weights: np.ndarray,
    ) -> None: ...
    def analyse(self, source: np.ndarray, target: np.ndarray, start: int, stop: int) -> None: ...
    def synthesise(
        self, source: np.ndarray, target: np.ndarray, last: int, start: int, stop: int
    ) -> None: ...

class DilatedBank32(_DilatedBank): ...
class DilatedBank64(_DilatedBank): ...

class _AnalyticFilters:
    def __init__(
        self,
        cells: int,
        block: int,
        shift: int,
        gain: np.ndarray,
        kernel: np.ndarray,
        bank: np.ndarray,
        rows: np.ndarray,
        bands: np.ndarray,
        factor: np.ndarray,
        within_block: np.ndarray,
        of_block: np.ndarray,
        of_chunk: np.ndarray,
    ) -> None: ...
    def multiply(self, spectrum: np.ndarray, first: int, products: np.ndarray) -> None: ...
    def spread(self, sampled: np.ndarray, mirror: int, first: int, out: np.ndarray) -> None: ...

class AnalyticFilters32(_AnalyticFilters): ...
class AnalyticFilters64(_AnalyticFilters): ...

def find_bands32(bank: np.ndarray, tail: float, bands: np.ndarray, start: int, stop: int) -> None: ...
def find_bands64(bank: np.ndarray, tail: float, bands: np.ndarray, start: int, stop: int) -> None: ...
def best_path_forward(gain: np.ndarray, price: np.ndarray, score: np.ndarray, came: np.ndarray) -> None: ...
def best_path_backward(came: np.ndarray, last: int, path: np.ndarray) -> None: ...
def columns32(x: np.ndarray, y: np.ndarray, gap: int, n: int, m: int, steps: tuple) -> None: ...
def columns64(x: np.ndarray, y: np.ndarray, gap: int, n: int, m: int, steps: tuple) -> None: ...
def transform32(x: np.ndarray, y: np.ndarray, gap: int, inverse: bool, sequence: tuple) -> None: ...
def transform64(x: np.ndarray, y: np.ndarray, gap: int, inverse: bool, sequence: tuple) -> None: ...
def fft_rows32(
    x: np.ndarray, y: np.ndarray, n: int, inverse: bool, steps: tuple, start: int, stop: int
) -> None: ...
def fft_long_rows32(
    x: np.ndarray, y: np.ndarray, inverse: bool, sequence: tuple, start: int, stop: int
) -> None: ...
def fft_planes32(
    x: np.ndarray, n: int, m: int, inverse: bool, steps: tuple, start: int, stop: int
) -> None: ...
def rfft_rows32(
    x: np.ndarray, y: np.ndarray, n: int, steps: tuple, turns: np.ndarray, start: int, stop: int
) -> None: ...
def irfft_rows32(
    x: np.ndarray, y: np.ndarray, n: int, steps: tuple, turns: np.ndarray, start: int, stop: int
) -> None: ...
def fft_rows64(
    x: np.ndarray, y: np.ndarray, n: int, inverse: bool, steps: tuple, start: int, stop: int
) -> None: ...
def fft_long_rows64(
    x: np.ndarray, y: np.ndarray, inverse: bool, sequence: tuple, start: int, stop: int
) -> None: ...
def fft_planes64(
    x: np.ndarray, n: int, m: int, inverse: bool, steps: tuple, start: int, stop: int
) -> None: ...
def rfft_rows64(
    x: np.ndarray, y: np.ndarray, n: int, steps: tuple, turns: np.ndarray, start: int, stop: int
) -> None: ...
def irfft_rows64(
    x: np.ndarray, y: np.ndarray, n: int, steps: tuple, turns: np.ndarray, start: int, stop: int
) -> None: ...

class _Line:
    def __init__(
        self,
        source: np.ndarray,
        lengths: np.ndarray,
        transforms: tuple,
        filters: np.ndarray,
        offsets: np.ndarray,
        ends: np.ndarray,
        low: np.ndarray,
        margin: np.ndarray,
        taps: np.ndarray,
        out: int,
        steps: np.ndarray,
        members: np.ndarray,
        parts: np.ndarray,
    ) -> None: ...
    @property
    def held(self) -> int: ...
    def apply(
        self, x: np.ndarray, out: np.ndarray, held: np.ndarray, parts: int, start: int, stop: int
    ) -> None: ...
    def gradient(
        self,
        x: np.ndarray,
        given: np.ndarray,
        held: np.ndarray,
        out: np.ndarray,
        parts: int,
        start: int,
        stop: int,
    ) -> None: ...

class Line32(_Line): ...
class Line64(_Line): ...

def scalogram32(
    line: Line32, x: np.ndarray, kept: np.ndarray, y: np.ndarray, smooth: np.ndarray, first: int, last: int
) -> None: ...
def scalogram64(
    line: Line64, x: np.ndarray, kept: np.ndarray, y: np.ndarray, smooth: np.ndarray, first: int, last: int
) -> None: ...

class _Patterns:
    def __init__(
        self,
        rows: np.ndarray,
        weights: np.ndarray,
        computed: int,
        seen: int,
        samples: int,
        segment: int,
        cell: int,
        block: int,
        met: int,
        step: int,
        ahead: int,
        moments: np.ndarray,
        shares: np.ndarray,
        frames: int,
    ) -> None: ...
    def apply(self, y: np.ndarray, averaged: np.ndarray) -> None: ...

class Patterns32(_Patterns): ...
class Patterns64(_Patterns): ...

class _Plane:
    def __init__(
        self,
        source: np.ndarray,
        sizes: np.ndarray,
        ffts: np.ndarray,
        radices: np.ndarray,
        twiddles: np.ndarray,
        segments: np.ndarray,
        columns: np.ndarray,
        filters: np.ndarray,
        terms: np.ndarray,
        bands: np.ndarray,
        blocks: np.ndarray,
        matrices: np.ndarray,
        stacks: np.ndarray,
        rows: np.ndarray,
        images: np.ndarray,
        samples: int,
        outputs: int,
        high: int,
        wide: int,
    ) -> None: ...
    def apply(
        self, images: np.ndarray, averages: np.ndarray, begins: np.ndarray, start: int, stop: int
    ) -> None: ...
    def gradient(
        self,
        images: np.ndarray,
        given: np.ndarray,
        gradient: np.ndarray,
        begins: np.ndarray,
        start: int,
        stop: int,
    ) -> None: ...

class Plane32(_Plane): ...
class Plane64(_Plane): ...

ray_margin: int
"""Zeros at both ends of the lines of images that the rays read."""

class _ParallelRays:
    rays: int
    def __init__(
        self,
        width: int,
        shift: np.ndarray,
        fraction: np.ndarray,
        take_first: np.ndarray,
        take_weight: np.ndarray,
        give_first: np.ndarray,
        give_weight: np.ndarray,
    ) -> None: ...
    def project(self, source: np.ndarray, target: np.ndarray, start: int, stop: int) -> None: ...
    def spread(self, source: np.ndarray, target: np.ndarray, start: int, stop: int) -> None: ...
    def smear(self, source: np.ndarray, target: np.ndarray, start: int, stop: int) -> None: ...

class ParallelRays32(_ParallelRays): ...
class ParallelRays64(_ParallelRays): ...

class _Rays:
    def __init__(
        self,
        lines: int,
        width: int,
        start: np.ndarray,
        slope: np.ndarray,
        weight: np.ndarray,
        first: np.ndarray,
        last: np.ndarray,
    ) -> None: ...
    def project(self, source: np.ndarray, target: np.ndarray, start: int, stop: int) -> None: ...
    def smear(self, source: np.ndarray, target: np.ndarray, start: int, stop: int) -> None: ...

class Rays32(_Rays): ...
class Rays64(_Rays): ...

class DomainPool:
    def __init__(
        self,
        reduced: np.ndarray,
        basis: np.ndarray,
        order: np.ndarray,
        ends: np.ndarray,
        grid: np.ndarray,
        limit: float,
    ) -> None: ...
    def nearest(
        self, queries: np.ndarray, gain: np.ndarray, place: np.ndarray, start: int, stop: int
    ) -> None: ...

def fractal_write(header: Sequence[int], leaves: np.ndarray, index: np.ndarray) -> bytes: ...
def fractal_read(header: Sequence[int], code: bytes) -> bytes: ...
def fractal_draw(drawing: Sequence[int], leaves: np.ndarray, out: np.ndarray) -> int: ...

class _FilteredRelu:
    def __init__(
        self,
        up_filter: np.ndarray,
        down_filter: np.ndarray,
        up: int,
        down: int,
        before_rows: int,
        after_rows: int,
        before_columns: int,
        after_columns: int,
        rows: int,
        columns: int,
    ) -> None: ...
    def run(
        self,
        which: int,
        x: np.ndarray,
        bias: np.ndarray | None,
        s: np.ndarray | None,
        y: np.ndarray,
        channels: int,
        interleaved: bool,
        gain: float,
        slope: float,
        clamp: float,
        start: int,
        stop: int,
    ) -> None: ...
    @staticmethod
    def items(batch: int, channels: int, interleaved: bool) -> int: ...
    def size(self) -> tuple[int, int]: ...

class FilteredRelu32(_FilteredRelu): ...
class FilteredRelu64(_FilteredRelu): ...
