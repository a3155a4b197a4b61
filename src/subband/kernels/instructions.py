"""The instruction set that the compiled kernels use."""

from typing import Any

import numpy as np

from subband import _native


def lanes(dtype: Any) -> int:
    """Numbers of this type in one vector register."""
    return _native.register_bytes // np.dtype(dtype).itemsize
