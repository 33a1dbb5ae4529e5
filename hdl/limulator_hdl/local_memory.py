"""What each lane of a colour array has of its own in every window, couplings and a linear term, in block memory."""

from __future__ import annotations

from collections.abc import Mapping

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import memory, wiring

__all__ = ["MEMORY_BITS", "LocalMemory", "together"]

MEMORY_BITS = 36
"""Bits in a word of an ECP5's block memory."""


def together(width: int) -> int:
    """Lanes whose numbers of this width are in memory together: as many as fill one or two block memories best."""

    def filled(lanes: int) -> float:
        return lanes * width / -(-lanes * width // MEMORY_BITS)

    return max(range(1, max(1, 2 * MEMORY_BITS // width) + 1), key=filled)


class LocalMemory:
    """A number of ``width`` bits for each lane and window; ``name`` is ``row`` or ``linear``, as in the ports of ``cells``.

    What is read waits in registers, as a memory is slow to answer. Through the same registers the host writes: what it has
    for a window shifts in at the last lane, and all is stored with the last word. (Brought to all memories, it would take
    a tenth of the wires.)

    ``sources`` are what each group of lanes needs copies of, beside ``write_window``.
    """

    def __init__(self, m: Module, cells: wiring.Component, name: str, width: int, groups: list[range]) -> None:
        self.m, self.name, self.width, self.windows = m, name, width, cells.shape.windows
        self.words: dict[int, Signal] = {}
        for lanes in groups:
            for first in range(lanes.start, lanes.stop, together(width)):
                bits = min(together(width), lanes.stop - first) * width
                self.words[first] = Signal(bits, name=f"{name}_word{first}")
        write, self.data = getattr(cells, f"{name}_write"), getattr(cells, f"{name}_data")
        store, held = Signal(name=f"{name}_store"), Signal(name=f"{name}_held")
        m.d.sync += [
            store.eq(write & cells.write_last),
            held.eq((held | write) & ~store & ~cells.attempt),
        ]
        self.sources: dict[str, Value] = {
            f"{name}_shift": write,
            f"{name}_load": write | ~held,
            f"{name}_store": store,
        }

    def of(self, lanes: range, address: Value, copies: Mapping[str, Value]) -> list[Value]:
        """For each of the lanes, which are a group, its number at the address 2 clocks before; ``copies`` are those of the
        sources, a clock later.
        """
        numbers: list[Value] = []
        for (first, word), following in zip(self.words.items(), [*self.words.values(), self.data][1:], strict=True):
            if first not in lanes:
                continue
            self.m.submodules[f"{self.name}{first}"] = contents = memory.Memory(
                shape=len(word), depth=self.windows, init=(), attrs={"ram_style": "block", "no_rw_check": 1}
            )  # while it is written nobody reads
            write, read = contents.write_port(), contents.read_port()
            self.m.d.comb += [
                write.addr.eq(copies["write_window"]),
                write.data.eq(word),
                write.en.eq(copies[f"{self.name}_store"]),
                read.addr.eq(address),
            ]
            if first + len(word) // self.width == lanes.stop:  # the next group may be far: a clock is spent on the way
                near = Signal.like(self.data, name=f"{self.name}_near{first}")
                self.m.d.sync += near.eq(following)
                following = near
            shifted = Cat(word, following)[len(self.data) :][: len(word)]
            with self.m.If(copies[f"{self.name}_load"]):
                self.m.d.sync += word.eq(Mux(copies[f"{self.name}_shift"], shifted, read.data))
            numbers += [word.word_select(k, self.width) for k in range(len(word) // self.width)]
        return numbers
