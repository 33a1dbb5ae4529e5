"""Noise for four neighbouring lanes of a colour array."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .quad import HALF_BITS, LANES, PRIVATE_BITS, RING, SEED_BITS

__all__ = ["QuadNoise"]


class QuadNoise(wiring.Component):
    """A quad generator (see :mod:`.quad`): 64 fresh bits at every step, for one LUT and two flip-flops each.

    ``seed`` is added at every step, whatever it is for, as a gate for it would cost LUTs in every quad: hold it at zero
    while drawing. To seed, ``clear``, then make ``SEED_STEPS`` seed steps.

    =============  =========  =====  ==================================================
    port           direction  width  meaning
    =============  =========  =====  ==================================================
    ``draw``       in         1      the draws have been used: step to the next ones
    ``clear``      in         1      the state becomes zero (wins over any step)
    ``seed_step``  in         1      step, with the next ``seed``
    ``seed``       in         16     seed word; zero unless ``seed_step``
    ``draws``      out        64     the present draws, no latency; the first lane's in the low bits
    ``used``       out        64     those before the last step
    =============  =========  =====  ==================================================
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "draw": In(1),
                "clear": In(1),
                "seed_step": In(1),
                "seed": In(SEED_BITS),
                "draws": Out(HALF_BITS),
                "used": Out(HALF_BITS),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        p, q = ([Signal(PRIVATE_BITS, name=f"{name}{lane}") for lane in range(LANES)] for name in "pq")
        for lane, beside in enumerate(RING):
            following = p[lane] ^ (p[beside.lane] << beside.shift)[:PRIVATE_BITS] ^ self.seed[lane::LANES]
            for rotation in beside.rotations:
                following ^= q[beside.lane].rotate_right(rotation)
            with m.If(self.draw | self.seed_step):
                m.d.sync += [p[lane].eq(q[lane]), q[lane].eq(following)]
            with m.If(self.clear):
                m.d.sync += [p[lane].eq(0), q[lane].eq(0)]
        m.d.comb += [self.draws.eq(Cat(q)), self.used.eq(Cat(p))]
        return m
