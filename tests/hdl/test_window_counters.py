"""The counters of a colour array against sums of Python's."""

from __future__ import annotations

import numpy as np
import pytest

from limulator_hdl.color_shape import ColorShape
from limulator_hdl.formats import COUNTER_BITS
from limulator_hdl.graph import Graph
from limulator_hdl.ledger import COUNTERS, RECORD_WORDS
from limulator_hdl.window_counters import WindowCounters
from stepping import simulate


@pytest.mark.parametrize(
    "shape",
    [
        ColorShape(6, 3),
        ColorShape(64, 32, coupling_shift=2),
        ColorShape(4, 1, degree=40, coupling_bits=16, coupling_shift=8, beta_bits=32, beta_frac=30),
    ],
    ids=lambda shape: f"{shape.lanes} lanes, fields of {shape.field_bits} bits",
)
def test_records_are_complete(shape: ColorShape) -> None:
    """Of runs of any length, in which windows come in any clock, and which may begin from zero; the second counts on."""
    rng = np.random.default_rng(shape.lanes)
    dut = WindowCounters(shape, Graph.of(shape.cells, [(0, shape.lanes)]))
    lanes, most, reach = shape.lanes, shape.lanes * shape.g_max, shape.cells * shape.g_max
    counts = dict.fromkeys((counter.name for counter in COUNTERS), 0)

    def draw(signed: bool = True) -> int:
        """Up to the most that a window can do, in either direction."""
        return int(rng.integers(-most if signed else 0, most + 1))

    async def clear(ctx) -> None:
        counts.update(dict.fromkeys(counts, 0) | {"energy": counts["energy"], "best_energy": counts["energy"]})
        ctx.set(dut.clear, 1)
        await ctx.tick()
        ctx.set(dut.clear, 0)
        while ctx.get(dut.clearing):
            await ctx.tick()

    async def run(ctx, windows: int) -> None:
        for window in range(windows):
            busy = bool(rng.integers(2)) or window == windows - 1
            down, up, flat = (int(count) * busy for count in rng.multinomial(lanes, [0.25] * 4)[:3])
            reached = int(np.clip(counts["energy"] + draw() * busy, -reach, reach))
            change, beta = reached - counts["energy"], int(rng.integers(1 << shape.beta_bits))
            sums = {"lower": -draw(False) * busy, "higher": draw(False) * busy}
            sweep = busy and bool(rng.integers(2))
            for name, value in (("down", down), ("up", up), ("flat", flat), ("change", change), *sums.items()):
                ctx.set(getattr(dut, name), value)
            ctx.set(dut.beta, beta)
            ctx.set(dut.sweep, sweep)
            await ctx.tick()
            added = {"down": down, "up": up, "flat": flat, "toggles": down + up + flat, "heat": -change * beta}
            added |= {"sum_down": sums["lower"], "sum_up": sums["higher"], "energy": change}
            for name, value in added.items():
                counts[name] += value
            if sweep:
                counts["attempts"] += shape.cells
                counts["best_energy"] = min(counts["best_energy"], counts["energy"])
        for name in ("down", "up", "flat", "change", "lower", "higher", "sweep"):
            ctx.set(getattr(dut, name), 0)
        ctx.set(dut.beta, int(rng.integers(1 << shape.beta_bits)))

    async def record(ctx) -> list[int]:
        """The first record that begins 3 clocks after the last window or later."""
        for _ in range(2 + rng.integers(RECORD_WORDS)):
            await ctx.tick()
        if rng.integers(2):
            ctx.set(dut.hold, 1)
            for _ in range(RECORD_WORDS + rng.integers(4)):
                await ctx.tick()
            ctx.set(dut.hold, 0)
            for _ in range(3):
                assert ctx.get(dut.word) != 0
                await ctx.tick()
            assert ctx.get(dut.word) == 0
        while ctx.get(dut.word) != 0:
            await ctx.tick()
        words = []
        for word in range(RECORD_WORDS):
            assert ctx.get(dut.word) == word
            words.append(ctx.get(dut.value))
            await ctx.tick()
        return words

    async def bench(ctx) -> None:
        while ctx.get(dut.clearing):
            await ctx.tick()
        counts["energy"] = draw()
        ctx.set(dut.energy, counts["energy"])
        ctx.set(dut.load_energy, 1)
        await ctx.tick()
        ctx.set(dut.load_energy, 0)
        for windows in (1, 2, RECORD_WORDS - 1, 100, 7, 1000, 40):
            for fresh in (True, False):
                if fresh:
                    await clear(ctx)
                await run(ctx, windows)
                for _ in range(2):
                    words = await record(ctx)
                    expected = [counts[counter.name] % (1 << COUNTER_BITS) for counter in COUNTERS]
                    assert [low | high << 32 for low, high in zip(words[::2], words[1::2], strict=True)] == expected

    simulate(dut, bench)
