"""Two-channel filter banks: which twin serves which array.

The four maps of `subband.kernels.filterbank_reference`, each linear in its array and each with its exact
transpose beside it, for every supported library and for real and complex samples of any precision.
"""

from collections.abc import Callable
from importlib import import_module

import numpy as np

from subband.arrays.namespace import Array, library, namespace, on_cpu
from subband.arrays.programs import when_imported
from subband.errors import InvalidInput
from subband.kernels import filterbank_reference as reference
from subband.kernels.plan import Plan

IMPLS = ("fast", "reference")
FAST_AXES = 3
"""Transformed axes that the compiled kernels are written for."""

Reference = Callable[[Array, Plan], Array]


def pyramid_analysis(x: Array, plan: Plan, *, impl: str | None = None) -> Array:
    """(batch, n₁, …, n_d) → (batch, plan.total): approximation, then details from coarse to fine."""
    return _apply("pyramid_analysis", x, plan, impl)


def pyramid_synthesis(c: Array, plan: Plan, *, impl: str | None = None) -> Array:
    """(batch, plan.total) → (batch, n₁, …, n_d), the transpose of `pyramid_analysis`."""
    return _apply("pyramid_synthesis", c, plan, impl)


def tree_analysis(x: Array, plan: Plan, *, impl: str | None = None) -> Array:
    """(batch, n₁, …, n_d) → (batch, 2^J, …, k₁, …): every band split again, `plan.levels` times."""
    return _apply("tree_analysis", x, plan, impl)


def tree_synthesis(c: Array, plan: Plan, *, impl: str | None = None) -> Array:
    """(batch, 2^J, …, k₁, …) → (batch, n₁, …, n_d), the transpose of `tree_analysis`."""
    return _apply("tree_synthesis", c, plan, impl)


def _apply(operation: str, x: Array, plan: Plan, impl: str | None) -> Array:
    if impl is not None and impl not in IMPLS:
        raise InvalidInput(f"impl={impl!r} is unknown: give one of {', '.join(IMPLS)}, or None for the best")
    possible = plan.rank <= FAST_AXES and on_cpu(x) and 0 not in x.shape
    if impl == "fast" and not possible:
        raise InvalidInput(
            f"no compiled kernel for {plan.rank} axes of a {library(x)} array: leave impl out, "
            f"or give at most {FAST_AXES} axes of a NumPy or PyTorch array in CPU memory"
        )
    if impl == "reference" or not possible:
        return getattr(reference, operation)(x, plan)
    return _fast(operation, x, plan)


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
        from subband.kernels import filterbank_torch

        return filterbank_torch.apply(operation, x, plan)
    from subband.kernels import filterbank_numba

    samples = x if x.flags.carray else np.require(x, requirements=("C", "A", "W"))
    return filterbank_numba.apply(operation, samples, plan)


# So that programs which were compiled or exported elsewhere find their operator.
when_imported("torch", lambda _: import_module("subband.kernels.filterbank_torch"))
