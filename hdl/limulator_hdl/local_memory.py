"""The memory beside the lanes: their couplings and linear terms, for each window."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["MEMORY_BITS", "MEMORY_PARTS", "LocalMemory", "local_memory", "shared"]

MEMORY_PARTS = ("row_data", "linear_data")
"""Ports of the cells with what is written to their couplings and linear terms."""

MEMORY_BITS = 36
"""Bits in a word of an ECP5's block memory."""


def together(width: int) -> int:
    """Lanes whose numbers of this width are in memory together: as many as fill one or two block memories best."""

    def filled(lanes: int) -> float:
        return lanes * width / -(-lanes * width // MEMORY_BITS)

    return max(range(1, max(1, 2 * MEMORY_BITS // width) + 1), key=filled)


def shared(lanes: range, width: int) -> list[range]:
    """These lanes, by what memory has their numbers of this width: as even as can be."""
    memories = -(-len(lanes) // together(width))
    ends = [lanes.start + len(lanes) * k // memories for k in range(memories + 1)]
    return [range(*pair) for pair in pairwise(ends)]


class LocalMemory(wiring.Component):
    """Block memory that is written part by part: what it holds moves down, and the next part takes the place that is left.

    ==========  =========  =========  ===================================================================
    port        direction  width      meaning
    ==========  =========  =========  ===================================================================
    ``window``  in         address    read this
    ``word``    out        bits       what is there, 2 clocks later; or 1, without a ``register``
    ``shift``   in         1          once ``word`` is that of ``window``: move it down there, and put on top
    ``part``    in         part_bits  this. A word that is moved is known again 3 clocks after
    ==========  =========  =========  ===================================================================
    """

    def __init__(self, bits: int, part_bits: int, windows: int, register: bool = True) -> None:
        self.windows, self.register = windows, register
        super().__init__(
            {
                "window": In(range(windows)),
                "word": Out(bits),
                "shift": In(1),
                "part": In(part_bits),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.contents = contents = memory.Memory(
            shape=len(self.word), depth=self.windows, init=(), attrs={"ram_style": "block", "no_rw_check": 1}
        )  # what is read as it is written is not used
        write, read = contents.write_port(), contents.read_port()
        m.d.comb += [
            read.addr.eq(self.window),
            write.addr.eq(self.window),
            write.data.eq(Cat(self.word, self.part)[len(self.part) :]),
            write.en.eq(self.shift),
        ]
        m.d["sync" if self.register else "comb"] += self.word.eq(read.data)  # a memory is slow to answer
        return m


def local_memory(
    m: Module,
    cells: wiring.Component,
    lanes: range,
    addresses: tuple[Value, Value],
    writes: tuple[Value, Value],
    copies: Mapping[str, Value],
    register: bool = True,
) -> list[tuple[Value, Value]]:
    """For each of these lanes its couplings and its linear term in the windows that were addressed 2 clocks before, or 1,
    without a ``register``.

    ``writes`` tells to write those of the cells' ``write_lane``: all lanes', in their order. Addresses and ``copies`` of
    :data:`MEMORY_PARTS` are needed 2 clocks later, and the addresses for 2 clocks before that, too.
    """
    shape = cells.shape
    words = []
    widths = (shape.row_bits, shape.site_bits)
    for name, width, address, write in zip(("row", "linear"), widths, addresses, writes, strict=True):
        values: list[Value] = []
        part = copies[f"{name}_data"]
        for members in shared(lanes, width):
            first = members.start
            m.submodules[f"{name}{first}"] = block = LocalMemory(len(members) * width, len(part), shape.windows, register)
            written = Signal(name=f"{name}_written{first}")
            m.d.sync += [
                written.eq(write & Cat(cells.write_lane == lane for lane in members).any()),
                block.shift.eq(written),
            ]
            m.d.comb += [block.window.eq(address), block.part.eq(part)]
            values += [block.word.word_select(k, width) for k in range(len(members))]
        words.append(values)
    return list(zip(*words, strict=True))
