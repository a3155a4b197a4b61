"""The compiled filtered leaky ReLU as a PyTorch function, differentiable to any order in reverse mode.

`y(x + bias)` has the Jacobian D(x) = down · f′ · up, whose transpose is its own kernel. D depends on x only
through the signs on the fine grid, so its derivative with respect to x vanishes almost everywhere. Eager code
goes through `autograd.Function`; compiled and exported programs hold the operator `subband::filtered_relu`.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.library import custom_op

from subband.arrays.compilers import compiling
from subband.kernels.build import compiled
from subband.kernels.filtered_relu import reference
from subband.kernels.filtered_relu.plan import Filter, ReluPlan

_FORWARD, _TANGENT, _BACKWARD = "forward", "tangent", "backward"


def apply(x: Tensor, bias: Tensor | None, plan: ReluPlan) -> Tensor:
    """(N, C, H, W) float32 or float64 on the CPU, bias (C,) → (N, C, *plan.size((H, W)))."""
    if compiling() or type(x) not in (Tensor, torch.nn.Parameter):
        return filtered_relu(x, bias, None, _FORWARD, *_numbers(plan))
    return _Relu.apply(x, bias, plan)  # pyright: ignore[reportReturnType]


def _samples(x: Tensor, bias: Tensor | None, s: Tensor | None, which: str, plan: ReluPlan) -> Tensor:
    """The compiled kernel on the memory of tensors, without autograd; the result is laid out like x."""
    size = tuple(x.shape[2:]) if which == _BACKWARD else plan.size((x.shape[2], x.shape[3]))
    if not compiled():  # a program from elsewhere
        return _by_reference(x, bias, s, which, plan)
    from subband.kernels.filtered_relu import compiled as kernels

    interleaved = not x.is_contiguous() and x.is_contiguous(memory_format=torch.channels_last)
    layout = torch.channels_last if interleaved else torch.contiguous_format
    y = torch.empty((*x.shape[:2], *size), dtype=x.dtype, memory_format=layout)
    if 0 in y.shape:
        return y
    given = [x] if s is None else [x, s.to(x.dtype)]
    held = [t.detach().resolve_neg().contiguous(memory_format=layout) for t in given]
    views = [(t.permute(0, 2, 3, 1) if interleaved else t).numpy() for t in (*held, y)]
    plain_bias = None if bias is None else bias.detach().resolve_neg().to(x.dtype).contiguous().numpy()
    kernels.run(
        kernels.BACKWARD if which == _BACKWARD else kernels.FORWARD,
        views[0],
        plain_bias,
        None if s is None else views[1],
        views[-1],
        plan,
        interleaved=interleaved,
    )
    return y


def _by_reference(x: Tensor, bias: Tensor | None, s: Tensor | None, which: str, plan: ReluPlan) -> Tensor:
    def f(x: Tensor) -> Tensor:
        return reference.filtered_relu(x, bias, plan)

    with torch.enable_grad():
        if which == _FORWARD:
            return f(x.detach()).detach()
        derivative = torch.func.vjp if which == _BACKWARD else None
        if derivative is None:
            return torch.func.jvp(f, (x.detach(),), (s,))[1].detach()
        return derivative(f, x.detach())[1](s)[0].detach()


class _Relu(torch.autograd.Function):
    @staticmethod
    def forward(x: Tensor, bias: Tensor | None, plan: ReluPlan) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _samples(x, bias, None, _FORWARD, plan)

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        x, bias, ctx.plan = inputs
        ctx.save_for_backward(x, bias)
        ctx.save_for_forward(x, bias)

    @staticmethod
    def backward(ctx, gradient: Tensor):  # pyright: ignore[reportIncompatibleMethodOverride]
        x, bias = ctx.saved_tensors
        of_x = _Derivative.apply(gradient, x, bias, _BACKWARD, ctx.plan)
        of_bias = of_x.sum((0, 2, 3)) if bias is not None and ctx.needs_input_grad[1] else None  # pyright: ignore[reportOptionalMemberAccess, reportAttributeAccessIssue]
        return of_x, of_bias, None

    @staticmethod
    def jvp(ctx, tangent: Tensor | None, of_bias: Tensor | None, *_):  # pyright: ignore[reportIncompatibleMethodOverride]
        x, bias = ctx.saved_tensors
        s = torch.zeros_like(x) if tangent is None else tangent
        if of_bias is not None:
            s = s + of_bias[:, None, None]
        return _Derivative.apply(s, x, bias, _TANGENT, ctx.plan)

    @staticmethod
    def vmap(info, in_dims, x: Tensor, bias: Tensor | None, plan: ReluPlan):  # pyright: ignore[reportIncompatibleMethodOverride]
        many, many_bias = _folded(info.batch_size, in_dims, x, bias)
        return _unfolded(apply(many, many_bias, plan), info.batch_size), 1


class _Derivative(torch.autograd.Function):
    """D(x) s or D(x)ᵀ s, linear in s."""

    @staticmethod
    def forward(s: Tensor, x: Tensor, bias: Tensor | None, which: str, plan: ReluPlan) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _samples(x, bias, s, which, plan)

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        _, x, bias, ctx.which, ctx.plan = inputs
        ctx.save_for_backward(x, bias)
        ctx.save_for_forward(x, bias)

    @staticmethod
    def backward(ctx, gradient: Tensor):  # pyright: ignore[reportIncompatibleMethodOverride]
        x, bias = ctx.saved_tensors
        return _Derivative.apply(gradient, x, bias, _transposed(ctx.which), ctx.plan), None, None, None, None

    @staticmethod
    def jvp(ctx, tangent: Tensor, *_):  # pyright: ignore[reportIncompatibleMethodOverride]
        x, bias = ctx.saved_tensors
        return _Derivative.apply(tangent, x, bias, ctx.which, ctx.plan)

    @staticmethod
    def vmap(info, in_dims, s: Tensor, x: Tensor, bias: Tensor | None, which: str, plan: ReluPlan):  # pyright: ignore[reportIncompatibleMethodOverride]
        many_s, _ = _folded(info.batch_size, (in_dims[0], None), s, None)
        many, many_bias = _folded(info.batch_size, in_dims[1:3], x, bias)
        made: Tensor = _Derivative.apply(many_s, many, many_bias, which, plan)  # pyright: ignore[reportAssignmentType]
        return _unfolded(made, info.batch_size), 1


def _folded(count: int, in_dims, x: Tensor, bias: Tensor | None) -> tuple[Tensor, Tensor | None]:
    """Mapped images and biases as images with as many times the channels."""
    x = x.expand(count, *x.shape) if in_dims[0] is None else x.movedim(in_dims[0], 0)
    many = x.transpose(0, 1).flatten(1, 2)
    if bias is None:
        return many, None
    bias = bias.expand(count, *bias.shape) if in_dims[1] is None else bias.movedim(in_dims[1], 0)
    return many, bias.flatten()


def _unfolded(y: Tensor, count: int) -> Tensor:
    return y.unflatten(1, (count, -1))


def _transposed(which: str) -> str:
    return _BACKWARD if which == _TANGENT else _TANGENT


@custom_op("subband::filtered_relu", mutates_args=(), device_types="cpu")
def filtered_relu(
    x: Tensor,
    bias: Tensor | None,
    s: Tensor | None,
    which: str,
    filters: Sequence[float],
    numbers: Sequence[int],
    f: Sequence[float],
) -> Tensor:
    """Custom operator: one pass, its plan as numbers.

    Args:
        x: (N, C, H, W) float32 or float64.
        bias: (C,).
        s: What the derivative is applied to, of "tangent" and "backward".
        which: "forward", "tangent" or "backward".
        filters: Taps of both filters, one after the other, rows first.
        numbers: Taps of each filter along one axis, 1 or 2 for its number of axes, both factors, the padding.
        f: Gain, slope, clamp.
    """
    return _samples(x, bias, s, which, _plan(filters, numbers, f))


@filtered_relu.register_fake
def _(x, bias, s, which: str, filters, numbers, f) -> Tensor:
    size = x.shape[2:] if which == _BACKWARD else _plan(filters, numbers, f).size((x.shape[2], x.shape[3]))
    layout = torch.channels_last if not x.is_contiguous() and x.is_contiguous(
        memory_format=torch.channels_last
    ) else torch.contiguous_format  # fmt: skip
    return torch.empty((*x.shape[:2], *size), dtype=x.dtype, device=x.device, memory_format=layout)


def _setup_context(ctx, inputs, output) -> None:
    x, bias, _, ctx.which, *ctx.rest = inputs
    ctx.save_for_backward(x, bias)


def _backward(ctx, gradient: Tensor):
    x, bias = ctx.saved_tensors
    none = (None,) * len(ctx.rest)
    if ctx.which != _FORWARD:
        return None, None, filtered_relu(x, bias, gradient, _transposed(ctx.which), *ctx.rest), None, *none
    of_x = filtered_relu(x, bias, gradient, _BACKWARD, *ctx.rest)
    return of_x, None if bias is None else of_x.sum((0, 2, 3)), None, None, *none


filtered_relu.register_autograd(_backward, setup_context=_setup_context)


def _numbers(p: ReluPlan) -> tuple[list[float], list[int], list[float]]:
    """A plan as arguments of the operator."""
    filters: list[float] = []
    for taps in (p.up_filter, p.down_filter):
        for row in taps:
            filters += row if isinstance(row, tuple) else (row,)
    axes = [2 if isinstance(taps[0], tuple) else 1 for taps in (p.up_filter, p.down_filter)]
    numbers = [len(p.up_filter), axes[0], len(p.down_filter), axes[1], p.up, p.down, *p.pad]
    return filters, numbers, [p.gain, p.slope, p.clamp]


def _plan(filters: Sequence[float], numbers: Sequence[int], f: Sequence[float]) -> ReluPlan:
    """Inverse of `_numbers`."""
    up_taps, up_axes, down_taps, down_axes, up, down, *pad = numbers
    split = up_taps**up_axes

    def of(taps: Sequence[float], n: int, axes: int) -> Filter:
        return tuple(taps) if axes == 1 else tuple(tuple(taps[i : i + n]) for i in range(0, n * n, n))

    first, second = of(filters[:split], up_taps, up_axes), of(filters[split:], down_taps, down_axes)
    return ReluPlan(first, second, up, down, tuple(pad), *f)  # pyright: ignore[reportArgumentType]
