"""The best path compiled for the CPU (`native/best_path`)."""

import numpy as np

from subband import _native

forward = _native.best_path_forward
"""As `reference.forward`."""


def backward(came: np.ndarray, last: int) -> np.ndarray:
    """As `reference.backward`."""
    path = np.empty(len(came), np.int64)
    _native.best_path_backward(came, last, path)
    return path
