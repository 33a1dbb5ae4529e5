"""The gate of a lane of a colour array against plain comparisons."""

from __future__ import annotations

import numpy as np
import pytest

from limulator_hdl.color_shape import ColorShape
from limulator_hdl.level_gate import LevelGate
from limulator_hdl.quad import LEVEL_BITS, PRIVATE_BITS
from stepping import simulate

DRAWS = 1 << PRIVATE_BITS


def attempts(rng: np.random.Generator, levels: int) -> list[tuple[int, list[int]]]:
    """A draw, and levels that fall with delta, or are equal: with every one of them just above and just below."""
    made = []
    for _ in range(60):
        falling = sorted(rng.integers(0, (DRAWS >> int(rng.integers(PRIVATE_BITS))) + 1, levels + 1).tolist(), reverse=True)
        falling[levels - int(rng.integers(levels + 1)) :] = [falling[-1]] * (levels + 1)
        falling = falling[: levels + 1]
        if rng.random() < 0.2:
            falling[0] = DRAWS
        draws = {draw for level in falling for draw in (level - 1, level) if 0 <= draw < DRAWS} | {0, DRAWS - 1}
        made += [(draw, falling) for draw in sorted(draws)]
    rng.shuffle(made)
    return made


@pytest.mark.parametrize("steps", [1, 2])
@pytest.mark.parametrize("levels", [1, 2, 3, 4, 7, 8, 20])
def test_draws_pass_below_their_levels(levels: int, steps: int) -> None:
    """Other levels in every clock."""
    tried = attempts(np.random.default_rng(levels), levels)
    dut = LevelGate(ColorShape(4, degree=levels, levels=levels, compact=steps - 1))

    def packed(values: list[int]) -> int:
        return sum(value << k * LEVEL_BITS for k, value in enumerate(values))

    async def bench(ctx) -> None:
        for clock in range(len(tried) + LevelGate.latency):
            if clock < len(tried):
                draw, falling = tried[clock]
                ctx.set(dut.draw, draw if steps == 1 else 0)
                ctx.set(dut.levels, packed(falling))
            if 1 <= clock <= len(tried):
                draw, falling = tried[clock - 1]
                ctx.set(dut.used if steps == 1 else dut.draw, draw)
                ctx.set(dut.later, packed(falling))
            if clock >= LevelGate.latency:
                draw, falling = tried[clock - LevelGate.latency]
                assert ctx.get(dut.opens) == sum((draw < level) << delta for delta, level in enumerate(falling))
            await ctx.tick()

    simulate(dut, bench)
