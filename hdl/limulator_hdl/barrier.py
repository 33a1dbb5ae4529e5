"""The barrier: what is left of a word's surprisal to climb with."""

from amaranth.hdl import Cat, Const, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .formats import BARRIER_BITS, SURPRISAL_BITS, Shape

__all__ = ["Barrier"]


class Barrier(wiring.Component):
    """Takes the barrier off the surprisal and divides the rest by beta: the *allowance*, the largest delta that the
    attempt may climb.

    With the penalty t = E0 + ((beta * max(0, delta) + half) >> s), s = beta_frac - F and half = 2**(s-1), an attempt is
    accepted iff t <= surprisal. That holds iff the barrier is no higher than the surprisal (``open``) and

        beta * delta <= ((surprisal - E0) << s) + half - 1,   so   delta <= that // beta.

    Nothing on the right depends on the state of the array, so the division is done ahead of need, in a pipeline of one
    non-restoring step for each bit of the allowance, and a cell only compares integers.

    =============  =========  ==================  ======================================================
    port           direction  width               meaning
    =============  =========  ==================  ======================================================
    ``en``         in         1                   advance all stages
    ``surprisal``  in         15                  UQ5.10 bits
    ``barrier``    in         15                  E0, UQ5.10 bits, with the surprisal
    ``betas``      in         stages * beta_bits  beta of the attempt in each stage of the division, first
                                                  stage in the low bits: one delay line serves all lanes
    ``open``       out        1                   the barrier let the attempt through
    ``allowance``  out        field_bits - 1      unsigned, units of E; saturated at the largest delta
    =============  =========  ==================  ======================================================

    Latency: 1 + ``stages`` clocks, ``stages`` = field_bits. ``betas`` of stage k is used k + 1 clocks after ``barrier``.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.stages = self.divisions(shape)
        super().__init__(
            {
                "en": In(1),
                "surprisal": In(SURPRISAL_BITS),
                "barrier": In(BARRIER_BITS),
                "betas": In(self.stages * shape.beta_bits),
                "open": Out(1),
                "allowance": Out(shape.allowance_bits),
            }
        )

    @staticmethod
    def divisions(shape: Shape) -> int:
        """Stages of the division: one for each bit of the allowance, and one that finds the overflow."""
        return shape.allowance_bits + 1

    def elaborate(self, platform: object) -> Module:
        m = Module()
        shape = self.shape
        width = shape.allowance_bits

        left = Signal(signed(SURPRISAL_BITS + 1))
        with m.If(self.en):
            m.d.sync += left.eq(self.surprisal - self.barrier)

        # The dividend is (left << s) + half - 1. Its low s bits are constant and need no registers.
        shift = shape.product_shift
        half = 1 << (shift - 1)
        remainder = Signal(signed(max(SURPRISAL_BITS + shift - width, shape.beta_bits, 0) + 1))
        m.d.comb += remainder.eq(Cat(Const(half - 1, shift), left[:SURPRISAL_BITS])[width:])
        pending = left[: max(width - shift, 0)]
        quotient = Const(0, 0)
        opened = ~left[-1]
        for stage in range(self.stages):
            beta = self.betas.word_select(stage, shape.beta_bits)
            position = width - stage
            if stage == 0:
                difference = remainder - beta
            else:
                if position < shift:
                    digit = Const((half - 1) >> position, 1)
                else:
                    digit = pending[position - shift] if position - shift < len(pending) else Const(0, 1)
                subtract = ~remainder[-1]
                # one carry chain for both: a - b = a + ~b + 1
                operand = Cat(subtract, beta ^ subtract.replicate(shape.beta_bits), subtract).as_signed()
                difference = (Cat(Const(1, 1), digit, remainder).as_signed() + operand)[1:]
            result = Signal(signed(len(remainder) if stage == 0 else shape.beta_bits + 1), name=f"remainder{stage}")
            later = Signal(max(position - shift, 0), name=f"pending{stage}")
            bits = Signal(stage + 1, name=f"quotient{stage}")
            passed = Signal(name=f"open{stage}")
            with m.If(self.en):
                m.d.sync += [
                    result.eq(difference),
                    later.eq(pending),
                    passed.eq(opened),
                    bits.eq(Cat(~difference[len(result) - 1], quotient)),
                ]
            remainder, pending, quotient, opened = result, later, bits, passed

        m.d.comb += [self.open.eq(opened), self.allowance.eq(quotient[:width] | quotient[-1].replicate(width))]
        return m
