"""Compiled filter banks with learnable taps, for PyTorch on the CPU.

For an analysis A(h), φ(h) = ⟨A(h) x, c⟩ = ⟨x, A(h)ᵀ c⟩, so that ∂φ/∂h is the tap gradient of all four maps.
It is computed with correlations and the maps themselves, and is differentiable to any order. For several axes
autograd through the reference is as fast and is used instead; forward mode and `vmap` over taps need
impl="reference".
"""

from collections.abc import Sequence
from dataclasses import replace
from math import prod

import torch
from torch import Tensor

from subband.errors import InvalidInput
from subband.kernels.filterbank import torch as filterbank_torch
from subband.kernels.filterbank.operations import TREE_ANALYSIS, TREE_SYNTHESIS, Operation
from subband.kernels.filterbank.plan import Plan
from subband.kernels.filterbank.reference import Filters, extend


def serves(plan: Plan, filters: Filters) -> bool:
    """Whether the required gradients of `filters` are supported; never while compiling."""
    if torch.compiler.is_compiling():
        return False
    required = any(isinstance(t, Tensor) and t.requires_grad for pair in filters for t in pair)
    return plan.rank == 1 or not (required and torch.is_grad_enabled())


def apply(operation: Operation, x: Tensor, plan: Plan, filters: Filters) -> Tensor:
    """Apply one of the four maps with taps `filters` to a (batch, …) CPU tensor."""
    taps = [torch.as_tensor(filter_, dtype=x.dtype) for pair in filters for filter_ in pair]
    return _apply(operation, x, plan, *taps)


class _LearnableBank(torch.autograd.Function):
    """Autograd function of the four maps, for float32 and float64 CPU tensors; `taps` are lo, hi per axis."""

    @staticmethod
    def forward(x: Tensor, operation: Operation, plan: Plan, *taps: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        values = [tuple(filter_.tolist()) for filter_ in taps]
        pairs = zip(plan.banks, values[::2], values[1::2], strict=True)
        banks = tuple(replace(bank, lo=lo, hi=hi) for bank, lo, hi in pairs)
        return filterbank_torch.apply(operation, x, replace(plan, banks=banks))

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        x, ctx.operation, ctx.plan, *taps = inputs
        ctx.save_for_backward(x, *taps)

    @staticmethod
    def backward(ctx, gradient: Tensor):  # pyright: ignore[reportIncompatibleMethodOverride]
        x, *taps = ctx.saved_tensors
        to_x, to_taps = None, [None] * len(taps)
        if ctx.needs_input_grad[0]:
            to_x = _apply(ctx.operation.transpose, gradient, ctx.plan, *taps)
        if any(ctx.needs_input_grad[3:]):
            x, c = (x, gradient) if ctx.operation.analysis else (gradient, x)
            to_taps = _tap_gradients(x, c, ctx.plan, taps, tree=ctx.operation.tree)
        return to_x, None, None, *to_taps

    @staticmethod
    def vmap(info, in_dims, x: Tensor, operation: Operation, plan: Plan, *taps: Tensor):  # pyright: ignore[reportIncompatibleMethodOverride]
        if any(dim is not None for dim in in_dims[3:]):
            raise InvalidInput("the compiled kernel can't map over filters: give impl='reference'")
        many = x.movedim(in_dims[0], 0)
        y = _apply(operation, many.reshape(-1, *many.shape[2:]), plan, *taps)
        return y.reshape(*many.shape[:2], *y.shape[1:]), 0


def _apply(operation: Operation, x: Tensor, plan: Plan, *taps: Tensor) -> Tensor:
    return _LearnableBank.apply(x, operation, plan, *taps)  # pyright: ignore[reportReturnType]


def _tap_gradients(x: Tensor, c: Tensor, plan: Plan, taps: Sequence[Tensor], *, tree: bool) -> Tensor:
    """∂⟨A x, c⟩/∂(lo, hi) along one axis: sum over levels of correlations of input and output cotangent.

    Args:
        x: (batch, n) samples.
        c: (batch, plan.total), or (batch, 2^J, k) for trees.
        plan: The plan of A; its taps are ignored.
        taps: lo and hi.
        tree: Whether A is `tree_analysis` rather than `pyramid_analysis`.

    Returns:
        (2, L) gradients.
    """
    levels = [replace(plan, size=size, levels=1, order="natural") for size in plan.sizes[:-1]]
    inputs = [x]
    for one in levels[:-1]:
        bands = _apply(TREE_ANALYSIS, inputs[-1], one, *taps)
        inputs.append(bands.flatten(0, 1) if tree else bands[:, 0])
    cotangent = _natural(c, plan) if tree else c[:, : prod(plan.sizes[-1])]
    total = torch.zeros_like(torch.stack([*taps]))
    for level, one in reversed(list(enumerate(levels))):
        if not tree:
            start = plan.offsets[level]
            cotangent = torch.cat([cotangent, c[:, start : start + prod(one.sizes[1])]], dim=1)
        bands = cotangent.reshape(len(inputs[level]), 2, -1)
        total = total + _correlate(inputs[level], bands, one)
        if level:
            cotangent = _apply(TREE_SYNTHESIS, bands, one, *taps)
    return total


def _correlate(x: Tensor, bands: Tensor, plan: Plan) -> Tensor:
    """∂φ/∂h[j] of one level: Σ e[2k + L − 1 − j] bands[k], over all k and signals."""
    bank = plan.banks[0]
    e = extend(x, bank.extension(x.shape[1]), 1)
    lanes = e.unfold(1, bank.taps, 2).reshape(-1, bank.taps)
    return (bands.transpose(0, 1).reshape(2, -1) @ lanes).flip(1)


def _natural(c: Tensor, plan: Plan) -> Tensor:
    """Bands of a tree in natural order."""
    natural = sorted(range(2**plan.levels), key=plan.band_order.__getitem__)
    return c.index_select(1, torch.as_tensor(natural))
