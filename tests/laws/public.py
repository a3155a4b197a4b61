"""Every public transform and statistic as a function of images, for laws that all of them obey."""

from collections.abc import Callable
from typing import Any, NamedTuple

import array_api_compat
import numpy as np
from maps import PAIR, SMOOTH

import subband as sb


class Map(NamedTuple):
    """A public transform as a function of images (…, 16, 16).

    Attributes:
        f: Of images and a number `unit`, in which the arguments that have the images' unit are measured, to a tuple
            of arrays.
        degrees: For each of these arrays its degree of homogeneity, f(c x, c) = c^degree f(x, 1).
        linear: Whether f is linear, so that scaling by a power of two changes no digit.
    """

    f: Callable[[Any, float], tuple[Any, ...]]
    degrees: tuple[float, ...] = (1,)
    linear: bool = False


def _linear(f: Callable[[Any], Any]) -> Map:
    return Map(lambda x, unit: (f(x),), linear=True)


def _one(f: Callable[[Any, float], Any], degree: float = 1) -> Map:
    return Map(lambda x, unit: (f(x, unit),), (degree,))


def _cwt(x: Any) -> sb.ContinuousCoefficients:
    return sb.cwt(x, "morse", frequencies=FREQUENCIES)


def _pair(x: Any) -> tuple[Any, Any]:
    """A signal, and another with something of it."""
    xp = array_api_compat.array_namespace(x)
    return x, xp.flip(x, axis=-2) + x / 4


def _coherence(x: Any) -> tuple[Any, ...]:
    c = sb.wavelet_coherence(*_pair(x), "morse", frequencies=FREQUENCIES)
    return c.array, c.power_x, c.power_y


def _covariance(x: Any) -> tuple[Any, ...]:
    c = sb.wavelet_covariance(*_pair(x), level=2)
    return c.array, c.lower, c.upper, c.correlation, c.correlation_lower, c.correlation_upper


def _variance(x: Any) -> tuple[Any, ...]:
    v = sb.wavelet_variance(x, level=2, freedom="eta1")
    return v.array, v.approx, v.freedom, v.lower, v.upper


def _moved(x: Any) -> tuple[Any, Any]:
    """Images, and the same moved, with something of their own."""
    xp = array_api_compat.array_namespace(x)
    return x, sb.shift(x, (1.5, -0.5), axes=PAIR) + xp.flip(x, axis=-1) / 4


def _turned(x: Any) -> tuple[Any, Any]:
    """Images that have a bright spot off their middle, and the same turned."""
    xp = array_api_compat.array_namespace(x)
    spot = xp.asarray(SPOT, dtype=x.dtype)
    a = x / 8 + spot * xp.max(xp.abs(x), axis=(-2, -1), keepdims=True)
    return a, sb.rotate(a, 0.2)


def _missing(x: Any) -> tuple[Any, Any]:
    """Images, and the same moved, with some samples of the first missing."""
    xp = array_api_compat.array_namespace(x)
    a, b = _moved(x)
    return xp.where(xp.asarray(HOLES), a, xp.full_like(a, np.nan)), b


def _in_blocks(x: Any) -> sb.Coefficients:
    s = sb.stream(sb.dwt, "db2", level=2)
    return s.join([s.push(x[..., :7]), s.push(x[..., 7:]), s.finish()])


def _volume(x: Any) -> Any:
    """Images as (…, 4, 8, 8)."""
    return array_api_compat.array_namespace(x).reshape(x, (*x.shape[:-2], 4, 8, 8))


def _rectified(x: Any) -> Any:
    return x * (x > 0)


def _leaky(x: Any) -> Any:
    """Images as one channel each."""
    many = array_api_compat.array_namespace(x).reshape(x, (-1, 1, *x.shape[-2:]))
    y = sb.filtered_leaky_relu(many, up_filter=TAPS, down_filter=TAPS)
    return array_api_compat.array_namespace(x).reshape(y, x.shape)


def _statistics(made: sb.SummaryStatistics) -> tuple[Any, ...]:
    return tuple(made[name] for name in made.names)


