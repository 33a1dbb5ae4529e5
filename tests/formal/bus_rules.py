"""The bus: every access is answered once, in time, with what the map says, and done once."""

from __future__ import annotations

from amaranth.hdl import Assert, Assume, Cat, Cover, Module, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from formal.opened import past
from limulator_hdl.bus import Bus
from limulator_hdl.formats import Shape
from limulator_hdl.registers import REGISTERS, RegisterMap

REFUSED_AT, WRITTEN_AT, READ_AT = 3, 3, 2 + Bus.READ_CLOCKS
"""Clocks after which an access is answered, by what is answered."""


class Rules(wiring.Component):
    """A :class:`.Bus` whose master keeps to Wishbone but may give up at any time, before an array that does anything."""

    def __init__(self) -> None:
        self.bus = Bus(RegisterMap(Shape(cells=3, bits=2, segments=3)))  # no region is a power of two of words
        ports = self.bus.signature.members
        super().__init__({"wishbone": ports["wishbone"]} | {name: port for name, port in ports.items() if port.flow is In})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.bus = bus = self.bus
        line, regions = bus.wishbone, list(bus.map.regions.values())
        for name in ("cyc", "stb", "we", "adr", "dat_w"):
            m.d.comb += getattr(line, name).eq(getattr(self.wishbone, name))
        for name in ("halted", "refused", "registers", "values"):
            m.d.comb += getattr(bus, name).eq(getattr(self, name))
        asked, answered = line.cyc & line.stb, line.ack | line.err

        # A request stays as it is until it is answered or given up.
        request = Cat(line.we, line.adr, line.dat_w)
        kept = past(m, asked & ~answered)
        m.d.comb += Assume(~ResetSignal())
        m.d.comb += Assume(~(kept & asked) | (request == past(m, request)))

        # Clocks for which the request is there already
        waited = Signal(4)
        m.d.sync += waited.eq(0)
        with m.If(asked & ~answered):
            m.d.sync += waited.eq(waited + 1)

        # What the map says, straight from it; judged in the clock after the request was first seen
        allowed = Signal()
        source = Signal(32)
        for number, region in enumerate(regions):
            offset = line.adr - region.base
            inside = (line.adr >= region.base) & (line.adr < region.base + region.words)
            if region.name == "REGISTERS":
                for word, register in enumerate(REGISTERS):
                    access = register.access
                    may = (line.we & access.writable | ~line.we & access.readable) & (bus.halted | access.anytime)
                    with m.If(inside & (offset == word)):
                        m.d.comb += [allowed.eq(may), source.eq(bus.registers.word_select(word, 32))]
            else:
                access = region.access
                may = (line.we & access.writable | ~line.we & access.readable) & (bus.halted | access.anytime)
                with m.If(inside):
                    m.d.comb += [allowed.eq(may), source.eq(bus.values.word_select(number, 32))]
        may = Signal()
        with m.If(waited == 1):
            m.d.sync += may.eq(allowed)

        # Answers: one at a time, only when asked, and in time
        m.d.comb += [
            Assert(~(line.ack & line.err)),
            Assert(~answered | past(m, asked)),
            Assert(~answered | ~past(m, answered)),
            Assert(waited <= READ_AT),
        ]
        with m.If(answered):
            late = past(m, waited) + 1
            with m.If(~may):
                m.d.comb += Assert(line.err & (late == REFUSED_AT))
            with m.Elif(past(m, line.we)):
                m.d.comb += Assert((late == WRITTEN_AT) & (line.err == past(m, bus.refused)))
            with m.Else():
                m.d.comb += Assert(line.ack & (late == READ_AT) & (line.dat_r == past(m, source)))

        # Strobes: one for each write that is answered by the array, in the clock before
        strobe = bus.write.any() | bus.command.any()
        m.d.comb += [
            Assert((bus.write & (bus.write - 1)) == 0),
            Assert((bus.command & (bus.command - 1)) == 0),
            Assert(bus.command.any() == bus.write[0]),
            Assert(~strobe | asked & line.we & may & (waited == WRITTEN_AT - 1)),
            Assert(past(m, strobe) == (answered & past(m, line.we) & may)),
        ]
        for number, region in enumerate(regions):
            with m.If(bus.write[number]):
                size = (region.words - 1).bit_length()
                m.d.comb += [
                    Assert((line.adr >= region.base) & (line.adr < region.base + region.words)),
                    Assert((bus.offset[:size] == (line.adr - region.base)[:size]) & (bus.data == line.dat_w)),
                ]
        for word in range(len(REGISTERS)):
            m.d.comb += Assert(~bus.command[word] | (line.adr == word))

        # None of this is true for want of accesses.
        m.d.comb += [
            Cover(line.ack & past(m, line.we)),
            Cover(line.ack & ~past(m, line.we)),
            Cover(line.err & ~may),
            Cover(line.err & may),
            Cover(past(m, past(m, answered)) & asked & (waited == 1)),
        ]
        return m
