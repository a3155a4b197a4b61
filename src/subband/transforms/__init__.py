"""The mathematics, on any array library."""

from subband.transforms.fourier import (
    WINDOWS,
    Displacement,
    Spectrogram,
    frame_bounds,
    gaussian_window,
    istft,
    phase_correlation,
    rotate,
    shift,
    stft,
    window,
)
from subband.transforms.packets import Packets, ipackets, packets
from subband.transforms.wavelets import (
    MODES,
    Coefficients,
    Spec,
    Wavelet,
    dwt,
    idwt,
    make_spec,
    max_level,
    wavelet,
)

__all__ = [
    "MODES",
    "WINDOWS",
    "Coefficients",
    "Displacement",
    "Packets",
    "Spec",
    "Spectrogram",
    "Wavelet",
    "dwt",
    "frame_bounds",
    "gaussian_window",
    "idwt",
    "ipackets",
    "istft",
    "make_spec",
    "max_level",
    "packets",
    "phase_correlation",
    "rotate",
    "shift",
    "stft",
    "wavelet",
    "window",
]
