"""The levels: thresholds of the few deltas that there are, computed once for all lanes.

With fields of few values, a penalty is worked out for each delta instead of for each attempt. A word's *rank* is the
length of its run without the leading zeros, then its mantissa; a penalty's *level* is the number of ranks that it lets
through, so that a word is accepted iff its rank is below the level. With t = n + f / 2**F,

    level = (RUN_BITS - n) 2**(M-1) + T[f] - 2**(M-1),    0 from n = RUN_BITS on,

since every run of more than n zeros passes, and one of exactly n if its mantissa is below T[f] - 2**(M-1): see
:mod:`.thresholds`.
"""

from amaranth.hdl import Module, Mux, Signal, Value
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from .color_shape import ColorShape
from .formats import BARRIER_BITS, MANTISSA_BITS, PENALTY_FRAC, RUN_BITS
from .rank import RANK_BITS
from .thresholds import THRESHOLD

__all__ = ["Levels"]

_CLOSED = RUN_BITS << PENALTY_FRAC
_FRACTIONS = [threshold - (1 << MANTISSA_BITS) - 1 for threshold in THRESHOLD]


class Levels(wiring.Component):
    """Levels of the penalties of delta = 0 (and below), 1, ..., ``shape.levels``, in units of 2**field_shift.

    ============  =========  ========================  =======================================================
    port          direction  width                     meaning
    ============  =========  ========================  =======================================================
    ``barrier``   in         15                        E0, UQ5.10 bits
    ``beta``      in         beta_bits                 inverse temperature
    ``levels``    out        (levels + 1) * RANK_BITS  that of delta = 0 in the low bits; ``latency`` clocks later
    ============  =========  ========================  =======================================================
    """

    latency = 5

    def __init__(self, shape: ColorShape) -> None:
        self.shape = shape
        super().__init__(
            {
                "barrier": In(BARRIER_BITS),
                "beta": In(shape.beta_bits),
                "levels": Out((shape.levels + 1) * RANK_BITS),
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
            fraction = Signal(PENALTY_FRAC, name=f"fraction{delta}")  # a memory is slow to answer
            table = memory.Memory(shape=PENALTY_FRAC, depth=len(_FRACTIONS), init=_FRACTIONS)
            m.submodules[f"fractions{delta}"] = table
            lookup = table.read_port()
            m.d.comb += lookup.addr.eq(penalty)
            level = (held << MANTISSA_BITS) + fraction + 1
            m.d.sync += [
                climb.eq((multiple + half) >> shape.product_shift),
                penalty.eq(barrier + climb),
                whole.eq(Mux(penalty < _CLOSED, RUN_BITS - (penalty >> PENALTY_FRAC), 0)),
                held.eq(whole),
                fraction.eq(lookup.data),
                self.levels.word_select(delta, RANK_BITS).eq(Mux(held != 0, level, 0)),
            ]
        return m
