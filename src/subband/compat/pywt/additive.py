"""Multiresolution analysis, additive decompositions by sub-band: mra, mra2, mran and inverses."""

from collections.abc import Callable, Sequence
from functools import reduce
from operator import add
from typing import Any

from subband.arrays.namespace import Array, namespace
from subband.compat.pywt.arguments import as_array
from subband.compat.pywt.multilevel import (
    axes_and_sizes,
    wavedec,
    wavedec2,
    wavedecn,
    waverec,
    waverec2,
    waverecn,
)
from subband.compat.pywt.stationary import iswt, iswt2, iswtn, swt, swt2, swt_max_level, swtn

__all__ = ["imra", "imra2", "imran", "mra", "mra2", "mran"]

PERIODIC = "transform swt only supports mode='periodization'"


def _check(transform: str, mode: Any, still: str, decimated: str) -> bool:
    """Validate the transform and mode; whether the transform is the stationary one."""
    if transform not in (still, decimated):
        raise ValueError(f"unrecognized transform: {transform}")
    if transform == still and mode != "periodization":
        raise ValueError(PERIODIC)
    return transform == still


def _alone(inverse: Callable[[list[Any]], Array], coeffs: list[Any], shape: Sequence[int]) -> list[Any]:
    """The reconstruction from each sub-band alone, all others 0, in the nesting of the coefficients."""

    def zeros(level: Any) -> Any:
        if isinstance(level, dict):
            return {name: namespace(band).zeros_like(band) for name, band in level.items()}
        if isinstance(level, tuple):
            return tuple(namespace(band).zeros_like(band) for band in level)
        return namespace(level).zeros_like(level)

    empty = [zeros(level) for level in coeffs]

    def component(j: int, level: Any) -> Array:
        return inverse([*empty[:j], level, *empty[j + 1 :]])[tuple(slice(n) for n in shape)]

    components: list[Any] = []
    for j, level in enumerate(coeffs):
        if isinstance(level, dict):
            components.append({k: component(j, {**empty[j], k: band}) for k, band in level.items()})
        elif isinstance(level, tuple):
            other = empty[j]
            components.append(
                tuple(component(j, (*other[:i], band, *other[i + 1 :])) for i, band in enumerate(level))
            )
        else:
            components.append(component(j, level))
    return components


def mra(
    data: Array,
    wavelet: Any,
    level: int | None = None,
    axis: int = -1,
    transform: str = "swt",
    mode: Any = "periodization",
) -> list[Array]:
    """Components of the signal by level, which sum to it; see `pywt.mra`."""
    data = as_array(data)
    if _check(transform, mode, "swt", "dwt"):
        coeffs = swt(data, wavelet, level, axis=axis, trim_approx=True, norm=True)
        return _alone(lambda c: iswt(c, wavelet, True, axis), coeffs, data.shape)
    coeffs = wavedec(data, wavelet, mode, level, axis)
    return _alone(lambda c: waverec(c, wavelet, mode, axis), coeffs, data.shape)


def imra(mra_coeffs: Sequence[Array]) -> Array:
    """Inverse of `mra`: the sum."""
    return reduce(add, mra_coeffs)


def mra2(
    data: Array,
    wavelet: Any,
    level: int | None = None,
    axes: Sequence[int] = (-2, -1),
    transform: str = "swt2",
    mode: Any = "periodization",
) -> list[Any]:
    """Components of the image by level and direction, which sum to it; see `pywt.mra2`."""
    data = as_array(data)
    if _check(transform, mode, "swt2", "dwt2"):
        level = min(swt_max_level(n) for n in data.shape) if level is None else level
        coeffs = swt2(data, wavelet, level, axes=axes, trim_approx=True, norm=True)
        return _alone(lambda c: iswt2(c, wavelet, True, axes), coeffs, data.shape)
    coeffs = wavedec2(data, wavelet, mode, level, axes)
    return _alone(lambda c: waverec2(c, wavelet, mode, axes), coeffs, data.shape)


def imra2(mra_coeffs: Sequence[Any]) -> Array:
    """Inverse of `mra2`: the sum."""
    return reduce(add, (band for level in mra_coeffs[1:] for band in level), mra_coeffs[0])


def mran(
    data: Array,
    wavelet: Any,
    level: int | None = None,
    axes: Any = None,
    transform: str = "swtn",
    mode: Any = "periodization",
) -> list[Any]:
    """Components of the array by level and band, which sum to it; see `pywt.mran`."""
    data = as_array(data)
    axes, _ = axes_and_sizes(data.shape, axes, "wavedecn")
    if _check(transform, mode, "swtn", "dwtn"):
        level = min(swt_max_level(n) for n in data.shape) if level is None else level
        coeffs = swtn(data, wavelet, level, axes=axes, trim_approx=True, norm=True)
        return _alone(lambda c: iswtn(c, wavelet, axes, True), coeffs, data.shape)
    coeffs = wavedecn(data, wavelet, mode, level, axes)
    return _alone(lambda c: waverecn(c, wavelet, mode, axes), coeffs, data.shape)


def imran(mra_coeffs: Sequence[Any]) -> Array:
    """Inverse of `mran`: the sum."""
    return reduce(add, (band for level in mra_coeffs[1:] for band in level.values()), mra_coeffs[0])
