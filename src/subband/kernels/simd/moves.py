"""How numbers get into a register, and out of it, that don't lie side by side: fewer than fill it, or every second.

`even` and `odd` of two neighbouring registers are the two phases of a signal, `front` and `back` put them together.
"""

from collections.abc import Callable, Iterable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils

from subband.kernels.simd.lanes import Lanes, filled, intrinsic, place


@intrinsic
def load_first(typing: Any, array: Any, index: Any, wanted: Any) -> Any:
    """Lanes from array[index] on, of which the first `wanted` are read; the others are 0."""
    result = Lanes(array.dtype)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        vector = context.get_value_type(result)
        address = place(context, builder, sig.args[0], args[0], args[1], vector)
        align = ir.IntType(32)(array.dtype.bitwidth // 8)
        operands = [address, align, _first(builder, args[2], vector.count), ir.Constant(vector, None)]
        return _masked(builder, "load", vector, array, vector, operands)

    return result(array, types.intp, types.intp), generate


@intrinsic
def store_first(typing: Any, array: Any, index: Any, value: Any, wanted: Any) -> Any:
    """array[index : index + wanted] ← the first lanes; no more than there are."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        vector = args[2].type
        address = place(context, builder, sig.args[0], args[0], args[1], vector)
        align = ir.IntType(32)(array.dtype.bitwidth // 8)
        operands = [args[2], address, align, _first(builder, args[3], vector.count)]
        _masked(builder, "store", ir.VoidType(), array, vector, operands)
        return context.get_dummy_value()

    return types.void(array, types.intp, value, types.intp), generate


def _first(builder: Any, wanted: Any, lanes_count: int) -> Any:
    """A mask of the first lanes."""
    vector = ir.VectorType(wanted.type, lanes_count)
    numbers = ir.Constant(vector, [*range(lanes_count)])
    return builder.icmp_signed("<", numbers, filled(builder, wanted, vector))


def _masked(builder: Any, name: str, result: Any, array: Any, vector: Any, operands: Any) -> Any:
    kind = ir.FunctionType(result, [operand.type for operand in operands])
    full = f"llvm.masked.{name}.v{vector.count}f{array.dtype.bitwidth}.p0"
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, full), operands)


def _picked(name: str, doc: str, order: Callable[[int], Iterable[int]]) -> Any:
    """Lanes of a and b in one fixed order, `order` of their count."""

    def pick(typing: Any, a: Any, b: Any) -> Any:
        def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            places = [*order(a.count)]
            mask = ir.Constant(ir.VectorType(ir.IntType(32), a.count), places)
            return builder.shuffle_vector(args[0], args[1], mask)

        return a(a, b), generate

    pick.__name__, pick.__doc__ = name, doc
    return intrinsic(pick)


even: Any = _picked("even", "Lanes 0, 2, … of a, then those of b.", lambda n: range(0, 2 * n, 2))
odd: Any = _picked("odd", "Lanes 1, 3, … of a, then those of b.", lambda n: range(1, 2 * n, 2))
front: Any = _picked(
    "front", "a[0], b[0], a[1], b[1], …: the first half.", lambda n: (i // 2 + i % 2 * n for i in range(n))
)
back: Any = _picked(
    "back",
    "a[0], b[0], a[1], b[1], …: the second half.",
    lambda n: ((n + i) // 2 + i % 2 * n for i in range(n)),
)
