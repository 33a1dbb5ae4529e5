"""A comparison with one of two numbers, in one carry chain."""

from amaranth.hdl import Module, Mux
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .rank import RANK_BITS

__all__ = ["Below"]


class Below(wiring.Component):
    """``y = rank < (first if choose else second)``.

    It is a module of its own so that synthesis can be told to choose in the LUTs of the carry chain (see
    ``limulator_boards.synthesis``); as it stands, that costs another LUT for every bit.

    ======================  =========  =========  =====================
    port                    direction  width      meaning
    ======================  =========  =========  =====================
    ``rank``                in         RANK_BITS  rank of a word
    ``first``, ``second``   in         RANK_BITS  levels
    ``choose``              in         1          which one is compared
    ``y``                   out        1          the rank is below it
    ======================  =========  =========  =====================
    """

    def __init__(self) -> None:
        super().__init__(
            {"rank": In(RANK_BITS), "first": In(RANK_BITS), "second": In(RANK_BITS), "choose": In(1), "y": Out(1)}
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.d.comb += self.y.eq(self.rank < Mux(self.choose, self.first, self.second))
        return m
