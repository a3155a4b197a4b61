"""The continuous transform, for now computed by PyWavelets itself."""

from typing import Any

from subband.arrays.namespace import Array, library
from subband.compat.pywt.arguments import as_array, tables
from subband.errors import UnsupportedArray


def cwt(
    data: Array,
    scales: Any,
    wavelet: Any,
    sampling_period: float = 1.0,
    method: str = "conv",
    axis: int = -1,
    **options: Any,
):
    """(coefficients, frequencies); see `pywt.cwt`.

    Raises:
        UnsupportedArray: for arrays that are not NumPy's.
    """
    if library(as_array(data)) != "numpy":
        raise UnsupportedArray(
            f"compat.pywt.cwt takes NumPy arrays only, not {type(data).__name__}: give numpy.asarray(x)"
        )
    return tables.cwt(data, scales, wavelet, sampling_period, method, axis, **options)
