"""The discrete wavelet transform and its filters."""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
    from subband.transforms.wavelets.coefficients import Coefficients
    from subband.transforms.wavelets.dwt import dwt, idwt
    from subband.transforms.wavelets.filters import Filters, Wavelet, max_level, wavelet
    from subband.transforms.wavelets.lattice import lattice_angles, lattice_filters
    from subband.transforms.wavelets.losses import (
        alias_cancellation_loss,
        orthogonality_loss,
        perfect_reconstruction_loss,
    )
    from subband.transforms.wavelets.spec import MODES, Spec, make_spec

__all__ = [
    "MODES",
    "Coefficients",
    "Filters",
    "Spec",
    "Wavelet",
    "alias_cancellation_loss",
    "dwt",
    "idwt",
    "lattice_angles",
    "lattice_filters",
    "make_spec",
    "max_level",
    "orthogonality_loss",
    "perfect_reconstruction_loss",
    "wavelet",
]

__getattr__, __dir__ = names_of(
    __name__,
    {
        "coefficients": "Coefficients",
        "dwt": "dwt idwt",
        "filters": "Filters Wavelet max_level wavelet",
        "lattice": "lattice_angles lattice_filters",
        "losses": "alias_cancellation_loss orthogonality_loss perfect_reconstruction_loss",
        "spec": "MODES Spec make_spec",
    },
)
