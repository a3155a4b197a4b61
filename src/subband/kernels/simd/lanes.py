"""One vector register as a numba value: what is written for a number computes for a row of lanes.

    v = load(x, i)             # LANES(x.dtype) numbers of a contiguous array, from place i on
    store(y, i, 0.5 * v + w)   # contracted to one fused multiply-add

LLVM's own vectoriser must prove that arrays don't overlap, and gives up beyond a few of them; explicit lanes
need no proof. The compiler lowers them to whatever registers the processor has.
"""

import operator
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir
from numba import extending, types
from numba.core import cgutils
from numba.core.typing import templates
from numba.core.typing.templates import AbstractTemplate, signature
from numba.extending import lower_builtin, models, register_model

# Called with one argument fewer than they are written with, which type checkers can't know.
intrinsic: Any = extending.intrinsic
infer_global: Any = templates.infer_global


def _register_bytes() -> int:
    features = llvm.get_host_cpu_features()
    if features.get("avx512f"):
        return 64
    return 32 if features.get("avx") else 16


REGISTER = _register_bytes()
"""Bytes of one vector register of this processor."""

CONTRACT = ("contract",)


def lanes(dtype: Any) -> int:
    """How many numbers of this type one register holds."""
    return REGISTER // np.dtype(dtype).itemsize


class Lanes(types.Type):
    """numba's type of a register full of float32 or float64."""

    def __init__(self, scalar: types.Float) -> None:
        self.scalar, self.count = scalar, REGISTER // (scalar.bitwidth // 8)
        super().__init__(name=f"Lanes({scalar}, {self.count})")


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Lanes) -> None:
        element = ir.FloatType() if kind.scalar.bitwidth == 32 else ir.DoubleType()
        super().__init__(manager, kind, ir.VectorType(element, kind.count))


def place(context: Any, builder: Any, kind: Any, array: Any, index: Any, lanes_type: Any) -> Any:
    """The address of array[index], as that of a register."""
    data = (
        array if isinstance(kind, types.CPointer) else context.make_array(kind)(context, builder, array).data
    )
    return builder.bitcast(builder.gep(data, [index]), lanes_type.as_pointer())


