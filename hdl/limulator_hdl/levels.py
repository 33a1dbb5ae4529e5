"""The levels: thresholds of the few deltas that there are, computed once for all lanes.

With fields of few values, a penalty is worked out for each delta instead of for each attempt. Of the 2**32 numbers that a
word may stand for (see :mod:`.quad`) a penalty t = n + f / 2**F accepts those below

    threshold = T[f] 2**(RUN_BITS - n),    0 from n = RUN_BITS on,

which are 2**-n T[f] / 2**M of them. A lane has the upper bits of that number, and all lanes the same lower ones,
``common``; so it accepts a draw iff it is below the penalty's *level*,

    level = ceil((threshold - common) / 2**COMMON_BITS),

the threshold, rounded up or down at random.
"""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from .color_shape import ColorShape
from .formats import BARRIER_BITS, MANTISSA_BITS, PENALTY_FRAC, RUN_BITS, WORD_BITS
from .quad import COMMON_BITS, LEVEL_BITS
from .thresholds import THRESHOLD

__all__ = ["Levels"]

_CLOSED = RUN_BITS << PENALTY_FRAC
_FRACTIONS = [threshold - (1 << MANTISSA_BITS) - 1 for threshold in THRESHOLD]
_FINE_BITS = 2
"""Low bits of RUN_BITS - n, by which a threshold is shifted after the others."""


class Levels(wiring.Component):
    """Levels of the penalties of delta = 0 (and below), 1, ..., ``shape.levels``, in units of 2**field_shift.

    ============  =========  =========================  =======================================================
    port          direction  width                      meaning
    ============  =========  =========================  =======================================================
    ``barrier``   in         15                         E0, UQ5.10 bits
    ``beta``      in         beta_bits                  inverse temperature
    ``common``    in         COMMON_BITS                lower bits of the words, ``common_at`` clocks after the others
    ``levels``    out        (levels + 1) * LEVEL_BITS  that of delta = 0 in the low bits; ``latency`` clocks later
    ============  =========  =========================  =======================================================
    """

    latency = 7
    common_at = latency - 1

    def __init__(self, shape: ColorShape) -> None:
        self.shape = shape
        super().__init__(
            {
                "barrier": In(BARRIER_BITS),
                "beta": In(shape.beta_bits),
                "common": In(COMMON_BITS),
                "levels": Out((shape.levels + 1) * LEVEL_BITS),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        shape = self.shape
        multiples: list[Value] = [self.beta & 0, self.beta << shape.field_shift]
        for delta in range(2, shape.levels + 1):
            multiples.append((multiples[delta // 2] << 1) + (multiples[delta % 2]))
        barrier = Signal.like(self.barrier)
        m.d.sync += barrier.eq(self.barrier)
        half = 1 << (shape.product_shift - 1)
        for delta, multiple in enumerate(multiples[: shape.levels + 1]):
            climb_bits = max(shape.beta_bits + shape.field_shift + shape.levels.bit_length() - shape.product_shift + 1, 1)
            climb = Signal(climb_bits, name=f"climb{delta}")
            penalty = Signal(max(len(climb), BARRIER_BITS) + 1, name=f"penalty{delta}")
            whole, held = (Signal(range(RUN_BITS + 1), name=f"{name}{delta}") for name in ("whole", "held"))
            fine = Signal(_FINE_BITS, name=f"fine{delta}")
            fraction = Signal(PENALTY_FRAC, name=f"fraction{delta}")  # a memory is slow to answer
            coarse, threshold = (Signal(WORD_BITS + 1, name=f"{name}{delta}") for name in ("coarse", "threshold"))
            table = memory.Memory(shape=PENALTY_FRAC, depth=len(_FRACTIONS), init=_FRACTIONS)
            m.submodules[f"fractions{delta}"] = table
            lookup = table.read_port()
            m.d.comb += lookup.addr.eq(penalty)
            entry = Mux(held != 0, (1 << MANTISSA_BITS) + fraction + 1, 0)
            m.d.sync += [
                climb.eq((multiple + half) >> shape.product_shift),
                penalty.eq(barrier + climb),
                whole.eq(Mux(penalty < _CLOSED, RUN_BITS - (penalty >> PENALTY_FRAC), 0)),
                held.eq(whole),
                fraction.eq(lookup.data),
                fine.eq(held),
                coarse.eq(entry << Cat(Const(0, _FINE_BITS), held[_FINE_BITS:])),
                threshold.eq(coarse << fine),
                self.levels.word_select(delta, LEVEL_BITS).eq((threshold + ~self.common) >> COMMON_BITS),
            ]
        return m
