"""Windows of the short-time Fourier transform, all periodic: w[n] = w[N − n]."""

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
    """Gaussian window w[t] = exp(−½ ((t − n/2) / σ)²) for t = 0, …, n − 1, differentiable in σ.

    Args:
        n: Number of samples.
        sigma: Standard deviation σ in samples: a number, or an array of PyTorch or JAX with one element.

    Returns:
        (n,) array of the library, device and dtype of `sigma`; NumPy float64 for a number.

    Raises:
        InvalidInput: n below 1, or sigma not positive or of several elements.

    Example:
        >>> import subband as sb
        >>> sb.gaussian_window(4, 1.0).round(4).tolist()
        [0.1353, 0.6065, 1.0, 0.6065]

    See also: `window`, `stft`.
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
    """Tapered cosine: the raised-cosine ends are the fraction `taper` of the window (Harris 1978, eq. 38)."""
    edge = _distance(n) / max(taper * n / 2, 1e-9)
    return 0.5 - 0.5 * np.cos(pi * np.minimum(edge, 1))


def _planck(n: int, taper: float = 0.25) -> np.ndarray:
    """Planck taper: each C^∞ end is the fraction `taper` of the window (McKechan et al. 2010, eq. 7)."""
    edge = _distance(n) / max(taper * n, 1e-9)
    rise = np.clip(edge, 2e-3, 1 - 2e-3)  # outside, the window is 0 or 1 to rounding and exp overflows
    inside = 1 / (1 + np.exp(1 / rise - 1 / (1 - rise)))
    return np.where(edge <= 0, 0.0, np.where(edge >= 1, 1.0, inside))


def _distance(n: int) -> np.ndarray:
    """(n,) distance to the nearest end of the window, in samples."""
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
"""Name → function (n) or, for the last three, (n, parameter) → (n,) samples of the window."""


def window(given: WindowLike, n: int) -> np.ndarray:
    """Samples of a named window, periodic: w[t] = w[n − t].

    Args:
        given: A name in `subband.WINDOWS`, or a pair: ("tukey", total tapered fraction, 0 … 1), ("planck", tapered
            fraction of each side, 0 … ½), ("gaussian", standard deviation in samples).
        n: Number of samples.

    Returns:
        (n,) float64 NumPy array.

    Raises:
        InvalidInput: an unknown name, a missing, superfluous or invalid parameter, or n below 1.

    Example:
        >>> import subband as sb
        >>> sb.window("hann", 4).round(6).tolist()
        [0.0, 0.5, 1.0, 0.5]

    Source: F. J. Harris, On the use of windows for harmonic analysis with the discrete Fourier transform, Proc.
    IEEE 66(1), 1978; D. J. A. McKechan et al., A tapering window for time-domain templates and simulated signals
    (2010).

    See also: `gaussian_window`, `stft`.
    """
    return np.asarray(_named(given, n))


def _named(given: WindowLike, n: int) -> tuple[float, ...]:
    n = _size(n)
    if not _is_named(given):
        raise InvalidInput(f"window={shown(given)} is not a name: give one of {', '.join(WINDOWS)}")
    name, *parameters = (given,) if isinstance(given, str) else given
    name = choice("window", name, WINDOWS, ", or its samples")
    if name == "gaussian" and len(parameters) != 1:
        raise InvalidInput("a Gaussian window needs its width: give ('gaussian', sigma in samples)")
    if len(parameters) > (name in ("tukey", "planck", "gaussian")):
        raise InvalidInput(f"window {given!r} has too many parameters: give {name!r} and at most one")
    if name == "gaussian":
        given = number("sigma", parameters[0], "a positive number of samples", above=0, below=None)
        return _samples(name, (given,), n)
    what = f"the tapered fraction of a {name} window, 0 to 1"
    return _samples(
        name, tuple([number("parameter", p, what, low=0, below=1 + 1e-12) for p in parameters]), n
    )


@partial(static, large=True)
def _samples(name: str, parameters: tuple[float, ...], n: int) -> tuple[float, ...]:
    return tuple(WINDOWS[name](n, *parameters).tolist())


def read_window(given: WindowLike, x: Array, n: int) -> tuple[tuple[float, ...] | None, Array]:
    """(samples, None) for a fixed window: a name, a list or a NumPy array; (None, array) for a learnable one.

    An array of the library of `x` other than NumPy is learnable: it may require gradients or be traced.
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
            f"the window is an array of {library(given)}, the signal one of {library(x)}: give a name, a NumPy "
            f"array, or an array of {library(x)}"
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
            f"the window has shape {tuple(shape)}: give real samples of shape (n,), n at least 1"
        )
