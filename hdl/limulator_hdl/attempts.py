"""The attempts, prepared ahead of need: everything about them that does not depend on the state of the array."""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import data, memory, wiring
from amaranth.lib.wiring import In, Out

from .barrier import Barrier
from .formats import SEGMENT_SPACING, SURPRISAL_BITS, Shape
from .gate import Gate
from .noise import NoiseStream
from .queue import Queue
from .reciprocal import Reciprocal
from .schedule import Sequencer, token_layout
from .serial_reciprocal import SerialReciprocal
from .taus88 import STATE_BITS

__all__ = ["Attempts", "window_layout"]


def window_layout(shape: Shape) -> data.StructLayout:
    """A window of attempts: for each lane whether the barrier lets it through, its allowance, and the linear term c (for
    a step down, c - Q_ii); with more than one bit a cell also the direction."""
    lane = {"open": 1, "allowance": shape.allowance_bits, "linear": signed(shape.field_bits)}
    if shape.bits > 1:
        lane["up"] = 1
    return data.StructLayout(
        {"token": token_layout(shape), "lanes": data.ArrayLayout(data.StructLayout(lane), shape.lanes)}
    )


class Attempts(wiring.Component):
    """Schedule, noise, gate, barrier and linear terms in one pipeline, which issues a window of attempts each clock, into
    a queue.

    The pipeline stalls while windows are not taken, so a noise word is used by exactly one attempt, in scan order: word k
    of lane l by the k-th attempt of the cells congruent to l modulo ``lanes``.

    ===================  =========  ===================  ========================================================
    port                 direction  width                meaning
    ===================  =========  ===================  ========================================================
    ``restart``          in         1                    drop what is prepared, begin the schedule at segment 0
    ``segments``         in         0..shape.segments    segments in use
    ``load``             in         1                    push ``seed`` into the chain of noise streams
    ``seed``             in         96                   state for lane 0; each lane hands its own to the next
    ``segment_write``    in         1                    write enable of the schedule memory
    ``linear_write``     in         lanes                write enables of the linear terms
    ``diagonal_write``   in         lanes                write enables of the couplings of a cell with itself
    ``write_index``      in         see below            word of the schedule, or window, that is written
    ``write_data``       in         32                   its value
    ``ready``            out        1                    ``window`` is valid
    ``take``             in         1                    go on to the next window, if ``ready``
    ``back``             in         1                    return to the window taken last
    ``window``           out        window_layout        the window of attempts in front
    ===================  =========  ===================  ========================================================

    ``write_index`` is wide enough for the schedule's words and for windows.

    Latency from the schedule to ``window``: ``latency`` clocks.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.latency = Reciprocal.latency(shape) - 1 + Barrier.latency + 1
        super().__init__(
            {
                "restart": In(1),
                "segments": In(range(shape.segments + 1)),
                "load": In(1),
                "seed": In(STATE_BITS),
                "segment_write": In(1),
                "linear_write": In(shape.lanes),
                "diagonal_write": In(shape.lanes),
                "write_index": In(range(max(shape.segments * SEGMENT_SPACING, shape.windows))),
                "write_data": In(32),
                "ready": Out(1),
                "take": In(1),
                "back": In(1),
                "window": Out(window_layout(shape)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        shape = self.shape
        depth = self.latency - 1  # the last clock is the queue's

        m.submodules.sequencer = sequencer = Sequencer(shape)
        m.submodules.queue = queue = Queue(self.window.as_value().shape().width)
        en = queue.en
        m.d.comb += [
            sequencer.en.eq(en),
            sequencer.restart.eq(self.restart),
            sequencer.segments.eq(self.segments),
            sequencer.write.eq(self.segment_write),
            sequencer.write_address.eq(self.write_index),
            sequencer.write_data.eq(self.write_data),
        ]

        tokens = [sequencer.token] + [Signal(token_layout(shape), name=f"token{k}") for k in range(1, depth + 1)]
        with m.If(en):
            m.d.sync += [after.eq(before) for before, after in zip(tokens, tokens[1:], strict=False)]
        with m.If(self.restart):
            m.d.sync += [token.valid.eq(0) for token in tokens[1:]]

        linear = self.linear_terms(m, tokens[depth - 2], en)
        # The reciprocal takes longest, so the noise is drawn just in time for it.
        if SerialReciprocal.serves(shape):
            m.submodules.reciprocal = reciprocal = SerialReciprocal(shape)
            m.d.comb += reciprocal.valid.eq(sequencer.token.valid)
            self.late_knobs(m, tokens[0], *tokens[Reciprocal.latency(shape) - 2 :][:2], en)
        else:
            m.submodules.reciprocal = reciprocal = Reciprocal(shape)
        divided_at = Reciprocal.latency(shape)
        barrier_at = divided_at - 1
        drawn_at = barrier_at - Gate.latency
        prepared = Signal(window_layout(shape))
        m.d.comb += prepared.token.eq(tokens[depth])
        m.submodules.barrier = barrier = Barrier(shape)
        m.d.comb += [
            reciprocal.en.eq(en),
            reciprocal.beta.eq(sequencer.token.beta),
            barrier.en.eq(en),
            barrier.barrier.eq(tokens[barrier_at].barrier),
            barrier.reciprocal.eq(reciprocal.reciprocal),
            barrier.flat.eq(tokens[divided_at].beta == 0),
        ]
        seed = self.seed
        for lane in range(shape.lanes):
            m.submodules[f"noise{lane}"] = noise = NoiseStream()
            m.submodules[f"gate{lane}"] = gate = Gate()
            attempt = prepared.lanes[lane]
            m.d.comb += [
                noise.draw.eq(en & tokens[drawn_at].valid),
                noise.load.eq(self.load),
                noise.seed.eq(seed),
                gate.en.eq(en),
                gate.word.eq(noise.word),
                barrier.surprisal.word_select(lane, SURPRISAL_BITS).eq(gate.surprisal),
                attempt.open.eq(barrier.open[lane]),
                attempt.allowance.eq(barrier.allowance.word_select(lane, shape.allowance_bits)),
            ]
            seed = noise.state
            c, diagonal = linear[lane]
            if shape.bits == 1:
                with m.If(en):
                    m.d.sync += (term := Signal(signed(shape.field_bits), name=f"linear{lane}")).eq(c)
            else:
                ups = [gate.up] + [Signal(name=f"up{lane}_{k}") for k in range(barrier_at + 1, depth + 1)]
                term = Signal(signed(shape.field_bits), name=f"linear{lane}")
                with m.If(en):
                    m.d.sync += [after.eq(before) for before, after in zip(ups, ups[1:], strict=False)]
                    m.d.sync += term.eq(c - (diagonal & ~ups[-2].replicate(len(diagonal))).as_signed())
                m.d.comb += attempt.up.eq(ups[-1])
            m.d.comb += attempt.linear.eq(term)

        m.d.comb += [
            queue.flush.eq(self.restart),
            queue.valid.eq(tokens[depth].valid),
            queue.source.eq(prepared),
            queue.take.eq(self.take),
            queue.back.eq(self.back),
            self.ready.eq(queue.ready),
            self.window.as_value().eq(queue.word),
        ]
        return m

    def late_knobs(self, m: Module, issued: data.View, before: data.View, token: data.View, en: Signal) -> None:
        """Take a sweep's barrier and beta for ``token`` from the window just ``issued``, when its first window comes from
        ``before``: they are the same in both, and the stages on the way need not keep them."""
        ended = Signal(init=1)
        with m.If(en & before.valid):
            m.d.sync += ended.eq(before.last_window)
        with m.If(self.restart):
            m.d.sync += ended.eq(1)
        first = before.valid & ended
        with m.If(en):
            m.d.sync += [
                token.barrier.eq(Mux(first, issued.barrier, token.barrier)),
                token.beta.eq(Mux(first, issued.beta, token.beta)),
            ]

    def linear_terms(self, m: Module, token: data.View, en: Signal) -> list[tuple]:
        """c and Q_ii of each lane in the window of ``token``, one clock later."""
        shape = self.shape
        window = Signal(range(shape.windows))
        with m.If(en & token.valid):
            m.d.sync += window.eq(window + 1)
            with m.If(token.last_window):
                m.d.sync += window.eq(0)
        with m.If(self.restart):
            m.d.sync += window.eq(0)

        def terms(name: str, width: int, enable: Signal) -> Signal:
            m.submodules[name] = values = memory.Memory(
                shape=shape.lanes * width,
                depth=shape.windows,
                init=(),
                attrs={"ram_style": "block"},  # there are more blocks to spare than LUTs
            )
            write = values.write_port(granularity=width)
            read = values.read_port()
            m.d.comb += [
                write.addr.eq(self.write_index),
                write.data.eq(self.write_data[:width].replicate(shape.lanes)),
                write.en.eq(enable),
                read.addr.eq(window),
                read.en.eq(en & ~write.en.any()),  # no collision for synthesis to guard
            ]
            return read.data

        c = terms("linear", shape.field_bits, self.linear_write)
        if shape.bits == 1:
            return [(c.word_select(lane, shape.field_bits), None) for lane in range(shape.lanes)]
        diagonal = terms("diagonal", shape.coupling_bits, self.diagonal_write)
        return [
            (
                c.word_select(lane, shape.field_bits).as_signed(),
                Cat(Const(0, shape.coupling_shift), diagonal.word_select(lane, shape.coupling_bits)),
            )
            for lane in range(shape.lanes)
        ]
