"""Filtered leaky ReLU: dispatch to the compiled or the reference implementation."""

from importlib import import_module

import numpy as np

from subband.arrays.arguments import implementation
from subband.arrays.import_hooks import when_imported
from subband.arrays.namespace import Array, library, namespace, on_cpu
from subband.errors import InvalidInput
from subband.kernels.build import compiled, why_not
from subband.kernels.filtered_relu import reference
from subband.kernels.filtered_relu.plan import ReluPlan


def filtered_relu(x: Array, bias: Array | None, plan: ReluPlan, *, impl: str | None = None) -> Array:
    """y = down(f(up(x + bias))); see `ReluPlan`.

    Args:
        x: (N, C, H, W) real array of NumPy, PyTorch or JAX.
        bias: (C,), of the same library.
        plan: The operation.
        impl: "fast", "reference", or None for the best.

    Returns:
        (N, C, *plan.size((H, W))), of x's dtype; half precision is computed in single.

    Raises:
        InvalidInput: other shapes, or no compiled kernel where "fast" is asked for.
    """
    implementation(impl)
    xp = namespace(x)
    if (
        x.ndim != 4
        or not xp.isdtype(x.dtype, "real floating")
        or (bias is not None and bias.shape != x.shape[1:2])
    ):
        given = None if bias is None else tuple(bias.shape)
        raise InvalidInput(
            f"can't rectify {x.dtype} of shape {tuple(x.shape)} with a bias of shape {given}: give real images "
            "(N, C, H, W) and a bias (C,)"
        )
    possible = compiled() and on_cpu(x) and library(x) in ("numpy", "torch")
    if impl == "fast" and not possible:
        raise InvalidInput(f"no compiled kernel for arrays of {library(x)}{why_not()}: leave impl out")
    wide = x if x.dtype in (xp.float32, xp.float64) else xp.astype(x, xp.float32)
    bias = None if bias is None else xp.astype(bias, wide.dtype, copy=False)
    if not possible or impl == "reference":
        y = reference.filtered_relu(wide, bias, plan)
    elif library(x) == "torch":
        from subband.kernels.filtered_relu import torch as by_torch

        y = by_torch.apply(wide, bias, plan)
    else:
        from subband.kernels.filtered_relu import compiled as kernels

        y = np.empty((*x.shape[:2], *plan.size((x.shape[2], x.shape[3]))), wide.dtype)
        samples = np.require(wide, requirements=("C", "A"))
        plain_bias = None if bias is None else np.require(bias, requirements=("C", "A"))
        if y.size:
            kernels.run(kernels.FORWARD, samples, plain_bias, None, y, plan, interleaved=False)
    return xp.astype(y, x.dtype, copy=False)


# Registers the custom operator, which compiled and exported programs may call.
when_imported("torch", lambda _: import_module("subband.kernels.filtered_relu.torch"))
