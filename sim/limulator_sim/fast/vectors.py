"""Vectors of integers in compiled code: one element for each replica of a block.

numba turns a loop into vector instructions only where it can prove that it may, and widens every integer on the way. These
types say it outright; LLVM maps them to whatever registers the processor has.

Operators work element by element between vectors of one type, or with a scalar, which is first cut to the element's
type; arithmetic wraps, shifts to the right keep the sign of signed elements, comparisons give masks of booleans. Vectors
are loaded from any place of a flat array; multiples of :data:`LANES` are the fast ones, if :func:`aligned` made the array.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model
from numpy.typing import NDArray

__all__ = ["LANES", "aligned", "anywhere", "bit_count", "cast", "leading_zeros", "load", "select", "splat", "store", "take"]

LANES = 64
"""Elements of a vector, and replicas of a block."""


def aligned(values: NDArray[Any]) -> NDArray[Any]:
    """A flat copy that starts at a cache line: vectors that cross one take twice as long."""
    line = 64
    memory = np.empty(values.nbytes + line, np.uint8)
    start = -memory.ctypes.data % line
    copy = memory[start : start + values.nbytes].view(values.dtype)
    copy[:] = values.ravel()
    return copy


class _Vector(types.Type):  # type: ignore[misc]
    """A vector as numba's type inference sees it."""

    def __init__(self, dtype: types.Type) -> None:
        self.dtype = dtype
        super().__init__(name=f"Vector({dtype}, {LANES})")


@register_model(_Vector)
class _Model(models.PrimitiveModel):  # type: ignore[misc]
    """A vector as LLVM sees it."""

    def __init__(self, manager: Any, vector: _Vector) -> None:
        super().__init__(manager, vector, _registers(manager.lookup(vector.dtype).get_value_type()))


def _registers(element: ir.Type) -> ir.VectorType:
    return ir.VectorType(element, LANES)


