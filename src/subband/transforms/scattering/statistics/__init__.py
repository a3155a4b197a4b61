"""Translation-invariant statistics of fields, for comparison and synthesis."""

from subband.transforms.scattering.statistics.covariance import scattering_covariance
from subband.transforms.scattering.statistics.moments import wavelet_moments
from subband.transforms.scattering.statistics.phase_harmonics import wavelet_phase_harmonics
from subband.transforms.scattering.statistics.summary import Entry, SummaryStatistics

__all__ = [
    "Entry",
    "SummaryStatistics",
    "scattering_covariance",
    "wavelet_moments",
    "wavelet_phase_harmonics",
]
