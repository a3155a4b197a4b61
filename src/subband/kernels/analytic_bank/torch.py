"""Compiled banks of analytic filters as PyTorch functions, with reverse and forward derivatives of any order.

The map is linear over the real numbers: its Jacobian–vector product is the map itself, its vector–Jacobian
product the adjoint, which is linear too. Two entry points, as for filter banks: `torch.autograd.Function` for
eager mode, a custom operator for compiled and exported programs.
"""

import numpy as np
import torch
from torch import Tensor
from torch.library import custom_op

from subband.arrays.compilers import compiling
from subband.kernels.analytic_bank import reference
from subband.kernels.analytic_bank.line import Line
from subband.kernels.build import compiled


def apply(spectrum: Tensor, bank: np.ndarray, line: Line) -> Tensor:
    """(batch, K) spectra in CPU memory and (S, K) multipliers → (batch, S, N) analytic signals."""
    if compiling() or type(spectrum) is not Tensor:
        return analytic_bank(spectrum, torch.asarray(bank), line.samples, line.period, line.mirror)
    return _AnalyticBank.apply(spectrum, bank, line)  # pyright: ignore[reportReturnType]


def _signals(spectrum: Tensor, bank: np.ndarray, line: Line) -> Tensor:
    """The compiled kernel on the memory of a tensor, without autograd."""
    if not compiled():  # a program from elsewhere
        return reference.apply(spectrum, bank, line)  # pyright: ignore[reportReturnType]
    from subband.kernels.analytic_bank import compiled as analytic_bank_fast

    bins = spectrum.detach().resolve_conj().resolve_neg().contiguous().numpy()
    return torch.from_numpy(analytic_bank_fast.apply(bins, bank, line))


class _AnalyticBank(torch.autograd.Function):
    """Autograd function of the bank, for complex64 and complex128 CPU tensors."""

    @staticmethod
    def forward(spectrum: Tensor, bank: np.ndarray, line: Line) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _signals(spectrum, bank, line)

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        _, ctx.bank, ctx.line = inputs

    @staticmethod
    def backward(ctx, gradient: Tensor):  # pyright: ignore[reportIncompatibleMethodOverride]
        return reference.transpose(gradient, ctx.bank, ctx.line), None, None

    @staticmethod
    def jvp(ctx, tangent: Tensor, *_):  # pyright: ignore[reportIncompatibleMethodOverride]
        return apply(tangent, ctx.bank, ctx.line)

    @staticmethod
    def vmap(info, in_dims, spectrum: Tensor, bank: np.ndarray, line: Line):  # pyright: ignore[reportIncompatibleMethodOverride]
        many = spectrum.movedim(in_dims[0], 0)
        z = apply(many.reshape(-1, many.shape[-1]), bank, line)
        return z.reshape(*many.shape[:2], *z.shape[1:]), 0


@custom_op("subband::analytic_bank", mutates_args=(), device_types="cpu")
def analytic_bank(spectrum: Tensor, bank: Tensor, samples: int, period: int, mirror: int) -> Tensor:
    """Custom operator: the bank, with the fields of `Line` as arguments."""
    return _signals(spectrum, bank.numpy(), Line(samples, period, mirror))


@analytic_bank.register_fake
def _(spectrum: Tensor, bank: Tensor, samples: int, period: int, mirror: int) -> Tensor:
    return spectrum.new_empty((spectrum.shape[0], bank.shape[0], samples))


def _setup_context(ctx, inputs, output) -> None:
    _, bank, *line = inputs
    ctx.save_for_backward(bank)
    ctx.line = Line(*line)


def _backward(ctx, gradient: Tensor):
    (bank,) = ctx.saved_tensors
    return reference.transpose(gradient, bank, ctx.line), None, None, None, None


analytic_bank.register_autograd(_backward, setup_context=_setup_context)


@analytic_bank.register_vmap
def _(info, in_dims, spectrum: Tensor, bank: Tensor, *line: int):
    many = spectrum.movedim(in_dims[0], 0)
    z = analytic_bank(many.reshape(-1, many.shape[-1]), bank, *line)
    return z.reshape(*many.shape[:2], *z.shape[1:]), 0
