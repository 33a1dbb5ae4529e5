"""The sequencer: of every segment all windows of all sweeps are issued, each once, and marked as what they are."""

from __future__ import annotations

from amaranth.hdl import Assert, Assume, Cover, Module, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from formal.opened import Opened, past
from limulator_hdl.formats import BARRIER_BITS, Shape
from limulator_hdl.schedule import Sequencer

SHAPE = Shape(cells=3, segments=3)


class Rules(wiring.Component):
    """A :class:`.Sequencer` with any schedule in its memory, which stalls at any time and begins again at any time.

    A segment counts from where its words have been read, so nothing is said of the memory itself. Neither that nor
    ``segments`` is written.
    """

    def __init__(self) -> None:
        super().__init__({"en": In(1), "restart": In(1), "segments": In(range(SHAPE.segments + 1))})

    def elaborate(self, platform: object) -> Module:
        m = Module()
        sequencer = Sequencer(SHAPE)
        m.submodules.sequencer = inside = Opened(sequencer)
        for name in self.signature.members:
            m.d.comb += getattr(sequencer, name).eq(getattr(self, name))
        token, read = sequencer.token, inside["fetched"]
        m.d.comb += [
            Assume(~ResetSignal()),
            Assume((self.segments > 0) & (self.segments <= SHAPE.segments)),
            Assume((self.segments == past(m, self.segments)) | ~past(m, 1)),
            Assume(~inside["arriving"] | (read.sweeps > 0)),
        ]
        # What is left of the segment in hand
        number = Signal(range(SHAPE.segments + 1))
        window, sweeps = Signal(range(SHAPE.windows)), Signal(32)
        barrier, beta = Signal(32), Signal(32)
        segment = Signal.like(inside["segment"])
        fetched = Signal(2)  # clocks until a segment is in hand
        begun = Signal()
        with m.If(fetched > 0):
            m.d.sync += fetched.eq(fetched - 1)
        with m.If(fetched == 2):
            m.d.sync += segment.eq(read)
        with m.If(fetched == 1):
            m.d.sync += [sweeps.eq(segment.sweeps), barrier.eq(segment.barrier), beta.eq(segment.beta), window.eq(0)]
        with m.If(self.en & token.valid):
            m.d.sync += window.eq(window + 1)
            with m.If(window == SHAPE.windows - 1):
                m.d.sync += [window.eq(0), sweeps.eq(sweeps - 1)]
                m.d.sync += [barrier.eq(barrier + segment.barrier_step), beta.eq(beta + segment.beta_step)]
                with m.If(sweeps == 1):
                    m.d.sync += number.eq(number + 1)
                    with m.If(number + 1 < self.segments):
                        m.d.sync += fetched.eq(3)
        with m.If(self.restart):
            m.d.sync += [number.eq(0), fetched.eq(3), begun.eq(1), sweeps.eq(0)]

        issuing = begun & (fetched == 0) & (number < self.segments)
        m.d.comb += [
            Assert(token.valid == issuing),  # as many windows as there are attempts to make, and three clocks to fetch
            Assert(~token.valid | (token.last_window == (window == SHAPE.windows - 1))),
            Assert(~token.valid | (token.last_sweep == (sweeps == 1))),
            Assert(~token.valid | (token.last_segment == (number == self.segments - 1))),
            Assert(~token.valid | (token.barrier == barrier[-BARRIER_BITS:])),
            Assert(~token.valid | (token.beta == beta[-SHAPE.beta_bits :])),
        ]
        # The registers, in terms of this
        m.d.comb += [
            Assert(~issuing | (sweeps > 0) & (inside["sweeps"] == sweeps)),
            Assert(~issuing | (inside["barrier"] == barrier) & (inside["beta"] == beta)),
            Assert(~(issuing | (fetched == 1)) | (inside["segment"].as_value() == segment.as_value())),
            Assert((fetched != 1) | (segment.sweeps > 0)),
            Assert(~issuing | (inside["window"] == window) & (window < SHAPE.windows)),
            Assert(~(issuing | (fetched > 0)) | (inside["index"] == number) & (number < self.segments)),
            Assert((fetched == 0) | begun),
            Assert((fetched == 3) == inside["fetching"]),
            Assert((fetched == 2) == inside["arriving"]),
            Assert((fetched == 1) == inside["loading"]),
            Assert((fetched == 0) | (inside["window"] == 0)),
            Cover(begun & (number == SHAPE.segments) & (fetched == 0)),
            Cover(token.valid & (number == 1) & ~token.last_sweep),
        ]
        return m
