"""Noise for neighbouring lanes of a colour array."""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .quad import HALF_BITS, LANES, PRIVATE_BITS, RING, SEED_BITS, SEED_PLACES

__all__ = ["QuadNoise"]


class QuadNoise(wiring.Component):
    """A quad generator (see :mod:`.quad`): 64 fresh bits for four lanes, for one LUT and two flip-flops each; or, with two
    steps at once, 128 for eight, for one flip-flop each.

    ``seed`` is added at every step, whatever it is for, as a gate for it would cost LUTs in every quad: hold it at zero
    while drawing. To seed, ``clear``, then make ``SEED_STEPS`` seed steps.

    A draw is used as the step after it is made; with two steps at once, in the clock after these.

    =============  =========  ==========  ==================================================================
    port           direction  width       meaning
    =============  =========  ==========  ==================================================================
    ``draw``       in         1           the draws have been used: step to the next ones
    ``clear``      in         1           the state becomes zero (wins over any step)
    ``seed_step``  in         1           step, with the next ``seed``
    ``seed``       in         16          seed word; zero unless ``seed_step``
    ``draws``      out        64 * steps  the present draws, no latency; the first lane's in the low bits
    ``used``       out        64          those before the last step, if there is but one at a time
    =============  =========  ==========  ==================================================================
    """

    def __init__(self, steps: int) -> None:
        self.steps = steps
        super().__init__(
            {
                "draw": In(1),
                "clear": In(1),
                "seed_step": In(1),
                "seed": In(SEED_BITS),
                "draws": Out(HALF_BITS * steps),
                "used": Out(HALF_BITS),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        p, q = ([Signal(PRIVATE_BITS, name=f"{name}{lane}") for lane in range(LANES)] for name in "pq")
        seed = (self.seed << SEED_PLACES[self.steps])[:HALF_BITS]
        words = [p, q]
        for step in range(self.steps):
            words.append([Signal(PRIVATE_BITS, name=f"n{step}_{lane}") for lane in range(LANES)])
            for lane, beside in enumerate(RING):
                following = words[step][lane] ^ (words[step][beside.lane] << beside.shift)[:PRIVATE_BITS]
                for rotation in beside.rotations:
                    following ^= words[step + 1][beside.lane].rotate_right(rotation)
                m.d.comb += words[-1][lane].eq(following ^ seed[lane::LANES] if step == 0 else following)
        with m.If(self.draw | self.seed_step):
            m.d.sync += [Cat(p).eq(Cat(words[-2])), Cat(q).eq(Cat(words[-1]))]
        with m.If(self.clear):
            m.d.sync += [half.eq(0) for half in (*p, *q)]
        m.d.comb += [self.draws.eq(Cat(q) if self.steps == 1 else Cat(p, q)), self.used.eq(Cat(p))]
        return m
