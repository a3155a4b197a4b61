"""Two-channel filter banks: dispatch to the compiled or the reference implementation.

The four linear maps of `subband.kernels.filterbank.reference` and their exact transposes, for every supported
library and for real and complex samples of any precision. Optional `filters`, low- and high-pass taps of each
axis, replace those of the plan; they are arrays of the samples' library, and differentiable.
"""

from collections.abc import Sequence
from importlib import import_module

import numpy as np

from subband.arrays.arguments import implementation
from subband.arrays.import_hooks import when_imported
from subband.arrays.namespace import Array, library, namespace, on_cpu, widened
from subband.errors import InvalidInput
from subband.kernels.build import compiled, why_not
from subband.kernels.filterbank import operations
from subband.kernels.filterbank.operations import Operation
from subband.kernels.filterbank.plan import Plan
from subband.kernels.filterbank.reference import Filters

FAST_AXES = 3
"""Maximal number of transformed axes of the compiled kernels."""


def pyramid_analysis(
    x: Array, plan: Plan, filters: Filters | None = None, *, impl: str | None = None
) -> Array:
    """(batch, n₁, …, n_d) → (batch, plan.total): approximation, then details from coarse to fine."""
    return _apply(operations.PYRAMID_ANALYSIS, x, plan, filters, impl)


def pyramid_synthesis(
    c: Array, plan: Plan, filters: Filters | None = None, *, impl: str | None = None
) -> Array:
    """(batch, plan.total) → (batch, n₁, …, n_d), the transpose of `pyramid_analysis`."""
    return _apply(operations.PYRAMID_SYNTHESIS, c, plan, filters, impl)


def tree_analysis(x: Array, plan: Plan, filters: Filters | None = None, *, impl: str | None = None) -> Array:
    """(batch, n₁, …, n_d) → (batch, 2^J, …, k₁, …): full tree, every band split at each of J levels."""
    return _apply(operations.TREE_ANALYSIS, x, plan, filters, impl)


def tree_synthesis(c: Array, plan: Plan, filters: Filters | None = None, *, impl: str | None = None) -> Array:
    """(batch, 2^J, …, k₁, …) → (batch, n₁, …, n_d), the transpose of `tree_analysis`."""
    return _apply(operations.TREE_SYNTHESIS, c, plan, filters, impl)


def _apply(operation: Operation, x: Array, plan: Plan, filters: Filters | None, impl: str | None) -> Array:
    implementation(impl)
    # The device of a JAX program is unknown while tracing; the implementation is chosen at lowering.
    possible = (
        compiled() and plan.rank <= FAST_AXES and (on_cpu(x) or library(x) == "jax") and 0 not in x.shape
    )
    if filters is not None:
        possible = possible and library(x) == "torch" and _compiled_with(filters, plan)
    if impl == "fast" and not possible:
        raise InvalidInput(
            f"no compiled kernel for {plan.rank} axes of a {library(x)} array{why_not()}: leave impl out, "
            f"or give at most {FAST_AXES} axes (one, for gradients to filters) of an array in CPU memory"
        )
    fast = possible and impl != "reference"
    if filters is not None:
        return _with_filters(operation, x, plan, filters, fast)
    xp = namespace(x)
    wide = x if x.dtype in (xp.float32, xp.float64) else widened(x)
    y = _fast(operation, wide, plan) if fast else operation.reference(wide, plan)
    return y if wide is x else xp.astype(y, x.dtype)


def _fast(operation: Operation, x: Array, plan: Plan) -> Array:
    """The compiled map, in float32 or float64; complex samples are two real signals."""
    xp = namespace(x)
    if x.dtype not in (xp.float32, xp.float64):
        batch = x.shape[0]
        y = _fast(operation, xp.concat([xp.real(x), xp.imag(x)], axis=0), plan)
        return y[:batch, ...] + 1j * y[batch:, ...]
    if library(x) == "torch":
        from subband.kernels.filterbank import torch as filterbank_torch

        return filterbank_torch.apply(operation, x, plan)
    if library(x) == "jax":
        from subband.kernels.filterbank import jax as filterbank_jax

        return filterbank_jax.apply(operation, x, plan)
    from subband.kernels.filterbank import compiled as filterbank_compiled

    samples = x if x.flags.carray else np.require(x, requirements=("C", "A", "W"))
    return filterbank_compiled.apply(operation, samples, plan)


def _compiled_with(filters: Filters, plan: Plan) -> bool:
    from subband.kernels.filterbank import learnable as filterbank_learnable

    return filterbank_learnable.serves(plan, filters)


def _as_taps(taps: Sequence[float] | Array, x: Array) -> Sequence[float] | Array:
    return taps if isinstance(taps, tuple) else namespace(x).astype(taps, x.dtype, copy=False)


def _with_filters(operation: Operation, x: Array, plan: Plan, filters: Filters, fast: bool) -> Array:
    """The map with given taps, in at least single precision, since tap gradients sum over all samples."""
    xp, wide = namespace(x), widened(x)
    if xp.isdtype(x.dtype, "complex floating"):
        batch = x.shape[0]
        y = _with_filters(operation, xp.concat([xp.real(x), xp.imag(x)], axis=0), plan, filters, fast)
        return y[:batch, ...] + 1j * y[batch:, ...]
    pairs = [(_as_taps(lo, wide), _as_taps(hi, wide)) for lo, hi in filters]
    if not fast:
        return xp.astype(operation.reference(wide, plan, pairs), x.dtype, copy=False)
    from subband.kernels.filterbank import learnable as filterbank_learnable

    return xp.astype(filterbank_learnable.apply(operation, wide, plan, pairs), x.dtype, copy=False)


# Registers the custom operators, which compiled and exported programs may call.
when_imported("torch", lambda _: import_module("subband.kernels.filterbank.torch"))
when_imported("jax", lambda _: import_module("subband.kernels.filterbank.jax"))
