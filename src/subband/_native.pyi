"""The compiled kernels; see `native/`."""

import numpy as np

instructions: str
register_bytes: int

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

class FilterBank32(_FilterBank): ...
class FilterBank64(_FilterBank): ...

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
