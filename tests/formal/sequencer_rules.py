"""The sequencer: of every segment all windows of all sweeps are issued, each once, and marked as what they are."""

from __future__ import annotations

from amaranth.hdl import Assert, Assume, Cover, Module, ResetSignal, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In

from formal.opened import Opened, past
from limulator_hdl.formats import BARRIER_BITS, SEGMENT_WORDS, Shape
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
        token, word = sequencer.token, inside["word"]
        m.d.comb += [
            Assume(~ResetSignal()),
            Assume((self.segments > 0) & (self.segments <= SHAPE.segments)),
            Assume((self.segments == past(m, self.segments)) | ~past(m, 1)),
            Assume(~inside["fetching"][-1] | (word > 0)),
        ]
        # What is left of the segment in hand
        number = Signal(range(SHAPE.segments + 1))
        window, sweeps = Signal(range(SHAPE.windows)), Signal(32)
        ramps = {name: Signal(32, name=name) for name in ("barrier", "beta", "barrier_step", "beta_step")}
        barrier, beta, barrier_step, beta_step = ramps.values()
        fetching = Signal(range(Sequencer.FETCH_CLOCKS + 1))  # clocks until a segment is in hand
        begun = Signal()
        with m.If(fetching > 0):
            m.d.sync += fetching.eq(fetching - 1)
        with m.If(fetching == 1):
            m.d.sync += [sweeps.eq(word), window.eq(0)]
        for place, ramp in enumerate(ramps.values()):
            with m.If(fetching == len(SEGMENT_WORDS) - place):
                m.d.sync += ramp.eq(word)
        with m.If(self.en & token.valid):
            m.d.sync += window.eq(window + 1)
            with m.If(window == SHAPE.windows - 1):
                m.d.sync += [window.eq(0), sweeps.eq(sweeps - 1)]
                m.d.sync += [barrier.eq(barrier + barrier_step), beta.eq(beta + beta_step)]
                with m.If(sweeps == 1):
                    m.d.sync += number.eq(number + 1)
                    with m.If(number + 1 < self.segments):
                        m.d.sync += fetching.eq(Sequencer.FETCH_CLOCKS)
        with m.If(self.restart):
            m.d.sync += [number.eq(0), fetching.eq(Sequencer.FETCH_CLOCKS), begun.eq(1), sweeps.eq(0)]

        issuing = begun & (fetching == 0) & (number < self.segments)
        m.d.comb += [
            Assert(token.valid == issuing),  # as many windows as there are attempts to make, and FETCH_CLOCKS to fetch
            Assert(~token.valid | (token.last_window == (window == SHAPE.windows - 1))),
            Assert(~token.valid | (token.last_sweep == (sweeps == 1))),
            Assert(~token.valid | (token.last_segment == (number == self.segments - 1))),
            Assert(~token.valid | (token.barrier == barrier[-BARRIER_BITS:])),
            Assert(~token.valid | (token.beta == beta[-SHAPE.beta_bits :])),
        ]
        # The registers, in terms of this
        m.d.comb += [
            Assert(~issuing | (sweeps > 0) & (inside["sweeps"] == sweeps)),
            Assert(~issuing | (inside["last_sweep"] == (sweeps == 1))),
            Assert(inside["last_window"] == (inside["window"] == SHAPE.windows - 1)),
            Assert(~(issuing | (fetching == 1)) | (inside["last_segment"] == (number == self.segments - 1))),
            Assert(~issuing | (inside["barrier"] == barrier) & (inside["beta"] == beta)),
            Assert(~issuing | (inside["barrier_step"] == barrier_step) & (inside["beta_step"] == beta_step)),
            Assert(~issuing | (inside["window"] == window) & (window < SHAPE.windows)),
            Assert(~(issuing | (fetching > 0)) | (inside["index"] == number) & (number < self.segments)),
            Assert((fetching == 0) | begun),
            *(
                Assert(inside["fetching"][k] == (fetching == Sequencer.FETCH_CLOCKS - k))
                for k in range(Sequencer.FETCH_CLOCKS)
            ),
            Assert((fetching == 0) | (inside["window"] == 0)),
            # a ramp is zero until where it starts has come in as a step, and a clock longer
            *(
                Assert((fetching < least) | (fetching == Sequencer.FETCH_CLOCKS) | (inside[name] == 0))
                for name, least in (("barrier", 4), ("beta", 3))
            ),
            *(
                Assert(~((fetching > 0) & (fetching <= most)) | (inside[name] == ramps[name]))
                for name, most in (("barrier", 3), ("beta", 2), ("barrier_step", 2), ("beta_step", 1))
            ),
            Assert((fetching != 4) | (inside["barrier_step"] == barrier)),
            Assert((fetching != 3) | (inside["beta_step"] == beta)),
            Cover(begun & (number == SHAPE.segments) & (fetching == 0)),
            Cover(token.valid & (number == 1) & ~token.last_sweep),
        ]
        return m
