"""The levels against the contract of the gate: what a level lets through, and what not."""

from __future__ import annotations

import numpy as np
import pytest

from limulator_hdl.color_shape import ColorShape
from limulator_hdl.formats import BARRIER_BITS, PENALTY_FRAC, RUN_BITS
from limulator_hdl.levels import Levels
from limulator_hdl.quad import COMMON_BITS, LEVEL_BITS, PRIVATE_BITS
from limulator_sim.barrier import penalty
from limulator_sim.gate import accepts
from limulator_sim.quad_noise import word_of
from stepping import simulate

CLOSED = RUN_BITS << PENALTY_FRAC
"""The least penalty that lets nothing through."""

DRAWS = 1 << PRIVATE_BITS


def knobs_to_try(shape: ColorShape) -> list[tuple[int, int]]:
    """Barriers and betas at their limits, where levels change, and in between."""
    rng = np.random.default_rng(shape.beta_bits)
    barriers = [0, 1, (1 << PENALTY_FRAC) - 1, 1 << PENALTY_FRAC, CLOSED - 1, CLOSED, (1 << BARRIER_BITS) - 1]
    half = 1 << (shape.product_shift - 1)
    betas = [0, 1, half - 1, half, half + 1, 3 * half, CLOSED << shape.product_shift, (1 << shape.beta_bits) - 1]
    betas = [beta for beta in betas if beta < 1 << shape.beta_bits]
    knobs = [(barrier, beta) for barrier in barriers for beta in betas]
    for _ in range(400):
        beta = int(2 ** rng.uniform(0, shape.beta_bits)) - 1
        knobs.append((int(rng.integers(0, CLOSED >> int(rng.integers(4)))), beta))
    return knobs


@pytest.mark.parametrize(
    "shape",
    [
        ColorShape(4, degree=1, levels=1, beta_bits=9, beta_frac=11),
        ColorShape(4, levels=7),
        ColorShape(4, degree=6, levels=6, beta_bits=20, beta_frac=14),
        ColorShape(4, degree=3, levels=3, beta_bits=32, beta_frac=11),
        ColorShape(4, degree=20, levels=20, beta_bits=12, beta_frac=20),
        ColorShape(4, levels=4, beta_bits=14, beta_frac=26),
        ColorShape(4, beta_bits=9, beta_frac=30),
        ColorShape(4, coupling_shift=3, field_shift=2, levels=3, beta_bits=18, beta_frac=12),
    ],
    ids=lambda shape: f"{shape.levels}levels-beta{shape.beta_bits}.{shape.beta_frac}",
)
def test_gateware_lets_through_what_the_contract_does(shape: ColorShape) -> None:
    """Other knobs and common bits in every clock; the levels come exactly as many clocks later."""
    knobs = knobs_to_try(shape)
    commons = np.random.default_rng(1).integers(0, 1 << COMMON_BITS, len(knobs)).tolist()
    for number in range(0, len(knobs), 3):
        commons[number] = number % 2 * ((1 << COMMON_BITS) - 1)
    dut = Levels(shape)
    found = set()

    async def bench(ctx) -> None:
        for clock in range(len(knobs) + Levels.latency):
            if clock < len(knobs):
                barrier, beta = knobs[clock]
                ctx.set(dut.barrier, barrier)
                ctx.set(dut.beta, beta)
            if Levels.common_at <= clock < len(knobs) + Levels.common_at:
                ctx.set(dut.common, commons[clock - Levels.common_at])
            if clock >= Levels.latency:
                common = commons[clock - Levels.latency]
                barrier, beta = knobs[clock - Levels.latency]
                levels = ctx.get(dut.levels)
                for delta in range(shape.levels + 1):
                    level = levels >> delta * LEVEL_BITS & (1 << LEVEL_BITS) - 1
                    t = penalty(shape, barrier, beta, delta << shape.field_shift)
                    assert level == 0 or accepts(word_of(level - 1 << COMMON_BITS | common), t), (barrier, beta, delta)
                    assert level == DRAWS or not accepts(word_of(level << COMMON_BITS | common), t), (barrier, beta, delta)
                    found.add(level)
            await ctx.tick()

    simulate(dut, bench)
    assert {0, DRAWS} <= found
