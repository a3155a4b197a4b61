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
