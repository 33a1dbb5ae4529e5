"""A long delay of many bits, in memory: registers would be several for each bit."""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["DelayLine"]


class DelayLine(wiring.Component):
    """The same, ``clocks`` later: of a ring of places in a small memory one is written, and the one after it is read.

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
        m.submodules.ring = ring = memory.Memory(
            shape=len(self.source), depth=self.clocks, init=(), attrs={"ram_style": "distributed", "no_rw_check": 1}
        )
        write, read = ring.write_port(), ring.read_port()
        place, oldest = Signal(range(self.clocks), init=self.clocks - 1), Signal(range(self.clocks))
        m.d.sync += [place.eq(oldest), oldest.eq(Mux(oldest == self.clocks - 1, 0, oldest + 1))]
        m.d.comb += [
            write.addr.eq(place),
            write.en.eq(1),
            write.data.eq(self.source),
            read.addr.eq(oldest),
            self.delayed.eq(read.data),
        ]
        return m
