"""The filters that lifting steps amount to, so that steps can be learnt and used with any boundary mode."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from subband.arrays.arguments import shown
from subband.arrays.deprecation import keyword_only_after
from subband.arrays.namespace import Array, as_signal, library, namespace
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
    """The biorthogonal filters of a lifting scheme. Whatever its weights, they reconstruct perfectly.

    Each step is a triangular factor of the polyphase matrix, of determinant 1, so the bank's determinant is the
    product of the two scales, and the synthesis filters are the analysis filters with other signs
    (Daubechies & Sweldens 1998, eqs. 2–4 and theorem 7).

    Args:
        scheme: A name in `subband.SCHEMES`, or a `LiftingScheme`: which steps there are.
        weights: One array for each step in place of its weights, of the same length; gradients flow through.
        scales: (2,) in place of the scheme's factors of a and d, none of them zero.

    Returns:
        The filters, of the library and dtype of `weights`, or float64 of NumPy; as long as the steps reach.

    Raises:
        InvalidInput: an unknown name, or weights that do not fit the steps.
    """
    chosen = scheme if isinstance(scheme, LiftingScheme) else lifting(scheme)
    if weights is None:
        taps_of = [np.asarray([float(w) for w in step.weights]) for step in chosen.steps]
    else:
        taps_of = _arrays("weights", weights)
    given, wanted = [tuple(w.shape) for w in taps_of], [(len(step.weights),) for step in chosen.steps]
    if given != wanted or not wanted:
        raise InvalidInput(f"weights of shapes {given} don't fit {chosen.name}: give {wanted}")
    like, taps = taps_of[0], _length(chosen)
    xp, place = namespace(like), {"device": like.device} if hasattr(like, "device") else {}

    def constant(values) -> Array:
        return xp.asarray(np.asarray(values), dtype=like.dtype, **place)

    s = constant(chosen.scales) if scales is None else _scales(scales, like)
    # Tap j reads x[2n + L/2 − j]: the lazy wavelet's a[n] = x[2n] and d[n] = x[2n + 1].
    a, d = (constant(np.arange(taps) == taps // 2 - odd) for odd in (0, 1))
    for step, w in zip(chosen.steps, taps_of, strict=True):
        for j in range(len(step.weights)):
            if step.kind == "predict":
                d = d - w[j] * _advanced(a, step.first + j)
            else:
                a = a + w[j] * _advanced(d, step.first + j)
    lo, hi = s[0] * a, s[1] * d
    # H₁(−z) and H₀(−z), with signs counted from tap L/2 + 1, over the determinant.
    sign = constant((-1.0) ** (np.arange(taps) - taps // 2 - 1)) / (s[0] * s[1])
    return Filters(lo, hi, sign * hi, -sign * lo)


def _arrays(name: str, given: Any) -> list[Array]:
    """Several floating arrays of one library."""
    if not isinstance(given, list | tuple):
        raise InvalidInput(f"{name}={shown(given)}: give a list of arrays, one for each step")
    if any(isinstance(one, str) or one is None for one in given):
        raise InvalidInput(f"{name}={shown(given)}: give a list of arrays, one for each step")
    arrays = [as_signal(one, f"one of {name}") for one in given]
    if len({library(one) for one in arrays}) > 1:
        raise InvalidInput(f"{name} are arrays of several libraries: give those of one")
    return arrays


def _scales(given: Any, like: Array) -> Array:
    """(2,) factors, an array of the library of `like` or known numbers."""
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
    place = {"device": like.device} if hasattr(like, "device") else {}
    return namespace(like).asarray(scales, dtype=like.dtype, **place)


def _advanced(lane: Array, samples: int) -> Array:
    """The taps of a[n + samples], given those of a[n]."""
    xp, shift = namespace(lane), 2 * samples
    gap = xp.zeros_like(lane[: abs(shift)])
    return xp.concat([lane[shift:], gap]) if shift >= 0 else xp.concat([gap, lane[:shift]])


def _length(scheme: LiftingScheme) -> int:
    """The even length L that both lanes' reach, from x[2n − L/2 + 1] to x[2n + L/2], fits into."""
    reach = {"update": (0, 0), "predict": (1, 1)}  # of a and of d, by what changes them
    for step in scheme.steps:
        first, last = reach["update" if step.kind == "predict" else "predict"]
        ends = first + 2 * step.first, last + 2 * (step.first + len(step.weights) - 1)
        own = reach[step.kind]
        reach[step.kind] = min(own[0], ends[0]), max(own[1], ends[1])
    return 2 * max(max(1 - first, last) for first, last in reach.values())
