"""The schedule: barrier and beta as functions of the sweep."""

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out

from .formats import BARRIER_BITS, RAMP_BITS, SEGMENT_SPACING, SEGMENT_WORDS, Shape

__all__ = ["Sequencer", "token_layout"]


def token_layout(shape: Shape) -> data.StructLayout:
    """What accompanies a window of attempts: the knobs, and what ends with it."""
    return data.StructLayout(
        {
            "valid": 1,
            "barrier": BARRIER_BITS,
            "beta": shape.beta_bits,
            "last_window": 1,
            "last_sweep": 1,
            "last_segment": 1,
        }
    )


class Sequencer(wiring.Component):
    """Walks through the schedule and issues one window of attempts a clock.

    ==================  =========  ============  ======================================================
    port                direction  width         meaning
    ==================  =========  ============  ======================================================
    ``en``              in         1             issue the next window
    ``restart``         in         1             begin at segment 0 (wins over ``en``)
    ``segments``        in         see below     number of segments in use, at least 1
    ``write``           in         1             write a word of the schedule, while no window is issued
    ``write_address``   in         see below     segment * SEGMENT_SPACING + its place in :data:`.SEGMENT_WORDS`
    ``write_data``      in         32            its value
    ``token``           out        token_layout  the window to attempt now; not valid while a segment is fetched
    ==================  =========  ============  ======================================================

    ``segments`` and ``write_address`` are as wide as ``shape.segments`` needs. A change of segment costs
    ``FETCH_CLOCKS`` without a window: its words are read one by one.
    """

    FETCH_CLOCKS = len(SEGMENT_WORDS) + 2

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        super().__init__(
            {
                "en": In(1),
                "restart": In(1),
                "segments": In(range(shape.segments + 1)),
                "write": In(1),
                "write_address": In(range(shape.segments * SEGMENT_SPACING)),
                "write_data": In(RAMP_BITS),
                "token": Out(token_layout(shape)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        shape = self.shape
        m.submodules.table = table = memory.Memory(shape=RAMP_BITS, depth=shape.segments * SEGMENT_SPACING, init=())
        write, read = table.write_port(), table.read_port()
        index, place = Signal(range(shape.segments)), Signal(range(SEGMENT_SPACING))
        word = Signal(RAMP_BITS)  # a copy, as a memory is slow to answer
        m.d.comb += [
            write.addr.eq(self.write_address),
            write.data.eq(self.write_data),
            write.en.eq(self.write),
            read.addr.eq(Cat(place, index)),
            read.en.eq(~write.en),  # no collision for synthesis to guard
        ]
        m.d.sync += [word.eq(read.data), place.eq(place + 1)]

        barrier, beta, sweeps = Signal(RAMP_BITS), Signal(RAMP_BITS), Signal(RAMP_BITS)
        barrier_step, beta_step = Signal(RAMP_BITS), Signal(RAMP_BITS)
        window = Signal(range(shape.windows))
        issuing = Signal()
        last_window, last_sweep, last_segment = Signal(init=shape.windows == 1), Signal(), Signal()
        m.d.comb += [
            self.token.valid.eq(issuing),
            self.token.barrier.eq(barrier[-BARRIER_BITS:]),
            self.token.beta.eq(beta[-shape.beta_bits :]),
            self.token.last_window.eq(last_window),
            self.token.last_sweep.eq(last_sweep),
            self.token.last_segment.eq(last_segment),
        ]
        m.d.sync += last_segment.eq(index == self.segments - 1)

        # Where a ramp starts comes in as its first step, from zero: the word of a clock is a step in the next, then added
        fetching = Signal(self.FETCH_CLOCKS)  # one-hot
        first = 2  # clocks from the first address until its word is here
        starts = {name: first + place for place, name in enumerate(SEGMENT_WORDS)}
        m.d.sync += fetching.eq(fetching << 1)
        ramps = (("barrier", barrier, barrier_step), ("beta", beta, beta_step))
        for name, ramp, step in ramps:
            with m.If(fetching[starts[name]] | fetching[starts[f"{name}_step"]]):
                m.d.sync += step.eq(word)
            with m.If(fetching[starts[name] + 1] | self.en & issuing & last_window):
                m.d.sync += ramp.eq(ramp + step)
            with m.If(fetching[0]):
                m.d.sync += ramp.eq(0)
        with m.If(fetching[starts["sweeps"]]):
            m.d.sync += [sweeps.eq(word), last_sweep.eq(word == 1), issuing.eq(1)]
        with m.If(self.en & issuing):
            m.d.sync += [window.eq(window + 1), last_window.eq(window == shape.windows - 2)]
            with m.If(last_window):
                m.d.sync += [window.eq(0), last_window.eq(shape.windows == 1)]
                m.d.sync += [sweeps.eq(sweeps - 1), last_sweep.eq(sweeps == 2)]
                with m.If(last_sweep):
                    m.d.sync += [index.eq(index + 1), issuing.eq(0), fetching[0].eq(~last_segment), place.eq(0)]
        with m.If(self.restart):
            m.d.sync += [index.eq(0), window.eq(0), last_window.eq(shape.windows == 1), issuing.eq(0)]
            m.d.sync += [fetching.eq(1), place.eq(0)]
        return m
