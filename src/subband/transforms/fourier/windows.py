"""Windows of the short-time Fourier transform, all periodic: those of N samples are N of a symmetric N + 1."""

from collections.abc import Callable, Sequence
from functools import partial
from math import inf, pi, prod
from typing import Any, NamedTuple

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
    """Σⱼ (−1)ʲ aⱼ cos(2π j t / n): Hann, Hamming, Blackman and their like (Harris 1978, eq. 31)."""

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


def _bartlett(n: int) -> np.ndarray:
    """Triangle with zeros at the ends (Harris 1978, eq. 23)."""
    return 2 * _distance(n) / n


def _triangle(n: int) -> np.ndarray:
    """Triangle whose zeros are one step beyond the ends."""
    m = n + 1  # SciPy's halves of odd and even symmetric windows differ
    return (2 * _distance(n) + (2 if m % 2 else 1)) / (m + 1 if m % 2 else m)


def _sine(n: int) -> np.ndarray:
    """Half a period of a sine, sampled at the centres of n + 1 cells."""
    return np.sin(pi * (np.arange(n) + 0.5) / (n + 1))


def _bohman(n: int) -> np.ndarray:
    """Convolution of two half-periods of a cosine (Harris 1978, eq. 45)."""
    u = np.abs(_centred(n))
    return np.where(u < 1, (1 - u) * np.cos(pi * u) + np.sin(pi * u) / pi, 0.0)


def _parzen(n: int) -> np.ndarray:
    """Convolution of four boxes, a cubic B-spline of n + 1 cells (Harris 1978, eq. 37)."""
    u = np.abs(np.arange(n) - n / 2) / ((n + 1) / 2)
    return np.where(u <= 0.5, 1 - 6 * u**2 * (1 - u), 2 * (1 - u) ** 3)


def _barthann(n: int) -> np.ndarray:
    """Modified Bartlett–Hann window (Ha & Pearce 1989)."""
    u = np.abs(_centred(n)) / 2
    return 0.62 - 0.48 * u + 0.38 * np.cos(2 * pi * u)


def _exponential(n: int, tau: float = 1.0) -> np.ndarray:
    """exp(−|t − n/2| / τ), Poisson's window (Harris 1978, eq. 44)."""
    return np.exp(-np.abs(np.arange(n) - n / 2) / tau)


def _kaiser(n: int, beta: float) -> np.ndarray:
    """I₀(β √(1 − u²)) / I₀(β), −1 ≤ u ≤ 1 (Kaiser & Schafer 1980)."""
    return np.i0(beta * np.sqrt(np.maximum(1 - _centred(n) ** 2, 0))) / np.i0(beta)


def _general_gaussian(n: int, power: float, sigma: float) -> np.ndarray:
    """exp(−½ |(t − n/2) / σ|^2p)."""
    return np.exp(-0.5 * np.abs((np.arange(n) - n / 2) / sigma) ** (2 * power))


