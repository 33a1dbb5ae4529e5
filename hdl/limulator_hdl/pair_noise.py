"""Noise for two neighbouring lanes of a colour array."""

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .pair import HALF_BITS, ROTATIONS, SEED_BITS, SEED_PLACE, SHIFT

__all__ = ["PairNoise"]


class PairNoise(wiring.Component):
    """A pair generator (see :mod:`.pair`): 64 fresh bits at every step, for one LUT and two flip-flops each.

    ``seed`` is added at every step, whatever it is for, as a gate for it would cost LUTs in every pair: hold it at zero
    while drawing. To seed, ``clear``, then make ``SEED_STEPS`` seed steps.

    =============  =========  =====  ==================================================
    port           direction  width  meaning
    =============  =========  =====  ==================================================
    ``draw``       in         1      the words have been used: step to the next ones
    ``clear``      in         1      the state becomes zero (wins over any step)
    ``seed_step``  in         1      step, with the next ``seed``
    ``seed``       in         16     seed word; zero unless ``seed_step``
    ``words``      out        64     the present words, no latency; the even lane's in the low half
    =============  =========  =====  ==================================================
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "draw": In(1),
                "clear": In(1),
                "seed_step": In(1),
                "seed": In(SEED_BITS),
                "words": Out(HALF_BITS),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        p, q = Signal(HALF_BITS), Signal(HALF_BITS)
        following = p ^ (p << SHIFT)[:HALF_BITS] ^ (self.seed << SEED_PLACE)
        for rotation in ROTATIONS:
            following ^= q.rotate_right(rotation)
        with m.If(self.draw | self.seed_step):
            m.d.sync += [p.eq(q), q.eq(following)]
        with m.If(self.clear):
            m.d.sync += [p.eq(0), q.eq(0)]
        m.d.comb += self.words.eq(q)
        return m
