"""The gate of a lane of a colour array: which deltas a draw lets through."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .below import Below
from .color_shape import ColorShape
from .quad import LEVEL_BITS, PRIVATE_BITS

__all__ = ["LevelGate"]


class LevelGate(wiring.Component):
    """Compares a lane's draw with the levels of all deltas (see :mod:`.levels`), in two clocks; where generators make two
    steps at once, and a draw is there for one clock, in the second of these.

    Levels fall with delta, so after a comparison with the one in the middle only one half can still decide: those as far
    above the middle as others are below share a comparison.

    ===========  =========  =========================  =======================================================
    port         direction  width                      meaning
    ===========  =========  =========================  =======================================================
    ``draw``     in         PRIVATE_BITS               the attempt's; of two steps, a clock later
    ``used``     in         PRIVATE_BITS               the same, a clock later, of one step
    ``levels``   in         (levels + 1) * LEVEL_BITS  of delta = 0 in the low bits
    ``later``    in         (levels + 1) * LEVEL_BITS  the same levels, a clock later
    ``opens``    out        levels + 1                 the draw lets this delta through, ``latency`` clocks later
    ===========  =========  =========================  =======================================================
    """

    latency = 2

    def __init__(self, shape: ColorShape) -> None:
        self.shape = shape
        every = (shape.levels + 1) * LEVEL_BITS
        super().__init__(
            {
                "draw": In(PRIVATE_BITS),
                "used": In(PRIVATE_BITS),
                "levels": In(every),
                "later": In(every),
                "opens": Out(shape.levels + 1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        top = self.shape.levels
        if self.shape.compact:
            for delta in range(top + 1):
                m.d.sync += self.opens[delta].eq(self.draw < self.later.word_select(delta, LEVEL_BITS))
            return m
        middle = (top + 1) // 2
        passed = Signal()

        m.d.sync += [passed.eq(self.draw < self.levels.word_select(middle, LEVEL_BITS)), self.opens[middle].eq(passed)]
        for away in range(1, middle + 1):
            lower = self.later.word_select(middle - away, LEVEL_BITS)
            if middle + away <= top:
                m.submodules[f"below{away}"] = below = Below()
                m.d.comb += [
                    below.draw.eq(self.used),
                    below.first.eq(self.later.word_select(middle + away, LEVEL_BITS)),
                    below.second.eq(lower),
                    below.choose.eq(passed),
                ]
                found = below.y
                m.d.sync += self.opens[middle + away].eq(passed & found)
            else:
                found = self.used < lower
            m.d.sync += self.opens[middle - away].eq(passed | found)
        return m
