"""The rank of a noise word: what a level is compared with."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .formats import DIRECTION_BITS, MANTISSA_BITS, RUN_BITS, WORD_BITS

__all__ = ["RANK_BITS", "Rank"]

RANK_BITS = RUN_BITS.bit_length() + MANTISSA_BITS
"""Width of a rank, and of a level."""


class Rank(wiring.Component):
    """The length of a word's run without its leading zeros, then its mantissa (see :mod:`.levels`).

    ==========  =========  =========  ========================================
    port        direction  width      meaning
    ==========  =========  =========  ========================================
    ``word``    in         32         noise word: run | mantissa | direction
    ``rank``    out        RANK_BITS  length | mantissa, ``latency`` clocks later
    ==========  =========  =========  ========================================
    """

    latency = 2

    def __init__(self) -> None:
        super().__init__({"word": In(WORD_BITS), "rank": Out(RANK_BITS)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # Bit i on top makes a length of i + 1. Its high bits tell apart groups of four lengths: 0 to 3, 4 to 7, ...
        lengths = [Const(0, 1), *self.word[DIRECTION_BITS + MANTISSA_BITS :]]
        groups = [lengths[at : at + 4] for at in range(0, RUN_BITS + 1, 4)]
        length: list[Value] = [Const(0, 1)] * RUN_BITS.bit_length()
        for number, group in enumerate(groups):
            bits = [*group, *[Const(0, 1)] * (4 - len(group))]
            found, odd = Signal(name=f"found{number}"), Signal(name=f"odd{number}")
            upper = Signal(2, name=f"upper{number}")
            m.d.sync += [
                found.eq(Cat(bits).any()),
                odd.eq(bits[3] | (bits[1] & ~bits[2])),
                upper.eq(Cat(bits[2:])),  # two bits, as one LUT takes them with the group below
            ]
            here = [odd, upper.any(), *Const(number, RUN_BITS.bit_length() - 2)]
            length = [Mux(found, bit, below) for bit, below in zip(here, length, strict=True)]
        mantissa = Signal(MANTISSA_BITS)
        m.d.sync += [
            mantissa.eq(self.word[DIRECTION_BITS:]),
            self.rank.eq(Cat(mantissa, *length)),
        ]
        return m
