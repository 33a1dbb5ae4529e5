"""What a lane of a colour array works out for a cell: its local field, and whether its attempt passes."""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Cat, Mux, Value
from amaranth.lib.wiring import In, Out

from .color_shape import ColorShape
from .logic import count_ones, pick
from .quad import LEVEL_BITS, PRIVATE_BITS

__all__ = [
    "cells_signature",
    "coupled_field",
    "excess",
    "passes",
    "uphill",
]


def cells_signature(shape: ColorShape) -> dict:
    """The ports of the cells of a colour array, which are wired or in columns.

    Their class tells in ``levels_at`` and ``draws_at`` how many clocks after ``attempt`` levels and draws are wanted (draws
    of which a generator makes two steps at once: a clock later), in
    ``latency`` how many clocks after it what happened is known, and in ``turnaround`` how many clocks there must be between
    the windows of two colours. While halted, the cells of ``window`` are written all, in the order of the lanes; ``window``
    is theirs from two clocks before each write to a clock after it, and what is written stays for two.

    ================  =========  ==================================  ======================================================
    port              direction  width                               meaning
    ================  =========  ==================================  ======================================================
    ``attempt``       in         1                                   attempt the cells of ``window``
    ``window``        in         window address                      that window; while halted, the host's
    ``draws``         in         lanes * PRIVATE_BITS                the attempts' draws
    ``used``          in         lanes * PRIVATE_BITS                the same, a clock later
    ``levels``        in         (levels + 1) * LEVEL_BITS           levels of each delta
    ``stepped``       out        lanes                               which cells stepped
    ``past``          out        lanes                               the window's x before that
    ``climbs``        out        lanes                               whether delta of the cell's step is above 0,
    ``flat``          out        lanes                               or 0
    ``excess``        out        lanes * excess_bits                 if delta is not 0: abs(delta) - 1, in 2**field_shift
    ``values``        out        lanes                               x of ``window`` while halted
    ``coupled``       out        lanes * coupled_bits                what couplings give of their fields, likewise
    ``write_lane``    in         lane_bits                           lane of a cell that is written
    ``x_write``       in         1                                   write its x:
    ``x_data``        in         1                                   this
    ``linear_write``  in         1                                   write its linear term:
    ``linear_data``   in         site_bits                           this
    ``row_write``     in         1                                   write its couplings, word by word:
    ``row_data``      in         row_bits / row_words                this word
    ================  =========  ==================================  ======================================================
    """
    return {
        "attempt": In(1),
        "window": In(shape.window_address_bits),
        "draws": In(shape.lanes * PRIVATE_BITS),
        "used": In(shape.lanes * PRIVATE_BITS),
        "levels": In((shape.levels + 1) * LEVEL_BITS),
        "stepped": Out(shape.lanes),
        "past": Out(shape.lanes),
        "climbs": Out(shape.lanes),
        "flat": Out(shape.lanes),
        "excess": Out(shape.lanes * shape.excess_bits),
        "values": Out(shape.lanes),
        "coupled": Out(shape.lanes * shape.coupled_bits),
        "write_lane": In(shape.lane_bits),
        "x_write": In(1),
        "x_data": In(1),
        "linear_write": In(1),
        "linear_data": In(shape.site_bits),
        "row_write": In(1),
        "row_data": In(shape.row_bits // shape.row_words),
    }


def coupled_field(shape: ColorShape, states: Sequence[Value], couplings: Sequence[Value]) -> Value:
    """sum_j q_j x_j; but with couplings of two bits, without the -1 of each negative one.

    q x is then q's low bit and (x exclusive-or q's sign), less 1 if q is -1: what is to be added is only counted, and the
    linear terms are loaded with all that is to be taken off.
    """
    if shape.counts:
        return Cat(count_ones([q[0] & (x ^ q[1]) for x, q in zip(states, couplings, strict=True)]))
    return sum((q & x.replicate(len(q))).as_signed() for x, q in zip(states, couplings, strict=True))


def excess(shape: ColorShape, g: Value) -> Value:
    """abs(g) - 1, for g != 0, in as many bits as the levels have."""
    return (Mux(g[-1], ~g, g - 1))[: shape.excess_bits]


def uphill(g: Value, x: Value) -> Value:
    """Whether the step of a cell at x climbs, with the local field g: a step up costs g, one down -g."""
    return (g != 0) & (g[-1] == x)


def passes(shape: ColorShape, g: Value, x: Value, opens: Value) -> Value:
    """Whether the cell steps; ``opens`` is what :class:`.LevelGate` finds."""
    return Mux(uphill(g, x), pick(list(opens[1:]), list(excess(shape, g))), opens[0])
