"""Fourier frames, shifts and displacements."""

from subband.transforms.fourier.phase_correlation import Displacement, phase_correlation
from subband.transforms.fourier.register import Registration, register
from subband.transforms.fourier.shift import rotate, shift
from subband.transforms.fourier.spectrogram import Framing, Spectrogram
from subband.transforms.fourier.stft import frame_bounds, istft, stft
from subband.transforms.fourier.windows import WINDOWS, gaussian_window, window

__all__ = [
    "WINDOWS",
    "Displacement",
    "Framing",
    "Registration",
    "Spectrogram",
    "frame_bounds",
    "gaussian_window",
    "istft",
    "phase_correlation",
    "register",
    "rotate",
    "shift",
    "stft",
    "window",
]
