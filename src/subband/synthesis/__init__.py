"""New realisations of stationary processes: statistics, microcanonical synthesis, maximum-entropy models."""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.synthesis.inversion import invert_scattering
    from subband.synthesis.maximum_entropy.canonical import Canonical
    from subband.synthesis.maximum_entropy.langevin import langevin
    from subband.synthesis.maximum_entropy.maximum_likelihood import maximum_likelihood
    from subband.synthesis.maximum_entropy.score_matching import score_matching
    from subband.synthesis.maximum_entropy.spheres import uniform_on_sphere
    from subband.synthesis.named import STATISTICS, statistics_named
    from subband.synthesis.report import Measure, Report, compare_fields
    from subband.synthesis.result import Step, Synthesis
    from subband.synthesis.statistics.channels import Channels
    from subband.synthesis.statistics.joint import JointScattering
    from subband.synthesis.statistics.local_scattering import LocalScattering
    from subband.synthesis.statistics.marginals import CharacteristicFunction, Histogram, Moments, Norms
    from subband.synthesis.statistics.scattering import (
        PhaseHarmonics,
        Scattering,
        ScatteringCovariance,
        WaveletMoments,
    )
    from subband.synthesis.statistics.spectrum import Spectrum
    from subband.synthesis.statistics.statistic import Statistics, Sum
    from subband.synthesis.synthesis import synthesise

__all__ = [
    "STATISTICS",
    "Canonical",
    "Channels",
    "CharacteristicFunction",
    "Histogram",
    "JointScattering",
    "LocalScattering",
    "Measure",
    "Moments",
    "Norms",
    "PhaseHarmonics",
    "Report",
    "Scattering",
    "ScatteringCovariance",
    "Spectrum",
    "Statistics",
    "Step",
    "Sum",
    "Synthesis",
    "WaveletMoments",
    "compare_fields",
    "invert_scattering",
    "langevin",
    "maximum_likelihood",
    "score_matching",
    "statistics_named",
    "synthesise",
    "uniform_on_sphere",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "inversion": "invert_scattering",
        "maximum_entropy.canonical": "Canonical",
        "maximum_entropy.langevin": "langevin",
        "maximum_entropy.maximum_likelihood": "maximum_likelihood",
        "maximum_entropy.score_matching": "score_matching",
        "maximum_entropy.spheres": "uniform_on_sphere",
        "named": "STATISTICS statistics_named",
        "report": "Measure Report compare_fields",
        "statistics.channels": "Channels",
        "statistics.joint": "JointScattering",
        "statistics.local_scattering": "LocalScattering",
        "statistics.marginals": "CharacteristicFunction Histogram Moments Norms",
        "statistics.scattering": "PhaseHarmonics Scattering ScatteringCovariance WaveletMoments",
        "statistics.spectrum": "Spectrum",
        "statistics.statistic": "Statistics Sum",
        "result": "Step Synthesis",
        "synthesis": "synthesise",
    },
)
