"""The sequencer's windows against the golden walk."""

from __future__ import annotations

import numpy as np
import pytest

from limulator_hdl.formats import RAMP_BITS, SEGMENT_SPACING, SEGMENT_WORDS, Shape
from limulator_hdl.schedule import Sequencer
from limulator_sim.schedule import Segment, walk
from stepping import simulate


def random_segments(rng: np.random.Generator, count: int) -> list[Segment]:
    words = rng.integers(0, 1 << RAMP_BITS, (count, 4))
    return [Segment(*(int(word) for word in row), int(rng.integers(1, 6))) for row in words]


@pytest.mark.parametrize("windows", [1, 2, 3, 8])
def test_windows_follow_the_walk(windows: int) -> None:
    """Every window of every sweep: knobs and marks, with stalls, wrapping accumulators, and a restart on the way."""
    rng = np.random.default_rng(windows)
    shape = Shape(windows, segments=9, beta_bits=13, beta_frac=12)
    dut = Sequencer(shape)

    async def bench(ctx) -> None:
        for count in (9, 1, 4):
            segments = random_segments(rng, count)
            for index, segment in enumerate(segments):
                for k, word in enumerate(segment):
                    ctx.set(dut.write, 1)
                    ctx.set(dut.write_address, index * SEGMENT_SPACING + k)
                    ctx.set(dut.write_data, word)
                    await ctx.tick()
            ctx.set(dut.write, 0)
            ctx.set(dut.segments, count)
            expected = [
                (knobs.barrier, knobs.beta, window == windows - 1, knobs.last, knobs.segment == count - 1)
                for knobs in walk(shape, segments)
                for window in range(windows)
            ]
            for until in (len(expected) // 2, len(expected)):  # the first start is abandoned half-way
                ctx.set(dut.restart, 1)
                await ctx.tick()
                ctx.set(dut.restart, 0)
                found = []
                for _ in range(10 * len(expected) + 50):
                    enable = bool(rng.integers(2))
                    ctx.set(dut.en, enable)
                    if enable and ctx.get(dut.token.valid):
                        token = dut.token
                        marks = (token.last_window, token.last_sweep, token.last_segment)
                        found.append((ctx.get(token.barrier), ctx.get(token.beta), *(bool(ctx.get(m)) for m in marks)))
                        if len(found) == until < len(expected):
                            await ctx.tick()
                            break
                    await ctx.tick()
                assert found == expected[:until]

    simulate(dut, bench)


def test_segment_words_are_the_golden_ones() -> None:
    assert Segment._fields == SEGMENT_WORDS
