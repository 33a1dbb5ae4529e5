"""The adder, exhaustively."""

from __future__ import annotations

from limulator_hdl.addsub import AddSub
from stepping import simulate


def test_every_input_of_four_bits() -> None:
    dut = AddSub(4)

    async def bench(ctx) -> None:
        for a in range(-8, 8):
            for b in range(-8, 8):
                for minus in (0, 1):
                    ctx.set(dut.a, a)
                    ctx.set(dut.b, b)
                    ctx.set(dut.minus, minus)
                    await ctx.delay(1e-9)
                    assert ctx.get(dut.y) % 16 == (a - b if minus else a + b) % 16

    simulate(dut, bench, clocked=False)
