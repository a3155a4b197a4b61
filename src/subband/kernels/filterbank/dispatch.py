"""Two-channel filter banks: which twin serves which array.

The four maps of `subband.kernels.filterbank.reference`, each linear in its array and each with its exact
transpose beside it, for every supported library and for real and complex samples of any precision. `filters`, low-
and high-pass taps for each axis, take the place of the plan's: they are arrays of the library of the samples,
and gradients flow to them.
"""

from collections.abc import Sequence
from importlib import import_module

import numpy as np

from subband.arrays.arguments import implementation
from subband.arrays.import_hooks import when_imported
from subband.arrays.namespace import Array, library, namespace, on_cpu, widened
from subband.errors import InvalidInput
from subband.kernels.filterbank import reference
from subband.kernels.filterbank.plan import Plan
from subband.kernels.filterbank.reference import Filters

FAST_AXES = 3
"""Transformed axes that the compiled kernels are written for."""


def pyramid_analysis(
    x: Array, plan: Plan, filters: Filters | None = None, *, impl: str | None = None
) -> Array:
    """(batch, n₁, …, n_d) → (batch, plan.total): approximation, then details from coarse to fine."""
    return _apply("pyramid_analysis", x, plan, filters, impl)


def pyramid_synthesis(
    c: Array, plan: Plan, filters: Filters | None = None, *, impl: str | None = None
) -> Array:
    """(batch, plan.total) → (batch, n₁, …, n_d), the transpose of `pyramid_analysis`."""
    return _apply("pyramid_synthesis", c, plan, filters, impl)


def tree_analysis(x: Array, plan: Plan, filters: Filters | None = None, *, impl: str | None = None) -> Array:
    """(batch, n₁, …, n_d) → (batch, 2^J, …, k₁, …): every band split again, `plan.levels` times."""
    return _apply("tree_analysis", x, plan, filters, impl)


def tree_synthesis(c: Array, plan: Plan, filters: Filters | None = None, *, impl: str | None = None) -> Array:
    """(batch, 2^J, …, k₁, …) → (batch, n₁, …, n_d), the transpose of `tree_analysis`."""
    return _apply("tree_synthesis", c, plan, filters, impl)


def _apply(operation: str, x: Array, plan: Plan, filters: Filters | None, impl: str | None) -> Array:
    implementation(impl)
    # Where a program of JAX will run is not known while it is traced; its compiler chooses between the twins.
    possible = plan.rank <= FAST_AXES and (on_cpu(x) or library(x) == "jax") and 0 not in x.shape
    if filters is not None:
        possible = possible and library(x) == "torch" and _compiled_with(filters, plan)
    if impl == "fast" and not possible:
        raise InvalidInput(
            f"no compiled kernel for {plan.rank} axes of a {library(x)} array: leave impl out, "
            f"or give at most {FAST_AXES} axes (one, for gradients to filters) of an array in CPU memory"
        )
    fast = possible and impl != "reference"
    if filters is not None:
        return _with_filters(operation, x, plan, filters, fast)
    return _fast(operation, x, plan) if fast else getattr(reference, operation)(x, plan)


def _fast(operation: str, x: Array, plan: Plan) -> Array:
    """Hand the compiled kernel float32 or float64 samples; complex samples as two signals."""
    xp = namespace(x)
    if x.dtype not in (xp.float32, xp.float64):
        if xp.isdtype(x.dtype, "complex floating"):
            batch = x.shape[0]
            y = _fast(operation, xp.concat([xp.real(x), xp.imag(x)], axis=0), plan)
            return y[:batch, ...] + 1j * y[batch:, ...]
        return xp.astype(_fast(operation, xp.astype(x, xp.float32), plan), x.dtype)
    if library(x) == "torch":
        from subband.kernels.filterbank import torch as filterbank_torch

        return filterbank_torch.apply(operation, x, plan)
    if library(x) == "jax":
        from subband.kernels.filterbank import jax as filterbank_jax

        return filterbank_jax.apply(operation, x, plan)
    from subband.kernels.filterbank import compiled as filterbank_numba

    samples = x if x.flags.carray else np.require(x, requirements=("C", "A", "W"))
    return filterbank_numba.apply(operation, samples, plan)


def _compiled_with(filters: Filters, plan: Plan) -> bool:
    from subband.kernels.filterbank import learnable as filterbank_learnable

    return filterbank_learnable.serves(plan, filters)


def _as_taps(taps: Sequence[float] | Array, x: Array) -> Sequence[float] | Array:
    return taps if isinstance(taps, tuple) else namespace(x).astype(taps, x.dtype, copy=False)


def _with_filters(operation: str, x: Array, plan: Plan, filters: Filters, fast: bool) -> Array:
    """Filter in the precision of the samples, but no less than single, which sums over all samples need."""
    xp, wide = namespace(x), widened(x)
    if xp.isdtype(x.dtype, "complex floating"):
        batch = x.shape[0]
        y = _with_filters(operation, xp.concat([xp.real(x), xp.imag(x)], axis=0), plan, filters, fast)
        return y[:batch, ...] + 1j * y[batch:, ...]
    pairs = [(_as_taps(lo, wide), _as_taps(hi, wide)) for lo, hi in filters]
    if not fast:
        return xp.astype(getattr(reference, operation)(wide, plan, pairs), x.dtype, copy=False)
    from subband.kernels.filterbank import learnable as filterbank_learnable

    return xp.astype(filterbank_learnable.apply(operation, wide, plan, pairs), x.dtype, copy=False)


# So that programs which were compiled or exported elsewhere find their operator.
when_imported("torch", lambda _: import_module("subband.kernels.filterbank.torch"))
when_imported("jax", lambda _: import_module("subband.kernels.filterbank.jax"))
