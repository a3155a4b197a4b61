"""Single-level transforms along one axis: dwt, idwt, downcoef, upcoef."""

from numbers import Number
from typing import Any

import numpy as np

from subband.arrays.namespace import Array, namespace
from subband.compat.pywt import short
from subband.compat.pywt.arguments import as_samples, count_from_front, discrete, mode_name, tables
from subband.compat.pywt.pyramid import merge, split, take_apart
from subband.compat.pywt.short import SHORT

__all__ = ["downcoef", "dwt", "dwt_coeff_len", "dwt_max_level", "idwt", "upcoef"]


def dwt_max_level(data_len: int, filter_len: Any) -> int:
    """Maximal level with at least one coefficient free of boundary effects; see `pywt.dwt_max_level`."""
    if isinstance(filter_len, str) and filter_len not in tables.wavelist(kind="discrete"):
        raise ValueError(
            f"'{filter_len}', is not a recognized discrete wavelet.  A list of supported wavelet names can be "
            "obtained via pywt.wavelist(kind='discrete')"
        )
    if isinstance(filter_len, str | tables.Wavelet):
        filter_len = discrete(filter_len).dec_len
    elif not (isinstance(filter_len, Number) and filter_len % 1 == 0):  # pyright: ignore[reportOperatorIssue]
        raise ValueError(
            "filter_len must be an integer, discrete Wavelet object, or the name of a discrete wavelet."
        )
    return tables.dwt_max_level(data_len, filter_len)


def dwt_coeff_len(data_len: int, filter_len: Any, mode: Any) -> int:
    """Length of each sub-band of one level; see `pywt.dwt_coeff_len`."""
    return tables.dwt_coeff_len(data_len, filter_len, mode)


def dwt(data: Array, wavelet: Any, mode: Any = "symmetric", axis: int = -1) -> tuple[Array, Array]:
    """(cA, cD) of one level along one axis; see `pywt.dwt`."""
    if axis in (-1, 0) and getattr(data, "ndim", 0) == 1:
        bands = short.analyse(data, wavelet, mode, 1, warns=False)
        if bands is not None:
            return bands[0], bands[1]
    if _is_short(data):
        return tables.dwt(_writeable(data), wavelet, mode, axis)
    x = as_samples(data)
    mode, wavelet = mode_name(mode), discrete(wavelet)
    return split(x, wavelet, mode, count_from_front(axis, x.ndim))


def idwt(cA: Array | None, cD: Array | None, wavelet: Any, mode: Any = "symmetric", axis: int = -1) -> Array:
    """Inverse of `dwt`; one sub-band may be None. See `pywt.idwt`."""
    if axis in (-1, 0) and getattr(cA, "ndim", 0) == 1:
        signal = short.synthesise((cA, cD), wavelet, mode, 1)
        if signal is not None:
            return signal
    if _is_short(cA, cD):
        return tables.idwt(_writeable(cA), _writeable(cD), wavelet, mode, axis)
    if cA is None and cD is None:
        raise ValueError("At least one coefficient parameter must be specified.")
    cA, cD = (None if c is None else as_samples(c) for c in (cA, cD))
    present: Array = cD if cA is None else cA
    mode, wavelet = mode_name(mode), discrete(wavelet)
    axis = count_from_front(axis, present.ndim, "coefficient")
    if cA is not None and cD is not None and cA.shape != cD.shape:
        raise ValueError("Coefficients arrays must have the same size.")
    return merge(cA, cD, wavelet, mode, axis)


def _is_short(*arrays: Any) -> bool:
    return all(x is None or (type(x) is np.ndarray and x.size < SHORT) for x in arrays)


def _writeable(x: np.ndarray | None) -> np.ndarray | None:
    """`x`, or a copy of what can't be written to: PyWavelets takes that only since 1.10."""
    return x if x is None or x.flags.writeable else x.copy()


def downcoef(part: str, data: Array, wavelet: Any, mode: Any = "symmetric", level: int = 1) -> Array:
    """Approximation ("a") or detail ("d") after `level` levels of a 1-D signal; see `pywt.downcoef`."""
    x = as_samples(data)
    if x.ndim > 1:
        raise ValueError("downcoef only supports 1d data.")
    _check_part(part, level)
    approx, details = take_apart(x, (discrete(wavelet),), (mode_name(mode),), (0,), level)
    return approx if part == "a" else details[0]["d"]


def upcoef(part: str, coeffs: Array, wavelet: Any, level: int = 1, take: int = 0) -> Array:
    """Contribution of one sub-band of level `level` to the signal; see `pywt.upcoef`."""
    c = as_samples(coeffs)
    if c.ndim > 1:
        raise ValueError("upcoef only supports 1d coeffs.")
    _check_part(part, level)
    if c.shape[0] < 1:
        raise RuntimeError("Invalid output length.")
    w = discrete(wavelet)
    for step in range(level):
        # Zero padding, since the inverse would otherwise crop the tails of the full convolution.
        xp = namespace(c)
        edge = xp.zeros_like(xp.concat([c[:1]] * (w.dec_len // 2 - 1))) if w.dec_len > 2 else c[:0]
        c = xp.concat([edge, c, edge])
        first_detail = part == "d" and step == 0
        c = merge(None if first_detail else c, c if first_detail else None, w, "zero", 0)
    surplus = c.shape[0] - take
    return c[surplus // 2 : surplus // 2 + take] if take > 0 and surplus > 0 else c


def _check_part(part: str, level: int) -> None:
    if part not in ("a", "d"):
        raise ValueError(f"Argument 1 must be 'a' or 'd', not '{part}'.")
    if level < 1:
        raise ValueError("Value of level must be greater than 0.")