def _filled(builder: ir.IRBuilder, value: ir.Value) -> ir.Value:
    undefined = ir.Constant(_registers(value.type), ir.Undefined)
    first = builder.insert_element(undefined, value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(first, undefined, ir.Constant(_registers(ir.IntType(32)), None))


def _signed(dtype: types.Type) -> bool:
    return dtype is not types.boolean and bool(dtype.signed)


def _operator(function: Callable[..., Any], emit: Callable[..., ir.Value], comparison: bool = False) -> None:
    """Give vectors an operator: ``emit`` gets the builder, whether elements are signed, and both operands."""

    @infer_global(function)
    class _Template(AbstractTemplate):  # type: ignore[misc]
        def generic(self, args: Any, kws: Any) -> Any:
            if len(args) != 2 or not isinstance(args[0], _Vector):
                return None
            left, right = args
            if right != left and not isinstance(right, types.Integer):
                return None
            result = _Vector(types.boolean) if comparison else left
            return signature(result, left, left if right == left else left.dtype)

    @lower_builtin(function, _Vector, _Vector)
    def _with_vector(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return emit(builder, _signed(sig.args[0].dtype), *args)

    @lower_builtin(function, _Vector, types.Integer)
    def _with_scalar(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return emit(builder, _signed(sig.args[0].dtype), args[0], _filled(builder, args[1]))


def _arithmetic(name: str) -> Callable[..., ir.Value]:
    return lambda builder, signed, left, right: getattr(builder, name)(left, right)


def _comparison(sign: str) -> Callable[..., ir.Value]:
    return lambda builder, signed, left, right: (builder.icmp_signed if signed else builder.icmp_unsigned)(
        sign, left, right
    )


for _name in ("add", "sub", "mul", "and_", "or_", "xor"):
    _operator(getattr(operator, _name), _arithmetic(_name))
_operator(operator.lshift, _arithmetic("shl"))
_operator(operator.rshift, lambda builder, signed, a, b: (builder.ashr if signed else builder.lshr)(a, b))
for _name, _sign in (("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">="), ("eq", "=="), ("ne", "!=")):
    _operator(getattr(operator, _name), _comparison(_sign), comparison=True)


def _place(context: Any, builder: Any, array: types.Array, value: Any, index: Any) -> Any:
    """Pointer to a vector in an array."""
    data = context.make_array(array)(context, builder, value).data
    return builder.bitcast(builder.gep(data, [index]), _registers(context.get_data_type(array.dtype)).as_pointer())


@intrinsic  # type: ignore[untyped-decorator]
def load(typing: Any, array: Any, index: Any) -> Any:
    """load(array, index): the vector of the elements from ``index`` on of a flat array."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.load(_place(context, builder, sig.args[0], *args), align=1)

    return _Vector(array.dtype)(array, types.intp), emit


@intrinsic  # type: ignore[untyped-decorator]
def store(typing: Any, array: Any, index: Any, vector: Any) -> Any:
    """store(array, index, vector): the reverse."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.store(args[2], _place(context, builder, sig.args[0], *args[:2]), align=1)
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), emit


@intrinsic  # type: ignore[untyped-decorator]
def splat(typing: Any, value: Any, dtype: Any) -> Any:
    """splat(value, dtype): the vector whose elements all are that value."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _filled(builder, context.cast(builder, args[0], sig.args[0], dtype.dtype))

    return _Vector(dtype.dtype)(value, dtype), emit


@intrinsic  # type: ignore[untyped-decorator]
def cast(typing: Any, vector: Any, dtype: Any) -> Any:
    """cast(vector, dtype): its elements as they are, cut off or extended; of a mask, -1 where it is true and else 0."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        have, want = sig.args[0].dtype, dtype.dtype
        registers = _registers(context.get_value_type(want))
        if have is types.boolean or have.bitwidth < want.bitwidth:
            return (builder.sext if have is types.boolean or have.signed else builder.zext)(args[0], registers)
        return builder.trunc(args[0], registers) if have.bitwidth > want.bitwidth else args[0]

    return _Vector(dtype.dtype)(vector, dtype), emit


@intrinsic  # type: ignore[untyped-decorator]
def select(typing: Any, mask: Any, yes: Any, no: Any) -> Any:
    """select(mask, yes, no): elements of ``yes`` where the mask is true, else of ``no``."""
    return yes(mask, yes, no), lambda context, builder, sig, args: builder.select(*args)


@intrinsic  # type: ignore[untyped-decorator]
def anywhere(typing: Any, mask: Any) -> Any:
    """anywhere(mask): whether any of its elements is true."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        bits = ir.IntType(LANES)
        return builder.icmp_unsigned("!=", builder.bitcast(args[0], bits), ir.Constant(bits, 0))

    return types.boolean(mask), emit


def _call(builder: Any, name: str, result: ir.Type, *args: Any) -> Any:
    """An intrinsic function of LLVM's."""
    function = ir.FunctionType(result, [argument.type for argument in args])
    return builder.call(cgutils.get_or_insert_function(builder.module, function, name), args)


@intrinsic  # type: ignore[untyped-decorator]
def leading_zeros(typing: Any, vector: Any) -> Any:
    """leading_zeros(vector): of each element, its width where it is 0."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        name = f"llvm.ctlz.v{LANES}i{sig.args[0].dtype.bitwidth}"
        return _call(builder, name, args[0].type, args[0], ir.Constant(ir.IntType(1), 0))

    return vector(vector), emit


@intrinsic  # type: ignore[untyped-decorator]
def bit_count(typing: Any, vector: Any) -> Any:
    """bit_count(vector): ones in each element."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _call(builder, f"llvm.ctpop.v{LANES}i{sig.args[0].dtype.bitwidth}", args[0].type, args[0])

    return vector(vector), emit


@intrinsic  # type: ignore[untyped-decorator]
def take(typing: Any, table: Any, indices: Any) -> Any:
    """take(table, indices): the elements of a flat array at these indices, which must lie in it."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        data = context.make_array(sig.args[0])(context, builder, args[0]).data
        element, signed = context.get_data_type(sig.args[0].dtype), sig.args[1].dtype.signed
        result = ir.Constant(_registers(element), ir.Undefined)
        for lane in range(LANES):
            where = ir.Constant(ir.IntType(32), lane)
            index = builder.extract_element(args[1], where)
            index = (builder.sext if signed else builder.zext)(index, ir.IntType(64))
            result = builder.insert_element(result, builder.load(builder.gep(data, [index])), where)
        return result

    return _Vector(table.dtype)(table, indices), emit
