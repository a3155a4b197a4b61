"""Subband: multi-scale signal analysis on NumPy, PyTorch and JAX, and the systems built on it.

Layers. Each imports only from those below it; packages on one layer never import each other:

    9  cli | web                           the commands; the page in the browser
    8  experiments                         each published claim, run again
    7  lab | compat                        whole studies; other libraries' names on our transforms
    6  plots                               the only importer of matplotlib; draws results, computes nothing
    5  generate | forensics | vision | inverse | synthesis | compress | sequences | control  systems
    4  nn | data | metrics | training      what systems are made of
    3  transforms                          the mathematics, on any array library
    2  kernels                             one operation a folder: definition, dispatch, compiled code
    1  arrays | runs                       which array library an array is of; progress, machine, atomic files
    0  errors                              every exception
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from subband._lazy import names_of
from subband._version import __version__
from subband.arrays.former_names import FORMER
from subband.arrays.import_hooks import when_imported

if TYPE_CHECKING:
    # isort: off
    from subband.arrays.caches import CacheInfo, cache_info, clear_caches, set_cache_budget
    from subband.inverse import invert
    from subband.kernels.build import build_info
    from subband.kernels.threads import set_threads, threads
    from subband.nn.compression import compress_model
    from subband.synthesis import synthesise
    from subband.transforms.continuous import (
        DOG, BSpline, Bump, ComplexGaussian, ContinuousCoefficients, GaussianDerivative, Morlet, Morse,
        Paul, RealMorlet, SynchrosqueezedCoefficients, cwt, extract_ridge, extract_ridges, icwt,
        instantaneous_frequency, isynchrosqueeze, log_frequencies, synchrosqueeze,
    )  # fmt: skip
    from subband.transforms.continuous.coherence import WaveletCoherence, wavelet_coherence
    from subband.transforms.continuous.coherence_significance import coherence_significance
    from subband.transforms.continuous.cross_spectrum import CrossSpectrum, cross_spectrum
    from subband.transforms.continuous.red_noise import RedNoise, fit_red_noise
    from subband.transforms.continuous.significance import (
        average_power,
        cross_spectrum_significance,
        power_significance,
    )
    from subband.transforms.dualtree import (
        DualTreeCoefficients,
        DualTreeFilters,
        band_direction,
        dtcwt,
        hilbert_pair,
        idtcwt,
    )
    from subband.transforms.fourier import (
        WINDOWS,
        Displacement,
        Registration,
        StftCoefficients,
        frame_bounds,
        gaussian_window,
        istft,
        phase_correlation,
        register_images,
        rotate,
        shift,
        stft,
        window,
    )
    from subband.transforms.lifting import (
        SCHEMES,
        LiftingCoefficients,
        LiftingScheme,
        lift,
        lifting,
        lifting_filters,
        unlift,
    )
    from subband.transforms.linear import (
        Blur,
        Downsample,
        FourierSamples,
        LinearMap,
        Mask,
        Operator,
        Radon,
        gaussian_kernel,
        linear_map,
        stack_maps,
    )
    from subband.transforms.linear_systems import LinearSystem, linear_system
    from subband.transforms.packets import (
        COSTS,
        PacketBasis,
        PacketCoefficients,
        basis_cost,
        best_basis,
        ipacket_band,
        ipacket_basis,
        ipackets,
        packet_band,
        packet_basis,
        packets,
    )
    from subband.transforms.resample import (
        Aliasing, aliasing, downsample, filtered_leaky_relu, filtered_nonlinearity, jinc_filter,
        kaiser_filter, lanczos_rotate, lanczos_shift, lowpass, resample, upsample,
    )  # fmt: skip
    from subband.transforms.scattering import (
        BANKS, BandPass, FilterBank, HarmonicCoefficients, HarmonicScattering, JointCoefficients,
        JointPaths, JointScattering, Paths, Scattering, ScatteringCoefficients, SolidHarmonics,
        SummaryStatistics, filter_bank, scattering_covariance, scattering_energy, wavelet_moments,
        wavelet_phase_harmonics,
    )  # fmt: skip
    from subband.transforms.stationary import (
        Components,
        StationaryCoefficients,
        WaveletCovariance,
        WaveletVariance,
        imra,
        iswt,
        mra,
        swt,
        wavelet_covariance,
        wavelet_variance,
    )
    from subband.transforms.streaming import (
        BlockCoefficients,
        Blockwise,
        InverseBlockwise,
        InverseStream,
        Stream,
        blockwise,
        stream,
    )
    from subband.transforms.thresholding import denoise, noise_level, threshold, threshold_firm
    from subband.transforms.wavelets import (
        MODES,
        Coefficients,
        Filters,
        Wavelet,
        alias_cancellation_loss,
        dwt,
        idwt,
        lattice_angles,
        lattice_filters,
        max_level,
        orthogonality_loss,
        perfect_reconstruction_loss,
        wavelet,
    )
    # isort: on

__all__ = [
    "BANKS",
    "COSTS",
    "DOG",
    "MODES",
    "SCHEMES",
    "WINDOWS",
    "Aliasing",
    "BSpline",
    "BandPass",
    "BlockCoefficients",
    "Blockwise",
    "Blur",
    "Bump",
    "CacheInfo",
    "Coefficients",
    "ComplexGaussian",
    "Components",
    "ContinuousCoefficients",
    "CrossSpectrum",
    "Displacement",
    "Downsample",
    "DualTreeCoefficients",
    "DualTreeFilters",
    "FilterBank",
    "Filters",
    "FourierSamples",
    "GaussianDerivative",
    "HarmonicCoefficients",
    "HarmonicScattering",
    "InverseBlockwise",
    "InverseStream",
    "JointCoefficients",
    "JointPaths",
    "JointScattering",
    "LiftingCoefficients",
    "LiftingScheme",
    "LinearMap",
    "LinearSystem",
    "Mask",
    "Morlet",
    "Morse",
    "Operator",
    "PacketBasis",
    "PacketCoefficients",
    "Paths",
    "Paul",
    "Radon",
    "RealMorlet",
    "RedNoise",
    "Registration",
    "Scattering",
    "ScatteringCoefficients",
    "SolidHarmonics",
    "StationaryCoefficients",
    "StftCoefficients",
    "Stream",
    "SummaryStatistics",
    "SynchrosqueezedCoefficients",
    "Wavelet",
    "WaveletCoherence",
    "WaveletCovariance",
    "WaveletVariance",
    "__version__",
    "alias_cancellation_loss",
    "aliasing",
    "average_power",
    "band_direction",
    "basis_cost",
    "best_basis",
    "blockwise",
    "build_info",
    "cache_info",
    "clear_caches",
    "coherence_significance",
    "compress_model",
    "cross_spectrum",
    "cross_spectrum_significance",
    "cwt",
    "denoise",
    "downsample",
    "dtcwt",
    "dwt",
    "extract_ridge",
    "extract_ridges",
    "filter_bank",
    "filtered_leaky_relu",
    "filtered_nonlinearity",
    "fit_red_noise",
    "frame_bounds",
    "gaussian_kernel",
    "gaussian_window",
    "hilbert_pair",
    "icwt",
    "idtcwt",
    "idwt",
    "imra",
    "instantaneous_frequency",
    "invert",
    "ipacket_band",
    "ipacket_basis",
    "ipackets",
    "istft",
    "iswt",
    "isynchrosqueeze",
    "jinc_filter",
    "kaiser_filter",
    "lanczos_rotate",
    "lanczos_shift",
    "lattice_angles",
    "lattice_filters",
    "lift",
    "lifting",
    "lifting_filters",
    "linear_map",
    "linear_system",
    "log_frequencies",
    "lowpass",
    "max_level",
    "mra",
    "noise_level",
    "orthogonality_loss",
    "packet_band",
    "packet_basis",
    "packets",
    "perfect_reconstruction_loss",
    "phase_correlation",
    "power_significance",
    "register_images",
    "resample",
    "rotate",
    "scattering_covariance",
    "scattering_energy",
    "set_cache_budget",
    "set_threads",
    "shift",
    "stack_maps",
    "stft",
    "stream",
    "swt",
    "synchrosqueeze",
    "synthesise",
    "threads",
    "threshold",
    "threshold_firm",
    "unlift",
    "upsample",
    "wavelet",
    "wavelet_coherence",
    "wavelet_covariance",
    "wavelet_moments",
    "wavelet_phase_harmonics",
    "wavelet_variance",
    "window",
]

_MODULES = {
    "arrays.caches": "CacheInfo cache_info clear_caches set_cache_budget",
    "kernels.build": "build_info",
    "kernels.threads": "set_threads threads",
    "transforms.continuous": (
        "DOG BSpline Bump ComplexGaussian ContinuousCoefficients GaussianDerivative Morlet Morse Paul RealMorlet "
        "SynchrosqueezedCoefficients cwt extract_ridge extract_ridges icwt instantaneous_frequency "
        "isynchrosqueeze log_frequencies synchrosqueeze"
    ),
    "transforms.continuous.coherence": "WaveletCoherence wavelet_coherence",
    "transforms.continuous.coherence_significance": "coherence_significance",
    "transforms.continuous.cross_spectrum": "CrossSpectrum cross_spectrum",
    "transforms.continuous.red_noise": "RedNoise fit_red_noise",
    "transforms.continuous.significance": "average_power cross_spectrum_significance power_significance",
    "transforms.dualtree": "DualTreeCoefficients DualTreeFilters band_direction dtcwt hilbert_pair idtcwt",
    "transforms.fourier": (
        "WINDOWS Displacement Registration StftCoefficients frame_bounds gaussian_window istft "
        "phase_correlation register_images rotate shift stft window"
    ),
    "transforms.lifting": "SCHEMES LiftingCoefficients LiftingScheme lift lifting lifting_filters unlift",
    "inverse": "invert",
    "synthesis": "synthesise",
    "transforms.linear": (
        "Blur Downsample FourierSamples LinearMap Mask Operator Radon gaussian_kernel linear_map stack_maps"
    ),
    "transforms.linear_systems": "LinearSystem linear_system",
    "transforms.packets": (
        "COSTS PacketBasis PacketCoefficients basis_cost best_basis ipacket_band ipacket_basis ipackets "
        "packet_band packet_basis packets"
    ),
    "transforms.resample": (
        "Aliasing aliasing downsample filtered_leaky_relu filtered_nonlinearity jinc_filter kaiser_filter "
        "lanczos_rotate "
        "lanczos_shift lowpass resample upsample"
    ),
    "transforms.scattering": (
        "BANKS BandPass FilterBank HarmonicCoefficients HarmonicScattering JointCoefficients JointPaths "
        "JointScattering Paths Scattering ScatteringCoefficients SolidHarmonics SummaryStatistics "
        "filter_bank scattering_covariance scattering_energy wavelet_moments wavelet_phase_harmonics"
    ),
    "transforms.stationary": (
        "Components StationaryCoefficients WaveletCovariance WaveletVariance imra iswt mra swt wavelet_covariance "
        "wavelet_variance"
    ),
    "transforms.streaming": "BlockCoefficients Blockwise InverseBlockwise InverseStream Stream blockwise stream",
    "transforms.thresholding": "denoise noise_level threshold threshold_firm",
    "transforms.wavelets": (
        "MODES Coefficients Filters Wavelet alias_cancellation_loss dwt idwt lattice_angles "
        "lattice_filters max_level orthogonality_loss perfect_reconstruction_loss wavelet"
    ),
}

_TRAINED = {"nn.compression": "compress_model"}
"""Names that need PyTorch. Unlike the others they are not imported together with it."""

_get, _names = names_of(__name__, _MODULES | _TRAINED)


def __getattr__(name: str) -> Any:
    if name in FORMER:
        from subband.arrays.deprecation import former_name

        former_name(__name__, name, FORMER[name])
        return _get(FORMER[name])
    return _get(name)


def __dir__() -> list[str]:
    return [*_names(), "__version__"]


def _load_all(_: object) -> None:
    for module, names in _MODULES.items():
        found = import_module(f"{__name__}.{module}")
        for name in names.split():
            getattr(found, name)  # some of these packages are lazy themselves


# A saved program of PyTorch may use any operator and any container, which are registered when they are defined.
when_imported("torch", _load_all)
