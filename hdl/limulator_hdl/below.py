"""A comparison with one of two numbers, in one carry chain."""

from amaranth.hdl import Module, Mux
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .quad import LEVEL_BITS, PRIVATE_BITS

__all__ = ["Below"]


class Below(wiring.Component):
    """``y = draw < (first if choose else second)``.

    It is a module of its own so that synthesis can be told to choose in the LUTs of the carry chain (see
    ``limulator_boards.synthesis``); as it stands, that costs another LUT for every bit. Nothing that it compares or chooses
    by may be constant: in Verilog it would be no port of that module.

    ======================  =========  ============  =====================
    port                    direction  width         meaning
    ======================  =========  ============  =====================
    ``draw``                in         PRIVATE_BITS  a lane's draw
    ``first``, ``second``   in         LEVEL_BITS    levels
    ``choose``              in         1             which one is compared
    ``y``                   out        1             the draw is below it
    ======================  =========  ============  =====================
    """

    def __init__(self) -> None:
        super().__init__(
            {"draw": In(PRIVATE_BITS), "first": In(LEVEL_BITS), "second": In(LEVEL_BITS), "choose": In(1), "y": Out(1)}
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.d.comb += self.y.eq(self.draw < Mux(self.choose, self.first, self.second))
        return m
