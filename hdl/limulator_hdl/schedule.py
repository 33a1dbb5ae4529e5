"""The schedule: barrier and beta as functions of the sweep."""

from amaranth.hdl import Module, Signal
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out

from .formats import BARRIER_BITS, RAMP_BITS, SEGMENT_WORDS, Shape

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

    ================  =========  ============  ======================================================
    port              direction  width         meaning
    ================  =========  ============  ======================================================
    ``en``            in         1             issue the next window
    ``restart``       in         1             begin at segment 0 (wins over ``en``)
    ``segments``      in         see below     number of segments in use, at least 1
    ``write``         in         5             write enable, one bit for each of :data:`.SEGMENT_WORDS`
    ``write_index``   in         see below     segment that is written
    ``write_data``    in         32            its value
    ``token``         out        token_layout  the window to attempt now; not valid while a segment is fetched
    ================  =========  ============  ======================================================

    ``segments`` and ``write_index`` are as wide as ``shape.segments`` needs. A change of segment costs three clocks
    without a window.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        super().__init__(
            {
                "en": In(1),
                "restart": In(1),
                "segments": In(range(shape.segments + 1)),
                "write": In(len(SEGMENT_WORDS)),
                "write_index": In(range(shape.segments)),
                "write_data": In(RAMP_BITS),
                "token": Out(token_layout(shape)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        shape = self.shape
        layout = data.StructLayout(dict.fromkeys(SEGMENT_WORDS, RAMP_BITS))
        m.submodules.table = table = memory.Memory(shape=layout.size, depth=shape.segments, init=())
        port = table.write_port(granularity=RAMP_BITS)
        m.d.comb += [
            port.addr.eq(self.write_index),
            port.data.eq(self.write_data.replicate(len(SEGMENT_WORDS))),
            port.en.eq(self.write),
        ]
        index = Signal(range(shape.segments))
        fetch = table.read_port()
        m.d.comb += [fetch.addr.eq(index), fetch.en.eq(~port.en.any())]  # no collision for synthesis to guard
        fetched = data.View(layout, fetch.data)
        segment = Signal(layout)  # a copy, as a memory is slow to answer
        barrier, beta, sweeps = Signal(RAMP_BITS), Signal(RAMP_BITS), Signal(RAMP_BITS)
        window = Signal(range(shape.windows))
        m.d.comb += [
            self.token.barrier.eq(barrier[-BARRIER_BITS:]),
            self.token.beta.eq(beta[-shape.beta_bits :]),
            self.token.last_window.eq(window == shape.windows - 1),
            self.token.last_sweep.eq(sweeps == 1),
            self.token.last_segment.eq(index == self.segments - 1),
        ]
        fetching, arriving, loading, issuing = Signal(), Signal(), Signal(), Signal()
        m.d.comb += self.token.valid.eq(issuing)
        m.d.sync += [fetching.eq(0), arriving.eq(fetching), loading.eq(arriving)]
        with m.If(arriving):
            m.d.sync += segment.eq(fetched)
        with m.If(loading):
            m.d.sync += [barrier.eq(segment.barrier), beta.eq(segment.beta), sweeps.eq(segment.sweeps), issuing.eq(1)]
        with m.If(self.en & issuing):
            m.d.sync += window.eq(window + 1)
            with m.If(self.token.last_window):
                m.d.sync += [
                    window.eq(0),
                    barrier.eq(barrier + segment.barrier_step),
                    beta.eq(beta + segment.beta_step),
                    sweeps.eq(sweeps - 1),
                ]
                with m.If(self.token.last_sweep):
                    m.d.sync += [index.eq(index + 1), issuing.eq(0), fetching.eq(~self.token.last_segment)]
        with m.If(self.restart):
            m.d.sync += [index.eq(0), window.eq(0), issuing.eq(0), fetching.eq(1), arriving.eq(0), loading.eq(0)]
        return m
