"""The gate: what a noise word is worth."""

from amaranth.hdl import Const, Module, Mux, Signal
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from .formats import DIRECTION_BITS, MANTISSA_BITS, PENALTY_FRAC, RUN_BITS, SURPRISAL_BITS, WORD_BITS
from .thresholds import SURPRISAL

__all__ = ["Gate"]


class Gate(wiring.Component):
    """Turns a noise word into its surprisal, the largest penalty t that it lets through (see :mod:`.thresholds`).

    The integer part is the number of leading zeros of the run, the fraction comes from a table of the mantissa. A run of
    nothing but zeros gives the largest surprisal of all, just below ``RUN_BITS``: no word accepts a penalty above that.

    =============  =========  =====  ==================================================
    port           direction  width  meaning
    =============  =========  =====  ==================================================
    ``en``         in         1      advance both stages
    ``word``       in         32     noise word: run | mantissa | direction
    ``surprisal``  out        15     UQ5.10 bits of energy, 2 clocks after ``word``
    ``up``         out        1      the direction bit, 2 clocks after ``word``
    =============  =========  =====  ==================================================
    """

    latency = 2

    def __init__(self) -> None:
        super().__init__({"en": In(1), "word": In(WORD_BITS), "surprisal": Out(SURPRISAL_BITS), "up": Out(1)})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        m.submodules.table = table = memory.Memory(shape=PENALTY_FRAC, depth=2**MANTISSA_BITS, init=SURPRISAL)
        lookup = table.read_port()
        m.d.comb += [lookup.en.eq(self.en), lookup.addr.eq(self.word[DIRECTION_BITS:])]

        run = Signal(RUN_BITS)
        up = Signal()
        zeros = Signal(range(RUN_BITS + 1))
        m.d.comb += zeros.eq(RUN_BITS)
        for position in range(RUN_BITS):  # the last assignment that applies is the top bit
            with m.If(run[position]):
                m.d.comb += zeros.eq(RUN_BITS - 1 - position)

        most = Const((RUN_BITS << PENALTY_FRAC) - 1, SURPRISAL_BITS)
        with m.If(self.en):
            m.d.sync += [run.eq(self.word[-RUN_BITS:]), up.eq(self.word[0]), self.up.eq(up)]
            m.d.sync += self.surprisal.eq(Mux(run.any(), lookup.data | (zeros << PENALTY_FRAC), most))
        return m
