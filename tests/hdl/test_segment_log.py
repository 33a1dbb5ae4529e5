"""The segment log: records word by word, kept or written over, and read back."""

from __future__ import annotations

from limulator_hdl.formats import Shape
from limulator_hdl.ledger import RECORD_WORDS
from limulator_hdl.segment_log import BANK_WORDS, SegmentLog
from stepping import simulate


def test_records_are_kept_in_order() -> None:
    """Of a log of two banks, filled, then begun anew; each segment has two records that the
    last one takes the place of."""
    segments = 100
    dut = SegmentLog(Shape(4, segments=segments))
    assert dut.words == segments * RECORD_WORDS > BANK_WORDS
    contents = [0] * dut.words

    async def record(ctx, number: int, content: list[int], complete: bool, late: int) -> None:
        """The words have their turns; the record is wanted ``late`` clocks after a first one."""
        ctx.set(dut.segment, complete)
        for clock in range(RECORD_WORDS * (1 if late == 0 else 2)):
            ctx.set(dut.record, clock >= late)
            ctx.set(dut.word, clock % RECORD_WORDS)
            ctx.set(dut.value, content[clock % RECORD_WORDS] if clock >= late else 0xDEAD)
            assert ctx.get(dut.done) == (clock == RECORD_WORDS * (1 if late == 0 else 2) - 1)
            await ctx.tick()
        ctx.set(dut.record, 0)
        assert not ctx.get(dut.done)
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
        for salt, count in ((1, segments), (2, 30)):
            ctx.set(dut.restart, 1)
            await ctx.tick()
            ctx.set(dut.restart, 0)
            for number in range(count):
                for attempt in range(3):
                    content = [salt << 24 | number << 16 | attempt << 8 | word for word in range(RECORD_WORDS)]
                    await record(ctx, number, content, attempt == 2, late=(number + attempt) % RECORD_WORDS)
            await read_back(ctx)

    simulate(dut, bench)
