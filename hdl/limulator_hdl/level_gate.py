"""The gate of a lane of a colour array: which deltas a word lets through."""

from amaranth.hdl import Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .below import Below
from .color_shape import ColorShape
from .rank import RANK_BITS

__all__ = ["LevelGate"]


class LevelGate(wiring.Component):
    """Compares a word's rank with the levels of all deltas (see :mod:`.levels`), in two clocks.

    Levels fall with delta, so after a comparison with the one in the middle only one half can still decide: those as far
    above the middle as others are below share a comparison.

    ===========  =========  ========================  =======================================================
    port         direction  width                     meaning
    ===========  =========  ========================  =======================================================
    ``rank``     in         RANK_BITS                 rank of the attempt's word
    ``levels``   in         (levels + 1) * RANK_BITS  of delta = 0 in the low bits
    ``later``    in         (levels + 1) * RANK_BITS  the same levels, a clock later
    ``opens``    out        levels + 1                the word lets this delta through, ``latency`` clocks later
    ===========  =========  ========================  =======================================================
    """

    latency = 2

    def __init__(self, shape: ColorShape) -> None:
        self.shape = shape
        every = (shape.levels + 1) * RANK_BITS
        super().__init__({"rank": In(RANK_BITS), "levels": In(every), "later": In(every), "opens": Out(shape.levels + 1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        top = self.shape.levels
        middle = (top + 1) // 2
        rank, passed = Signal(RANK_BITS), Signal()

        def level(delta: int) -> object:
            return self.later.word_select(delta, RANK_BITS) if 0 <= delta <= top else Const(0, RANK_BITS)

        m.submodules.below = halves = Below()
        m.d.comb += [halves.rank.eq(self.rank), halves.first.eq(self.levels.word_select(middle, RANK_BITS))]
        m.d.comb += halves.choose.eq(1)
        m.d.sync += [rank.eq(self.rank), passed.eq(halves.y), self.opens[middle].eq(passed)]
        for away in range(1, middle + 1):
            m.submodules[f"below{away}"] = below = Below()
            m.d.comb += [
                below.rank.eq(rank),
                below.first.eq(level(middle + away)),
                below.second.eq(level(middle - away)),
                below.choose.eq(passed),
            ]
            m.d.sync += self.opens[middle - away].eq(passed | below.y)
            if middle + away <= top:
                m.d.sync += self.opens[middle + away].eq(passed & below.y)
        return m
