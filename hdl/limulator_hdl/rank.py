"""The rank of a noise word: what a level is compared with."""

from amaranth.hdl import Cat, Const, Module, Mux, Value
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

    latency = 1

    def __init__(self) -> None:
        super().__init__({"word": In(WORD_BITS), "rank": Out(RANK_BITS)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        # Bit i on top makes a length of i + 1
        lengths = Cat(Const(0, 1), self.word[DIRECTION_BITS + MANTISSA_BITS :])
        _, length = _highest(list(lengths))
        m.d.sync += self.rank.eq(Cat(self.word[DIRECTION_BITS:][:MANTISSA_BITS], *length))
        return m


def _highest(bits: list[Value]) -> tuple[Value, list[Value]]:
    """Whether any bit is 1, and the number of the highest one that is."""
    if len(bits) == 1:
        return bits[0], []
    half = 1 << ((len(bits) - 1).bit_length() - 1)
    below, low = _highest(bits[:half])
    above, high = _highest(bits[half:])
    number = [Mux(above, *both) for both in zip(high, low, strict=False)]
    number += [~above & bit for bit in low[len(high) :]]  # a Mux with 0 would be a register with a reset of its own
    return below | above, [*number, above]
