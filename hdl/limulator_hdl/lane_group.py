"""What some lanes have beside their cells: noise, their best states, and what the host reads of them."""

from __future__ import annotations

from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import memory, wiring
from amaranth.lib.wiring import In, Out

from .color_shape import ColorShape
from .delay_line import DelayLine
from .logic import merge
from .quad import LANES, PRIVATE_BITS, SEED_BITS, generators
from .quad_noise import QuadNoise

__all__ = ["LaneGroup"]

_TOGETHER = 4
"""Lanes that are read at once."""


class LaneGroup(wiring.Component):
    """Lanes of a :class:`.ColorArray`. What comes from its middle is for all groups: each has a register for it, and is a
    module of its own so that synthesis can be told not to merge those.

    =============  =========  ===================  ==============================================================
    port           direction  width                meaning
    =============  =========  ===================  ==============================================================
    ``draw``       in         1                    the draws are used in the next clock, or made for the one after
    ``clear``      in         1                    clear the noise
    ``seed``       in         16                   seed word; else zero
    ``seed_step``  in         1                    it is for
    ``quad``       in         quad address         this quad of lanes
    ``draws``      out        n * PRIVATE_BITS     draws
    ``used``       out        n * PRIVATE_BITS     those that were used last, if generators make one step at once
    ``past``       in         n                    what the cells of a window were before their attempts
    ``copy``       in         1                    ``past_clocks`` later: keep it
    ``copied``     in         window address       as this window of the best state
    ``lane``       in         lane_bits            the host reads this lane
    ``window``     in         window address       of this window:
    ``values``     in         n                    x of the window
    ``coupled``    in         n * coupled_bits     fields of the window
    ``x``          out        1                    x, 2 clocks after ``values``; 0 from other groups
    ``field``      out        coupled_bits         field, 2 clocks after ``coupled``; 0 from other groups
    ``best``       out        1                    best state, 5 clocks after ``window``; 0 from other groups
    =============  =========  ===================  ==============================================================
    """

    def __init__(self, shape: ColorShape, lanes: range, past_clocks: int) -> None:
        self.shape, self.lanes, self.past_clocks = shape, lanes, past_clocks
        n = len(lanes)
        super().__init__(
            {
                "draw": In(1),
                "clear": In(1),
                "seed": In(SEED_BITS),
                "seed_step": In(1),
                "quad": In(range(generators(shape.lanes, shape.noise_steps))),
                "draws": Out(n * PRIVATE_BITS),
                "used": Out(n * PRIVATE_BITS),
                "past": In(n),
                "copy": In(1),
                "copied": In(shape.window_address_bits),
                "lane": In(shape.lane_bits),
                "window": In(shape.window_address_bits),
                "values": In(n),
                "coupled": In(n * shape.coupled_bits),
                "x": Out(1),
                "field": Out(shape.coupled_bits),
                "best": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        m = Module()
        lanes, n = self.lanes, len(self.lanes)

        def here(source: Value, name: str) -> Signal:
            copy = Signal.like(source, name=f"{name}_here")
            m.d.sync += copy.eq(source)
            return copy

        draw, clear, seed, seed_step, quad, copy, copied, lane, window = (
            here(getattr(self, name), name)
            for name in ("draw", "clear", "seed", "seed_step", "quad", "copy", "copied", "lane", "window")
        )

        draws, used = [], []
        served = LANES * self.shape.noise_steps
        for number in range(lanes.start // served, -(-lanes.stop // served)):
            m.submodules[f"quad{number}"] = noise = QuadNoise(self.shape.noise_steps)
            m.d.comb += [
                noise.draw.eq(draw),
                noise.clear.eq(clear),
                noise.seed.eq(seed),
                noise.seed_step.eq(seed_step & (quad == number)),
            ]
            draws.append(noise.draws)
            used.append(noise.used)
        m.d.comb += [self.draws.eq(Cat(draws)), self.used.eq(Cat(used))]

        m.submodules.past_line = past_line = DelayLine(n, self.past_clocks + 1)
        m.submodules.best_states = best_states = memory.Memory(shape=n, depth=self.shape.windows, init=())
        write, read = best_states.write_port(), best_states.read_port()
        best = Signal(n)
        m.d.comb += [
            past_line.source.eq(self.past),
            write.addr.eq(copied),
            write.data.eq(past_line.delayed),
            write.en.eq(copy),
            read.addr.eq(window),
            read.en.eq(~copy),
        ]
        m.d.sync += best.eq(read.data)

        chosen = Signal(n)
        m.d.sync += chosen.eq(Cat(lane == number for number in lanes))
        for values, found in ((self.values, self.x), (self.coupled, self.field), (best, self.best)):
            width = len(found)
            each = [values.word_select(k, width) & chosen[k].replicate(width) for k in range(n)]
            some = [Signal(width, name=f"some{at}") for at in range(0, n, _TOGETHER)]
            m.d.sync += [part.eq(merge(each[k * _TOGETHER :][:_TOGETHER])) for k, part in enumerate(some)]
            m.d.sync += found.eq(merge(some))
        return m
