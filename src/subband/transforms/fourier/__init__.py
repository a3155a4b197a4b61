"""Short-time Fourier transform, sub-sample shifts and rotations, phase correlation and image registration."""

from typing import TYPE_CHECKING

from subband._lazy import names_of

if TYPE_CHECKING:
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

__getattr__, __dir__ = names_of(
    __name__,
    {
        "coefficients": "Framing StftCoefficients",
        "phase_correlation": "Displacement phase_correlation",
        "register": "Registration register_images",
        "shift": "rotate shift",
        "stft": "frame_bounds istft stft",
        "windows": "WINDOWS gaussian_window window",
    },
)
