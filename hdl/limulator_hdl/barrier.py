"""The barrier: what is left of a word's surprisal to climb with."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from .addsub import add_or_subtract
from .formats import BARRIER_BITS, SURPRISAL_BITS, Shape

__all__ = ["Barrier"]


class Barrier(wiring.Component):
    """Takes the barrier off the surprisal and divides the rest by beta: the *allowance*, the largest delta that the
    attempt may climb.

    With the penalty t = E0 + ((beta * max(0, delta) + half) >> s), s = beta_frac - F and half = 2**(s-1), an attempt is
    accepted iff t <= surprisal. That holds iff the barrier is no higher than the surprisal (``open``) and

        beta * delta <= ((surprisal - E0) << s) + half - 1,   so   delta <= that // beta.

    Nothing on the right depends on the state of the array, so the division is done ahead of need, in a pipeline of one
    non-restoring step for each bit of the allowance, and a cell only compares integers. While the part of the dividend
    that a step sees is still narrower than beta, the step does nothing, and needs no more bits than that part has.

    =============  =========  =====================  =================================================================
    port           direction  width                  meaning
    =============  =========  =====================  =================================================================
    ``en``         in         1                      advance all stages
    ``surprisal``  in         lanes * 15             UQ5.10 bits, lane 0 in the low bits
    ``barrier``    in         15                     E0 of these attempts, UQ5.10 bits
    ``betas``      in         stages * beta_bits     beta of the attempts in each stage of the division, the first stage
                                                     in the low bits: that of ``barrier`` k + 1 clocks later in stage k
    ``open``       out        lanes                  the barrier let the attempt through
    ``allowance``  out        lanes * allowance_bits unsigned, units of E; saturated at the largest delta
    =============  =========  =====================  =================================================================

    Latency: 1 + ``stages`` clocks.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.stages = self.divisions(shape)
        super().__init__(
            {
                "en": In(1),
                "surprisal": In(shape.lanes * SURPRISAL_BITS),
                "barrier": In(BARRIER_BITS),
                "betas": In(self.stages * shape.beta_bits),
                "open": Out(shape.lanes),
                "allowance": Out(shape.lanes * shape.allowance_bits),
            }
        )

    @staticmethod
    def divisions(shape: Shape) -> int:
        """Stages of the division: one for each bit of the allowance, and one that finds the overflow."""
        return shape.allowance_bits + 1

    def elaborate(self, platform: object) -> Module:
        m = Module()
        shape = self.shape
        top = shape.allowance_bits
        dividend_bits = SURPRISAL_BITS + shape.product_shift

        # What all lanes share: in each stage the divisor, or zero while the dividend's part is too narrow for it.
        divisors, fits, widths = [], [], []
        for stage in range(self.stages):
            seen = max(dividend_bits - (top - stage), 0)
            beta = self.betas.word_select(stage, shape.beta_bits)
            widths.append(min(seen, shape.beta_bits))
            fits.append(Signal(name=f"fits{stage}"))
            divisors.append(Signal(widths[stage], name=f"divisor{stage}"))
            m.d.comb += [
                fits[stage].eq(~beta[seen:].any() if seen < shape.beta_bits else 1),
                divisors[stage].eq(Mux(fits[stage], beta, 0)),
            ]

        for lane in range(shape.lanes):
            self.divide(m, lane, divisors, fits, widths)
        return m

    def divide(self, m: Module, lane: int, divisors: list[Signal], fits: list[Signal], widths: list[int]) -> None:
        """One lane's pipeline."""
        shape = self.shape
        top = shape.allowance_bits
        shift = shape.product_shift
        half = 1 << (shift - 1)

        left = Signal(signed(SURPRISAL_BITS + 1), name=f"left{lane}")
        with m.If(self.en):
            m.d.sync += left.eq(self.surprisal.word_select(lane, SURPRISAL_BITS) - self.barrier)

        # The dividend is (left << s) + half - 1. Its low s bits are constant and need no registers.
        remainder = Cat(Const(half - 1, shift), left[:SURPRISAL_BITS])[top:]
        remainder = Cat(remainder, Const(0, 1)).as_signed()
        pending = left[: max(top - shift, 0)]
        quotient = Const(0, 0)
        opened = ~left[-1]
        for stage in range(self.stages):
            position = top - stage
            if stage:
                if position < shift:
                    digit = Const((half - 1) >> position, 1)
                else:
                    digit = pending[position - shift] if position - shift < len(pending) else Const(0, 1)
                shifted = Cat(digit, remainder).as_signed()
            else:
                shifted = remainder
            width = max(len(shifted), widths[stage] + 1)
            difference = add_or_subtract(m, f"{lane}_{stage}", width, shifted, divisors[stage], ~remainder[-1])
            kept = Signal(signed(min(width, widths[stage] + 1) if stage else width), name=f"remainder{lane}_{stage}")
            later = Signal(max(position - shift, 0), name=f"pending{lane}_{stage}")
            bits = Signal(stage + 1, name=f"quotient{lane}_{stage}")
            passed = Signal(name=f"open{lane}_{stage}")
            with m.If(self.en):
                m.d.sync += [
                    kept.eq(difference),
                    later.eq(pending),
                    passed.eq(opened),
                    bits.eq(Cat(fits[stage] & ~difference[len(kept) - 1], quotient)),
                ]
            remainder, pending, quotient, opened = kept, later, bits, passed

        m.d.comb += [
            self.open[lane].eq(opened),
            self.allowance.word_select(lane, top).eq(quotient[:top] | quotient[-1].replicate(top)),
        ]
