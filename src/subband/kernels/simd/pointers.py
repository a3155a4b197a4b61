"""Memory without the safety net, for compiled inner loops: an address that counts in numbers of its array.

numba's arrays carry a reference count, whose atomic updates at each slice cost more than filtering a short row;
they look for negative indices, and a reshape may fail. A pointer does none of that: p[i] is one load. Whoever makes
one keeps the array alive and stays within it.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils

from subband.kernels.simd.lanes import intrinsic


@intrinsic
def pointer(typing: Any, array: Any) -> Any:
    """The address of an array's first number."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return context.make_array(array)(context, builder, args[0]).data

    return types.CPointer(array.dtype)(array), generate


@intrinsic
def advance(typing: Any, p: Any, count: Any) -> Any:
    """The address of p[count]."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.gep(args[0], [args[1]])

    return p(p, types.intp), generate


@intrinsic
def distance(typing: Any, p: Any, q: Any) -> Any:
    """The i for which p[i] is q[0], for arrays whose addresses are aligned to their numbers."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        word = context.get_value_type(types.intp)
        first, second = (builder.ptrtoint(argument, word) for argument in args)
        size = ir.Constant(word, p.dtype.bitwidth // 8)
        return builder.sdiv(builder.sub(second, first), size, flags=["exact"])

    return types.intp(p, q), generate


@intrinsic
def borrow(typing: Any, array: Any) -> Any:
    """The same array without its reference count; the caller keeps the array alive."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        view = context.make_array(sig.args[0])(context, builder, args[0])
        view.meminfo = cgutils.get_null_value(view.meminfo.type)
        view.parent = cgutils.get_null_value(view.parent.type)
        return view._getvalue()

    return array(array), generate


LINE = 64
"""Bytes that a cache fetches at a time."""


def _asks(write: bool) -> Any:
    """Ask for a row of memory before it is needed; a row that is not there does no harm."""

    def ask(typing: Any, p: Any, k: Any) -> Any:
        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            word = ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [args[0].type, word, word, word])
            prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
            step = context.get_constant(types.intp, LINE * 8 // p.dtype.bitwidth)
            with cgutils.for_range_slice(builder, step.type(0), args[1], step) as (place, _):
                near, data = word(3), word(1)
                builder.call(prefetch, [builder.gep(args[0], [place]), word(int(write)), near, data])
            return context.get_dummy_value()

        return types.void(p, types.intp), generate

    return intrinsic(ask)


ask_to_read, ask_to_write = _asks(False), _asks(True)