SPOT = np.exp(-np.hypot(*np.meshgrid(np.arange(16) - 5, np.arange(16) - 9)) / 4)
HOLES = np.hypot(*np.meshgrid(np.arange(16) - 4, np.arange(16) - 11)) > 3
TAPS = sb.kaiser_filter(6, 0.2, 0.2)
FREQUENCIES = tuple(np.geomspace(0.05, 0.4, 12).tolist())
LINE = sb.Scattering(J=3, Q=2)
PLANE = sb.Scattering(ndim=2, J=2, L=2)
JOINT = sb.JointScattering(J=3, J_fr=1, Q=2)
SPACE = sb.HarmonicScattering(J=1, L=1)
LEAVES = ["aa", "ad", "d"]

MAPS = {name: _linear(f) for name, f in SMOOTH.items() if name != "idwt"} | {
    "idwt": _linear(lambda x: sb.idwt(sb.dwt(x, "db2", level=2))),
    "imra": _linear(lambda x: sb.imra(sb.mra(x, "haar", level=2))),
    "linear_map": _linear(lambda x: sb.linear_map(sb.dwt, 16, "haar", level=2).adjoint(sb.dwt(x, "haar", level=2))),
    "packet_basis": _linear(lambda x: sb.packet_basis(x, "haar", LEAVES).ravel()),
    "ipacket_band": _linear(lambda x: sb.ipacket_band(x, "haar", "ad", shape=(*x.shape[:-1], 64))),
    "stream": _linear(lambda x: _in_blocks(x).array),
    "blockwise": _linear(lambda x: next(iter(sb.blockwise(sb.swt, x, "haar", level=2))).approx),
    "filtered_nonlinearity": _one(lambda x, unit: sb.filtered_nonlinearity(x, _rectified)),
    "filtered_leaky_relu": _one(lambda x, unit: _leaky(x)),
    "noise_level": _one(lambda x, unit: sb.noise_level(sb.dwt(x, "db2", level=1))),
    "best_basis": _one(lambda x, unit: sb.best_basis(x, "haar", level=2).ravel()),
    "basis_cost": _one(
        lambda x, unit: np.asarray(sb.basis_cost(sb.packet_basis(x, "haar", LEAVES), "log_energy")), 0
    ),
    "synchrosqueeze": _one(lambda x, unit: sb.synchrosqueeze(_cwt(x), threshold=0.1 * unit).array),
    "isynchrosqueeze": _one(lambda x, unit: sb.isynchrosqueeze(sb.synchrosqueeze(_cwt(x)))),
    "instantaneous_frequency": _one(lambda x, unit: sb.instantaneous_frequency(_cwt(x)), 0),
    "average_power": Map(lambda x, unit: (sb.average_power(_cwt(x), over="frequency"),), (2,)),
    "cross_spectrum": Map(
        lambda x, unit: (sb.cross_spectrum(*_pair(x), "morse", frequencies=FREQUENCIES).array,), (2,)
    ),
    "fit_red_noise": Map(lambda x, unit: _arrays(sb.fit_red_noise(x)), (2, 0)),
    "wavelet_coherence": Map(lambda x, unit: _coherence(x), (0, 2, 2)),
    "wavelet_covariance": Map(lambda x, unit: _covariance(x), (2, 2, 2, 0, 0, 0)),
    "wavelet_variance": Map(lambda x, unit: _variance(x), (2, 2, 0, 2, 2)),
    "extract_ridge": _one(lambda x, unit: sb.extract_ridge(_cwt(x)), 0),
    "extract_ridges": _one(lambda x, unit: sb.extract_ridges(_cwt(x), n=2), 0),
    "threshold": _one(lambda x, unit: sb.threshold(x, 0.5 * unit, shrinkage="garrote")),
    "threshold_firm": _one(lambda x, unit: sb.threshold_firm(x, 0.5 * unit, unit)),
    "denoise": _one(lambda x, unit: sb.denoise(x, "db2", level=1)),
    "denoise (sure)": _one(lambda x, unit: sb.denoise(x, "db2", method="sure", level=1, sigma=0.3 * unit)),
    "phase_correlation": Map(lambda x, unit: _arrays(sb.phase_correlation(*_moved(x))), (0, 0)),
    "phase_correlation (window)": Map(
        lambda x, unit: _arrays(sb.phase_correlation(*_moved(x), window="hann", wrap="resolve")), (0, 0)
    ),
    "phase_correlation (mask)": Map(lambda x, unit: _arrays(sb.phase_correlation(*_moved(x), mask=HOLES)), (0, 0)),
    "phase_correlation (missing)": Map(
        lambda x, unit: _arrays(sb.phase_correlation(*_missing(x), mask=True)), (0, 0)
    ),
    "register_images (mask)": Map(
        lambda x, unit: _arrays(sb.register_images(*_turned(x), mask=HOLES)), (0, 0, 0, 0)
    ),
    "register_images": Map(lambda x, unit: _arrays(sb.register_images(*_turned(x))), (0, 0, 0, 0)),
    "Scattering": _one(lambda x, unit: LINE(x).array),
    "Scattering (images)": _one(lambda x, unit: PLANE(x).array),
    "Scattering (moduli)": Map(lambda x, unit: sb.Scattering(J=2, Q=1, average=False)(x).array, (1,) * 4),
    "JointScattering": Map(lambda x, unit: (JOINT(x).array, JOINT(x).zeroth), (1, 1)),
    "HarmonicScattering": _one(lambda x, unit: SPACE(_volume(x)).array[..., 1::3]),
    "HarmonicScattering (squares)": _one(lambda x, unit: SPACE(_volume(x)).array[..., 2::3], 2),
    "scattering_energy": _one(lambda x, unit: sb.scattering_energy(x, LINE)["averaged"], 0),
    "scattering_covariance": Map(
        lambda x, unit: _statistics(sb.scattering_covariance(x, J=2, L=2)), (1, 2, 0, 2, 0, 0)
    ),
    "scattering_covariance (two)": Map(
        lambda x, unit: _statistics(sb.scattering_covariance(x, 3 * x, J=2, L=2, reference=None)),
        (1, 2, 1, 2, 2, 2),
    ),
    "scattering_covariance (reference)": Map(
        lambda x, unit: _statistics(sb.scattering_covariance(x, J=2, L=2, reference=sb.shift(x, 1))),
        (1, 0, 0, 0, 0, 0),
    ),
    "wavelet_moments": Map(lambda x, unit: _statistics(sb.wavelet_moments(x, J=2, L=2)), (1, 1, 2, 1, 2, 1, 2)),
    "wavelet_phase_harmonics": Map(
        lambda x, unit: _statistics(sb.wavelet_phase_harmonics(x, J=2, L=2, shifts=1)), (1, 2, 0, 0, 0, 0, 0)
    ),
}  # fmt: skip
"""Public name, or a name of the transform and something to tell it by → the map."""


