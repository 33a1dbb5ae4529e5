"""The delay line against a list."""

from __future__ import annotations

import numpy as np
import pytest

from limulator_hdl.delay_line import DelayLine
from stepping import simulate


@pytest.mark.parametrize(("width", "clocks"), [(1, 2), (5, 3), (36, 13)])
def test_comes_out_clocks_later(width: int, clocks: int) -> None:
    words = [int(word) for word in np.random.default_rng(clocks).integers(1 << width, size=5 * clocks)]
    dut = DelayLine(width, clocks)

    async def bench(ctx) -> None:
        for clock, word in enumerate(words):
            ctx.set(dut.source, word)
            if clock >= clocks:
                assert ctx.get(dut.delayed) == words[clock - clocks]
            await ctx.tick()

    simulate(dut, bench)
