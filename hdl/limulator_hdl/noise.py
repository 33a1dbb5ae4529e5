"""Noise: one taus88 stream for each lane."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .formats import WORD_BITS
from .taus88 import COMPONENTS, STATE_BITS

__all__ = ["NoiseStream"]


class NoiseStream(wiring.Component):
    """A combined Tausworthe generator, taus88 (L'Ecuyer, Math. Comp. 65, 203, 1996): period about 2**88, and 32 fresh
    bits at every step.

    The word is the exclusive or of three linear recurrences over GF(2), each advanced by many bits at a time. Streams are
    seeded through a chain: ``load`` takes the state from ``seed``, and ``state`` feeds the next lane, so one 96-bit port
    seeds any number of lanes.

    =========  =========  =====  =======================================================
    port       direction  width  meaning
    =========  =========  =====  =======================================================
    ``draw``   in         1      the word has been used: step to the next one
    ``load``   in         1      take the state from ``seed`` (wins over ``draw``)
    ``seed``   in         96     z1 in the low 32 bits, then z2, z3; each at least its component's ``least``
    ``word``   out        32     the present noise word, no latency
    ``state``  out        96     the present state
    =========  =========  =====  =======================================================
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "draw": In(1),
                "load": In(1),
                "seed": In(STATE_BITS),
                "word": Out(WORD_BITS),
                "state": Out(STATE_BITS),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        states = [Signal(WORD_BITS, name=f"z{k}") for k in range(len(COMPONENTS))]
        following = []
        for z, component in zip(states, COMPONENTS, strict=True):
            feedback = (((z << component.tap)[:WORD_BITS] ^ z) >> component.drop)[:WORD_BITS]
            following.append((((z & component.mask) << component.step)[:WORD_BITS] ^ feedback)[:WORD_BITS])
        with m.If(self.draw):
            m.d.sync += Cat(*states).eq(Cat(*following))
        with m.If(self.load):
            m.d.sync += Cat(*states).eq(self.seed)
        m.d.comb += [self.word.eq(states[0] ^ states[1] ^ states[2]), self.state.eq(Cat(*states))]
        return m
