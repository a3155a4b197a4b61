"""Compiled filter banks as a JAX primitive, with jit, vmap and derivatives of any order.

Each map is linear: its JVP is the map itself, its transpose rule the transposed map. On the CPU it lowers to
a custom call of the compiled kernel (`native/filterbank/xla.cpp`); on other platforms, in exported programs,
which must run without Subband, and where Subband was compiled without the handlers, to the reference.
"""

from functools import lru_cache, partial

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import ShapedArray
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from jax.sharding import NamedSharding, PartitionSpec

from subband.kernels.build import compiled
from subband.kernels.filterbank.operations import Operation
from subband.kernels.filterbank.plan import Plan
from subband.kernels.filterbank.tables import tables
from subband.kernels.threads import WORTH_SHARING, threads

NAME = "subband_filterbank"
"""Name of the primitive; its custom calls have the type of the numbers that are computed with behind it."""

_filterbank = Primitive(NAME)


def apply(operation: Operation, x: jax.Array, plan: Plan) -> jax.Array:
    """Apply one of the four maps to (batch, …) float32 or float64 samples."""
    return _filterbank.bind(x, operation=operation, plan=plan)  # pyright: ignore[reportReturnType]


@lru_cache(maxsize=1024)
def _program(operation: Operation, plan: Plan):
    return jax.jit(partial(apply, operation, plan=plan))


@_filterbank.def_impl
def _(x: jax.Array, *, operation: Operation, plan: Plan) -> jax.Array:
    return _program(operation, plan)(x)


@_filterbank.def_abstract_eval
def _(x: ShapedArray, *, operation: Operation, plan: Plan) -> ShapedArray:
    shape = (x.shape[0], *plan.shape_after(tree=operation.tree, analysis=operation.analysis))
    # `update` keeps the varying mesh axes of the operand; the result is not sharded along any axis.
    whole = NamedSharding(x.sharding.mesh, PartitionSpec(*(None for _ in shape)))
    return x.update(shape=shape, sharding=whole)


def _transpose(c, x, *, operation: Operation, plan: Plan):
    return [apply(operation.transpose, c, plan)]


ad.deflinear2(_filterbank, _transpose)


def _map(arrays, axes, *, operation: Operation, plan: Plan):
    many = jnp.moveaxis(arrays[0], axes[0], 0)
    y = apply(operation, many.reshape(many.shape[0] * many.shape[1], *many.shape[2:]), plan)
    return y.reshape(*many.shape[:2], *y.shape[1:]), 0


batching.primitive_batchers[_filterbank] = _map


def _by_reference(x: jax.Array, *, operation: Operation, plan: Plan) -> jax.Array:
    return operation.reference(x, plan)


def _by_call(x: jax.Array, *, operation: Operation, plan: Plan) -> jax.Array:
    """All that the kernel needs is in the program, so that those in the persistent compilation cache stay valid."""
    from subband.kernels.filterbank.compiled import CODES, precision, schedule

    dtype = precision(plan, x.dtype)
    t = tables(plan, dtype.name)
    levels, _, outside, width = t.index.shape
    shared = x.size >= WORTH_SHARING
    steps = [(*levels, parts) for levels, parts in schedule(operation, plan, x.shape[0])]
    arrays = t._asdict() | {"steps": np.array(steps), "places": np.argsort(plan.band_order)}
    result = jax.ShapeDtypeStruct(
        (x.shape[0], *plan.shape_after(tree=operation.tree, analysis=operation.analysis)), x.dtype
    )
    return jax.ffi.ffi_call(f"{NAME}_{dtype}", result)(  # pyright: ignore[reportReturnType]
        x,
        operation=CODES[operation.name],
        threads=threads() if shared else 1,
        rank=plan.rank,
        levels=levels,
        outside=outside,
        width=width,
        **{name: array.ravel() for name, array in arrays.items()},
    )


def _registered() -> bool:
    """Register the handlers; false if there are none, or of an interface that this jaxlib does not know."""
    if not compiled():
        return False
    from subband import _native

    try:
        for name, handler in _native.xla_targets.items():
            jax.ffi.register_ffi_target(name, handler, platform="cpu")
    except (RuntimeError, ValueError):
        return False
    return bool(_native.xla_targets)


_CALLED = _registered()

_portable = mlir.lower_fun(_by_reference, multiple_results=False)
_compiled = mlir.lower_fun(_by_call, multiple_results=False)


def _on_cpu(ctx, x, *, operation: Operation, plan: Plan):
    exported = ctx.module_context.lowering_parameters.for_export
    lower = _compiled if _CALLED and not exported else _portable
    return lower(ctx, x, operation=operation, plan=plan)


mlir.register_lowering(_filterbank, _portable)
mlir.register_lowering(_filterbank, _on_cpu, platform="cpu")
