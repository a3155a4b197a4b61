"""The compiled filter banks as PyTorch functions: differentiable any number of times, in both modes.

Each map is linear, so its derivative along a tangent is itself and its gradient is its transpose. There are two
doors to it. `torch.autograd.Function` costs least and knows forward mode; a compiler stops at it. The operator
`subband::filterbank` is one node of a compiled or exported program, with nothing but numbers and strings beside its
tensor, so that a program that was saved needs no more than Subband to run.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.library import custom_op

from subband.arrays.compilers import compiling
from subband.kernels.filterbank.operations import OPERATIONS, Operation
from subband.kernels.filterbank.plan import Bank, Plan, plan


def apply(operation: Operation, x: Tensor, plan: Plan) -> Tensor:
    """Apply one of the four maps to (batch, …) float32 or float64 samples in CPU memory."""
    if compiling() or type(x) not in (Tensor, torch.nn.Parameter):
        return filterbank(x, operation.name, *_numbers(plan))
    return _FilterBank.apply(x, operation, plan)  # pyright: ignore[reportReturnType]


def _samples(x: Tensor, operation: Operation, plan: Plan) -> Tensor:
    """The map itself, on memory."""
    from subband.kernels.filterbank import compiled as filterbank_numba

    samples = x.detach().resolve_neg().contiguous().numpy()
    return torch.from_numpy(filterbank_numba.apply(operation, samples, plan))


class _FilterBank(torch.autograd.Function):
    """One of the four maps on a CPU tensor of float32 or float64."""

    @staticmethod
    def forward(x: Tensor, operation: Operation, plan: Plan) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _samples(x, operation, plan)

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        _, ctx.operation, ctx.plan = inputs

    @staticmethod
    def backward(ctx, gradient: Tensor):  # pyright: ignore[reportIncompatibleMethodOverride]
        return apply(ctx.operation.transpose, gradient, ctx.plan), None, None

    @staticmethod
    def jvp(ctx, tangent: Tensor, *_):  # pyright: ignore[reportIncompatibleMethodOverride]
        return apply(ctx.operation, tangent, ctx.plan)

    @staticmethod
    def vmap(info, in_dims, x: Tensor, operation: Operation, plan: Plan):  # pyright: ignore[reportIncompatibleMethodOverride]
        many = x.movedim(in_dims[0], 0)
        y = apply(operation, many.reshape(-1, *many.shape[2:]), plan)
        return y.reshape(*many.shape[:2], *y.shape[1:]), 0


@custom_op("subband::filterbank", mutates_args=(), device_types="cpu")
def filterbank(
    x: Tensor,
    operation: str,
    filters: Sequence[float],
    taps: Sequence[int],
    size: Sequence[int],
    levels: int,
    modes: str,
    order: str,
) -> Tensor:
    """One of the four maps, with its plan as numbers and strings.

    Args:
        x: (batch, …) float32 or float64.
        operation: A key of OPERATIONS.
        filters: Low- and high-pass taps of each axis, one after the other; those of its dual follow in mode
            "orthogonal".
        taps: Their lengths.
        size, levels, order: As in `Plan`.
        modes: The boundary modes of the axes, with commas between them.
    """
    return _samples(x, OPERATIONS[operation], _plan(filters, taps, size, levels, modes, order))


@filterbank.register_fake
def _(x: Tensor, operation: str, *numbers) -> Tensor:
    one = OPERATIONS[operation]
    shape = _plan(*numbers).shape_after(tree=one.tree, analysis=one.analysis)
    return x.new_empty((x.shape[0], *shape))


def _remember(ctx, inputs, output) -> None:
    _, ctx.operation, *ctx.numbers = inputs


def _backward(ctx, gradient: Tensor) -> tuple[Tensor | None, ...]:
    back = filterbank(gradient, OPERATIONS[ctx.operation].transpose.name, *ctx.numbers)
    return back, None, *(None for _ in ctx.numbers)


filterbank.register_autograd(_backward, setup_context=_remember)


@filterbank.register_vmap
def _(info, in_dims, x: Tensor, operation: str, *numbers):
    many = x.movedim(in_dims[0], 0)
    y = filterbank(many.reshape(-1, *many.shape[2:]), operation, *numbers)
    return y.reshape(*many.shape[:2], *y.shape[1:]), 0


def _numbers(p: Plan) -> tuple[list[float], list[int], list[int], int, str, str]:
    """A plan as what an operator takes."""
    filters: list[float] = []
    for bank in p.banks:
        filters += (*bank.lo, *bank.hi)
        if bank.mode == "orthogonal":
            lo, hi = bank.dual or (bank.lo, bank.hi)
            filters += (*lo, *hi)
    modes = ",".join([bank.mode for bank in p.banks])
    return filters, [bank.taps for bank in p.banks], list(p.size), p.levels, modes, p.order


def _plan(
    filters: Sequence[float], taps: Sequence[int], size: Sequence[int], levels: int, modes: str, order: str
) -> Plan:
    """The inverse of `_numbers`."""
    banks, start = [], 0
    for length, mode in zip(taps, modes.split(","), strict=True):
        count = 4 if mode == "orthogonal" else 2
        lo, hi, *dual = (tuple(filters[start + i * length : start + (i + 1) * length]) for i in range(count))
        banks.append(Bank(lo, hi, mode, (dual[0], dual[1]) if dual else None))
        start += count * length
    return plan(tuple(banks), tuple(size), levels, order)
