"""The wavelet transform by lifting and its inverse, for floating samples and, without loss, for integers.

Daubechies & Sweldens 1998; for integers Calderbank, Daubechies, Sweldens & Yeo 1998.
"""

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial
from math import lcm, prod

import numpy as np

from subband.arrays.deprecation import keyword_only_after
from subband.arrays.namespace import Array, as_signal, namespace
from subband.errors import InvalidInput
from subband.transforms.lifting.coefficients import LiftingCoefficients, layout
from subband.transforms.lifting.schemes import FIXED, LiftingScheme, Step
from subband.transforms.lifting.spec import LiftedSpec, make_lifted_spec


@keyword_only_after("scheme", "level", "axes", "mode")
def lift(
    x: Array,
    scheme: str | LiftingScheme,
    *,
    level: int | None = None,
    mode: str = "reflect",
    axes: int | Sequence[int] = -1,
) -> LiftingCoefficients:
    """Wavelet transform by lifting.

    Floating samples give what `dwt` gives with the same wavelet and "periodization". Integers give integers, each
    prediction and update being rounded to the nearest (⌊· + ½⌋) and scales left out, and come back without loss.

    Integers are computed in the library's widest signed type (int64; int32 in JAX unless told otherwise), so those
    of up to 32 bits do not overflow. Wider ones may: arithmetic then wraps around, both ways alike, so even
    these come back exactly. Weights that are no fractions (cdf9.7) are rounded to multiples of 2⁻¹³, so that
    no machine's floating arithmetic matters.

    Args:
        x: (…) integer, boolean, real or complex array of NumPy, PyTorch or JAX.
        scheme: A name in `subband.SCHEMES`, or a `LiftingScheme`.
        level: Number of levels; by default the most that the shortest axis bears without a boundary everywhere.
        axes: The axes to transform, one or several.
        mode: "reflect" (about the end samples; as many coefficients as samples, of any length) or "periodization"
            (odd lengths repeat their last sample).

    Returns:
        The coefficients, of the library and device of `x`: `.approx`, `[level]["d"]`, `.array`.

    Raises:
        InvalidInput: unknown scheme or mode, empty or missing axis, level too high.
        UnsupportedArray: an array of another library or of a dtype that can't be transformed.
    """
    signal, dtype = as_signal(x), None
    x = np.asarray(x) if isinstance(x, list | tuple) else x
    xp = namespace(signal)
    if _whole(x):
        dtype, widest = x.dtype, xp.__array_namespace_info__().default_dtypes()["integral"]
        signal = xp.astype(x, widest)
    spec = make_lifted_spec(signal.shape, scheme, level, mode, axes, dtype)
    return LiftingCoefficients(analyse(signal, spec, partial(_forward, scheme=spec.scheme, mode=mode)), spec)


def unlift(c: LiftingCoefficients) -> Array:
    """Inverse of `lift`.

    Args:
        c: Coefficients, as `lift` gave them or with other numbers in them.

    Returns:
        The array, of exactly the shape that was transformed; for integers also of exactly the type and values.

    Raises:
        InvalidInput: if `c` is not a `LiftingCoefficients`.
    """
    if not isinstance(c, LiftingCoefficients):
        raise InvalidInput(
            f"can't invert a {type(c).__name__}: give the LiftingCoefficients that lift returned"
        )
    x = synthesise(c, partial(_backward, scheme=c.spec.scheme, mode=c.spec.base.modes[0]))
    return x if c.spec.dtype is None else namespace(x).astype(x, c.spec.dtype)


def analyse(x: Array, spec: LiftedSpec, split: Callable[..., tuple[Array, Array]]) -> Array:
    """(*batch, total): all levels of `split(band, axis=axis)`, which gives one axis's two lanes."""
    xp, low, bands = namespace(x), spec.base.gather(x), {}
    for depth in range(1, spec.base.level + 1):
        parts = {"": low}
        for axis in range(len(spec.base.axes)):
            parts = {
                name + letter: lane
                for name, band in parts.items()
                for letter, lane in zip("ad", split(band, axis=1 + axis), strict=True)
            }
        bands |= {(depth, name): band for name, band in parts.items()}
        low = parts[spec.bands[0]]
    flat = [xp.reshape(bands[place], (*spec.base.batch, prod(spec.size(*place)))) for place in layout(spec)]
    return xp.concat(flat, axis=-1)


