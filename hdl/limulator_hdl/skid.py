"""A two-place buffer that lets a pipeline see its stall one clock late."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["Skid"]


class Skid(wiring.Component):
    """Holds the word in front and, while that is not taken, the one that the pipeline was already handing over.

    ``en`` comes straight from a register, so that whether the array accepts a step, which is known late in a clock, need
    not reach every register of the pipeline in the same clock.

    ===========  =========  =====  ========================================================
    port         direction  width  meaning
    ===========  =========  =====  ========================================================
    ``flush``    in         1      drop everything
    ``en``       out        1      the pipeline advances, and ``source`` is taken if ``valid``
    ``valid``    in         1      the pipeline's last stage holds a word
    ``source``   in         width  that word
    ``ready``    out        1      ``word`` is valid
    ``take``     in         1      ``word`` is used up
    ``word``     out        width  the word in front
    ===========  =========  =====  ========================================================
    """

    def __init__(self, width: int) -> None:
        super().__init__(
            {
                "flush": In(1),
                "en": Out(1),
                "valid": In(1),
                "source": In(width),
                "ready": Out(1),
                "take": In(1),
                "word": Out(width),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        full = Signal()
        spare = Signal.like(self.word)
        m.d.comb += self.en.eq(~full)
        with m.If(~full):
            m.d.sync += spare.eq(self.source)
        with m.If(self.take | ~self.ready):
            m.d.sync += [self.ready.eq(full | self.valid), full.eq(0)]
            with m.If(full):
                m.d.sync += self.word.eq(spare)
            with m.Else():
                m.d.sync += self.word.eq(self.source)
        with m.Elif(~full):
            m.d.sync += full.eq(self.valid)
        with m.If(self.flush):
            m.d.sync += [self.ready.eq(0), full.eq(0)]
        return m
