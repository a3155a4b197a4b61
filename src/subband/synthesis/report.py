"""Spectra, marginals and structure functions of samples beside the example's, with a floor of real against real.

All are measured in windows, of the samples and of the examples: quarters of an image or quarters of a sound where
there is one example, whole fields where there are several. Distances of synthesised windows to real ones are
compared with the distances of real windows from each other, which nothing beats.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from subband.errors import InvalidInput
from subband.synthesis.fields import periodic_component

ORDERS = (1, 2, 4)


@dataclass(frozen=True)
class Measure:
    """One quantity as a curve, of real and synthesised windows.

    Attributes:
        name: "spectrum" (dB), "marginal" (quantiles, in standard deviations), "structure" (log₂ of
            ⟨|δx|^q⟩ at dyadic lags, q = 1, 2, 4, relative to the standard deviation).
        at: (P,) frequency, probability or lag of each point.
        real: (windows, P) curves of real windows.
        synthesised: (windows, P) curves of synthesised windows.

    Example:
        >>> import numpy as np
        >>> from subband.synthesis import Measure
        >>> curves = np.array([[0.0, 1.0], [0.0, 3.0]])
        >>> measure = Measure("spectrum", np.array([0.1, 0.2]), real=curves, synthesised=curves + 1)
        >>> round(measure.distance, 2), round(measure.floor, 2)
        (1.31, 1.41)
    """

    name: str
    at: np.ndarray
    real: np.ndarray
    synthesised: np.ndarray

    @property
    def distance(self) -> float:
        """Root mean square difference of curves, mean over all pairs of a synthesised and a real window."""
        return float(np.mean([_rms(a, b) for a in self.synthesised for b in self.real]))

    @property
    def floor(self) -> float:
        """The same over all pairs of real windows; NaN for one window."""
        pairs = [_rms(a, b) for a, b in combinations(self.real, 2)]
        return float(np.mean(pairs)) if pairs else float("nan")


@dataclass(frozen=True)
class Report:
    """What was validated.

    Attributes:
        measures: The curves.
        nearest: Mean over samples of the largest correlation of a sample with the example at any shift, and
            `nearest_floor` the same of white noise of the sample's spectrum: near 1 a sample is a copy. NaN where
            shapes differ.
        nearest_floor: See `nearest`.

    Example:
        >>> import numpy as np
        >>> from subband.synthesis import compare_fields
        >>> x = np.random.default_rng(0).normal(size=(4, 64))
        >>> report = compare_fields(x[:2], x[2:], axes=1)
        >>> [measure.name for measure in report.measures], report["spectrum"].real.shape
        (['spectrum', 'marginal', 'structure'], (2, 13))
    """

    measures: tuple[Measure, ...]
    nearest: float
    nearest_floor: float

    def __getitem__(self, name: str) -> Measure:
        for measure in self.measures:
            if measure.name == name:
                return measure
        raise InvalidInput(f"{name!r} was not validated: give validate=({name!r},) to synthesise")

    def __str__(self) -> str:
        """One line per measure: distance to the example, beside real against real."""
        lines = [f"{'':<12}{'distance':>10}{'real–real':>11}"]
        lines += [f"{m.name:<12}{m.distance:>10.4g}{m.floor:>11.4g}" for m in self.measures]
        return "\n".join([*lines, f"{'copy':<12}{self.nearest:>10.3g}{self.nearest_floor:>11.3g}"])


def compare_fields(
    examples: np.ndarray, samples: np.ndarray, names: Sequence[str] = ("spectrum", "marginal", "structure"),
    axes: int = 2,
) -> Report:  # fmt: skip
    """Measure samples beside examples.

    Args:
        examples: (m, *channels, *field).
        samples: (n, *channels, *shape).
        names: Of `MEASURES`.
        axes: Number of axes of a field.

    Example:
        >>> import numpy as np
        >>> from subband.synthesis import compare_fields
        >>> random = np.random.default_rng(0)
        >>> noise, walk = random.normal(size=(4, 256)), random.normal(size=(4, 256)).cumsum(1)
        >>> alike, unlike = (compare_fields(noise[:2], x, ("spectrum",), axes=1) for x in (noise[2:], walk))
        >>> alike["spectrum"].distance < unlike["spectrum"].distance / 2
        True
    """
    window = tuple(
        min(a, b) // (1 if len(examples) > 1 else 2)
        for a, b in zip(examples.shape[-axes:], samples.shape[-axes:], strict=True)
    )
    real, made = _windows(examples, window), _windows(samples, window)
    unit = float(examples.std()) or 1.0
    measures = []
    for name in names:
        at, curve = MEASURES[name](window)
        measures.append(
            Measure(
                name, at, np.stack([curve(x / unit) for x in real]), np.stack([curve(x / unit) for x in made])
            )
        )
    return Report(tuple(measures), *_nearest(examples, samples, axes))


def _windows(x: np.ndarray, window: tuple[int, ...]) -> np.ndarray:
    """(b, …) → (windows, *window): a grid of windows that don't overlap, all channels one after the other."""
    ndim = len(window)
    flat = x.reshape(-1, *x.shape[-ndim:])
    counts = [n // w for n, w in zip(flat.shape[1:], window, strict=True)]
    corners = np.stack(np.meshgrid(*[np.arange(c) for c in counts], indexing="ij"), -1).reshape(-1, ndim)
    parts = [
        flat[(slice(None), *[slice(i * w, i * w + w) for i, w in zip(corner, window, strict=True)])]
        for corner in corners
    ]
    return np.concatenate(parts)


Curve = Callable[[np.ndarray], np.ndarray]


def _spectrum(window: tuple[int, ...]) -> tuple[np.ndarray, Curve]:
    """Mean power in bands of a third of an octave, in dB."""
    grids = np.meshgrid(*[np.fft.fftfreq(n) for n in window], indexing="ij", sparse=True)
    radius = np.sqrt(sum(g**2 for g in grids))
    band = np.rint(3 * np.log2(np.maximum(radius, 1e-9) * min(window))).astype(int)
    wanted = np.arange(band.max() + 1)
    wanted = wanted[np.isin(wanted, band[radius <= 0.5])]

    def curve(x: np.ndarray) -> np.ndarray:
        power = np.abs(np.fft.fftn(periodic_component(x, x.ndim))) ** 2 / x.size
        sums = np.bincount(band[band >= 0], power[band >= 0], band.max() + 1)
        counts = np.bincount(band[band >= 0], minlength=band.max() + 1)
        return 10 * np.log10(sums[wanted] / counts[wanted] + 1e-12)

    return 2 ** (wanted / 3) / min(window), curve


def _marginal(window: tuple[int, ...]) -> tuple[np.ndarray, Curve]:
    at = (np.arange(63) + 0.5) / 63
    return at, lambda x: np.quantile(x, at)


def _structure(window: tuple[int, ...]) -> tuple[np.ndarray, Curve]:
    """log₂⟨|x(u) − x(u + l)|^q⟩ along every axis, at lags 1, 2, 4, … up to a quarter of the window."""
    lags = 2 ** np.arange(max(1, int(np.log2(min(window))) - 1))

    def curve(x: np.ndarray) -> np.ndarray:
        made = []
        for q in ORDERS:
            for lag in lags:
                steps = [np.mean(np.abs(_increments(x, axis, int(lag))) ** q) for axis in range(x.ndim)]
                made.append(np.log2(np.mean(steps) + 1e-12))
        return np.array(made)

    return np.tile(lags, len(ORDERS)).astype(float), curve


def _increments(x: np.ndarray, axis: int, lag: int) -> np.ndarray:
    first = [slice(None)] * x.ndim
    last = [slice(None)] * x.ndim
    first[axis], last[axis] = slice(None, -lag), slice(lag, None)
    return x[tuple(last)] - x[tuple(first)]


MEASURES: dict[str, Callable[[tuple[int, ...]], tuple[np.ndarray, Curve]]] = {
    "spectrum": _spectrum,
    "marginal": _marginal,
    "structure": _structure,
}
"""Name → maker of the points and the curve, for windows of a shape."""


def _rms(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.sqrt(np.mean((a - b) ** 2)))


def _nearest(examples: np.ndarray, samples: np.ndarray, axes: int) -> tuple[float, float]:
    if examples.shape[1:] != samples.shape[1:]:
        return float("nan"), float("nan")
    over = tuple(range(-axes, 0))
    shuffled = np.fft.fftn(np.random.default_rng(0).standard_normal(samples.shape), axes=over)
    spectra = np.fft.fftn(samples - samples.mean(axis=over, keepdims=True), axes=over)
    noise = np.abs(spectra) * np.exp(1j * np.angle(shuffled))
    real = np.fft.fftn(examples - examples.mean(axis=over, keepdims=True), axes=over)

    def largest(made: np.ndarray) -> float:
        found = []
        for one in made:
            cross = np.fft.ifftn(np.conj(one) * real, axes=over).real
            cross = cross.reshape(len(real), -1, *cross.shape[-axes:]).sum(1)
            size = np.sqrt(
                np.sum(np.abs(one) ** 2) * np.sum(np.abs(real) ** 2, axis=tuple(range(1, real.ndim)))
            )
            size /= np.prod(one.shape[-axes:])
            found.append(np.max(cross.reshape(len(real), -1).max(1) / np.maximum(size, 1e-300)))
        return float(np.mean(found))

    return largest(spectra), largest(noise)
