"""The segment log: records word by word, kept or written over, and read back."""

from __future__ import annotations

from limulator_hdl.formats import Shape
from limulator_hdl.ledger import RECORD_WORDS
from limulator_hdl.segment_log import SegmentLog
from stepping import simulate


def test_records_are_kept_in_order() -> None:
    """Of a log of more words than a block memory holds, filled, then begun anew; each segment has two records that the
    last one takes the place of."""
    segments = 30
    dut = SegmentLog(Shape(4, segments=segments))
    assert dut.words == segments * RECORD_WORDS > 512
    contents = [0] * dut.words

    async def record(ctx, number: int, content: list[int], complete: bool) -> None:
        """Answers as the counters do, a clock late; what they say in the clock before is not written."""
        ctx.set(dut.record, 1)
        ctx.set(dut.segment, complete)
        for clock in range(RECORD_WORDS + 1):
            wanted = ctx.get(dut.word)
            assert wanted == clock
            assert ctx.get(dut.done) == (clock == RECORD_WORDS)
            await ctx.tick()
            ctx.set(dut.value, content[wanted] if wanted < RECORD_WORDS else 0xDEAD)
        ctx.set(dut.record, 0)
        assert not ctx.get(dut.done)
        assert not ctx.get(dut.word)
        await ctx.tick()
        contents[number * RECORD_WORDS : (number + 1) * RECORD_WORDS] = content

    async def read_back(ctx) -> None:
        for clock in range(dut.words + 2):
            if clock < dut.words:
                ctx.set(dut.address, clock)
            if clock >= 2:
                assert ctx.get(dut.data) == contents[clock - 2], clock - 2
            await ctx.tick()

    async def bench(ctx) -> None:
        await read_back(ctx)
        for salt, count in ((1, segments), (2, 3)):
            ctx.set(dut.restart, 1)
            await ctx.tick()
            ctx.set(dut.restart, 0)
            for number in range(count):
                for attempt in range(3):
                    content = [salt << 24 | number << 16 | attempt << 8 | word for word in range(RECORD_WORDS)]
                    await record(ctx, number, content, complete=attempt == 2)
            await read_back(ctx)

    simulate(dut, bench)