def _chebyshev(n: int, attenuation: float) -> np.ndarray:
    """Dolph–Chebyshev window of n + 1 samples: the narrowest main lobe for side lobes `attenuation` dB below.

    Its spectrum is T_n(x₀ cos(πk/(n + 1))) with T_n(x₀) = 10^(attenuation/20) (Harris 1978, eq. 49).
    """
    m = n + 1
    x = np.cosh(np.arccosh(10 ** (attenuation / 20)) / n) * np.cos(pi * np.arange(m) / m)
    size = np.abs(x)
    inside, outside = np.minimum(size, 1), np.maximum(size, 1)
    sign = np.where((x < 0) & (n % 2 == 1), -1, 1)
    spectrum = sign * np.where(size <= 1, np.cos(n * np.arccos(inside)), np.cosh(n * np.arccosh(outside)))
    # Centred between samples for even m, which is half a sample of phase.
    turned = np.fft.fft(spectrum * np.exp(1j * pi * np.arange(m) * ((m + 1) % 2) / m)).real
    w = np.roll(turned, m // 2 - (m + 1) % 2)
    return (w / w.max())[:n]


def _slepian(n: int, half_bandwidth: float) -> np.ndarray:
    """The sequence of n + 1 samples with the largest share of its energy below NW bins (Slepian 1978, eq. 14)."""
    from scipy.linalg import eigh_tridiagonal

    m = n + 1
    t = np.arange(m)
    diagonal = ((m - 1 - 2 * t) / 2) ** 2 * np.cos(2 * pi * half_bandwidth / m)
    w = eigh_tridiagonal(diagonal, t[1:] * (m - t[1:]) / 2, select="i", select_range=(m - 1, m - 1))[1][:, 0]
    w = w * np.sign(w.sum())
    correction = m**2 / (m**2 + half_bandwidth) if m % 2 == 0 else 1.0
    return (w / w.max() * correction)[:n]


def _distance(n: int) -> np.ndarray:
    """(n,) distance to the nearest end of the window, in samples."""
    return np.minimum(np.arange(n), n - np.arange(n)).astype(float)


def _centred(n: int) -> np.ndarray:
    """(n,) position from −1 to 1, which the window reaches at n."""
    return 2 * np.arange(n) / n - 1


WINDOWS: dict[str, Callable[..., np.ndarray]] = {
    "rectangular": _cosines(1.0),
    "hann": _cosines(0.5, 0.5),
    "hamming": _cosines(0.54, 0.46),
    "blackman": _cosines(0.42, 0.5, 0.08),
    "blackmanharris": _cosines(0.35875, 0.48829, 0.14128, 0.01168),
    "nuttall": _cosines(0.3635819, 0.4891775, 0.1365995, 0.0106411),
    "flattop": _cosines(0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368),
    "bartlett": _bartlett,
    "triang": _triangle,
    "barthann": _barthann,
    "bohman": _bohman,
    "parzen": _parzen,
    "cosine": _sine,
    "lanczos": lambda n: np.sinc(_centred(n)),
    "tukey": _tukey,
    "planck": _planck,
    "exponential": _exponential,
    "kaiser": _kaiser,
    "gaussian": gaussian_window,
    "general_hamming": lambda n, alpha: _cosines(alpha, 1 - alpha)(n),
    "general_gaussian": _general_gaussian,
    "chebwin": _chebyshev,
    "dpss": _slepian,
}
"""Name → function (n) or, for those in `PARAMETERS`, (n, *parameters) → (n,) samples of the window."""

WINDOWS |= {"boxcar": WINDOWS["rectangular"], "hanning": WINDOWS["hann"]}


class Parameter(NamedTuple):
    """A number that a window takes: its name, what it is, and its bounds low ≤ p ≤ high or above < p."""

    name: str
    what: str
    low: float = 0.0
    high: float = inf
    above: float | None = None


def _positive(name: str, what: str) -> Parameter:
    return Parameter(name, what, above=0.0)


PARAMETERS: dict[str, tuple[Parameter, ...]] = {
    "tukey": (Parameter("taper", "the tapered fraction of the window, 0 to 1", high=1.0),),
    "planck": (Parameter("taper", "the tapered fraction of each side, 0 to 1", high=1.0),),
    "exponential": (_positive("tau", "a positive number of samples"),),
    "kaiser": (Parameter("beta", "a number from 0 to 700, e.g. 8.6", high=700.0),),
    "gaussian": (_positive("sigma", "a positive number of samples"),),
    "general_hamming": (Parameter("alpha", "a weight, 0 to 1", high=1.0),),
    "general_gaussian": (
        _positive("power", "a positive number, 1 for a Gaussian"),
        _positive("sigma", "a positive number of samples"),
    ),
    "chebwin": (Parameter("attenuation", "45 to 300 decibels", low=45.0, high=300.0),),
    "dpss": (_positive("NW", "a positive number of bins, below half of the window"),),
}
"""Parameters of the windows that have some. Those of tukey, planck and exponential have a default."""

OPTIONAL = ("tukey", "planck", "exponential")


def window(given: WindowLike, n: int) -> np.ndarray:
    """Samples of a named window, periodic: its n samples and w[n] = w[0] are the symmetric window of n + 1.

    The names and numbers are those of `scipy.signal.get_window(given, n)`.

    Args:
        given: A name: "rectangular" or "boxcar", "hann" or "hanning", "hamming", "blackman", "blackmanharris",
            "nuttall", "flattop", "bartlett", "triang", "barthann", "bohman", "parzen", "cosine", "lanczos"; or a
            pair: ("tukey", total tapered fraction, 0 … 1), ("planck", tapered fraction of each side, 0 … ½),
            ("kaiser", β), ("gaussian", standard deviation in samples), ("exponential", τ in samples),
            ("general_hamming", α), ("chebwin", attenuation of the side lobes in decibels), ("dpss", NW, half the
            bandwidth in bins); or ("general_gaussian", p, standard deviation in samples).
        n: Number of samples.

    Returns:
        (n,) float64 NumPy array.

    Raises:
        InvalidInput: an unknown name, a missing, superfluous or invalid parameter, or n below 1.

    Example:
        >>> import subband as sb
        >>> sb.window("hann", 4).round(6).tolist()
        [0.0, 0.5, 1.0, 0.5]
        >>> sb.window(("kaiser", 8.6), 4).round(4).tolist()
        [0.0013, 0.3404, 1.0, 0.3404]

    Source: F. J. Harris, On the use of windows for harmonic analysis with the discrete Fourier transform, Proc.
    IEEE 66(1), 1978; J. F. Kaiser, R. W. Schafer, On the use of the I₀-sinh window for spectrum analysis (1980);
    A. H. Nuttall, Some windows with very good sidelobe behavior (1981); D. Slepian, Prolate spheroidal wave
    functions V (1978); D. J. A. McKechan et al., A tapering window for time-domain templates and simulated signals
    (2010).

    See also: `gaussian_window`, `stft`.
    """
    return np.asarray(_named(given, n))


def _named(given: WindowLike, n: int) -> tuple[float, ...]:
    n = _size(n)
    if not _is_named(given):
        raise InvalidInput(f"window={shown(given)} is not a name: give one of {', '.join(WINDOWS)}")
    name, *numbers = (given,) if isinstance(given, str) else given
    name = choice("window", name, WINDOWS, ", or its samples")
    known = PARAMETERS.get(name, ())
    if len(numbers) > len(known):
        most = (
            "no parameter"
            if not known
            else "one parameter"
            if len(known) == 1
            else f"{len(known)} parameters"
        )
        raise InvalidInput(f"window {shown(given)} has too many parameters: {name!r} takes {most}")
    if len(numbers) < len(known) and name not in OPTIONAL:
        pairs = ", ".join([f"{one.name} = {one.what}" for one in known])
        raise InvalidInput(
            f"window {name!r} needs parameters: give ({name!r}, {', '.join([p.name for p in known])}), "
            f"{pairs}"
        )
    plain = [_plain(name, one, value) for one, value in zip(known, numbers, strict=False)]
    if name == "dpss" and plain[0] >= n / 2:
        raise InvalidInput(
            f"a dpss window of NW={plain[0]:g} needs more than {n} samples: give NW below {n / 2:g}"
        )
    return _samples(name, tuple(plain), n)


def _plain(name: str, parameter: Parameter, value: Any) -> float:
    what = f"{parameter.what}, for a {name} window"
    found = number(parameter.name, value, what, low=parameter.low, above=parameter.above)
    if found > parameter.high:
        raise InvalidInput(f"{parameter.name}={shown(value)} must be {what}")
    return found


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
