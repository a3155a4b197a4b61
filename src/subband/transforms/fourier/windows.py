"""Windows that cut a signal into frames. All are periodic: sample n of N has its mirror image at N − n."""

from collections.abc import Callable, Sequence
from functools import partial
from math import pi, prod
from typing import Any

import numpy as np

from subband.arrays.arguments import LONGEST, choice, integer, number, shown
from subband.arrays.compilers import compiling, static
from subband.arrays.namespace import Array, as_signal, library, namespace
from subband.errors import InvalidInput
from subband.transforms.fourier.inputs import constant

WindowLike = Any
"""A name, a pair (name, parameter), or the samples: a list, a NumPy array, or a learnable tensor."""


def gaussian_window(n: int, sigma: float | Array) -> Array:
    """Gaussian window exp(−½ ((t − n/2) / σ)²), differentiable in its width.

    Args:
        n: Number of samples.
        sigma: Standard deviation in samples: a number, or a learnable one (a single number in an array of
            PyTorch or JAX).

    Returns:
        (n,) of the library, device and dtype of `sigma`; float64 of NumPy for a plain number.

    Raises:
        InvalidInput: n below 1, a width that is not positive, or more than one.
    """
    n = _size(n)
    if isinstance(sigma, np.generic) or not hasattr(sigma, "dtype"):
        width: Any = np.asarray(number("sigma", sigma, "a positive number of samples", above=0, below=None))
    else:
        width = sigma
    xp = namespace(width)
    if prod(width.shape) != 1 or not xp.isdtype(width.dtype, "real floating"):
        raise InvalidInput(
            f"sigma has shape {tuple(width.shape)} and dtype {width.dtype}: give one width, a real number"
        )
    t = constant(np.arange(n) - n / 2, width)
    return xp.exp(-0.5 * (t / xp.reshape(width, (1,))) ** 2)


def _cosines(*weights: float) -> Callable[[int], np.ndarray]:
    """Σⱼ (−1)ʲ aⱼ cos(2π j t / n): Hann, Hamming, Blackman (Harris 1978, eq. 31)."""

    def window(n: int) -> np.ndarray:
        t = np.arange(n) / n
        return sum((-1) ** j * a * np.cos(2 * pi * j * t) for j, a in enumerate(weights)) + np.zeros(n)

    return window


def _tukey(n: int, taper: float = 0.5) -> np.ndarray:
    """Flat, with raised-cosine ends that take the fraction `taper` of the window (Harris 1978, eq. 38)."""
    edge = _distance(n) / max(taper * n / 2, 1e-9)
    return 0.5 - 0.5 * np.cos(pi * np.minimum(edge, 1))


def _planck(n: int, taper: float = 0.25) -> np.ndarray:
    """Infinitely smooth ends that take the fraction `taper` on either side (McKechan et al. 2010, eq. 7)."""
    edge = _distance(n) / max(taper * n, 1e-9)
    rise = np.clip(edge, 2e-3, 1 - 2e-3)  # beyond these the exponential is 0 or infinite anyway
    inside = 1 / (1 + np.exp(1 / rise - 1 / (1 - rise)))
    return np.where(edge <= 0, 0.0, np.where(edge >= 1, 1.0, inside))


def _distance(n: int) -> np.ndarray:
    """Samples to the nearer end of the window."""
    return np.minimum(np.arange(n), n - np.arange(n)).astype(float)


WINDOWS: dict[str, Callable[..., np.ndarray]] = {
    "rectangular": _cosines(1.0),
    "hann": _cosines(0.5, 0.5),
    "hamming": _cosines(0.54, 0.46),
    "blackman": _cosines(0.42, 0.5, 0.08),
    "tukey": _tukey,
    "planck": _planck,
    "gaussian": gaussian_window,
}
"""Name → samples of a window of n samples, with one parameter for the last three."""


def window(given: WindowLike, n: int) -> np.ndarray:
    """The samples of a window that a name stands for.

    Args:
        given: One of `subband.WINDOWS`, or a pair: ("tukey", fraction of the window that is tapered, 0 … 1),
            ("planck", fraction on either side, 0 … ½), ("gaussian", standard deviation in samples).
        n: Number of samples.

    Returns:
        (n,) float64 of NumPy.

    Raises:
        InvalidInput: an unknown name, a missing or superfluous parameter, or n below 1.
    """
    return np.asarray(_named(given, n))


def _named(given: WindowLike, n: int) -> tuple[float, ...]:
    n = _size(n)
    if not _is_named(given):
        raise InvalidInput(f"window {shown(given)} has no name: give one of {', '.join(WINDOWS)}")
    name, *parameters = (given,) if isinstance(given, str) else given
    name = choice("window", name, WINDOWS, ", or its samples")
    if name == "gaussian" and len(parameters) != 1:
        raise InvalidInput("a Gaussian window needs its width: give ('gaussian', sigma in samples)")
    if len(parameters) > (name in ("tukey", "planck", "gaussian")):
        raise InvalidInput(f"window {given!r} has too many parameters: give {name!r} and at most one")
    if name == "gaussian":
        given = number("sigma", parameters[0], "a positive number of samples", above=0, below=None)
        return _samples(name, (given,), n)
    what = f"the part of a {name} window that is tapered, 0 to 1"
    return _samples(
        name, tuple([number("parameter", p, what, low=0, below=1 + 1e-12) for p in parameters]), n
    )


@partial(static, large=True)
def _samples(name: str, parameters: tuple[float, ...], n: int) -> tuple[float, ...]:
    return tuple(WINDOWS[name](n, *parameters).tolist())


def read_window(given: WindowLike, x: Array, n: int) -> tuple[tuple[float, ...] | None, Array]:
    """(samples, None) of a window known beforehand, or (None, array) of one that may be learnt.

    A NumPy array is known beforehand; an array of the library of `x` may carry gradients or be traced.
    """
    if _is_named(given):
        return _named(given, n), None
    if isinstance(given, str | bytes | int | float) or given is None:
        raise InvalidInput(f"window={shown(given)}: give one of {', '.join(WINDOWS)}, or its samples")
    if isinstance(given, Sequence) or library(given) == "numpy":
        if compiling():
            return tuple([float(sample) for sample in given]), None
        samples = as_signal(given, "window")
        _check_samples(samples.shape, samples.dtype.kind in "biuf")
        return tuple(samples.astype(float).tolist()), None
    if library(given) != library(x):
        raise InvalidInput(
            f"a window of {library(given)} can't cut an array of {library(x)}: give a name, a NumPy array, or "
            f"an array of {library(x)}"
        )
    xp = namespace(given)
    _check_samples(given.shape, xp.isdtype(given.dtype, ("real floating", "integral")))
    return None, given


def _is_named(given: WindowLike) -> bool:
    return isinstance(given, str) or (
        isinstance(given, list | tuple) and len(given) > 0 and isinstance(given[0], str)
    )


def _size(n: Any) -> int:
    return integer("n", n, 1, LONGEST, "a whole number of samples")


def _check_samples(shape: Sequence[int], is_real: bool) -> None:
    if len(shape) != 1 or shape[0] < 1 or not is_real:
        raise InvalidInput(
            f"a window of shape {tuple(shape)} can't be used: give a list of real samples, (n,)"
        )
