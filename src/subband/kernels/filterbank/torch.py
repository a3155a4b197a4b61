"""Compiled filter banks as PyTorch functions, differentiable to any order in reverse and forward mode.

Each map is linear: its Jacobian–vector product is the map itself, and its vector–Jacobian product the
transpose. Two entry points: `torch.autograd.Function` has the least overhead and supports forward mode, but
breaks the graph under torch.compile; the custom operator `subband::filterbank` is a single node of compiled
and exported programs. Its arguments besides the tensor are numbers and strings, so that exported programs
depend on Subband only.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.library import custom_op

from subband.arrays.compilers import compiling
from subband.kernels.build import compiled
from subband.kernels.filterbank.operations import OPERATIONS, Operation
from subband.kernels.filterbank.plan import Bank, Plan, plan


def apply(operation: Operation, x: Tensor, plan: Plan) -> Tensor:
    """Apply one of the four maps to a (batch, …) float32 or float64 CPU tensor."""
    if compiling() or type(x) not in (Tensor, torch.nn.Parameter):
        return filterbank(x, operation.name, *_numbers(plan))
    return _FilterBank.apply(x, operation, plan)  # pyright: ignore[reportReturnType]


def _samples(x: Tensor, operation: Operation, plan: Plan) -> Tensor:
    """The compiled kernel on the memory of a tensor, without autograd."""
    if not compiled():  # a program from elsewhere
        return operation.reference(x, plan)  # pyright: ignore[reportReturnType]
    from subband.kernels.filterbank import compiled as filterbank_compiled

    samples = x.detach().resolve_neg().contiguous().numpy()
    return torch.from_numpy(filterbank_compiled.apply(operation, samples, plan))


class _FilterBank(torch.autograd.Function):
    """Autograd function of the four maps, for float32 and float64 CPU tensors."""

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
    """Custom operator: one of the four maps, its plan as numbers and strings.

    Args:
        x: (batch, …) float32 or float64.
        operation: Key of OPERATIONS.
        filters: Concatenated low- and high-pass taps of each axis, followed by those of the dual bank in mode
            "orthogonal".
        taps: Filter length of each axis.
        size, levels, order: See `Plan`.
        modes: Comma-separated boundary modes of the axes.
    """
    return _samples(x, OPERATIONS[operation], _plan(filters, taps, size, levels, modes, order))


@filterbank.register_fake
def _(x: Tensor, operation: str, *numbers) -> Tensor:
    one = OPERATIONS[operation]
    shape = _plan(*numbers).shape_after(tree=one.tree, analysis=one.analysis)
    return x.new_empty((x.shape[0], *shape))


def _setup_context(ctx, inputs, output) -> None:
    _, ctx.operation, *ctx.numbers = inputs


def _backward(ctx, gradient: Tensor) -> tuple[Tensor | None, ...]:
    back = filterbank(gradient, OPERATIONS[ctx.operation].transpose.name, *ctx.numbers)
    return back, None, *(None for _ in ctx.numbers)


filterbank.register_autograd(_backward, setup_context=_setup_context)


@filterbank.register_vmap
def _(info, in_dims, x: Tensor, operation: str, *numbers):
    many = x.movedim(in_dims[0], 0)
    y = filterbank(many.reshape(-1, *many.shape[2:]), operation, *numbers)
    return y.reshape(*many.shape[:2], *y.shape[1:]), 0


def _numbers(p: Plan) -> tuple[list[float], list[int], list[int], int, str, str]:
    """A plan as arguments of the operator."""
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
    """Inverse of `_numbers`."""
    banks, start = [], 0
    for length, mode in zip(taps, modes.split(","), strict=True):
        count = 4 if mode == "orthogonal" else 2
        lo, hi, *dual = (tuple(filters[start + i * length : start + (i + 1) * length]) for i in range(count))
        banks.append(Bank(lo, hi, mode, (dual[0], dual[1]) if dual else None))
        start += count * length
    return plan(tuple(banks), tuple(size), levels, order)
