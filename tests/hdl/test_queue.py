"""The queue against a list."""

from __future__ import annotations

import numpy as np

from limulator_hdl.queue import Queue
from stepping import simulate


def test_words_come_out_once_in_order_and_the_last_may_return() -> None:
    rng = np.random.default_rng(1)
    dut = Queue(16)
    entered, taken, may_return = 0, 0, False

    async def bench(ctx) -> None:
        nonlocal entered, taken, may_return
        fullest = 0
        for clock in range(4000):
            busy = 0.2 if clock % 400 < 200 else 0.9  # at times the user is slower, at times the pipeline
            valid, take = int(rng.random() < 1 - busy / 2), int(rng.random() < busy)
            back = int(may_return and rng.random() < 0.3)
            ctx.set(dut.valid, valid)
            ctx.set(dut.source, entered)
            ctx.set(dut.take, take)
            ctx.set(dut.back, back)
            assert ctx.get(dut.ready) == (taken < entered)
            if taken < entered:
                assert ctx.get(dut.word) == taken
            fullest = max(fullest, entered - taken)
            enters, leaves = valid and ctx.get(dut.en), take and ctx.get(dut.ready)
            await ctx.tick()
            entered += enters
            if back:
                taken, may_return = taken - 1, False
            elif leaves:
                taken, may_return = taken + 1, True
        assert entered > 1000
        assert dut.DEPTH // 2 <= fullest < dut.DEPTH
        ctx.set(dut.flush, 1)
        await ctx.tick()
        assert not ctx.get(dut.ready)

    simulate(dut, bench)
