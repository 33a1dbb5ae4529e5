"""The reciprocal of beta, which all lanes share."""

from amaranth.hdl import Cat, Const, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .addsub import add_or_subtract
from .formats import Shape

__all__ = ["Reciprocal"]


class Reciprocal(wiring.Component):
    """``(2**reciprocal_bits - 1) // beta``, by non-restoring division, two bits of the quotient a clock.

    ==============  =========  ===============  ==========================================================
    port            direction  width            meaning
    ==============  =========  ===============  ==========================================================
    ``en``          in         1                advance all stages
    ``beta``        in         beta_bits        the divisor
    ``reciprocal``  out        reciprocal_bits  the quotient; means nothing where beta is zero
    ==============  =========  ===============  ==========================================================

    Latency: ``latency(shape)`` clocks.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        super().__init__({"en": In(1), "beta": In(shape.beta_bits), "reciprocal": Out(shape.reciprocal_bits)})

    @staticmethod
    def latency(shape: Shape) -> int:
        """Clocks from ``beta`` to ``reciprocal``."""
        return -(-shape.reciprocal_bits // 2)

    def elaborate(self, platform: object) -> Module:
        m = Module()
        width = self.shape.beta_bits + 1  # the remainder lies in -beta .. beta - 1
        beta, remainder, quotient = self.beta, Const(0, signed(width)), Const(0, 0)
        for bit in range(self.shape.reciprocal_bits):
            shifted = Cat(Const(1, 1), remainder)  # all bits of the dividend are ones
            remainder = add_or_subtract(m, str(bit), width, shifted.as_signed(), beta, ~remainder[-1])
            quotient = Cat(~remainder[-1], quotient)
            if bit % 2 or bit == self.shape.reciprocal_bits - 1:
                stage = [
                    Signal.like(value, name=f"{name}{bit}")
                    for name, value in (("beta", beta), ("remainder", remainder), ("quotient", quotient))
                ]
                with m.If(self.en):
                    m.d.sync += [after.eq(before) for after, before in zip(stage, (beta, remainder, quotient), strict=True)]
                beta, remainder, quotient = stage
        m.d.comb += self.reciprocal.eq(quotient)
        return m
