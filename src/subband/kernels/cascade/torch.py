"""Compiled scattering cascades as PyTorch functions.

The gradient is compiled too. For higher derivatives and under `torch.func` transforms, the array API
reference is used instead, which is equal and differentiable to any order.
"""

import numpy as np
import torch
from torch import Tensor
from torch.library import custom_op

from subband.arrays.compilers import compiling, transforming
from subband.kernels.cascade import reference as cascade_reference
from subband.kernels.cascade.tree import Cascade, compiled_in, kept, named


def apply(x: Tensor, tree: Cascade) -> Tensor:
    """(batch, *shape) float32 or float64 in CPU memory → (batch, 1 + nodes, *out)."""
    if compiling() and not torch.compiler.is_exporting():
        return cascade(x, tree.key)
    if compiling() or type(x) is not Tensor or transforming():
        return cascade_reference.apply(x, tree)  # pyright: ignore[reportReturnType]
    return _Cascade.apply(x, tree)  # pyright: ignore[reportReturnType]


def _values(x: Tensor, tree: Cascade) -> Tensor:
    """The compiled cascade, without autograd."""
    from subband.kernels.cascade import compiled

    return torch.from_numpy(compiled.apply(_memory(x), tree))


def _gradient(x: Tensor, given: Tensor, tree: Cascade, held: Tensor | None = None) -> Tensor:
    """Its vector–Jacobian product; `held` is what `compiled.forward` gave for x."""
    from subband.kernels.cascade import compiled

    known = None if held is None else held.numpy()
    return torch.from_numpy(compiled.gradient(_memory(x), _memory(given), tree, known))


def _memory(x: Tensor) -> np.ndarray:
    return x.detach().resolve_conj().resolve_neg().contiguous().numpy()


class _Cascade(torch.autograd.Function):
    """Autograd function of the compiled cascade, for real CPU tensors."""

    @staticmethod
    def forward(ctx, x: Tensor, tree: Cascade) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        from subband.kernels.cascade import compiled

        out, held = map(torch.from_numpy, compiled.forward(_memory(x), tree, hold=ctx.needs_input_grad[0]))
        ctx.save_for_backward(x, held)
        ctx.tree = tree
        return out

    @staticmethod
    def backward(ctx, gradient: Tensor):  # pyright: ignore[reportIncompatibleMethodOverride]
        x, held = ctx.saved_tensors
        if torch.is_grad_enabled():
            y = cascade_reference.apply(x, ctx.tree)
            return torch.autograd.grad(y, x, gradient, create_graph=True)[0], None
        return _gradient(x, gradient, ctx.tree, held), None


@custom_op("subband::cascade", mutates_args=(), device_types="cpu")
def cascade(x: Tensor, key: int) -> Tensor:
    """Custom operator: the cascade with a `Cascade.key`, for programs compiled in this process."""
    return _values(x, named(key))


@cascade.register_fake
def _(x: Tensor, key: int) -> Tensor:
    tree = compiled_in(key)
    if tree.pooled:
        return x.new_empty((x.shape[0], 1 + len(tree.nodes)))
    step = 1 << tree.stride
    out = [len(range(n // step)[one]) for n, one in zip(tree.padded, kept(tree, tree.stride), strict=True)]
    return x.new_empty((x.shape[0], 1 + len(tree.nodes), *out))


@custom_op("subband::cascade_gradient", mutates_args=(), device_types="cpu")
def cascade_gradient(x: Tensor, given: Tensor, key: int) -> Tensor:
    """Custom operator: vector–Jacobian product of the cascade with a `Cascade.key`."""
    return _gradient(x, given, named(key))


@cascade_gradient.register_fake
def _(x: Tensor, given: Tensor, key: int) -> Tensor:
    return torch.empty_like(x)


def _setup_context(ctx, inputs, output) -> None:
    ctx.save_for_backward(inputs[0])
    ctx.key = inputs[1]


def _backward(ctx, gradient: Tensor):
    (x,) = ctx.saved_tensors
    return cascade_gradient(x, gradient.contiguous(), ctx.key), None


cascade.register_autograd(_backward, setup_context=_setup_context)
