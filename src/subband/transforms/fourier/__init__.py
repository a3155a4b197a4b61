"""Short-time Fourier transform, sub-sample shifts and rotations, phase correlation and image registration."""

from subband.transforms.fourier.coefficients import Framing, StftCoefficients
from subband.transforms.fourier.phase_correlation import Displacement, phase_correlation
from subband.transforms.fourier.register import Registration, register_images
from subband.transforms.fourier.shift import rotate, shift
from subband.transforms.fourier.stft import frame_bounds, istft, stft
from subband.transforms.fourier.windows import WINDOWS, gaussian_window, window

__all__ = [
    "WINDOWS",
    "Displacement",
    "Framing",
    "Registration",
    "StftCoefficients",
    "frame_bounds",
    "gaussian_window",
    "istft",
    "phase_correlation",
    "register_images",
    "rotate",
    "shift",
    "stft",
    "window",
]
