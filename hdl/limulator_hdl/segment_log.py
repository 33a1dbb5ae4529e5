"""The segment log: a record of all counters for each segment."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from .formats import Shape
from .ledger import RECORD_WORDS
from .logic import merge

__all__ = ["SegmentLog"]

BANK_WORDS = 2048
"""Words of a bank: block memories of an ECP5 side by side, none behind another."""


class SegmentLog(wiring.Component):
    """Writes records to block memory, word by word.

    ===========  =========  =================  =====================================================================
    port         direction  width              meaning
    ===========  =========  =================  =====================================================================
    ``restart``  in         1                  the next record is the first one
    ``record``   in         1                  write a record, from when its first word comes: hold until ``done``
    ``segment``  in         1                  with ``done``: the record is complete; else the next one takes its place
    ``done``     out        1                  the last word of the record is written
    ``word``     in         0..RECORD_WORDS-1  word of the record, in turn
    ``value``    in         32                 its value
    ``address``  in         see below          word of the log to read
    ``data``     out        32                 its value, 2 clocks later, unless a record is written
    ===========  =========  =================  =====================================================================

    ``address`` is as wide as ``segments * RECORD_WORDS`` words need.
    """

    def __init__(self, shape: Shape) -> None:
        self.words = shape.segments * RECORD_WORDS
        super().__init__(
            {
                "restart": In(1),
                "record": In(1),
                "segment": In(1),
                "done": Out(1),
                "word": In(range(RECORD_WORDS)),
                "value": In(32),
                "address": In(range(self.words)),
                "data": Out(32),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        start, place = Signal.like(self.address), Signal.like(self.address)
        begun = Signal()
        write = self.record & (begun | (self.word == 0))
        m.d.sync += begun.eq(write & ~self.done)
        m.d.comb += [place.eq(start + self.word), self.done.eq(self.record & begun & (self.word == RECORD_WORDS - 1))]
        # What banks answer late goes to a register before one is chosen
        chosen = []
        for bank in range(-(-self.words // BANK_WORDS)):
            m.submodules[f"bank{bank}"] = words = memory.Memory(shape=32, depth=min(self.words, BANK_WORDS), init=())
            write_port, read = words.write_port(), words.read_port()
            here, found = Signal(2, name=f"here{bank}"), Signal(32, name=f"found{bank}")
            m.d.comb += [
                write_port.addr.eq(place),
                write_port.data.eq(self.value),
                write_port.en.eq(write & (place // BANK_WORDS == bank)),
                read.addr.eq(self.address),
                read.en.eq(~write_port.en),  # no collision for synthesis to guard
            ]
            m.d.sync += [found.eq(read.data), here.eq(Cat(self.address // BANK_WORDS == bank, here))]
            chosen.append(found & here[1].replicate(32))
        m.d.comb += self.data.eq(merge(chosen))
        with m.If(self.done & self.segment):
            m.d.sync += start.eq(start + RECORD_WORDS)
        with m.If(self.restart):
            m.d.sync += start.eq(0)
        return m
