"""Translation-invariant statistics of fields, for comparison and synthesis."""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
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

__getattr__, __dir__ = names_of(
    __name__,
    {
        "covariance": "scattering_covariance",
        "moments": "wavelet_moments",
        "phase_harmonics": "wavelet_phase_harmonics",
        "summary": "Entry SummaryStatistics",
    },
)
