"""The levels against the contract of the gate: what a level lets through, and what not."""

from __future__ import annotations

import numpy as np
import pytest

from limulator_hdl.color_shape import ColorShape
from limulator_hdl.formats import BARRIER_BITS, DIRECTION_BITS, MANTISSA_BITS, PENALTY_FRAC, RUN_BITS
from limulator_hdl.levels import Levels
from limulator_hdl.rank import RANK_BITS
from limulator_sim.barrier import penalty
from limulator_sim.fast.gate import CLOSED, FRACTION_LEVELS, level_of, rank_of
from limulator_sim.gate import accepts
from stepping import simulate

ALL = (RUN_BITS + 1) << MANTISSA_BITS
"""So many ranks there are."""


def word_of(rank: int) -> int:
    """A word of this rank."""
    length, mantissa = divmod(rank, 1 << MANTISSA_BITS)
    return (1 << length >> 1) << MANTISSA_BITS + DIRECTION_BITS | mantissa << DIRECTION_BITS


def test_words_have_their_ranks() -> None:
    assert [int(rank_of(np.uint32(word_of(rank)))) for rank in range(0, ALL, 7)] == list(range(0, ALL, 7))


def test_the_model_accepts_just_the_words_below_the_level() -> None:
    """Every penalty there is, at its level and below."""
    for t in range(CLOSED + 3):
        level = int(level_of(t, FRACTION_LEVELS))
        assert level == 0 or accepts(word_of(level - 1), t)
        assert level == ALL or not accepts(word_of(level), t)


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
    """Other knobs in every clock; the levels come exactly as many clocks later."""
    knobs = knobs_to_try(shape)
    dut = Levels(shape)
    found = set()

    async def bench(ctx) -> None:
        for clock in range(len(knobs) + Levels.latency):
            if clock < len(knobs):
                barrier, beta = knobs[clock]
                ctx.set(dut.barrier, barrier)
                ctx.set(dut.beta, beta)
            if clock >= Levels.latency:
                barrier, beta = knobs[clock - Levels.latency]
                levels = ctx.get(dut.levels)
                for delta in range(shape.levels + 1):
                    level = levels >> delta * RANK_BITS & (1 << RANK_BITS) - 1
                    t = penalty(shape, barrier, beta, delta << shape.field_shift)
                    assert level == 0 or accepts(word_of(level - 1), t), (barrier, beta, delta)
                    assert level == ALL or not accepts(word_of(level), t), (barrier, beta, delta)
                    found.add(level)
            await ctx.tick()

    simulate(dut, bench)
    assert {0, ALL} <= found
