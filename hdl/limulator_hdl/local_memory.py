"""The memory beside the lanes: their couplings and linear terms, for each window."""

from __future__ import annotations

from collections.abc import Mapping

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["MEMORY_BITS", "MEMORY_WRITES", "LocalMemory", "local_memory", "together"]

MEMORY_WRITES = ("write_window", "row_write", "row_data", "linear_write", "linear_data")
"""Ports of the cells that say what couplings and linear terms are written."""

MEMORY_BITS = 36
"""Bits in a word of an ECP5's block memory."""


def together(width: int) -> int:
    """Lanes whose numbers of this width are in memory together: as many as fill one or two block memories best."""

    def filled(lanes: int) -> float:
        return lanes * width / -(-lanes * width // MEMORY_BITS)

    return max(range(1, max(1, 2 * MEMORY_BITS // width) + 1), key=filled)


class LocalMemory(wiring.Component):
    """Block memory that is written part by part: the parts of a word are shifted together beside it. It is a module of its
    own so that synthesis can be told not to merge the registers of all, to which wires as wide as a word would lead.

    ================  =========  =============  =================================================
    port              direction  width          meaning
    ================  =========  =============  =================================================
    ``shift``         in         1              take the next part of a word:
    ``part``          in         part_bits      this
    ``last``          in         1              it is the last one: write the word
    ``write_window``  in         window         there
    ``window``        in         window         read this
    ``word``          out        bits           what was there, 2 clocks after ``window``
    ================  =========  =============  =================================================
    """

    def __init__(self, bits: int, part_bits: int, windows: int) -> None:
        self.windows = windows
        super().__init__(
            {
                "shift": In(1),
                "part": In(part_bits),
                "last": In(1),
                "write_window": In(range(windows)),
                "window": In(range(windows)),
                "word": Out(bits),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.contents = contents = memory.Memory(
            shape=len(self.word), depth=self.windows, init=(), attrs={"ram_style": "block", "no_rw_check": 1}
        )  # while it is written nobody reads
        write, read = contents.write_port(), contents.read_port()
        data, enable, write_window = Signal.like(self.word), Signal(), Signal.like(self.write_window)
        with m.If(self.shift):
            m.d.sync += data.eq(Cat(data, self.part)[len(self.part) :])
        m.d.comb += [
            write.addr.eq(write_window),
            write.data.eq(data),
            write.en.eq(enable),
            read.addr.eq(self.window),
        ]
        # a memory is slow to answer
        m.d.sync += [enable.eq(self.last), write_window.eq(self.write_window), self.word.eq(read.data)]
        return m


def local_memory(
    m: Module, cells: wiring.Component, lanes: range, addresses: tuple[Value, Value], copies: Mapping[str, Value]
) -> list[tuple[Value, Value]]:
    """For each of these lanes its couplings and its linear term in the windows that were addressed 2 clocks before.

    What lanes have in one word of memory is written with the last of them; ``copies`` has copies of the
    :data:`MEMORY_WRITES` of ``cells``.
    """
    shape = cells.shape
    words = []
    for name, width, address in zip(("row", "linear"), (shape.row_bits, shape.site_bits), addresses, strict=True):
        values: list[Value] = []
        part = copies[f"{name}_data"]
        for first in range(lanes.start, lanes.stop, together(width)):
            members = range(first, min(first + together(width), lanes.stop))
            block = LocalMemory(len(members) * width, len(part), shape.windows)
            m.submodules[f"{name}{first}"] = block
            m.d.comb += [
                block.shift.eq(copies[f"{name}_write"]),
                block.part.eq(part),
                block.write_window.eq(copies["write_window"]),
                block.window.eq(address),
            ]
            m.d.sync += block.last.eq(getattr(cells, f"{name}_write") & (cells.write_lane == members[-1]))
            values += [block.word.word_select(k, width) for k in range(len(members))]
        words.append(values)
    return list(zip(*words, strict=True))
