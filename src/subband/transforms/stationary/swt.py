"""Stationary wavelet transform and its inverse (Nason & Silverman 1995)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Any, final

import numpy as np

from subband.arrays.arguments import choice, integer
from subband.arrays.deprecation import deprecated, keyword_only_after
from subband.arrays.labelled import labelled
from subband.arrays.namespace import Array, as_signal, namespace, widened
from subband.arrays.pytree import pytree
from subband.errors import InvalidInput
from subband.kernels.dilated import fits
from subband.kernels.filterbank.boundary_modes import MODES
from subband.transforms.stationary.atrous import analysis_plan, merge, split, synthesis_plan
from subband.transforms.stationary.layers import Layers
from subband.transforms.wavelets.filters import Wavelet
from subband.transforms.wavelets.spec import Spec, Wavelets, make_spec, plain_level

NORMS = ("l2", "l1")
DIVIDED = ("l1", True)
"""Values of the norm with filters divided by √2; True in programs exported by version 0.1."""


@final
@pytree("array")
@dataclass(frozen=True, eq=False, repr=False)
class StationaryCoefficients(Layers):
    """Stationary wavelet coefficients, returned by `swt`.

    `c.approx` is the approximation; `c[level]` maps names such as "d", or "ad", "da", "dd" for two axes, to the
    details of a level, 1 the finest. All have the shape of the signal.

    Attributes:
        array: (*batch, 1 + level·(2^d − 1), n₁, …, n_d): batch axes, bands (approximation, then details from the
            coarsest level to the finest), and transformed axes.
        spec: Parameters of the transform.
        norm: "l2" or "l1", as in `swt`.

    See also: `iswt`.
    """

    norm: str = "l2"


@keyword_only_after("wavelet", "level", "axes")
@labelled
def swt(
    x: Array,
    wavelet: Wavelets,
    *,
    level: int | None = None,
    axes: int | Sequence[int] = -1,
    norm: str = "l2",
) -> StationaryCoefficients:
    """Stationary wavelet transform, also called undecimated, maximal-overlap or à trous.

    a_{j+1}[n] = Σₖ h[k] aⱼ[(n + 2ʲ (L/2 − k)) mod N], a₀ = x, and d_{j+1} likewise with the high-pass g: without
    decimation, the filters are dilated by 2ʲ instead, so the transform commutes with shifts of the periodic signal.
    It is invertible for every length N; for multiples of 2^level, which PyWavelets requires, the coefficients are
    those of PyWavelets. Only the coarsest approximation is stored; `iswt(c, level=j)` computes that of level j.

    Args:
        x: (…) real or complex array of NumPy, PyTorch or JAX; integers become floating.
        wavelet: A name, a `Wavelet`, four filters, or one of these per axis.
        level: Number of levels, at most ⌊log₂ N⌋ for the shortest axis of N samples; by default as for `dwt`, for
            which no dilated filter is much longer than the axis.
        axes: The axes to transform, one or several.
        norm: "l2": wavelets of equal energy at all levels, 1 for orthonormal ones, as in `dwt` and PyWavelets.
            "l1": wavelets of equal peak response, from filters divided by √2; for orthogonal wavelets the transform
            then preserves energy, and the variances of the levels sum to that of the signal (Percival & Walden
            2000, ch. 5).

    Returns:
        The coefficients, of the library, device and dtype of `x`: `.approx`, `[level]["d"]`, `.array`, each band of
        the shape of `x`.

    Raises:
        InvalidInput: unknown wavelet or norm, empty or missing axis, level too high.
        UnsupportedArray: an array of another library, or a dtype that can't be filtered.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = np.random.default_rng(0).standard_normal(100)
        >>> c = sb.swt(x, "db2", level=3, norm="l1")
        >>> c.array.shape
        (4, 100)
        >>> bool(np.isclose(np.sum(c.array**2), np.sum(x**2)))
        True

    Source: G. P. Nason, B. W. Silverman, The stationary wavelet transform and some statistical applications (1995).

    See also: `iswt`, `mra`, `dwt`.
    """
    x = as_signal(x)
    norm = plain_norm(norm)
    spec = make_stationary_spec(x.shape, wavelet, level, axes)
    return StationaryCoefficients(analyse(x, spec, spec.known, analysis_gain(norm)), spec, norm)


def iswt(c: StationaryCoefficients, *, level: int = 0) -> Array:
    """Inverse of `swt`: the mean of the inverses of all decimated transforms contained in `c`.

    For modified coefficients and orthogonal wavelets, each level of the synthesis is a least-squares solution.

    Args:
        c: Coefficients returned by `swt`, or modified ones (`c.replace`, `c.map`).
        level: Level of the returned approximation; 0 is the signal.

    Returns:
        The signal, in the shape that was transformed.

    Raises:
        InvalidInput: if `c` is not a `StationaryCoefficients`, or the level does not exist.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> x = np.random.default_rng(0).standard_normal(100)
        >>> bool(np.allclose(sb.iswt(sb.swt(x, "bior2.2", level=3)), x))
        True

    Source: R. R. Coifman, D. L. Donoho, Translation-invariant de-noising (1995).

    See also: `denoise`.
    """
    if not isinstance(c, StationaryCoefficients):
        raise InvalidInput(
            f"can't invert a {type(c).__name__}: give the StationaryCoefficients that swt returned"
        )
    level = integer("level", level)
    if not 0 <= level <= c.spec.level:
        raise InvalidInput(f"level {level} does not exist: give one of 0 … {c.spec.level}, 0 for the signal")
    return c.with_labels(synthesise(c, c.spec.known, synthesis_gain(c.norm), level=level))


def analyse(x: Array, spec: Spec, wavelets: Sequence[Wavelet], gain: float) -> Array:
    """Coefficients of an analysis with these filters: (*batch, bands, n₁, …, n_d)."""
    xp, approx = namespace(x), widened(spec.gather(x))
    if fits(approx, len(spec.axes)):
        from subband.kernels.dilated import compiled

        bands = compiled.analyse(approx, analysis_plan(wavelets, spec.size, spec.level, gain))
        return bands.astype(x.dtype, copy=False).reshape(*spec.batch, *bands.shape[1:])
    details: list[Array] = []
    for j in range(spec.level):
        approx, *finest = split(approx, wavelets, 2**j, gain)
        details = finest + details
    bands = xp.astype(xp.stack([approx, *details], axis=1), x.dtype, copy=False)
    return xp.reshape(bands, (*spec.batch, *bands.shape[1:]))


def synthesise(c: Layers, wavelets: Sequence[Wavelet], gain: float, *, level: int = 0) -> Array:
    """Synthesis with these filters, down to the approximation of a level; 0 for the signal."""
    flat, count = widened(c.flat()), len(c.names)
    if fits(flat, len(c.spec.axes)) and level < c.spec.level:
        from subband.kernels.dilated import compiled

        plan = synthesis_plan(wavelets, c.spec.size, c.spec.level, gain)
        return c.spec.scatter(compiled.synthesise(flat, plan, level).astype(c.array.dtype, copy=False))
    approx, start = flat[:, 0, ...], 1
    for j in range(c.spec.level, level, -1):
        details = [flat[:, i, ...] for i in range(start, start + count)]
        approx = merge([approx, *details], wavelets, 2 ** (j - 1), gain)
        start += count
    return c.spec.scatter(namespace(flat).astype(approx, c.array.dtype, copy=False))


def plain_norm(norm: Any) -> str:
    """ "l1" or "l2"; True and False, their spellings in version 0.1, with a deprecation warning."""
    if isinstance(norm, bool | np.bool_):
        current = "l1" if norm else "l2"
        deprecated(f"swt(…, norm={norm}) ends with the next release: type swt(…, norm={current!r})", 5)
        return current
    return choice("norm", norm, NORMS)


def analysis_gain(norm: str) -> float:
    """Factor of the analysis filters."""
    return sqrt(0.5) if norm in DIVIDED else 1.0


def synthesis_gain(norm: str) -> float:
    """Factor of the synthesis filters; its product with the analysis gain is ½, the mean over two shifts."""
    return sqrt(0.5) if norm in DIVIDED else 0.5


def make_stationary_spec(
    shape: Sequence[int], wavelet: Wavelets, level: int | None, axes: int | Sequence[int]
) -> Spec:
    """Validate the arguments of `swt` for an array of this shape."""
    level = plain_level(level, "swt is periodic, and takes no mode")
    if isinstance(axes, str) and axes in MODES:
        raise InvalidInput(f"axes={axes!r} is a boundary mode: swt is periodic, and takes none")
    spec = make_spec(shape, wavelet, None, "periodization", axes)
    if level is None:
        return spec
    # Beyond this, adjacent taps of the dilated filter are further apart than the length of the signal.
    size = min(spec.size)
    most = max(1, size.bit_length() - 1)
    if level > most:
        raise InvalidInput(
            f"can't take {level} stationary levels on {size} samples: at most {most}, since 2^level ≤ {size}"
        )
    return replace(spec, level=level)
