"""The discrete wavelet transform and its filters."""

from subband.kernels.filterbank.boundary_modes import MODES
from subband.transforms.wavelets.coefficients import Coefficients
from subband.transforms.wavelets.dwt import dwt, idwt
from subband.transforms.wavelets.filters import Filters, Wavelet, max_level, wavelet
from subband.transforms.wavelets.lattice import lattice_angles, lattice_filters
from subband.transforms.wavelets.losses import (
    alias_cancellation_loss,
    orthogonality_loss,
    perfect_reconstruction_loss,
)
from subband.transforms.wavelets.spec import Spec, make_spec

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
