"""Arithmetic on a few bits, in LUTs: a carry chain would cost more."""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Const, Mux, Value

__all__ = ["count_ones", "merge", "pick"]


def count_ones(bits: Sequence[Value]) -> list[Value]:
    """How many of the bits are 1, low bit first: full adders take three bits of a weight to one, and one of the next."""
    columns = [list(bits)]
    for weight, column in enumerate(columns):
        while len(column) > 1:
            a, b = column.pop(0), column.pop(0)
            c = column.pop(0) if column else Const(0, 1)
            if len(columns) == weight + 1:
                columns.append([])
            column.append(a ^ b ^ c)
            columns[weight + 1].append((a & b) | (c & (a ^ b)))
    return [column[0] for column in columns if column]


def merge(values: Sequence[Value]) -> Value:
    """All values, of which one at most is not zero, in one: a tree, as Amaranth cannot go down a chain of hundreds."""
    if len(values) == 1:
        return values[0]
    half = len(values) // 2
    return merge(values[:half]) | merge(values[half:])


def pick(values: Sequence[Value], index: Sequence[Value]) -> Value:
    """The value at ``index``, low bit first; what lies beyond the last is whatever takes least."""
    if len(values) == 1:
        return values[0]
    pairs = [values[k : k + 2] for k in range(0, len(values), 2)]
    return pick([Mux(index[0], pair[-1], pair[0]) for pair in pairs], index[1:])
