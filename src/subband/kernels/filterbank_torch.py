"""The compiled filter banks as PyTorch functions: differentiable any number of times, in both modes.

Each map is linear, so its derivative along a tangent is itself and its gradient is its transpose.
"""

import torch
from torch import Tensor

from subband.kernels import filterbank_numba
from subband.kernels.plan import Plan

TRANSPOSE = {
    "pyramid_analysis": "pyramid_synthesis",
    "pyramid_synthesis": "pyramid_analysis",
    "tree_analysis": "tree_synthesis",
    "tree_synthesis": "tree_analysis",
}


class _FilterBank(torch.autograd.Function):
    """One of the four maps on a contiguous CPU tensor of float32 or float64."""

    @staticmethod
    def forward(x: Tensor, operation: str, plan: Plan) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        samples = x.detach().resolve_neg().contiguous().numpy()
        return torch.from_numpy(filterbank_numba.apply(operation, samples, plan))

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        _, ctx.operation, ctx.plan = inputs

    @staticmethod
    def backward(ctx, gradient: Tensor):  # pyright: ignore[reportIncompatibleMethodOverride]
        return apply(TRANSPOSE[ctx.operation], gradient, ctx.plan), None, None

    @staticmethod
    def jvp(ctx, tangent: Tensor, *_):  # pyright: ignore[reportIncompatibleMethodOverride]
        return apply(ctx.operation, tangent, ctx.plan)

    @staticmethod
    def vmap(info, in_dims, x: Tensor, operation: str, plan: Plan):  # pyright: ignore[reportIncompatibleMethodOverride]
        many = x.movedim(in_dims[0], 0)
        y = apply(operation, many.reshape(-1, *many.shape[2:]), plan)
        return y.reshape(*many.shape[:2], *y.shape[1:]), 0


def apply(operation: str, x: Tensor, plan: Plan) -> Tensor:
    """Apply `operation`, a key of TRANSPOSE, to (batch, …) float32 or float64 samples in CPU memory."""
    return _FilterBank.apply(x, operation, plan)  # pyright: ignore[reportReturnType]
