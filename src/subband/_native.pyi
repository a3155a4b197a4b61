"""The compiled kernels; see `native/`."""

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

class FilterBank32(_FilterBank): ...
class FilterBank64(_FilterBank): ...

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