@intrinsic
def load(typing: Any, array: Any, index: Any) -> Any:
    """Lanes from array[index] on; the array is one-dimensional and contiguous, or a pointer."""
    result = Lanes(array.dtype)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        address = place(context, builder, sig.args[0], args[0], args[1], context.get_value_type(result))
        return builder.load(address, align=array.dtype.bitwidth // 8)

    return result(array, types.intp), generate


@intrinsic
def store(typing: Any, array: Any, index: Any, value: Any) -> Any:
    """array[index : index + count] ← the lanes."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        address = place(context, builder, sig.args[0], args[0], args[1], args[2].type)
        builder.store(args[2], address, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, value), generate


def filled(builder: Any, number: Any, vector: Any) -> Any:
    """The instructions that put a number into every lane."""
    one = builder.insert_element(ir.Constant(vector, ir.Undefined), number, ir.IntType(32)(0))
    zeros = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
    return builder.shuffle_vector(one, ir.Constant(vector, ir.Undefined), zeros)


@intrinsic
def count(typing: Any, array: Any) -> Any:
    """How many of an array's numbers fill a register: a constant of the compiled code."""
    result = Lanes(array.dtype).count

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return context.get_constant(types.intp, result)

    return types.intp(array), generate


@intrinsic
def splat(typing: Any, number: Any) -> Any:
    """A number in every lane."""
    result = Lanes(number)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return filled(builder, args[0], context.get_value_type(result))

    return result(number), generate


@intrinsic
def zeros(typing: Any, array: Any) -> Any:
    """A register of zeros of an array's type."""
    result = Lanes(array.dtype)

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return ir.Constant(context.get_value_type(result), None)

    return result(array), generate


@intrinsic
def root(typing: Any, value: Any) -> Any:
    """The square root of each lane."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        vector = args[0].type
        name = f"llvm.sqrt.v{vector.count}f{value.scalar.bitwidth}"
        function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(vector, [vector]), name)
        return builder.call(function, args)

    return value(value), generate


@intrinsic
def total(typing: Any, value: Any) -> Any:
    """The sum over the lanes, in pairs."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        (v,) = args
        kind = ir.FunctionType(v.type.element, [v.type.element, v.type])
        name = f"llvm.vector.reduce.fadd.v{v.type.count}f{value.scalar.bitwidth}"
        function = cgutils.get_or_insert_function(builder.module, kind, name)
        return builder.call(function, [ir.Constant(v.type.element, 0.0), v], fastmath=("reassoc",))

    return value.scalar(value), generate


@intrinsic
def inverse_root(typing: Any, value: Any) -> Any:
    """1 / √v of each lane, and 0 where v is 0."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        (v,) = args
        name = f"llvm.sqrt.v{v.type.count}f{value.scalar.bitwidth}"
        function = cgutils.get_or_insert_function(builder.module, ir.FunctionType(v.type, [v.type]), name)
        none, one = ir.Constant(v.type, None), ir.Constant(v.type, [1.0] * v.type.count)
        inverse = builder.fdiv(one, builder.call(function, args))
        return builder.select(builder.fcmp_ordered("==", v, none), none, inverse)

    return value(value), generate


@intrinsic
def transpose(typing: Any, x: Any, x0: Any, xp: Any, y: Any, y0: Any, yp: Any) -> Any:
    """y[y0 + j yp + i] ← x[x0 + i xp + j] for a square of one register's numbers a side, in registers.

    Halves of registers change places, then quarters, and so on (Eklundh, IEEE Trans. Computers C-21, 1972).
    """

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = Lanes(x.dtype)
        vector, align = context.get_value_type(kind), x.dtype.bitwidth // 8

        def address(array: Any, data: Any, first: Any, pitch: Any, row: int) -> Any:
            index = builder.add(first, builder.mul(pitch, ir.Constant(pitch.type, row)))
            return place(context, builder, array, data, index, vector)

        rows = [
            builder.load(address(x, args[0], args[1], args[2], i), align=align) for i in range(kind.count)
        ]
        half = kind.count // 2
        while half:
            upper = [j + kind.count - half if j & half else j for j in range(kind.count)]
            lower = [j + kind.count if j & half else j + half for j in range(kind.count)]
            for i in range(kind.count):
                if not i & half:
                    pair = rows[i], rows[i + half]
                    rows[i], rows[i + half] = (_picked(builder, *pair, order) for order in (upper, lower))
            half //= 2
        for i, row in enumerate(rows):
            builder.store(row, address(y, args[3], args[4], args[5], i), align=align)
        return context.get_dummy_value()

    at = types.intp
    return types.void(x, at, at, y, at, at), generate


@intrinsic
def reverse(typing: Any, value: Any) -> Any:
    """The lanes in the opposite order."""

    def generate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _picked(builder, args[0], args[0], list(range(value.count - 1, -1, -1)))

    return value(value), generate


def _picked(builder: Any, a: Any, b: Any, order: list[int]) -> Any:
    """Lanes picked from a (0 … count − 1) and b (count …)."""
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(ir.IntType(32), a.type.count), order))


def _arithmetic(operation: Any, name: str) -> None:
    """Teach numba one operation between lanes and lanes, or lanes and a number."""

    @infer_global(operation)
    class _Template(AbstractTemplate):
        def generic(self, args: Any, kws: Any) -> Any:
            kinds = [kind for kind in args if isinstance(kind, Lanes)]
            if kws or len(args) != 2 or not kinds:
                return None
            sides = (side if isinstance(side, Lanes) else kinds[0].scalar for side in args)
            return signature(kinds[0], *sides)

    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        vector = context.get_value_type(sig.return_type)
        a, b = (
            v if isinstance(k, Lanes) else filled(builder, v, vector)
            for v, k in zip(args, sig.args, strict=True)
        )
        return getattr(builder, name)(a, b, flags=CONTRACT)

    for left, right in ((Lanes, Lanes), (Lanes, types.Float), (types.Float, Lanes)):
        lower_builtin(operation, left, right)(lower)


for _operation, _name in ((operator.add, "fadd"), (operator.sub, "fsub"), (operator.mul, "fmul")):
    _arithmetic(_operation, _name)
for _operation, _name in ((operator.iadd, "fadd"), (operator.isub, "fsub")):
    _arithmetic(_operation, _name)


@infer_global(operator.neg)
class _Negation(AbstractTemplate):
    def generic(self, args: Any, kws: Any) -> Any:
        return signature(args[0], args[0]) if len(args) == 1 and isinstance(args[0], Lanes) else None


@lower_builtin(operator.neg, Lanes)
def _negate(context: Any, builder: Any, sig: Any, args: Any) -> Any:
    return builder.fneg(args[0])
