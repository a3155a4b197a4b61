"""JSON serialisation of static metadata in compiled and exported programs.

Types are identified by short keys that do not change when a module moves, so that programs exported by older
versions still load.
"""

from dataclasses import fields, is_dataclass
from fractions import Fraction
from functools import cache
from importlib import import_module
from typing import Any

from subband.errors import InvalidInput

TYPES = {
    "Bank": "subband.kernels.filterbank.plan:Bank",
    "Plan": "subband.kernels.filterbank.plan:Plan",
    "Wavelet": "subband.transforms.wavelets.filters:Wavelet",
    "Filters": "subband.transforms.wavelets.filters:Filters",
    "Placeholder": "subband.transforms.wavelets.filters:Placeholder",
    "Spec": "subband.transforms.wavelets.spec:Spec",
    "Coefficients": "subband.transforms.wavelets.coefficients:Coefficients",
    "Packets": "subband.transforms.packets.coefficients:PacketCoefficients",
    "BasisSpec": "subband.transforms.packets.basis:BasisSpec",
    "Tile": "subband.transforms.packets.basis:Tile",
    "PacketBasis": "subband.transforms.packets.basis:PacketBasis",
    "Stationary": "subband.transforms.stationary.swt:StationaryCoefficients",
    "WaveletVariance": "subband.transforms.stationary.variance:WaveletVariance",
    "WaveletCovariance": "subband.transforms.stationary.covariance:WaveletCovariance",
    "Components": "subband.transforms.stationary.mra:Components",
    "Step": "subband.transforms.lifting.schemes:Step",
    "LiftingScheme": "subband.transforms.lifting.schemes:LiftingScheme",
    "LiftedSpec": "subband.transforms.lifting.spec:LiftedSpec",
    "Lifted": "subband.transforms.lifting.coefficients:LiftingCoefficients",
    "DualTreeFilters": "subband.transforms.dualtree.filters:DualTreeFilters",
    "DualTreeSpec": "subband.transforms.dualtree.spec:DualTreeSpec",
    "DualTree": "subband.transforms.dualtree.coefficients:DualTreeCoefficients",
    "Morlet": "subband.transforms.continuous.mothers.morlet:Morlet",
    "Morse": "subband.transforms.continuous.mothers.morse:Morse",
    "DOG": "subband.transforms.continuous.mothers.gaussian:DOG",
    "BSpline": "subband.transforms.continuous.mothers.bspline:BSpline",
    "Bump": "subband.transforms.continuous.mothers.bump:Bump",
    "ComplexGaussian": "subband.transforms.continuous.mothers.gaussian:ComplexGaussian",
    "GaussianDerivative": "subband.transforms.continuous.mothers.gaussian:GaussianDerivative",
    "Paul": "subband.transforms.continuous.mothers.morse:Paul",
    "RealMorlet": "subband.transforms.continuous.mothers.morlet:RealMorlet",
    "ContinuousSpec": "subband.transforms.continuous.spec:ContinuousSpec",
    "ContinuousCoefficients": "subband.transforms.continuous.coefficients:ContinuousCoefficients",
    "CrossSpectrum": "subband.transforms.continuous.cross_spectrum:CrossSpectrum",
    "WaveletCoherence": "subband.transforms.continuous.coherence:WaveletCoherence",
    "Synchrosqueezed": "subband.transforms.continuous.synchrosqueezing:SynchrosqueezedCoefficients",
    "Framing": "subband.transforms.fourier.coefficients:Framing",
    "Spectrogram": "subband.transforms.fourier.coefficients:StftCoefficients",
    "BlockCoefficients": "subband.transforms.streaming.coefficients:BlockCoefficients",
    "BlockLayout": "subband.transforms.streaming.layout:Layout",
    "BlockDwt": "subband.transforms.streaming.dwt:Dwt",
    "BlockSwt": "subband.transforms.streaming.swt:Swt",
    "BlockStft": "subband.transforms.streaming.stft:Stft",
    "BlockCwt": "subband.transforms.streaming.cwt:Cwt",
    "LinearSystem": "subband.transforms.linear_systems.system:LinearSystem",
    "Displacement": "subband.transforms.fourier.phase_correlation:Displacement",
    "Registration": "subband.transforms.fourier.register:Registration",
    "BandPass": "subband.transforms.scattering.banks.bank:BandPass",
    "FilterBank": "subband.transforms.scattering.banks.bank:FilterBank",
    "MorletBank": "subband.transforms.scattering.banks.line:Morlet",
    "GaborBank": "subband.transforms.scattering.banks.line:Gabor",
    "GammatoneBank": "subband.transforms.scattering.banks.line:Gammatone",
    "MeyerBank": "subband.transforms.scattering.banks.line:Meyer",
    "ShannonBank": "subband.transforms.scattering.banks.line:Shannon",
    "Morlet2D": "subband.transforms.scattering.banks.plane:Morlet2D",
    "Gabor2D": "subband.transforms.scattering.banks.plane:Gabor2D",
    "Steerable": "subband.transforms.scattering.banks.plane:Steerable",
    "Scattering": "subband.transforms.scattering.scattering:Scattering",
    "ScatteringCoefficients": "subband.transforms.scattering.coefficients:ScatteringCoefficients",
    "JointScattering": "subband.transforms.scattering.joint.joint_scattering:JointScattering",
    "JointCoefficients": "subband.transforms.scattering.joint.coefficients:JointCoefficients",
    "HarmonicScattering": "subband.transforms.scattering.harmonic:HarmonicScattering",
    "HarmonicCoefficients": "subband.transforms.scattering.harmonic:HarmonicCoefficients",
    "SummaryStatistics": "subband.transforms.scattering.statistics.summary:SummaryStatistics",
    "MomentsLayout": "subband.transforms.scattering.statistics.moments:MomentsLayout",
    "CovarianceLayout": "subband.transforms.scattering.statistics.covariance:CovarianceLayout",
    "HarmonicsLayout": "subband.transforms.scattering.statistics.phase_harmonics:HarmonicsLayout",
}
"""Key in exported programs → current location, "module:qualified name"."""

