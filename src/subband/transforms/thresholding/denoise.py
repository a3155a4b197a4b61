"""Denoising by wavelet shrinkage, and estimation of the noise level."""

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from subband.arrays.arguments import choice, number, shown
from subband.arrays.axes import count_axes
from subband.arrays.deprecation import keyword_only_after
from subband.arrays.labelled import labelled_alike
from subband.arrays.namespace import Array, as_array, as_signal, device_of, library, namespace, widened
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
"""Shrinkage functions suited to denoising: they keep large coefficients and remove small ones."""

THIRD_QUARTILE = 0.6744897501960817
"""Φ⁻¹(¾), the median of |z| for a standard normal z."""


@keyword_only_after(
    "wavelet",
    *("method", "shrinkage", "level", "axes", "sigma"),
    renamed={"boundary": "mode"},
    by_value={"mode": ("shrinkage", SHRINKAGES)},
)
@labelled_alike
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
    """Remove white Gaussian noise by shrinkage of the wavelet details: transform, threshold, inverse transform.

    Noise level and thresholds are computed per signal of the batch; the approximation is unchanged.

    Args:
        x: (…) real array of NumPy, PyTorch or JAX; integers become floating.
        wavelet: A name, a `Wavelet`, four filters, or one of these for each axis; best an orthogonal one, for
            which the noise in the coefficients is white too.
        method: "bayes" (BayesShrink, T = σ²/σ_x) or "sure" (SureShrink) for a threshold per sub-band, chosen from
            its coefficients; "visu" (VisuShrink, T = σ√(2 ln N)) for one threshold, which removes nearly all noise
            and some detail.
        shrinkage: "soft", "hard" or "garrote".
        level: Number of levels; by default three below the smallest `subband.max_level` of the axes, at
            least 1, since the coarsest details contain little noise.
        mode: Boundary mode of "dwt", one of `subband.MODES`; "swt" is periodic.
        axes: The axes of one signal, one or several.
        sigma: Standard deviation of the noise: a number, or one per signal, of the shape of the axes not in `axes`;
            by default estimated by `noise_level`.
        transform: "dwt", or "swt" for the mean over all shifts of the signal (cycle spinning), slower but with
            weaker artefacts at edges (Coifman & Donoho 1995).

    Returns:
        (…), of the library, device and dtype of `x`.

    Raises:
        InvalidInput: unknown method, shrinkage, mode or transform, complex samples, a negative sigma or one of
            another shape than the batch; otherwise as `dwt` and `swt`.
        UnsupportedArray: an array of another library or of an unsupported dtype.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> clean = np.repeat([0.0, 4.0], 512)
        >>> noisy = clean + np.random.default_rng(0).normal(size=1024)
        >>> denoised = sb.denoise(noisy, "haar")
        >>> bool(np.mean((denoised - clean) ** 2) < 0.1)
        True

    See also: `subband.noise_level`, `subband.threshold`.

    Source: S. G. Chang, B. Yu, M. Vetterli, Adaptive Wavelet Thresholding for Image Denoising and Compression
    (2000), for "bayes"; D. L. Donoho, I. M. Johnstone, Adapting to Unknown Smoothness via Wavelet Shrinkage (1995),
    for "sure", and Ideal Spatial Adaptation by Wavelet Shrinkage (1994), for "visu".
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

    # The rules square the coefficients: scale to about 1, against overflow and underflow.
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
    """Estimate the standard deviation of white Gaussian noise: σ = median |d| / Φ⁻¹(¾) of the finest details d.

    The median is robust, as few of the finest details (high-pass along all axes) are dominated by the signal.
    Zeros are included, unlike in scikit-image, so that the estimate does not depend on whether symmetric extension
    yields exact zeros or rounding errors.

    Args:
        c: Real coefficients of `dwt` or `swt` (with norm="l2"), of any number of levels.

    Returns:
        (*batch) array, one estimate per signal, of the library, device and dtype of the coefficients.

    Raises:
        InvalidInput: other types, complex coefficients, or those of norm="l1".

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> noise = np.random.default_rng(0).normal(size=4096)
        >>> float(sb.noise_level(sb.dwt(noise, "haar", level=1)).round(1))
        1.0

    See also: `subband.denoise`.

    Source: D. L. Donoho, I. M. Johnstone, Ideal Spatial Adaptation by Wavelet Shrinkage (1994), §4.2.
    """
    if not isinstance(c, Coefficients | StationaryCoefficients):
        raise InvalidInput(
            f"can't estimate a noise level from a {type(c).__name__}: give the coefficients of dwt or swt"
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
    """The median along the last axis, which the array API standard lacks."""
    ordered, middle = namespace(x).sort(x, axis=-1), x.shape[-1] // 2
    if x.shape[-1] % 2:
        return ordered[..., middle]
    return (ordered[..., middle - 1] + ordered[..., middle]) / 2


def _per_signal(sigma: Any, x: Array, batch: tuple[int, ...]) -> Array:
    xp = namespace(x)
    device = device_of(x)
    if isinstance(sigma, list | tuple):
        sigma = as_array(sigma, "sigma")
    if not hasattr(sigma, "dtype") or isinstance(sigma, np.generic):
        what = "a standard deviation, 0 or more, or one for each signal"
        return xp.full(batch, number("sigma", sigma, what, low=0), dtype=x.dtype, **device)
    found = library(sigma)
    if found not in (library(x), "numpy"):
        raise InvalidInput(
            f"sigma={shown(sigma)} of {found} can't go with an array of {library(x)}: give a number, or an "
            f"array of NumPy or {library(x)}"
        )
    if not namespace(sigma).isdtype(sigma.dtype, ("real floating", "integral")):
        raise InvalidInput(f"sigma={shown(sigma)} of {sigma.dtype}: give real numbers")
    if some_negative(sigma):
        raise InvalidInput(f"sigma={shown(sigma)} is negative: give standard deviations, 0 or more")
    if found == library(x):
        given = xp.astype(sigma, x.dtype, copy=False)
    else:
        given = xp.asarray(sigma, dtype=x.dtype, **device)
    if given.ndim and tuple(given.shape) != batch:
        raise InvalidInput(
            f"sigma of shape {tuple(given.shape)}: give one number, or one for each signal {batch}"
        )
    return xp.broadcast_to(given, batch)
