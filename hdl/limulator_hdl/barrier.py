"""The barrier: what is left of a word's surprisal to climb with."""

from amaranth.hdl import Cat, Const, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .formats import BARRIER_BITS, SURPRISAL_BITS, Shape

__all__ = ["Barrier"]

PART_BITS = 18
"""The reciprocal is multiplied in parts as wide as a multiplier block takes."""


class Barrier(wiring.Component):
    """Takes the barrier off the surprisal and divides the rest by beta: the *allowance*, the largest delta that the
    attempt may climb.

    With the penalty t = E0 + ((beta * max(0, delta) + half) >> s), s = beta_frac - F and half = 2**(s-1), an attempt is
    accepted iff t <= surprisal. That holds iff the barrier is no higher than the surprisal (``open``) and, with
    y = 2 * (surprisal - E0) + 1,

        beta * delta <= ((surprisal - E0) << s) + half - 1,   that is   beta * delta < half * y.

    So the allowance is the largest integer below half * y / beta. All lanes share beta, and a multiplication by its
    reciprocal r = (2**k * half - 1) // beta, of k = reciprocal_frac bits of fraction, finds that integer exactly (after
    Granlund and Montgomery, 1994): as y * beta < 2**k,

        half * y / beta - 1 / beta <= y * r / 2**k < half * y / beta,

    and what lies between two multiples of 1 / beta is no integer.

    Nothing in this depends on the state of the array, so it is done ahead of need, and a cell only compares integers.

    ==============  =========  =====================  =================================================================
    port            direction  width                  meaning
    ==============  =========  =====================  =================================================================
    ``en``          in         1                      advance all stages
    ``surprisal``   in         lanes * 15             UQ5.10 bits, lane 0 in the low bits
    ``barrier``     in         15                     E0 of these attempts, UQ5.10 bits
    ``reciprocal``  in         reciprocal_bits        r of these attempts, a clock later
    ``flat``        in         1                      their beta is zero, a clock later
    ``open``        out        lanes                  the barrier let the attempt through
    ``allowance``   out        lanes * allowance_bits unsigned, units of E; saturated at the largest delta
    ==============  =========  =====================  =================================================================

    Latency: ``latency`` clocks.
    """

    latency = 3

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        super().__init__(
            {
                "en": In(1),
                "surprisal": In(shape.lanes * SURPRISAL_BITS),
                "barrier": In(BARRIER_BITS),
                "reciprocal": In(shape.reciprocal_bits),
                "flat": In(1),
                "open": Out(shape.lanes),
                "allowance": Out(shape.lanes * shape.allowance_bits),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        shape = self.shape
        top = shape.allowance_bits
        parts = [self.reciprocal[at : at + PART_BITS] for at in range(0, shape.reciprocal_bits, PART_BITS)]
        flat = Signal(2)
        with m.If(self.en):
            m.d.sync += flat.eq(Cat(self.flat, flat))
        for lane in range(shape.lanes):
            left = Signal(signed(SURPRISAL_BITS + 1), name=f"left{lane}")
            opened = Signal(2, name=f"opened{lane}")
            y = Cat(Const(1, 1), left[:SURPRISAL_BITS])
            # Every second product, side by side, is one number; so all that is left to do is one addition.
            products = [Signal(2 * PART_BITS, name=f"product{lane}_{k}") for k in range(len(parts))]
            total = Signal(len(y) + shape.reciprocal_bits - PART_BITS, name=f"total{lane}")
            even, odd = Cat(*products[::2])[PART_BITS:][: len(total)], Cat(*products[1::2])[: len(total)]
            with m.If(self.en):
                m.d.sync += [
                    left.eq(self.surprisal.word_select(lane, SURPRISAL_BITS) - self.barrier),
                    *(product.eq(y * part) for product, part in zip(products, parts, strict=True)),
                    total.eq(even + odd),
                    opened.eq(Cat(~left[-1], opened)),
                ]
            quotient = total[shape.reciprocal_frac - PART_BITS :]
            over = flat[-1] | quotient[top:].any()
            m.d.comb += [
                self.open[lane].eq(opened[-1]),
                self.allowance.word_select(lane, top).eq(quotient[:top] | over.replicate(top)),
            ]
        return m