FORMER = {
    "subband.kernels.plan:Bank": "Bank",
    "subband.kernels.plan:Plan": "Plan",
    "subband.transforms.packets.container:Packets": "Packets",
    "subband.transforms.stationary.swt:Stationary": "Stationary",
    "subband.transforms.lifting.coefficients:Lifted": "Lifted",
    "subband.transforms.dualtree.coefficients:DualTree": "DualTree",
    "subband.transforms.continuous.synchrosqueezing:Synchrosqueezed": "Synchrosqueezed",
    "subband.transforms.continuous.mothers:Morlet": "Morlet",
    "subband.transforms.continuous.mothers:Morse": "Morse",
    "subband.transforms.continuous.mothers:DOG": "DOG",
    "subband.transforms.continuous.mothers:BSpline": "BSpline",
    "subband.transforms.fourier.spectrogram:Framing": "Framing",
    "subband.transforms.fourier.spectrogram:Spectrogram": "Spectrogram",
    "subband.transforms.fourier.displacement:Displacement": "Displacement",
    "subband.transforms.scattering.container:ScatteringCoefficients": "ScatteringCoefficients",
    "subband.transforms.scattering.joint.transform:JointScattering": "JointScattering",
    "subband.transforms.scattering.joint.container:JointCoefficients": "JointCoefficients",
}
"""Former location → key, for types moved since version 0.1.0, which wrote locations instead of keys."""


@cache
def _by_location() -> dict[str, str]:
    return {location: key for key, location in TYPES.items()}


def key_of(cls: type) -> str | None:
    """Key of a type in `TYPES`, or None for types that cannot be serialised."""
    return _by_location().get(f"{cls.__module__}:{cls.__qualname__}")


def first_location(key: str) -> str:
    """Location of a type in version 0.1.0."""
    return next((location for location, known in FORMER.items() if known == key), TYPES[key])


def write(value: Any) -> Any:
    """JSON value of a number, string, tuple, fraction, PyTorch dtype, or dataclass of `TYPES`, nested.

    Raises:
        InvalidInput: another type, such as a symbolic length.
    """
    match value:
        case None | bool() | int() | float() | str():
            return value
        case tuple():
            return {"tuple": [write(item) for item in value]}
        case Fraction():
            return {"fraction": [value.numerator, value.denominator]}
    key = key_of(type(value))
    if key is not None:
        return {"type": key, "fields": {f.name: write(getattr(value, f.name)) for f in fields(value)}}
    if f"{type(value).__module__}:{type(value).__qualname__}" == "torch:dtype":
        return {"dtype": str(value).removeprefix("torch.")}
    raise InvalidInput(
        f"can't save a {type(value).__name__} as the static part of a program's output: return `.array`, or "
        "export with a fixed shape"
    )


def read(written: Any) -> Any:
    """Inverse of `write`; instantiates only the dataclasses of `TYPES`.

    Raises:
        InvalidInput: not a result of `write`.
    """
    match written:
        case None | bool() | int() | float() | str():
            return written
        case {"tuple": items}:
            return tuple(read(item) for item in items)
        case {"fraction": [numerator, denominator]}:
            return Fraction(numerator, denominator)
        case {"dtype": name}:
            return getattr(import_module("torch"), name)
        case {"type": str(key), "fields": dict(values)} if key in TYPES:
            return _instance(key, values)
        case {"class": str(name), "fields": dict(values)} if name in FORMER or name in _by_location():
            return _instance(FORMER.get(name) or _by_location()[name], values)
    raise InvalidInput(f"{written!r} is no description that Subband wrote: export the program again")


def _instance(key: str, values: dict[str, Any]) -> Any:
    module, _, name = TYPES[key].partition(":")
    cls: Any = getattr(import_module(module), name)
    assert is_dataclass(cls)
    return cls(**{field: read(value) for field, value in values.items()})  # pyright: ignore[reportCallIssue]
