"""Compiled line integrals as PyTorch functions, differentiable to any order in reverse and forward mode.

As for the filter banks there are two entry points: an autograd function, and the custom operator
`subband::radon`, a single node of compiled and exported programs.
"""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.library import custom_op

from subband.arrays.compilers import compiling
from subband.kernels.build import compiled
from subband.kernels.radon import reference
from subband.kernels.radon.plan import FanPlan, ParallelPlan, RadonPlan

TRANSPOSE = {"project": "back_project", "back_project": "project"}


def apply(operation: str, x: Tensor, plan: RadonPlan) -> Tensor:
    """Apply "project" or "back_project" to a (batch, …) float32 or float64 CPU tensor."""
    if compiling() or type(x) not in (Tensor, torch.nn.Parameter):
        return radon(x, operation, *_numbers(plan))
    return _Radon.apply(x, operation, plan)  # pyright: ignore[reportReturnType]


def _samples(x: Tensor, operation: str, plan: RadonPlan) -> Tensor:
    """The compiled kernel on the memory of a tensor, without autograd."""
    if not compiled():  # a program from elsewhere
        return (reference.project if operation == "project" else reference.back_project)(x, plan)
    from subband.kernels.radon import compiled as radon_compiled

    samples = x.detach().resolve_neg().contiguous().numpy()
    fast = radon_compiled.project if operation == "project" else radon_compiled.back_project
    return torch.from_numpy(fast(samples, plan))


class _Radon(torch.autograd.Function):
    """Autograd function of both maps, for float32 and float64 CPU tensors."""

    @staticmethod
    def forward(x: Tensor, operation: str, plan: RadonPlan) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        return _samples(x, operation, plan)

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
    def vmap(info, in_dims, x: Tensor, operation: str, plan: RadonPlan):  # pyright: ignore[reportIncompatibleMethodOverride]
        many = x.movedim(in_dims[0], 0)
        y = apply(operation, many.reshape(-1, *many.shape[2:]), plan)
        return y.reshape(*many.shape[:2], *y.shape[1:]), 0


@custom_op("subband::radon", mutates_args=(), device_types="cpu")
def radon(
    x: Tensor, operation: str, sizes: Sequence[int], angles: Sequence[float], geometry: Sequence[float]
) -> Tensor:
    """Custom operator: line integrals or their transpose.

    Args:
        x: (batch, …) float32 or float64.
        operation: "project" or "back_project".
        sizes: Rows, columns and detectors.
        angles: See `RadonPlan`.
        geometry: Spacing, centre, middle, and the distance of the source; 0 for parallel rays.
    """
    return _samples(x, operation, _plan(sizes, angles, geometry))


@radon.register_fake
def _(x: Tensor, operation: str, sizes, angles, geometry) -> Tensor:
    shape = (len(angles), sizes[2]) if operation == "project" else sizes[:2]
    return x.new_empty((x.shape[0], *shape))


def _setup_context(ctx, inputs, output) -> None:
    _, ctx.operation, *ctx.numbers = inputs


def _backward(ctx, gradient: Tensor) -> tuple[Tensor | None, ...]:
    back = radon(gradient, TRANSPOSE[ctx.operation], *ctx.numbers)
    return back, None, *(None for _ in ctx.numbers)


radon.register_autograd(_backward, setup_context=_setup_context)


@radon.register_vmap
def _(info, in_dims, x: Tensor, operation: str, *numbers):
    many = x.movedim(in_dims[0], 0)
    y = radon(many.reshape(-1, *many.shape[2:]), operation, *numbers)
    return y.reshape(*many.shape[:2], *y.shape[1:]), 0


def _numbers(p: RadonPlan) -> tuple[list[int], list[float], list[float]]:
    """A plan as arguments of the operator."""
    distance = p.distance if isinstance(p, FanPlan) else 0.0
    return [p.rows, p.columns, p.detectors], list(p.angles), [p.spacing, *p.centre, p.middle, distance]


def _plan(sizes: Sequence[int], angles: Sequence[float], geometry: Sequence[float]) -> RadonPlan:
    """Inverse of `_numbers`."""
    rows, columns, detectors = sizes
    spacing, row, column, middle, distance = geometry
    given = (rows, columns, tuple(angles), detectors, spacing, (row, column), middle)
    return FanPlan(*given, distance) if distance else ParallelPlan(*given)
