"""Common implementation of the decimated transforms: all levels along all axes in one kernel call.

PyWavelets' formats differ only in the nesting of sub-bands. Here sub-bands have names, one letter per axis,
"a" for low-pass and "d" for high-pass; details are listed from the coarsest level to the finest.
"""

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from typing import Any

from subband.arrays.namespace import Array, device_of, namespace
from subband.compat.pywt.arguments import filters, same_dtype
from subband.kernels.filterbank import pyramid_analysis, pyramid_synthesis
from subband.transforms.wavelets.coefficients import Coefficients
from subband.transforms.wavelets.spec import Spec

Bands = dict[str, Array]

DIRECTIONS = ("da", "ad", "dd")
"""Names of the horizontal, vertical and diagonal details of two axes."""

TOO_SHORT = (
    "Invalid coefficient arrays length for specified wavelet. Wavelet and mode must be the same as used "
    "for decomposition."
)


def take_apart(
    x: Array, wavelets: Sequence[Any], modes: Sequence[str], axes: Sequence[int], level: int
) -> tuple[Array, list[Bands]]:
    """Analysis: approximation and details of `level` ≥ 1 levels along distinct non-negative axes.

    Raises:
        ValueError: at some level an axis has no samples, or fewer than 2 for a reflecting mode.
    """
    spec = analysis_spec(tuple(x.shape), tuple(axes), tuple(wavelets), tuple(modes), level)
    flat = pyramid_analysis(spec.gather(x), spec.analysis)
    c = Coefficients(namespace(x).reshape(flat, (*spec.batch, flat.shape[-1])), spec)
    return c.approx, [dict(bands) for _, bands in c]


def put_together(
    approx: Array | None,
    details: Sequence[Bands],
    wavelets: Sequence[Any],
    modes: Sequence[str],
    axes: Sequence[int],
) -> Array:
    """Inverse of `take_apart`; missing sub-bands are 0, but the coarsest level needs at least one.

    An approximation may have one more sample than the details of the same level, from an odd length.

    Raises:
        ValueError: sub-bands of inconsistent shapes or names.
    """
    if any(len(name) != len(axes) for bands in details for name in bands):
        raise ValueError("The names of sub-bands must have one letter for each axis.")
    coarsest, *finer = details
    levels = [coarsest if approx is None else {"a" * len(axes): approx, **coarsest}, *finer]
    spec, band = _spec_of(levels, wavelets, modes, axes)
    plan = spec.synthesis
    lines = []
    for step, size in enumerate(plan.sizes[:0:-1]):
        for name in plan.bands[1 if step else 0 :]:
            part = levels[step].get(name)
            if part is None:
                lines.append(_nothing(band, size, spec))
            else:
                lines.append(_in_line(part, size, spec, spare=0 if "d" in name else 1))
    xp = namespace(band)
    flat = xp.reshape(xp.concat(same_dtype(*lines), axis=-1), (prod(spec.batch), plan.total))
    return spec.scatter(pyramid_synthesis(flat, plan))


def _spec_of(
    levels: Sequence[Bands], wavelets: Sequence[Any], modes: Sequence[str], axes: Sequence[int]
) -> tuple[Spec, Array]:
    """The spec of these sub-bands, whose sizes follow from the finest one present, and this sub-band."""
    known = max(step for step, bands in enumerate(levels) if bands)
    band: Array = next(reversed(levels[known].values()))
    shape = tuple(band.shape)
    return synthesis_spec(
        shape, tuple(axes), tuple(wavelets), tuple(modes), len(levels), len(levels) - known
    ), band


def split(x: Array, wavelet: Any, mode: str, axis: int) -> tuple[Array, Array]:
    """Low- and high-pass sub-band of `x` along one axis, one level."""
    low, (bands,) = take_apart(x, (wavelet,), (mode,), (axis,), 1)
    return low, bands["d"]


def merge(a: Array | None, d: Array | None, wavelet: Any, mode: str, axis: int) -> Array:
    """Inverse of `split`; one sub-band may be None."""
    return put_together(a, [{} if d is None else {"d": d}], (wavelet,), (mode,), (axis,))


def _in_line(band: Array, size: tuple[int, ...], spec: Spec, spare: int) -> Array:
    """A sub-band as (*batch, count), cropped by up to `spare` trailing samples, which stem from odd lengths.

    Raises:
        ValueError: a sub-band of another size.
    """
    found = tuple(band.shape[axis] for axis in spec.axes)
    if found != size:
        if any(not 0 <= n - k <= spare for n, k in zip(found, size, strict=True)):
            raise ValueError("coefficient shape mismatch")
        within = dict(zip(spec.axes, size, strict=True))
        band = band[tuple(slice(within.get(axis)) for axis in range(band.ndim))]
    if spec.axes == (band.ndim - 1,):
        return band
    return namespace(band).reshape(spec.gather(band), (*spec.batch, prod(size)))


def _nothing(like: Array, size: tuple[int, ...], spec: Spec) -> Array:
    """Zeros for a missing sub-band, as (*batch, count)."""
    device = device_of(like)
    return namespace(like).zeros((*spec.batch, prod(size)), dtype=like.dtype, **device)


def _doubled(size: Sequence[int], wavelets: Sequence[Any], modes: Sequence[str]) -> tuple[int, ...]:
    """Samples along each axis of what sub-bands of this size are put together to."""
    doubled = tuple(
        2 * k - (0 if mode == "periodization" else filters(w).taps - 2)
        for k, w, mode in zip(size, wavelets, modes, strict=True)
    )
    if min(doubled) < 1:
        raise ValueError(TOO_SHORT)
    return doubled


@lru_cache(maxsize=1024)
def _spec(
    shape: tuple[int, ...],
    axes: tuple[int, ...],
    wavelets: tuple[Any, ...],
    modes: tuple[str, ...],
    level: int,
) -> Spec:
    # Not `make_spec`, which refuses levels that PyWavelets only warns of.
    return Spec(shape, axes, tuple(filters(w) for w in wavelets), modes, level)


@lru_cache(maxsize=1024)
def synthesis_spec(
    band: tuple[int, ...],
    axes: tuple[int, ...],
    wavelets: tuple[Any, ...],
    modes: tuple[str, ...],
    level: int,
    of_level: int = 1,
) -> Spec:
    """The spec of `level` levels that have a band of this shape at level `of_level`, counted from the finest."""
    size = tuple(band[axis] for axis in axes)
    for _ in range(of_level):
        size = _doubled(size, wavelets, modes)
    shape = list(band)
    for axis, n in zip(axes, size, strict=True):
        shape[axis] = n
    return _spec(tuple(shape), axes, wavelets, modes, level)


@lru_cache(maxsize=1024)
def analysis_spec(
    shape: tuple[int, ...],
    axes: tuple[int, ...],
    wavelets: tuple[Any, ...],
    modes: tuple[str, ...],
    level: int,
) -> Spec:
    """The spec, after a check for empty axes and for reflecting modes on single samples."""
    spec = _spec(shape, axes, wavelets, modes, level)
    if min(spec.size) < 1:
        raise ValueError("Value of data_len must be greater than zero.")
    for mode, sizes in zip(modes, zip(*spec.analysis.sizes[:-1], strict=True), strict=True):
        if mode in ("reflect", "antireflect") and min(sizes) < 2:
            raise ValueError("Input data length must be greater than 1 for [anti]reflect mode.")
    return spec
