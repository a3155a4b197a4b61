"""Single-level transforms along several axes: dwt2, dwtn and inverses."""

from collections.abc import Mapping, Sequence
from typing import Any

from subband.arrays.namespace import Array
from subband.compat.pywt import short
from subband.compat.pywt.arguments import (
    as_array,
    as_samples,
    count_from_front,
    modes_per_axis,
    samples_and_axes,
    wavelets_per_axis,
)
from subband.compat.pywt.pyramid import DIRECTIONS, Bands, merge, put_together, split, take_apart

__all__ = ["dwt2", "dwtn", "idwt2", "idwtn"]

PLANE = ((-2, -1), (0, 1))
"""Both axes of an image, as they are given."""

PLACES = (2, 1, 3)
"""Where the bands of `DIRECTIONS` lie among those of a level, which are in the order aa, ad, da, dd."""


def dwt2(data: Array, wavelet: Any, mode: Any = "symmetric", axes: Sequence[int] = (-2, -1)):
    """(cA, (cH, cV, cD)) of one level along two axes; see `pywt.dwt2`."""
    axes, data = tuple(axes), as_array(data)
    if axes in PLANE and data.ndim == 2:
        bands = short.analyse(data, wavelet, mode, 1, warns=False)
        if bands is not None:
            return bands[0], tuple(bands[place] for place in PLACES)
    if len(axes) != 2:
        raise ValueError("Expected 2 axes")
    if data.ndim < len(set(axes)):
        raise ValueError("Input array has fewer dimensions than the specified axes")
    c = dwtn(data, wavelet, mode, axes)
    return c["aa"], tuple(c[name] for name in DIRECTIONS)


def idwt2(coeffs, wavelet: Any, mode: Any = "symmetric", axes: Sequence[int] = (-2, -1)) -> Array:
    """Inverse of `dwt2`; sub-bands may be None. See `pywt.idwt2`."""
    approx, details = coeffs
    if tuple(axes) in PLANE and getattr(approx, "ndim", 0) == 2 and len(details) == 3:
        bands = [approx, *(details[PLACES.index(place)] for place in (1, 2, 3))]
        signal = short.synthesise(bands, wavelet, mode, 1)
        if signal is not None:
            return signal
    if len(tuple(axes)) != 2:
        raise ValueError("Expected 2 axes")
    bands = dict(zip(DIRECTIONS, details, strict=True))
    return idwtn({"aa": approx, **bands}, wavelet, mode, axes)


def dwtn(data: Array, wavelet: Any, mode: Any = "symmetric", axes: Sequence[int] | None = None) -> Bands:
    """The 2^d sub-bands of one level along d axes, by name; see `pywt.dwtn`."""
    x, axes = samples_and_axes(data, axes)
    modes, wavelets = modes_per_axis(mode, axes), wavelets_per_axis(wavelet, axes)
    return _split_axes(x, wavelets, modes, axes)


def _split_axes(x: Array, wavelets: Sequence[Any], modes: Sequence[str], axes: Sequence[int]) -> Bands:
    """All bands of one level; repeated axes are split repeatedly."""
    if not axes:
        return {"": x}
    if len(set(axes)) == len(axes):
        approx, (details,) = take_apart(x, wavelets, modes, axes, 1)
        return {"a" * len(axes): approx, **details}
    firsts = _split_axes(x, wavelets[:-1], modes[:-1], axes[:-1])
    halves = {name: split(band, wavelets[-1], modes[-1], axes[-1]) for name, band in firsts.items()}
    return {
        name + letter: half for name, two in halves.items() for letter, half in zip("ad", two, strict=True)
    }


def checked(coeffs: Mapping[str, Any]) -> Bands:
    """Sub-bands as arrays, after a check of their names.

    Raises:
        ValueError: a sub-band is None, or the names are invalid.
    """
    missing = [name for name, band in coeffs.items() if band is None]
    if missing:
        raise ValueError(
            f"The following detail coefficients were set to None:\n{missing}\nFor multilevel transforms, rather "
            "than setting\n\tcoeffs[key] = None\nuse\n\tcoeffs[key] = np.zeros_like(coeffs[key])\n"
        )
    invalid = [name for name in coeffs if not set(name) <= set("ad")]
    if invalid:
        raise ValueError(
            f"The following invalid keys were found in the detail coefficient dictionary: {invalid}."
        )
    if len({len(name) for name in coeffs}) > 1:
        raise ValueError("All detail coefficient names must have equal length.")
    return {name: as_array(band) for name, band in coeffs.items()}


def idwtn(
    coeffs: Mapping[str, Any], wavelet: Any, mode: Any = "symmetric", axes: Sequence[int] | None = None
) -> Array:
    """Inverse of `dwtn`; sub-bands may be None or missing. See `pywt.idwtn`."""
    bands = checked({name: band for name, band in coeffs.items() if band is not None})
    if not bands:
        raise ValueError("`coeffs` must contain at least one non-null wavelet band")
    bands = {name: as_samples(band) for name, band in bands.items()}
    rank = len(next(iter(bands)))
    shapes = {tuple(band.shape) for band in bands.values()}
    if len(shapes) > 1:
        raise ValueError("`coeffs` must all be of equal size (or None)")
    ndim = rank if axes is None else len(shapes.pop())
    axes = [count_from_front(axis, ndim) for axis in (range(rank) if axes is None else axes)]
    modes, wavelets = modes_per_axis(mode, axes), wavelets_per_axis(wavelet, axes)
    return _merge_axes(bands, wavelets, modes, axes)


def _merge_axes(bands: Bands, wavelets: Sequence[Any], modes: Sequence[str], axes: Sequence[int]) -> Array:
    """Inverse of `_split_axes`."""
    if not axes:
        return bands[""]
    if len(set(axes)) == len(axes):
        details = {name: band for name, band in bands.items() if "d" in name}
        return put_together(bands.get("a" * len(axes)), [details], wavelets, modes, axes)
    firsts = {
        name: merge(bands.get(name + "a"), bands.get(name + "d"), wavelets[-1], modes[-1], axes[-1])
        for name in {name[:-1] for name in bands}
    }
    return _merge_axes(firsts, wavelets[:-1], modes[:-1], axes[:-1])
