"""The reciprocal of beta where beta seldom changes: one division at a time."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .addsub import add_or_subtract
from .formats import Shape
from .reciprocal import Reciprocal

__all__ = ["SerialReciprocal"]


class SerialReciprocal(wiring.Component):
    """Does for a beta that stays for at least ``latency`` clocks what :class:`.Reciprocal` does for one that changes in
    every clock, to the clock, with one stage instead of ``latency``.

    ==============  =========  ===============  ==========================================================
    port            direction  width            meaning
    ==============  =========  ===============  ==========================================================
    ``en``          in         1                advance
    ``valid``       in         1                ``beta`` counts; another than before begins a division
    ``beta``        in         beta_bits        the divisor
    ``reciprocal``  out        reciprocal_bits  the quotient; means nothing where beta is zero
    ==============  =========  ===============  ==========================================================

    Latency: that of :class:`.Reciprocal`. Beta changes with the sweep, so this serves arrays of at least as many windows.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        super().__init__(
            {"en": In(1), "valid": In(1), "beta": In(shape.beta_bits), "reciprocal": Out(shape.reciprocal_bits)}
        )

    @staticmethod
    def serves(shape: Shape) -> bool:
        """Beta stays for long enough in an array of this shape."""
        return shape.windows >= Reciprocal.latency(shape)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        width = self.shape.beta_bits + 1  # the remainder lies in -beta .. beta - 1
        clocks = Reciprocal.latency(self.shape)
        divisor = Signal(self.shape.beta_bits)
        remainder = Signal(signed(width))
        quotient = Signal(2 * clocks - 2)
        left = Signal(range(clocks))  # clocks until the division is complete
        begin = Signal()
        m.d.comb += begin.eq(self.valid & (self.beta != divisor))

        beta = Mux(begin, self.beta, divisor)
        after, bits = Mux(begin, Const(0, signed(width)), remainder), Const(0, 0)
        for bit in range(2):
            shifted = Cat(Const(1, 1), after)  # all bits of the dividend are ones
            after = add_or_subtract(m, str(bit), width, shifted.as_signed(), beta, ~after[-1])
            bits = Cat(~after[-1], bits)
        found = Cat(bits, quotient)
        with m.If(self.en):
            m.d.sync += [remainder.eq(after), quotient.eq(found), left.eq(Mux(left == 0, 0, left - 1))]
            with m.If(begin):
                m.d.sync += [divisor.eq(self.beta), left.eq(clocks - 1)]
            with m.If(left == 1):
                m.d.sync += self.reciprocal.eq(found >> 2 * clocks - self.shape.reciprocal_bits)
        return m
