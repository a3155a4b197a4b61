"""Adjoints of `stft` and `istft`.

For real signals, whose half-spectrum is stored, the maps are linear over the real numbers and the adjoint is that
of Re Σ a b*; for complex signals they are complex-linear.
"""

from dataclasses import replace
from functools import partial

from subband.arrays.fft import fft_adjoint, ifft_adjoint, irfft_adjoint, rfft_adjoint
from subband.arrays.namespace import Array, widened
from subband.transforms.fourier.coefficients import Framing, StftCoefficients
from subband.transforms.fourier.stft import analyse, dual_window, synthesise


def stft_adjoint(s: StftCoefficients) -> Array:
    """Aᴴ s, where A is the transform of `s.framing`: synthesis with the analysis window, unnormalised."""
    if s.framing.scaling is not None:
        s = replace(s, array=s.array * s.scale)
    adjoint = partial(rfft_adjoint, n=s.framing.n_fft) if s.framing.real else fft_adjoint
    return synthesise(s, s.window, adjoint)


def istft_adjoint(x: Array, framing: Framing) -> StftCoefficients:
    """Bᴴ x, where B is the inverse of the transform `framing`: analysis with the canonical dual window."""
    x = widened(x)
    dual = dual_window(StftCoefficients(x, framing), eps=None)
    s = StftCoefficients(analyse(x, framing, dual, irfft_adjoint if framing.real else ifft_adjoint), framing)
    return s if framing.scaling is None else replace(s, array=s.array / s.scale)
