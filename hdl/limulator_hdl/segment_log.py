"""The segment log: a record of all counters for each segment."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from .formats import Shape
from .ledger import RECORD_WORDS
from .logic import merge

__all__ = ["SegmentLog"]

BANK_WORDS = 512
"""Words of a bank: a block memory."""


class SegmentLog(wiring.Component):
    """Writes records to block memory, word by word.

    ===========  =========  =================  =====================================================================
    port         direction  width              meaning
    ===========  =========  =================  =====================================================================
    ``restart``  in         1                  the next record is the first one
    ``record``   in         1                  write a record: hold until ``done``, ``RECORD_WORDS`` + 1 clocks
    ``segment``  in         1                  with ``done``: the record is complete; else the next one takes its place
    ``done``     out        1                  the last word of the record is written
    ``word``     out        0..RECORD_WORDS-1  word that is wanted of the counters
    ``value``    in         32                 its value, 1 clock later
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
                "word": Out(range(RECORD_WORDS + 1)),
                "value": In(32),
                "address": In(range(self.words)),
                "data": Out(32),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        start, place = Signal.like(self.address), Signal.like(self.address)
        write = self.record & (self.word != 0)
        m.d.comb += [place.eq(start + self.word - 1), self.done.eq(self.record & (self.word == RECORD_WORDS))]
        # In banks of one block each: what they answer late goes to a register before one is chosen
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
        with m.If(self.record):
            m.d.sync += self.word.eq(self.word + 1)
        with m.If(self.done):
            m.d.sync += self.word.eq(0)
            with m.If(self.segment):
                m.d.sync += start.eq(start + RECORD_WORDS)
        with m.If(self.restart):
            m.d.sync += start.eq(0)
        return m
