"""Wavelet transform by lifting and its inverse: floating-point (Daubechies & Sweldens 1998), and integer to integer
(Calderbank, Daubechies, Sweldens & Yeo 1998).
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from math import lcm, prod

import numpy as np

from subband.arrays.deprecation import keyword_only_after
from subband.arrays.labelled import labelled
from subband.arrays.namespace import Array, as_signal, device_of, namespace
from subband.errors import InvalidInput
from subband.transforms.lifting.coefficients import LiftingCoefficients, layout
from subband.transforms.lifting.schemes import FIXED, LiftingScheme, Step
from subband.transforms.lifting.spec import LiftedSpec, make_lifted_spec


@keyword_only_after("scheme", "level", "axes", "mode")
@labelled
def lift(
    x: Array,
    scheme: str | LiftingScheme,
    *,
    level: int | None = None,
    mode: str = "reflect",
    axes: int | Sequence[int] = -1,
) -> LiftingCoefficients:
    """Wavelet transform by lifting, integer to integer for integers.

    Per level and axis, from a[n] = x[2n] and d[n] = x[2n + 1]: predict steps d[n] −= Σⱼ w[j] a[n + first + j],
    update steps a[n] += Σⱼ w[j] d[n + first + j], then scaling of a and d. With mode "periodization" this is `dwt`
    with the scheme's wavelet. For integers, each sum is rounded to the nearest, ⌊· + ½⌋, and scaling is omitted;
    the inverse is lossless.

    Integers are computed in the library's default integer type: int64, or int32 in JAX without x64 mode. In int64,
    inputs of up to 32 bits do not overflow. Overflow wraps around identically in both directions, so the inverse is
    lossless even then. Weights that are not fractions (cdf9.7) are rounded to multiples of 2⁻¹³, so that results do
    not depend on floating-point arithmetic.

    Args:
        x: (…) integer, boolean, real or complex array of NumPy, PyTorch or JAX.
        scheme: A name in `subband.SCHEMES`, or a `LiftingScheme`.
        level: Number of levels; by default as many as leave some coefficients of the shortest axis unaffected by
            the boundary.
        mode: "reflect" (whole-sample symmetric; as many coefficients as samples for any length) or "periodization"
            (odd lengths repeat their last sample).
        axes: The axes to transform, one or several.

    Returns:
        The coefficients, of the library and device of `x`: `.approx`, `[level]["d"]`, `.array`.

    Raises:
        InvalidInput: unknown scheme or mode, empty or missing axis, level too high.
        UnsupportedArray: an array of another library, or a dtype that can't be transformed.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> c = sb.lift(np.array([1, 3, 2, 8]), "haar", level=1)
        >>> c.approx.tolist(), c[1]["d"].tolist()
        ([2, 5], [2, 6])

    Source: I. Daubechies, W. Sweldens, Factoring wavelet transforms into lifting steps, J. Fourier Anal. Appl.
    4(3), 1998; A. R. Calderbank, I. Daubechies, W. Sweldens, B.-L. Yeo, Wavelet transforms that map integers to
    integers, Appl. Comput. Harmon. Anal. 5(3), 1998.

    See also: `unlift`, `lifting`, `lifting_filters`, `dwt`.
    """
    signal, dtype = as_signal(x), None
    x = np.asarray(x) if isinstance(x, list | tuple) else x
    xp = namespace(signal)
    if _is_integer(x):
        dtype, default = x.dtype, xp.__array_namespace_info__().default_dtypes()["integral"]
        signal = xp.astype(x, default)
    spec = make_lifted_spec(signal.shape, scheme, level, mode, axes, dtype)
    return LiftingCoefficients(analyse(signal, spec, partial(_forward, scheme=spec.scheme, mode=mode)), spec)


def unlift(c: LiftingCoefficients) -> Array:
    """Inverse of `lift`: the same steps in reverse order, with opposite signs.

    Args:
        c: Coefficients returned by `lift`, or modified ones (`c.replace`).

    Returns:
        The signal, in the shape that was transformed; integers have their original dtype and exact values.

    Raises:
        InvalidInput: if `c` is not a `LiftingCoefficients`.

    Example:
        >>> import numpy as np
        >>> import subband as sb
        >>> sb.unlift(sb.lift(np.array([1, 3, 2, 8, 5]), "cdf2.2", level=2)).tolist()
        [1, 3, 2, 8, 5]

    See also: `lift`.
    """
    if not isinstance(c, LiftingCoefficients):
        raise InvalidInput(
            f"can't invert a {type(c).__name__}: give the LiftingCoefficients that lift returned"
        )
    x = synthesise(c, partial(_backward, scheme=c.spec.scheme, mode=c.spec.base.modes[0]))
    return c.with_labels(x if c.spec.dtype is None else namespace(x).astype(x, c.spec.dtype))


def analyse(x: Array, spec: LiftedSpec, split: Callable[..., tuple[Array, Array]]) -> Array:
    """(*batch, total): all levels of `split(band, axis=axis)`, which returns a and d along one axis."""
    xp, low, bands = namespace(x), spec.base.gather(x), {}
    for depth in range(1, spec.base.level + 1):
        parts = {"": low}
        for axis in range(len(spec.base.axes)):
            parts = {
                name + letter: half
                for name, band in parts.items()
                for letter, half in zip("ad", split(band, axis=1 + axis), strict=True)
            }
        bands |= {(depth, name): band for name, band in parts.items()}
        low = parts[spec.bands[0]]
    flat = [xp.reshape(bands[key], (*spec.base.batch, prod(spec.size(*key)))) for key in layout(spec)]
    return xp.concat(flat, axis=-1)


def synthesise(c: LiftingCoefficients, merge: Callable[..., Array]) -> Array:
    """The signal: all levels of `merge(a, d, length=length, axis=axis)`, the inverse or adjoint of a split."""
    xp, spec = namespace(c.array), c.spec
    flat, bands, start = xp.reshape(c.array, (spec.base.signals, c.array.shape[-1])), {}, 0
    for key in layout(spec):
        size = spec.size(*key)
        bands[key] = xp.reshape(flat[:, start : start + prod(size)], (flat.shape[0], *size))
        start += prod(size)
    low = bands[spec.base.level, spec.bands[0]]
    for depth in range(spec.base.level, 0, -1):
        parts = {name: bands[depth, name] for name in spec.bands[1:]} | {spec.bands[0]: low}
        for axis in reversed(range(len(spec.base.axes))):
            length, names = spec.sizes[depth - 1][axis], dict.fromkeys(name[:-1] for name in parts)
            parts = {
                name: merge(parts[name + "a"], parts[name + "d"], length=length, axis=1 + axis)
                for name in names
            }
        low = parts[""]
    return spec.base.scatter(low)


def _forward(x: Array, *, scheme: LiftingScheme, mode: str, axis: int) -> tuple[Array, Array]:
    """One level along one axis: the lazy wavelet, the steps, the scales (Daubechies & Sweldens 1998, eq. 10)."""
    xp = namespace(x)
    length = x.shape[axis]
    if mode == "periodization" and length % 2:
        x = xp.concat([x, x[along(x, axis, slice(length - 1, None))]], axis=axis)
    a, d = x[along(x, axis, slice(0, None, 2))], x[along(x, axis, slice(1, None, 2))]
    for step in scheme.steps:
        if step.kind == "predict":
            d = d - _combine(a, step, d.shape[axis], mode, axis)
        else:
            a = a + _combine(d, step, a.shape[axis], mode, axis)
    return (a, d) if _is_integer(x) else (a * scheme.scales[0], d * scheme.scales[1])


def _backward(a: Array, d: Array, *, scheme: LiftingScheme, mode: str, length: int, axis: int) -> Array:
    """The inverse of `_forward`: the same steps in reverse order, with opposite signs."""
    if not _is_integer(a):
        a, d = a / scheme.scales[0], d / scheme.scales[1]
    for step in reversed(scheme.steps):
        if step.kind == "predict":
            d = d + _combine(a, step, d.shape[axis], mode, axis)
        else:
            a = a - _combine(d, step, a.shape[axis], mode, axis)
    return interleave(a, d, length, axis)


def interleave(a: Array, d: Array, length: int, axis: int) -> Array:
    """x[2n] = a[n], x[2n + 1] = d[n], for `length` samples; an odd length may omit the last d."""
    # Indices of the samples in the concatenation of a and d.
    order = [n // 2 + (n % 2) * a.shape[axis] for n in range(length)]
    return namespace(a).take(namespace(a).concat([a, d], axis=axis), index_array(order, a), axis=axis)


def _combine(source: Array, step: Step, count: int, mode: str, axis: int) -> Array | int:
    """Σⱼ w[j] source[n + first + j] for n < count, rounded for integers."""
    xp = namespace(source)
    if source.shape[axis] == 0:
        # A single sample has no odd neighbours, so the sum is empty.
        return 0
    weights, denominator = list(step.weights), 1
    if _is_integer(source):
        exact = [w if isinstance(w, Fraction) else Fraction(round(w * FIXED), FIXED) for w in weights]
        denominator = lcm(*(w.denominator for w in exact))
        weights = [int(w * denominator) for w in exact]
    total = 0
    for j, weight in enumerate(weights):
        index = neighbours(np.arange(count) + step.first + j, source.shape[axis], count, step.kind, mode)
        term = xp.take(source, index_array(index, source), axis=axis) * (
            weight if _is_integer(source) else float(weight)
        )
        total = total + term
    return (total + denominator // 2) // denominator if _is_integer(source) and denominator > 1 else total


def neighbours(index: np.ndarray, available: int, count: int, kind: str, mode: str) -> np.ndarray:
    """Boundary extension: maps indices into a or d of `available` samples to 0, …, available − 1."""
    if mode == "periodization":
        return index % available
    # Whole-sample reflection of the signal, with a[n] = x[2n] and d[n] = x[2n + 1], preserves parity.
    odd, last = int(kind == "update"), available + count - 1
    sample = np.abs(2 * index + odd)
    fold, rest = np.divmod(sample, max(last, 1))
    return np.where(fold % 2 == 1, last - rest, rest) // 2


def _is_integer(x: Array) -> bool:
    """Whether the samples are integers or booleans."""
    return namespace(x).isdtype(x.dtype, ("integral", "bool"))


def index_array(index, like: Array) -> Array:
    """Indices as an int64 array of the library and device of `like`."""
    device = device_of(like)
    return namespace(like).asarray(np.asarray(index, dtype=np.int64), **device)


def along(x: Array, axis: int, part: slice) -> tuple[slice, ...]:
    """Index with the slice `part` along one axis, and full slices along all others."""
    return (slice(None),) * axis + (part,) + (slice(None),) * (x.ndim - axis - 1)
