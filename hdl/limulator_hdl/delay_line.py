"""A long delay of many bits, in memory: registers would be several for each bit."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["DelayLine"]


class DelayLine(wiring.Component):
    """The same, ``clocks`` later: each place of a small memory is read, and then written.

    ============  =========  =====  ================================
    port          direction  width  meaning
    ============  =========  =====  ================================
    ``source``    in         width
    ``delayed``   out        width  the same, ``clocks`` >= 2 later
    ============  =========  =====  ================================
    """

    def __init__(self, width: int, clocks: int) -> None:
        self.clocks = clocks
        super().__init__({"source": In(width), "delayed": Out(width)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        depth = self.clocks - 1
        m.submodules.ring = ring = memory.Memory(
            shape=len(self.source), depth=depth, init=(), attrs={"ram_style": "distributed"}
        )
        write, read = ring.write_port(), ring.read_port()
        place = Signal(range(depth))
        m.d.sync += place.eq(Mux(place == depth - 1, 0, place + 1))
        m.d.comb += [
            write.addr.eq(place),
            write.en.eq(1),
            write.data.eq(self.source),
            read.addr.eq(place),
            self.delayed.eq(read.data),
        ]
        return m
