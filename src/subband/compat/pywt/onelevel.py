"""One level along one axis: dwt, idwt, and their halves."""

from numbers import Number
from typing import Any

from subband.arrays.namespace import Array, namespace
from subband.compat.pywt.arguments import (
    as_samples,
    check_long_enough,
    count_from_front,
    discrete,
    filters,
    from_last,
    mode_name,
    same_dtype,
    tables,
    to_last,
)
from subband.kernels.filterbank import pyramid_analysis, pyramid_synthesis
from subband.kernels.plan import Bank, plan
from subband.transforms.wavelets.filters import Wavelet


def dwt_max_level(data_len: int, filter_len: Any) -> int:
    """The most levels that leave a coefficient which no boundary touched; see `pywt.dwt_max_level`."""
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
    x = as_samples(data)
    mode, wavelet = mode_name(mode), filters(wavelet)
    axis = count_from_front(axis, x.ndim)
    return split(x, wavelet.analysis(mode), axis)


def idwt(cA: Array | None, cD: Array | None, wavelet: Any, mode: Any = "symmetric", axis: int = -1) -> Array:
    """The signal of one level's sub-bands, one of which may be None; see `pywt.idwt`."""
    if cA is None and cD is None:
        raise ValueError("At least one coefficient parameter must be specified.")
    cA, cD = (None if c is None else as_samples(c) for c in (cA, cD))
    present: Array = cD if cA is None else cA
    mode, wavelet = mode_name(mode), filters(wavelet)
    axis = count_from_front(axis, present.ndim, "coefficient")
    return merge(cA, cD, wavelet, mode, axis)


def split(x: Array, bank: Bank, axis: int) -> tuple[Array, Array]:
    """Low and high half of `x` along one axis."""
    size = x.shape[axis]
    check_long_enough(size, bank)
    both = pyramid_analysis(to_last(x, (axis,)), plan((bank,), (size,), 1))
    half = both.shape[-1] // 2
    return from_last(both[:, :half], x.shape, (axis,)), from_last(both[:, half:], x.shape, (axis,))


def merge(a: Array | None, d: Array | None, wavelet: Wavelet, mode: str, axis: int) -> Array:
    """What `split` took apart; a missing half counts as zeros."""
    known: Array = d if a is None else a
    xp = namespace(known)
    low: Array = xp.zeros_like(known) if a is None else a
    high: Array = xp.zeros_like(known) if d is None else d
    low, high = same_dtype(low, high)
    if low.shape != high.shape:
        raise ValueError("Coefficients arrays must have the same size.")
    count = low.shape[axis]
    size = 2 * count if mode == "periodization" else 2 * count - wavelet.taps + 2
    if size < 1:
        raise ValueError(
            "Invalid coefficient arrays length for specified wavelet. Wavelet and mode must be the same as used "
            "for decomposition."
        )
    both = xp.concat([to_last(low, (axis,)), to_last(high, (axis,))], axis=1)
    x = pyramid_synthesis(both, plan((wavelet.synthesis(mode),), (size,), 1))
    return from_last(x, low.shape, (axis,))


def downcoef(part: str, data: Array, wavelet: Any, mode: Any = "symmetric", level: int = 1) -> Array:
    """Approximation ("a") or detail ("d") after `level` levels of a 1-D signal; see `pywt.downcoef`."""
    x = as_samples(data)
    if x.ndim > 1:
        raise ValueError("downcoef only supports 1d data.")
    _check_part(part, level)
    mode, wavelet = mode_name(mode), filters(wavelet)
    for _ in range(level - 1):
        x, _ = split(x, wavelet.analysis(mode), 0)
    return split(x, wavelet.analysis(mode), 0)["ad".index(part)]


def upcoef(part: str, coeffs: Array, wavelet: Any, level: int = 1, take: int = 0) -> Array:
    """What one sub-band, deep down, adds to a signal; see `pywt.upcoef`."""
    c = as_samples(coeffs)
    if c.ndim > 1:
        raise ValueError("upcoef only supports 1d coeffs.")
    _check_part(part, level)
    if c.shape[0] < 1:
        raise RuntimeError("Invalid output length.")
    w = filters(wavelet)
    for step in range(level):
        # Zeros on both sides, so that the inverse trims them and not the tails of the convolution.
        xp = namespace(c)
        edge = xp.zeros_like(xp.concat([c[:1]] * (w.taps // 2 - 1))) if w.taps > 2 else c[:0]
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
