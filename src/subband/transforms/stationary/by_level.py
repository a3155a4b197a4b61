"""What wavelet variance and covariance share: validated series, coefficients without ends, scales of the levels."""

from dataclasses import dataclass
from functools import partial
from math import sqrt
from typing import Any

import numpy as np

from subband.arrays.arguments import choice, number
from subband.arrays.axes import count_axis
from subband.arrays.compilers import compiling, static
from subband.arrays.concrete import known
from subband.arrays.namespace import Array, as_signal, device_of, namespace, widened
from subband.arrays.scale import power_of_two
from subband.errors import InvalidInput
from subband.transforms.container import Container
from subband.transforms.stationary.swt import analyse, make_stationary_spec
from subband.transforms.wavelets.filters import Wavelet
from subband.transforms.wavelets.spec import Spec, Wavelets, plain_level

MODES = ("interior", "periodic", "symmetric")


@dataclass(frozen=True, eq=False)
class ByLevel(Container):
    """Base class of statistics of series by level, 1 … J, the finest first.

    Attributes:
        array: (*batch, J) the statistic.
        spec: Parameters of the transform.
        fs: Sampling rate in hertz.
        mode: Treatment of the ends.
        confidence: Probability of the intervals.
    """

    spec: Spec
    fs: float
    mode: str
    confidence: float

    @property
    def scales(self) -> np.ndarray:
        """(J,) Scales τⱼ = 2^(j−1)/fs in seconds: the lengths of the means whose changes a level measures."""
        return 2.0 ** np.arange(self.spec.level) / self.fs

    @property
    def bands(self) -> np.ndarray:
        """(J, 2) Nominal pass-bands in hertz: fs/2^(j+1) to fs/2^j."""
        high = self.fs / 2.0 ** np.arange(1, self.spec.level + 1)
        return np.stack([high / 2, high], axis=-1)

    @property
    def periods(self) -> np.ndarray:
        """(J, 2) Shortest and longest period in seconds: 2^j/fs to 2^(j+1)/fs."""
        return 1 / self.bands[:, ::-1]

    @property
    def counts(self) -> np.ndarray:
        """(J,) Numbers Mⱼ of coefficients in the means."""
        return counts(*sizes(self.spec), self.mode)

    def __repr__(self) -> str:
        (w,) = self.spec.wavelets
        return (
            f"{type(self).__name__}({w.name}, level={self.spec.level}, fs={self.fs:g}, mode={self.mode}, "
            f"of {self.spec.shape}, array {tuple(self.array.shape)})"
        )


def as_series(x: Any, axis: Any, name: str = "x") -> tuple[Array, Array, int]:
    """Real, finite series divided by their units, the units of shape (*batch,), and the axis.

    The units are powers of two, so that squares neither overflow nor vanish.
    """
    x = as_signal(x, name)
    xp = namespace(x)
    if xp.isdtype(x.dtype, "complex floating"):
        raise InvalidInput(f"{name} is complex: give its real and its imaginary part, one at a time")
    x, axis = widened(x), count_axis(axis, tuple(x.shape))
    _check_finite(x, name)
    unit = power_of_two(x, (axis,))
    batch = tuple([n for i, n in enumerate(x.shape) if i != axis])
    return x / unit, xp.reshape(unit, batch), axis


