"""Joint frequency response of all wavelets of a transform: what of a signal its inverse gives back."""

from functools import partial
from typing import Any
from warnings import warn

import numpy as np

from subband.arrays.compilers import compiling, static
from subband.arrays.namespace import precision
from subband.errors import SubbandWarning
from subband.transforms.continuous.spec import ContinuousSpec, Numbers, from_numbers, multipliers

LARGEST_GAIN = 128
"""Largest gain of method "exact" relative to its smallest. It is sufficient up to the Nyquist frequency and bounds
the amplification of modified coefficients."""


@partial(static, large=True)
def inverse_response(numbers: Numbers, precision: str) -> np.ndarray:
    """(L,) 1 / ½ Σ w ψ̂ at all bins of the extended signal's spectrum, at most LARGEST_GAIN times its minimum."""
    joint = _joint_response(from_numbers(numbers), precision)
    if joint.max() == 0:
        return joint  # a single sample has only a mean, where the response is 0
    return 1 / np.maximum(joint, joint.max() / LARGEST_GAIN)


def _joint_response(spec: ContinuousSpec, precision: str) -> np.ndarray:
    """(L,) ½ Σ w ψ̂ at all bins of the extended signal's spectrum."""
    bank = multipliers(spec, precision)
    size, bins = spec.period, spec.period // 2 + 1
    f = np.asarray(spec.frequencies)
    both = spec.real or not spec.wavelet.analytic
    positive, negative = (
        (spec.weights * (both | (side * f > 0)) / 2).astype(np.float64) @ bank for side in (1, -1)
    )
    joint = np.concat([positive, negative[1 : size - bins + 1][::-1]])
    if size % 2 == 0:
        # In the bank, the Nyquist bin is shared equally by both halves of the spectrum.
        joint[size // 2] = positive[-1] + negative[-1]
    return joint


def recoverable_ranges(c: Any) -> tuple[tuple[float, float], ...]:
    """Ranges of frequencies in hertz, ascending, in which a transform's joint response can be divided by."""
    f, invertible = _invertible(c.spec.numbers, precision(c.array))
    edges = np.flatnonzero(np.diff(invertible.astype(int), prepend=0, append=0))
    return tuple([(float(f[a]), float(f[b - 1])) for a, b in zip(edges[::2], edges[1::2], strict=True)])


def warn_of_gaps(c: Any, what: str, remedy: str) -> None:
    """Warn if frequencies between the lowest and the highest of a transform can't be recovered.

    Those outside are left out on purpose, and are no reason.
    """
    if compiling():
        return
    spec: ContinuousSpec = c.spec
    lost, low, high, first, last = _gaps(spec.numbers, precision(c.array))
    if lost > 0:
        warn(
            f"{what} leaves out {100 * lost:.2g} % of the spectrum between {low:.4g} and {high:.4g} Hz: the "
            f"{len(spec.frequencies)} frequencies of {spec.wavelet} are too far apart, as around "
            f"{first:.4g} … {last:.4g} Hz; {remedy}",
            SubbandWarning,
            stacklevel=3,  # of the caller of the inverse
        )


@partial(static, large=True)
def _invertible(numbers: Numbers, precision: str) -> tuple[np.ndarray, np.ndarray]:
    """Ascending frequencies of the bins in hertz, from 0 for real signals; and where the gain is not bounded."""
    spec = from_numbers(numbers)
    joint = _joint_response(spec, precision)
    f = np.fft.fftfreq(spec.period, 1 / spec.fs)
    if spec.real:
        bins = spec.period // 2 + 1
        f, joint = np.abs(f[:bins]), joint[:bins]
    order = np.argsort(f, kind="stable")
    return f[order], ((joint > 0) & (joint >= joint.max() / LARGEST_GAIN))[order]


@static
def _gaps(numbers: Numbers, precision: str) -> tuple[float, float, float, float, float]:
    """Share of the bins between the lowest and highest frequency that are lost, these, and the first gap's ends."""
    spec = from_numbers(numbers)
    f, invertible = _invertible(numbers, precision)
    given = np.asarray(spec.frequencies)
    sides = (1,) if spec.real else (1, -1)
    if not spec.wavelet.analytic:
        given = np.concat([given, -given])
    inside = np.zeros(len(f), dtype=bool)
    for side in sides:
        own = given[side * given > 0]
        if len(own):
            inside |= (f >= own.min()) & (f <= own.max())
    lost = inside & ~invertible
    if not lost.any():
        return 0.0, 0.0, 0.0, 0.0, 0.0
    start = int(lost.argmax())
    length = int(np.append(~lost[start:], True).argmax())
    ends = f[[np.flatnonzero(inside)[0], np.flatnonzero(inside)[-1], start, start + length - 1]]
    low, high, first, last = (float(end) for end in ends)
    return float(lost.sum() / inside.sum()), low, high, first, last
