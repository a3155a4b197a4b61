"""Detectors with scikit-learn's interface, over images of any size, learning from chunks as they come.

registry    representations by name: packets, scattering, spectra, DCT, noise residuals, neighbouring pixels
linear      linear discriminant analysis of representations: one pass, exact in chunks
network     networks that grow with their data
"""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.forensics.detectors.linear import LinearDetector
    from subband.forensics.detectors.network import NetworkDetector
    from subband.forensics.detectors.registry import REPRESENTATIONS, Representation

__all__ = ["REPRESENTATIONS", "LinearDetector", "NetworkDetector", "Representation"]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "linear": "LinearDetector",
        "network": "NetworkDetector",
        "registry": "REPRESENTATIONS Representation",
    },
)
