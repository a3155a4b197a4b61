"""Denoising by wavelet shrinkage: transform, shrink what is small, transform back."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from subband.arrays.arguments import choice, number, shown
from subband.arrays.axes import count_axes
from subband.arrays.deprecation import keyword_only_after
from subband.arrays.namespace import Array, as_array, as_signal, library, namespace, widened
from subband.arrays.scale import power_of_two
from subband.errors import InvalidInput
from subband.transforms.stationary import StationaryCoefficients, iswt, swt
from subband.transforms.thresholding.rules import RULES
from subband.transforms.thresholding.shrink import some_negative, threshold
from subband.transforms.wavelets.coefficients import Coefficients
from subband.transforms.wavelets.dwt import dwt, idwt
from subband.transforms.wavelets.filters import max_level
from subband.transforms.wavelets.spec import Modes, Wavelets, make_spec

SHRINKAGES = ("soft", "hard", "garrote")
"""Shrinkage functions that keep what is large and drop what is small."""

THIRD_QUARTILE = 0.6744897501960817
"""Half of a standard normal variable's draws are smaller than this in magnitude."""


@keyword_only_after(
    "wavelet",
    *("method", "shrinkage", "level", "axes", "sigma"),
    renamed={"boundary": "mode"},
    by_value={"mode": ("shrinkage", SHRINKAGES)},
)
def denoise(
    x: Array,
    wavelet: Wavelets = "sym8",
    *,
    method: str = "bayes",
    shrinkage: str = "soft",
    level: int | None = None,
    mode: Modes = "symmetric",
    axes: int | Sequence[int] = -1,
    sigma: float | Array | None = None,
    transform: str = "dwt",
) -> Array:
    """Take white Gaussian noise off signals by shrinking their wavelet details.

    Each signal of a batch has its own noise level and thresholds.

    Args:
        x: (…) real array of NumPy, PyTorch or JAX; integers become floating.
        wavelet: A name, a `Wavelet`, four filters, or one of these for each axis; best an orthogonal one, which
            keeps white noise white.
        method: "bayes" (BayesShrink) and "sure" (SureShrink) choose a threshold for each sub-band by its content;
            "visu" (VisuShrink) has one for all, which removes nearly all noise and some detail.
        shrinkage: "soft", "hard" or "garrote".
        level: Number of levels; by default three fewer than the shortest axis bears, 1 at least, since
            the coarsest details hold little noise.
        mode: What stands beyond the ends, one of `subband.MODES`, for "dwt"; "swt" is periodic.
        axes: The axes of one signal, one or several.
        sigma: Standard deviation of the noise: a number, or one for each signal, shaped like the axes that are
            not in `axes`; by default `noise_level` estimates it.
        transform: "dwt", or "swt" for the mean over all shifts of the signal, which has weaker artefacts at edges
            and takes longer (Coifman & Donoho 1995).

    Returns:
        (…), of the library, device and dtype of `x`.

    Raises:
        InvalidInput: unknown method, shrinkage, mode or transform, complex samples, a negative sigma or one whose
            shape is not that of the batch, and what `dwt` and `swt` raise.
        UnsupportedArray: an array of another library or of a dtype that can't be filtered.
    """
    x = as_signal(x)
    xp, dtype = namespace(x), x.dtype
    method = choice("method", method, RULES)
    shrinkage = choice("shrinkage", shrinkage, SHRINKAGES)
    transform = choice("transform", transform, ("dwt", "swt"))
    if xp.isdtype(x.dtype, "complex floating"):
        raise InvalidInput("can't denoise complex samples: denoise xp.real(x) and xp.imag(x)")
    x = widened(x)
    if level is None:
        spec = make_spec(x.shape, wavelet, None, mode, axes)
        level = max(1, min(map(max_level, spec.size, spec.wavelets)) - 3)

    # The rules compare squares, which only signals near 1 have room for.
    unit = power_of_two(x, count_axes(axes, x.shape))
    x = x / unit
    if transform == "dwt":
        c: Any = dwt(x, wavelet, level=level, mode=mode, axes=axes)
    else:
        c = swt(x, wavelet, level=level, axes=axes)
    batch, rank = c.spec.batch, len(c.spec.axes)
    sigma = noise_level(c) if sigma is None else _per_signal(sigma, x, batch) / xp.reshape(unit, batch)

    def shrink(band: Array) -> Array:
        details = xp.reshape(band, (*batch, prod(band.shape[len(batch) :])))
        t = RULES[method](details, sigma, prod(c.spec.size))
        return threshold(band, xp.reshape(t, (*batch, *(1,) * rank)), shrinkage)

    shrunk = c.map(shrink, approx=False)
    y = iswt(shrunk) if isinstance(shrunk, StationaryCoefficients) else idwt(shrunk)
    return xp.astype(y * unit, dtype, copy=False)