def synthesise(c: LiftingCoefficients, merge: Callable[..., Array]) -> Array:
    """The signal: all levels of `merge(a, d, length=length, axis=axis)`, which joins one axis's two lanes."""
    xp, spec = namespace(c.array), c.spec
    flat, bands, start = xp.reshape(c.array, (spec.base.signals, c.array.shape[-1])), {}, 0
    for place in layout(spec):
        size = spec.size(*place)
        bands[place] = xp.reshape(flat[:, start : start + prod(size)], (flat.shape[0], *size))
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
    return (a, d) if _whole(x) else (a * scheme.scales[0], d * scheme.scales[1])


def _backward(a: Array, d: Array, *, scheme: LiftingScheme, mode: str, length: int, axis: int) -> Array:
    """The inverse of `_forward`: the same steps from the last to the first, with the other sign."""
    if not _whole(a):
        a, d = a / scheme.scales[0], d / scheme.scales[1]
    for step in reversed(scheme.steps):
        if step.kind == "predict":
            d = d + _combine(a, step, d.shape[axis], mode, axis)
        else:
            a = a - _combine(d, step, a.shape[axis], mode, axis)
    return interleave(a, d, length, axis)


def interleave(a: Array, d: Array, length: int, axis: int) -> Array:
    """The even samples and the odd ones as a signal of a length that may leave the last odd one out."""
    # The even samples first, then the odd ones: this is where each sample of the signal lies.
    order = [n // 2 + (n % 2) * a.shape[axis] for n in range(length)]
    return namespace(a).take(namespace(a).concat([a, d], axis=axis), places(order, a), axis=axis)


def _combine(source: Array, step: Step, count: int, mode: str, axis: int) -> Array | int:
    """Σⱼ w[j] source[n + first + j] for n < count, rounded for integers."""
    xp = namespace(source)
    if source.shape[axis] == 0:
        # A single sample has no odd neighbours, and nothing is added to it.
        return 0
    weights, denominator = list(step.weights), 1
    if _whole(source):
        exact = [w if isinstance(w, Fraction) else Fraction(round(w * FIXED), FIXED) for w in weights]
        denominator = lcm(*(w.denominator for w in exact))
        weights = [int(w * denominator) for w in exact]
    total = 0
    for j, weight in enumerate(weights):
        index = neighbours(np.arange(count) + step.first + j, source.shape[axis], count, step.kind, mode)
        term = xp.take(source, places(index, source), axis=axis) * (
            weight if _whole(source) else float(weight)
        )
        total = total + term
    return (total + denominator // 2) // denominator if _whole(source) and denominator > 1 else total


def neighbours(index: np.ndarray, available: int, count: int, kind: str, mode: str) -> np.ndarray:
    """Which samples of the other lane stand at `index` where that is beyond its ends."""
    if mode == "periodization":
        return index % available
    # Whole-point reflection of the signal, of which a[n] is sample 2n and d[n] sample 2n + 1, keeps lanes apart.
    odd, last = int(kind == "update"), available + count - 1
    sample = np.abs(2 * index + odd)
    fold, rest = np.divmod(sample, max(last, 1))
    return np.where(fold % 2 == 1, last - rest, rest) // 2


def _whole(x: Array) -> bool:
    """Whether the samples are integers or booleans."""
    return namespace(x).isdtype(x.dtype, ("integral", "bool"))


def places(index, like: Array) -> Array:
    """An index beside an array: its library and device."""
    place = {"device": like.device} if hasattr(like, "device") else {}
    return namespace(like).asarray(np.asarray(index, dtype=np.int64), **place)


def along(x: Array, axis: int, part: slice) -> tuple[slice, ...]:
    """Index that takes `part` of one axis and all of the others."""
    return (slice(None),) * axis + (part,) + (slice(None),) * (x.ndim - axis - 1)
