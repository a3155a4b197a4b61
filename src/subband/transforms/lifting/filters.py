"""Filter bank of a lifting scheme, differentiable in its weights and usable with any boundary mode."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from subband.arrays.arguments import shown
from subband.arrays.deprecation import keyword_only_after
from subband.arrays.namespace import Array, as_signal, device_of, library, namespace
from subband.errors import InvalidInput
from subband.transforms.lifting.schemes import LiftingScheme, lifting
from subband.transforms.wavelets.filters import Filters


@keyword_only_after("scheme", "weights", "scales")
def lifting_filters(
    scheme: str | LiftingScheme,
    *,
    weights: Sequence[Array] | None = None,
    scales: Array | None = None,
) -> Filters:
    """Biorthogonal filters of a lifting scheme, with perfect reconstruction for any weights.

    Each step is a triangular factor of the polyphase matrix, of determinant 1. The determinant of the bank is the
    product of the two scales, and the synthesis filters are the modulated analysis filters divided by it
    (Daubechies & Sweldens 1998, eqs. 2–4 and theorem 7).

    Args:
        scheme: A name in `subband.SCHEMES`, or a `LiftingScheme`, which defines the steps.
        weights: One array per step that replaces its weights, of the same length. Differentiable.
        scales: (2,) array that replaces the scheme's factors of a and d, both non-zero. Differentiable.

    Returns:
        The filters, of the library and dtype of `weights`, or NumPy float64; their length is the support of the
        steps.

    Raises:
        InvalidInput: an unknown name, or weights or scales of another shape or library.

    Example:
        >>> import subband as sb
        >>> filters = sb.lifting_filters("cdf2.2")
        >>> (filters.dec_lo * 2**0.5).round(6).tolist()
        [0.0, -0.25, 0.5, 1.5, 0.5, -0.25]

    See also: `lift`, `lifting`, `dwt`.
    """
    chosen = scheme if isinstance(scheme, LiftingScheme) else lifting(scheme)
    if weights is None:
        taps_of = [np.asarray([float(w) for w in step.weights]) for step in chosen.steps]
    else:
        taps_of = _arrays("weights", weights)
    given, expected = [tuple(w.shape) for w in taps_of], [(len(step.weights),) for step in chosen.steps]
    if given != expected or not expected:
        raise InvalidInput(f"weights of shapes {given} don't fit {chosen.name}: give {expected}")
    like, taps = taps_of[0], _length(chosen)
    xp, device = namespace(like), device_of(like)

    def constant(values) -> Array:
        return xp.asarray(np.asarray(values), dtype=like.dtype, **device)

    s = constant(chosen.scales) if scales is None else _scales(scales, like)
    # Tap j multiplies x[2n + L/2 − j]; the lazy wavelet is a[n] = x[2n], d[n] = x[2n + 1].
    a, d = (constant(np.arange(taps) == taps // 2 - odd) for odd in (0, 1))
    for step, w in zip(chosen.steps, taps_of, strict=True):
        for j in range(len(step.weights)):
            if step.kind == "predict":
                d = d - w[j] * _advanced(a, step.first + j)
            else:
                a = a + w[j] * _advanced(d, step.first + j)
    lo, hi = s[0] * a, s[1] * d
    # H₁(−z) and −H₀(−z) over the determinant, with positive sign at tap L/2 + 1.
    sign = constant((-1.0) ** (np.arange(taps) - taps // 2 - 1)) / (s[0] * s[1])
    return Filters(lo, hi, sign * hi, -sign * lo)


def _arrays(name: str, given: Any) -> list[Array]:
    """A list of floating-point arrays of the same library."""
    if not isinstance(given, list | tuple):
        raise InvalidInput(f"{name}={shown(given)}: give a list of arrays, one for each step")
    if any(isinstance(item, str) or item is None for item in given):
        raise InvalidInput(f"{name}={shown(given)}: give a list of arrays, one for each step")
    arrays = [as_signal(item, f"one of {name}") for item in given]
    if len({library(array) for array in arrays}) > 1:
        raise InvalidInput(f"{name} are arrays of several libraries: give those of one")
    return arrays


def _scales(given: Any, like: Array) -> Array:
    """(2,) factors as an array of the library of `like`, from such an array or from numbers."""
    scales = as_signal(given, "scales")
    if tuple(scales.shape) != (2,):
        raise InvalidInput(f"scales={shown(given)} of shape {tuple(scales.shape)}: give two, of a and of d")
    if library(scales) == library(like):
        return scales
    if library(scales) != "numpy":
        raise InvalidInput(
            f"scales={shown(given)} of {library(scales)} don't go with weights of {library(like)}: give an "
            f"array of {library(like)}"
        )
    device = device_of(like)
    return namespace(like).asarray(scales, dtype=like.dtype, **device)


def _advanced(taps: Array, samples: int) -> Array:
    """The taps of a[n + samples], given those of a[n]."""
    xp, shift = namespace(taps), 2 * samples
    padding = xp.zeros_like(taps[: abs(shift)])
    return xp.concat([taps[shift:], padding]) if shift >= 0 else xp.concat([padding, taps[:shift]])


def _length(scheme: LiftingScheme) -> int:
    """The smallest even length L with both supports in x[2n − L/2 + 1], …, x[2n + L/2]."""
    support = {"update": (0, 0), "predict": (1, 1)}  # of a and of d, by the step that modifies them
    for step in scheme.steps:
        first, last = support["update" if step.kind == "predict" else "predict"]
        ends = first + 2 * step.first, last + 2 * (step.first + len(step.weights) - 1)
        own = support[step.kind]
        support[step.kind] = min(own[0], ends[0]), max(own[1], ends[1])
    return 2 * max(max(1 - first, last) for first, last in support.values())
