"""The gate of a lane of a colour array against plain comparisons."""

from __future__ import annotations

import numpy as np
import pytest

from limulator_hdl.color_shape import ColorShape
from limulator_hdl.level_gate import LevelGate
from limulator_hdl.rank import RANK_BITS
from stepping import simulate

TOP = (1 << RANK_BITS) - 1


def attempts(rng: np.random.Generator, levels: int) -> list[tuple[int, list[int]]]:
    """A rank, and levels that fall with delta, or are equal: with every one of them just above and just below."""
    made = []
    for _ in range(60):
        falling = sorted(rng.integers(0, TOP + 1 >> int(rng.integers(RANK_BITS)), levels + 1).tolist(), reverse=True)
        falling[levels - int(rng.integers(levels + 1)) :] = [falling[-1]] * (levels + 1)
        falling = falling[: levels + 1]
        ranks = {rank for level in falling for rank in (level - 1, level) if rank >= 0} | {0, TOP}
        made += [(rank, falling) for rank in sorted(ranks)]
    rng.shuffle(made)
    return made


@pytest.mark.parametrize("levels", [1, 2, 3, 4, 7, 8, 20])
def test_words_pass_below_their_levels(levels: int) -> None:
    """Other levels in every clock."""
    tried = attempts(np.random.default_rng(levels), levels)
    dut = LevelGate(ColorShape(4, degree=levels, levels=levels))

    def packed(values: list[int]) -> int:
        return sum(value << k * RANK_BITS for k, value in enumerate(values))

    async def bench(ctx) -> None:
        for clock in range(len(tried) + LevelGate.latency):
            if clock < len(tried):
                rank, falling = tried[clock]
                ctx.set(dut.rank, rank)
                ctx.set(dut.levels, packed(falling))
            if 1 <= clock <= len(tried):
                ctx.set(dut.later, packed(tried[clock - 1][1]))
            if clock >= LevelGate.latency:
                rank, falling = tried[clock - LevelGate.latency]
                assert ctx.get(dut.opens) == sum((rank < level) << delta for delta, level in enumerate(falling))
            await ctx.tick()

    simulate(dut, bench)
