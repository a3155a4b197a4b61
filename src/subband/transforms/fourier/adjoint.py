"""The transposes of the short-time Fourier transform and of its inverse.

A real signal keeps half of its spectrum, so its transform is linear over the real numbers and the transpose is that
of the real inner product Re Σ a b*. A complex signal's is linear over the complex ones. (A shift's transpose is
the shift by the opposite amount.)
"""

from functools import partial

from subband.arrays.fft import fft_adjoint, ifft_adjoint, irfft_adjoint, rfft_adjoint
from subband.arrays.namespace import Array, widened
from subband.transforms.fourier.spectrogram import Framing, StftCoefficients
from subband.transforms.fourier.stft import analyse, dual_window, synthesise


def stft_adjoint(s: StftCoefficients) -> Array:
    """Aᴴs for the transform A that made `s`: synthesis with the analysis window, and without a division."""
    back = partial(rfft_adjoint, n=s.framing.n_fft) if s.framing.real else fft_adjoint
    return synthesise(s, s.window, back)


def istft_adjoint(x: Array, framing: Framing) -> StftCoefficients:
    """Bᴴx for the inverse B of the transform `framing`: analysis with the canonical dual window."""
    x = widened(x)
    dual = dual_window(StftCoefficients(x, framing), eps=None)
    return StftCoefficients(
        analyse(x, framing, dual, irfft_adjoint if framing.real else ifft_adjoint), framing
    )
