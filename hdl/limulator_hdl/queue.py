"""A queue between a pipeline and its user, which may give the last word back."""

from amaranth.hdl import Module, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Queue"]


class Queue(wiring.Component):
    """Words in a small memory, read without latency. Whether one is taken or given back moves nothing but a pointer, so
    that this may be known late in a clock; and ``en`` comes straight from a register, for it reaches all of the pipeline.

    ===========  =========  =====  ========================================================
    port         direction  width  meaning
    ===========  =========  =====  ========================================================
    ``flush``    in         1      drop everything
    ``en``       out        1      the pipeline advances, and ``source`` is taken if ``valid``
    ``valid``    in         1      the pipeline's last stage holds a word
    ``source``   in         width  that word
    ``ready``    out        1      ``word`` is valid
    ``take``     in         1      go on to the next word, if ``ready``
    ``back``     in         1      return to the word taken last (wins over ``take``)
    ``word``     out        width  the word in front
    ===========  =========  =====  ========================================================

    Only one word can be given back, until the next is taken.
    """

    DEPTH = 16
    """Half of it may be full before the pipeline stops. The rest has room for the words that come in until then, and for
    those taken that may come back."""

    def __init__(self, width: int) -> None:
        super().__init__(
            {
                "flush": In(1),
                "en": Out(1),
                "valid": In(1),
                "source": In(width),
                "ready": Out(1),
                "take": In(1),
                "back": In(1),
                "word": Out(width),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.words = words = memory.Memory(shape=len(self.word), depth=self.DEPTH, init=())
        write, read = words.write_port(), words.read_port(domain="comb")
        head, tail, level = Signal(range(self.DEPTH)), Signal(range(self.DEPTH)), Signal(range(self.DEPTH))
        m.d.comb += [
            write.addr.eq(head),
            read.addr.eq(tail),
            level.eq(head - tail),
            self.ready.eq(level != 0),
            write.en.eq(self.en & self.valid),
            write.data.eq(self.source),
            self.word.eq(read.data),
        ]
        m.d.sync += self.en.eq(level < self.DEPTH // 2)
        with m.If(write.en):
            m.d.sync += head.eq(head + 1)
        with m.If(self.back):
            m.d.sync += tail.eq(tail - 1)
        with m.Elif(self.take & self.ready):
            m.d.sync += tail.eq(tail + 1)
        with m.If(self.flush):
            m.d.sync += [head.eq(0), tail.eq(0)]
        return m
