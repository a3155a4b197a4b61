"""Wavelet transforms by lifting, for floating-point samples and, losslessly, for integers."""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.transforms.lifting.coefficients import LiftingCoefficients
    from subband.transforms.lifting.filters import lifting_filters
    from subband.transforms.lifting.lift import lift, unlift
    from subband.transforms.lifting.schemes import SCHEMES, LiftingScheme, lifting

__all__ = ["SCHEMES", "LiftingCoefficients", "LiftingScheme", "lift", "lifting", "lifting_filters", "unlift"]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "coefficients": "LiftingCoefficients",
        "filters": "lifting_filters",
        "lift": "lift unlift",
        "schemes": "SCHEMES LiftingScheme lifting",
    },
)
