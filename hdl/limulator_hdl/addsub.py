"""Addition or subtraction, chosen in every clock, in one carry chain."""

from amaranth.hdl import Cat, Const, Module, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

__all__ = ["AddSub", "add_or_subtract"]


class AddSub(wiring.Component):
    """``y = a + b`` or ``a - b``.

    It is a module of its own so that synthesis can be told to use the carry cells' inverting input (see
    ``limulator_boards.synthesis``); as it stands, the inversion costs a LUT for every bit.

    ============  =========  =====  ====================
    port          direction  width  meaning
    ============  =========  =====  ====================
    ``a``, ``b``  in         width  signed
    ``minus``     in         1      subtract
    ``y``         out        width  modulo 2**width
    ============  =========  =====  ====================
    """

    def __init__(self, width: int) -> None:
        self.width = width
        super().__init__({"a": In(signed(width)), "b": In(signed(width)), "minus": In(1), "y": Out(signed(width))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # a - b = a + ~b + 1: the one comes in through a bit below the others
        inverted = self.b.as_unsigned() ^ self.minus.replicate(self.width)
        m.d.comb += self.y.eq((Cat(Const(1, 1), self.a) + Cat(self.minus, inverted))[1:])
        return m


def add_or_subtract(m: Module, name: str, width: int, a: Value, b: Value, minus: Value) -> Value:
    """A new :class:`AddSub`, called ``name`` within ``m``; its sum."""
    m.submodules[f"addsub_{name}"] = unit = AddSub(width)
    m.d.comb += [unit.a.eq(a), unit.b.eq(b), unit.minus.eq(minus)]
    return unit.y