def settings(
    x: Array, wavelet: Wavelets, level: Any, axis: int, fs: Any, mode: Any, confidence: Any
) -> tuple[Spec, float, str, float]:
    """Validated spec, sampling rate, mode and confidence."""
    fs = number("fs", fs, "a positive number of samples a second", above=0)
    mode = choice("mode", mode, MODES)
    confidence = number(
        "confidence", confidence, "a probability between 0 and 1, e.g. 0.95", above=0, below=1
    )
    level = plain_level(level, "the ends are treated as mode='interior', 'periodic' or 'symmetric' says")
    spec = make_stationary_spec(tuple(x.shape), wavelet, 1, axis)
    w, samples = one_wavelet(spec), spec.size[0]
    if not compiling() and not w.orthonormal:
        raise InvalidInput(
            f"wavelet {w.name!r} is not orthogonal, so that variances of its levels do not sum to the variance: "
            "give one such as 'haar', 'db4' or 'sym8'"
        )
    # (2ʲ − 1)(L − 1) + 1 ≤ N
    deepest = ((samples - 1) // (w.taps - 1) + 1).bit_length() - 1
    if level is None:
        level = max(1, deepest)
    if mode == "interior" and level > deepest:
        raise InvalidInput(
            f"can't take {level} levels of {w.name} on {samples} samples without their ends: at most {deepest}, or "
            "give mode='periodic' or 'symmetric'"
        )
    return make_stationary_spec(tuple(x.shape), wavelet, level, axis), fs, mode, confidence


def maximal_overlap(x: Array, spec: Spec, mode: str) -> tuple[Array, list[Array]]:
    """(*batch, M) scaling coefficients and (*batch, M) wavelet coefficients of each level, the finest first.

    Those of mode "symmetric" are of the mirrored series, of 2N samples.
    """
    xp, axis = namespace(x), spec.axes[0]
    if mode == "symmetric":
        x = xp.concat([x, xp.flip(x, axis=axis)], axis=axis)
        spec = make_stationary_spec(tuple(x.shape), spec.known[0], spec.level, axis)
    bands = analyse(x, spec, spec.known, sqrt(0.5))
    kept = [interior(spec, j) if mode == "interior" else slice(None) for j in range(1, spec.level + 1)]
    details = [bands[..., -j, kept[j - 1]] for j in range(1, spec.level + 1)]
    return bands[..., 0, kept[-1]], details


def interior(spec: Spec, level: int) -> slice:
    """The coefficients of a level whose filter lies within the series."""
    half, dilation = one_wavelet(spec).taps // 2, 2**level - 1
    return slice((half - 1) * dilation, spec.size[0] - half * dilation)


def sizes(spec: Spec) -> tuple[int, int, int]:
    """Samples, taps and levels."""
    return spec.size[0], one_wavelet(spec).taps, spec.level


def counts(samples: int, taps: int, level: int, mode: str) -> np.ndarray:
    """(J,) Mⱼ: N, or N − Lⱼ + 1 in the interior."""
    levels = np.arange(1, level + 1)
    return samples - (taps - 1) * (2**levels - 1) if mode == "interior" else np.full(level, samples)


def one_wavelet(spec: Spec) -> Wavelet:
    """The wavelet of the only axis."""
    return spec.known[0]


def mean_product(v: Array, w: Array) -> Array:
    """(…, M), (…, M) → (…,) mean over frequency of the product of both periodograms, Σ_τ ŝ_v(τ) ŝ_w(τ).

    ŝ are the autocovariances that are divided by M at each lag, of series of mean 0.
    """
    xp, count = namespace(v), v.shape[-1]
    first, second = (xp.abs(xp.fft.rfft(u, n=2 * count)) for u in (v, w))
    product = first * second / count
    return xp.sum(product * product * like(_shares(count), v), axis=-1) / (2 * count)


@partial(static, large=True)
def _shares(count: int) -> np.ndarray:
    """Multiplicities of the bins of the half spectrum of 2 · count samples."""
    shares = np.full(count + 1, 2.0)
    shares[[0, -1]] = 1.0
    return shares


def like(numbers: np.ndarray, x: Array) -> Array:
    """Numbers as an array of the library, dtype and device of `x`."""
    device = device_of(x)
    return namespace(x).asarray(numbers, dtype=x.dtype, **device)


def _check_finite(x: Array, name: str) -> None:
    """Raise InvalidInput for NaN and infinity, where the numbers are known."""
    if compiling():
        return
    xp = namespace(x)
    try:
        finite = bool(known(xp.all(xp.isfinite(x))))
    except InvalidInput:  # traced
        return
    if not finite:
        raise InvalidInput(f"{name} has samples that are NaN or infinite: fill the gaps first")