def noise_level(c: Coefficients | StationaryCoefficients) -> Array:
    """Standard deviation of white Gaussian noise: the median of the finest details' magnitudes over Φ⁻¹(¾).

    Few of the finest details (high-pass along all axes) are signal, and a median does not mind few
    (Donoho & Johnstone 1994, §4.2). Details that are zero count, unlike in scikit-image: whether a mirrored end
    gives 0 or a rounding error must not change the estimate.

    Args:
        c: Real coefficients, of any level.

    Returns:
        (*batch) one number for each signal, of the library, device and dtype of the coefficients.

    Raises:
        InvalidInput: if `c` holds no such coefficients.
    """
    if not isinstance(c, Coefficients | StationaryCoefficients):
        raise InvalidInput(
            f"can't read a noise level from a {type(c).__name__}: give what dwt or swt returned"
        )
    xp, spec = namespace(c.array), c.spec
    if xp.isdtype(c.array.dtype, "complex floating"):
        raise InvalidInput("the noise level is for real coefficients: give those of real and imaginary parts")
    if isinstance(c, StationaryCoefficients) and c.norm != "l2":
        raise InvalidInput("norm='l1' shrinks noise level by level: give the coefficients of norm='l2'")
    finest = spec.gather(c[1]["d" * len(spec.axes)])
    magnitudes = xp.abs(xp.reshape(finest, (*spec.batch, prod(finest.shape[1:]))))
    return _median(magnitudes) / THIRD_QUARTILE


def _median(x: Array) -> Array:
    """The median along the last axis; the array API standard has none."""
    ordered, middle = namespace(x).sort(x, axis=-1), x.shape[-1] // 2
    if x.shape[-1] % 2:
        return ordered[..., middle]
    return (ordered[..., middle - 1] + ordered[..., middle]) / 2


def _per_signal(sigma: Any, x: Array, batch: tuple[int, ...]) -> Array:
    xp = namespace(x)
    place = {"device": x.device} if hasattr(x, "device") else {}
    if isinstance(sigma, list | tuple):
        sigma = as_array(sigma, "sigma")
    if not hasattr(sigma, "dtype") or isinstance(sigma, np.generic):
        what = "a standard deviation, 0 or more, or one for each signal"
        return xp.full(batch, number("sigma", sigma, what, low=0), dtype=x.dtype, **place)
    there = library(sigma)
    if there not in (library(x), "numpy"):
        raise InvalidInput(
            f"sigma={shown(sigma)} of {there} can't go with an array of {library(x)}: give a number, or an "
            f"array of NumPy or {library(x)}"
        )
    if not namespace(sigma).isdtype(sigma.dtype, ("real floating", "integral")):
        raise InvalidInput(f"sigma={shown(sigma)} of {sigma.dtype}: give real numbers")
    if some_negative(sigma):
        raise InvalidInput(f"sigma={shown(sigma)} is negative: give standard deviations, 0 or more")
    if there == library(x):
        given = xp.astype(sigma, x.dtype, copy=False)
    else:
        given = xp.asarray(sigma, dtype=x.dtype, **place)
    if given.ndim and tuple(given.shape) != batch:
        raise InvalidInput(
            f"sigma of shape {tuple(given.shape)}: give one number, or one for each signal {batch}"
        )
    return xp.broadcast_to(given, batch)
