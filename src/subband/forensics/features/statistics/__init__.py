"""Statistics of images of any size: as many numbers for each, whatever its sides.

registry    all of them by name, with their options
packets     of ln-packets, levels fused
dct         of the block DCT
scattering  scattering coefficients
spectra     radial and full power spectra
residuals   of the noise that a denoiser leaves
neighbours  of the relations of neighbouring pixels
colours     luma and chroma, which some of them look at apart
layer       several of them as the first layer of a network
"""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.forensics.features.statistics.registry import REPRESENTATIONS, Representation

__all__ = ["REPRESENTATIONS", "Representation"]

__getattr__, __dir__ = names_of(__name__, {"registry": "REPRESENTATIONS Representation"})
