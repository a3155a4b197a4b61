"""Compiled filter banks as a JAX primitive, with jit, vmap and derivatives of any order.

Each map is linear: its JVP is the map itself, its transpose rule the transposed map. On the CPU it lowers to
a custom call of the compiled kernel; on other platforms, for short signals, and in exported programs, which
must run without Subband, to the reference implementation.
"""

import json
from functools import lru_cache, partial
from math import prod

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import ShapedArray
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from jax.sharding import NamedSharding, PartitionSpec

from subband.arrays.static_json import read, write
from subband.kernels import xla_call as custom_call
from subband.kernels.filterbank.operations import OPERATIONS, Operation
from subband.kernels.filterbank.plan import Plan

NAME = "subband_filterbank"
"""Name of the primitive and of its custom call."""

SHORT = 2048
"""Samples below which, along one axis, XLA's code is faster than the overhead of a call (16 µs versus 60 µs).
"""

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
    # The text is self-contained, so that programs in the persistent compilation cache stay valid.
    text = json.dumps([operation.name, write(plan)])
    return custom_call.call(
        NAME, text, x, (x.shape[0], *plan.shape_after(tree=operation.tree, analysis=operation.analysis))
    )


_portable = mlir.lower_fun(_by_reference, multiple_results=False)
_compiled = mlir.lower_fun(_by_call, multiple_results=False)


def _is_short(x: ShapedArray, plan: Plan) -> bool:
    return plan.rank == 1 and prod(x.shape) < SHORT


def _on_cpu(ctx, x, *, operation: Operation, plan: Plan):
    exported = ctx.module_context.lowering_parameters.for_export
    lower = _portable if exported or _is_short(ctx.avals_in[0], plan) else _compiled
    return lower(ctx, x, operation=operation, plan=plan)


mlir.register_lowering(_filterbank, _portable)
mlir.register_lowering(_filterbank, _on_cpu, platform="cpu")


@lru_cache(maxsize=1024)
def _read(text: str) -> tuple[Operation, Plan]:
    name, plan = json.loads(text)
    return OPERATIONS[name], read(plan)


def _fill(text: str, samples: np.ndarray, out: np.ndarray) -> None:
    from subband.kernels.filterbank import compiled as filterbank_compiled

    operation, plan = _read(text)
    out[...] = filterbank_compiled.apply(operation, samples, plan)


custom_call.register(NAME, _fill)
