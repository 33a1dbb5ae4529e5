"""The segment log: a record of all counters for each segment."""

from amaranth.hdl import Module, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from .formats import Shape
from .ledger import RECORD_WORDS

__all__ = ["SegmentLog"]


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
        m.submodules.words = words = memory.Memory(shape=32, depth=self.words, init=())
        write, read = words.write_port(), words.read_port()
        start = Signal.like(write.addr)
        m.d.comb += [
            write.addr.eq(start + self.word - 1),
            write.data.eq(self.value),
            write.en.eq(self.record & (self.word != 0)),
            self.done.eq(self.record & (self.word == RECORD_WORDS)),
            read.addr.eq(self.address),
            read.en.eq(~write.en),  # no collision for synthesis to guard
        ]
        m.d.sync += self.data.eq(read.data)  # a memory is slow to answer
        with m.If(self.record):
            m.d.sync += self.word.eq(self.word + 1)
        with m.If(self.done):
            m.d.sync += self.word.eq(0)
            with m.If(self.segment):
                m.d.sync += start.eq(start + RECORD_WORDS)
        with m.If(self.restart):
            m.d.sync += start.eq(0)
        return m
