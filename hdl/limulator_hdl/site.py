"""What a lane of a colour array works out for a cell: its local field, and whether its attempt passes."""

from __future__ import annotations

from collections.abc import Sequence

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from .color_shape import ColorShape
from .logic import count_ones, pick
from .rank import RANK_BITS

__all__ = ["cells_signature", "coupled_field", "excess", "local_memory", "passes", "uphill"]


def cells_signature(shape: ColorShape) -> dict:
    """The ports of the cells of a colour array, which are wired or in columns.

    Their class tells in ``levels_at`` and ``ranks_at`` how many clocks after ``attempt`` levels and ranks are wanted, in
    ``latency`` how many clocks after it what happened is known, and in ``turnaround`` how many clocks there must be between
    the windows of two colours.

    ================  =========  ==================================  ======================================================
    port              direction  width                               meaning
    ================  =========  ==================================  ======================================================
    ``attempt``       in         1                                   attempt the cells of ``window``
    ``window``        in         window address                      that window; while halted, the one that is read
    ``ranks``         in         lanes * RANK_BITS                   ranks of the attempts' words
    ``levels``        in         (levels + 1) * RANK_BITS            levels of each delta
    ``stepped``       out        lanes                               which cells stepped
    ``past``          out        lanes                               the window's x before that
    ``climbs``        out        lanes                               whether delta of the cell's step is above 0,
    ``flat``          out        lanes                               or 0
    ``excess``        out        lanes * excess_bits                 abs(delta) - 1, if delta is not 0
    ``values``        out        lanes                               x of ``window`` while halted
    ``coupled``       out        lanes * coupled_bits                what couplings give of their fields, likewise
    ``write``         in         lanes                               write enables of x
    ``linear_write``  in         lanes                               write enables of the linear terms
    ``row_write``     in         lanes * row_words                   write enables of the couplings
    ``write_window``  in         window address                      window that is written, a clock before the enables
    ``write_data``    in         32                                  x, linear term, or a word of couplings; likewise
    ================  =========  ==================================  ======================================================
    """
    return {
        "attempt": In(1),
        "window": In(shape.window_address_bits),
        "ranks": In(shape.lanes * RANK_BITS),
        "levels": In((shape.levels + 1) * RANK_BITS),
        "stepped": Out(shape.lanes),
        "past": Out(shape.lanes),
        "climbs": Out(shape.lanes),
        "flat": Out(shape.lanes),
        "excess": Out(shape.lanes * shape.excess_bits),
        "values": Out(shape.lanes),
        "coupled": Out(shape.lanes * shape.coupled_bits),
        "write": In(shape.lanes),
        "linear_write": In(shape.lanes),
        "row_write": In(shape.lanes * shape.row_words),
        "write_window": In(shape.window_address_bits),
        "write_data": In(32),
    }


def local_memory(
    m: Module, cells: wiring.Component, lanes: range, address: Value, write_address: Value, write_data: Value
) -> list[tuple[Value, Value]]:
    """Block memory for the couplings and the linear terms of each window in these lanes, written by the enables of
    ``cells``: for each lane its row and its linear term at ``address`` 2 clocks before."""
    shape = cells.shape
    row_bits = shape.degree * shape.coupling_bits
    if shape.row_words > 1:
        row_bits = shape.row_words * shape.couplings_per_word * shape.coupling_bits
    words = []
    for name, width, parts, enable in (
        ("rows", row_bits, shape.row_words, cells.row_write),
        ("linear", shape.field_bits, 1, cells.linear_write),
    ):
        m.submodules[f"{name}{lanes.start}"] = contents = memory.Memory(
            shape=len(lanes) * width, depth=shape.windows, init=(), attrs={"ram_style": "block"}
        )
        write, read = contents.write_port(granularity=width // parts), contents.read_port()
        word = Signal(len(lanes) * width, name=f"{name}_word{lanes.start}")  # a memory is slow to answer
        m.d.comb += [
            write.addr.eq(write_address),
            write.data.eq(write_data[: width // parts].replicate(len(write.en))),
            write.en.eq(enable[lanes.start * parts : lanes.stop * parts]),
            read.addr.eq(address),
            read.en.eq(~write.en.any()),  # no collision for synthesis to guard
        ]
        m.d.sync += word.eq(read.data)
        words.append([word.word_select(k, width) for k in range(len(lanes))])
    return list(zip(*words, strict=True))


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
