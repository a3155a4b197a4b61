"""The fast bank of analytic filters as a PyTorch function, differentiable any number of times, in both modes.

The map is linear over the real numbers, so its derivative along a tangent is itself; its gradient is the
reference's transpose, which is linear too.
"""

import numpy as np
import torch
from torch import Tensor

from subband.kernels import analytic_bank_reference, analytic_bank_scipy
from subband.kernels.analytic_bank import Line


class _AnalyticBank(torch.autograd.Function):
    """The bank on a CPU tensor of complex64 or complex128."""

    @staticmethod
    def forward(spectrum: Tensor, bank: np.ndarray, line: Line) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        bins = spectrum.detach().resolve_conj().resolve_neg().contiguous().numpy()
        return torch.from_numpy(analytic_bank_scipy.apply(bins, bank, line))

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        _, ctx.bank, ctx.line = inputs

    @staticmethod
    def backward(ctx, gradient: Tensor):  # pyright: ignore[reportIncompatibleMethodOverride]
        return analytic_bank_reference.transpose(gradient, ctx.bank, ctx.line), None, None

    @staticmethod
    def jvp(ctx, tangent: Tensor, *_):  # pyright: ignore[reportIncompatibleMethodOverride]
        return apply(tangent, ctx.bank, ctx.line)

    @staticmethod
    def vmap(info, in_dims, spectrum: Tensor, bank: np.ndarray, line: Line):  # pyright: ignore[reportIncompatibleMethodOverride]
        many = spectrum.movedim(in_dims[0], 0)
        z = apply(many.reshape(-1, many.shape[-1]), bank, line)
        return z.reshape(*many.shape[:2], *z.shape[1:]), 0


def apply(spectrum: Tensor, bank: np.ndarray, line: Line) -> Tensor:
    """(batch, K) spectra in CPU memory and (S, K) multipliers → (batch, S, N) analytic signals."""
    return _AnalyticBank.apply(spectrum, bank, line)  # pyright: ignore[reportReturnType]