def _arrays(made: Any) -> tuple[Any, ...]:
    return tuple(vars(made).values())


TRANSFORMS = [
    name
    for module, names in sb._MODULES.items()
    if module.startswith("transforms.")
    for name in names.split()
]
"""The public names of transforms."""

WITHOUT_SIGNALS = {
    "Blur", "Downsample", "FourierSamples", "Mask", "Operator", "Radon", "gaussian_kernel", "stack_maps",
    "Aliasing", "aliasing", "jinc_filter", "kaiser_filter",
    "BANKS", "COSTS", "DOG", "MODES", "SCHEMES", "WINDOWS", "BSpline", "BandPass", "BlockCoefficients", "Blockwise",
    "InverseBlockwise", "InverseStream", "Stream", "Bump", "Coefficients",
    "ComplexGaussian", "Components", "ContinuousCoefficients", "CrossSpectrum", "Displacement",
    "DualTreeCoefficients", "DualTreeFilters",
    "FilterBank", "Filters", "GaussianDerivative", "HarmonicCoefficients", "JointCoefficients", "JointPaths",
    "LiftingCoefficients", "LiftingScheme", "LinearMap", "LinearSystem", "Morlet", "Morse", "PacketBasis",
    "PacketCoefficients", "Paths", "Paul", "RealMorlet", "Registration", "ScatteringCoefficients", "SolidHarmonics",
    "StftCoefficients", "StationaryCoefficients", "SummaryStatistics", "SynchrosqueezedCoefficients",
    "RedNoise", "WaveletCoherence", "WaveletCovariance", "WaveletVariance", "coherence_significance",
    "cross_spectrum_significance", "power_significance",
    "Wavelet", "alias_cancellation_loss", "band_direction", "filter_bank", "frame_bounds", "gaussian_window",
    "hilbert_pair", "lattice_filters", "lattice_angles", "lifting", "lifting_filters", "linear_system",
    "log_frequencies", "max_level", "orthogonality_loss", "perfect_reconstruction_loss", "wavelet", "window",
}  # fmt: skip
"""Constants, containers, filters, and what is asked about filters: nothing that a signal goes into."""
