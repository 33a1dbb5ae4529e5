"""The barrier: the allowance against the penalty's definition, and the gateware against the golden model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limulator_hdl.barrier import Barrier
from limulator_hdl.formats import PENALTY_FRAC, RUN_BITS, SURPRISAL_BITS, Shape
from limulator_hdl.reciprocal import Reciprocal
from limulator_sim.barrier import allowance, penalty
from stepping import simulate

MOST = (RUN_BITS << PENALTY_FRAC) - 1
SHAPES = [
    Shape(4, field_bits=4),
    Shape(4, field_bits=21, beta_bits=4, beta_frac=11, segments=1),
    Shape(4, field_bits=12),
    Shape(4, field_bits=22, beta_bits=20, beta_frac=24),
    Shape(4, field_bits=6, beta_bits=10, beta_frac=11),
    Shape(4, field_bits=16, beta_bits=30, beta_frac=28),
    Shape(4, field_bits=20, beta_bits=8, beta_frac=11),
]


def reciprocal(shape: Shape, beta: int) -> int:
    return (2**shape.reciprocal_bits - 1) // beta if beta else 0


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_allowance_is_the_largest_delta_accepted(shape: Shape, data: st.DataObject) -> None:
    surprisal = data.draw(st.integers(0, MOST))
    barrier = data.draw(st.integers(0, MOST + 500) | st.integers(max(surprisal - 3, 0), surprisal + 3))
    beta = data.draw(st.integers(0, 2**shape.beta_bits - 1) | st.integers(0, 3))
    allowed = int(allowance(shape, np.array([surprisal], np.int32), barrier, beta)[0])
    for delta in {-shape.g_max, -1, 0, 1, shape.g_max, allowed, allowed + 1, allowed - 1}:
        if abs(delta) <= shape.g_max:
            assert (penalty(shape, barrier, beta, delta) <= surprisal) == (delta <= allowed)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_gateware_equals_golden(shape: Shape) -> None:
    rng = np.random.default_rng(1)
    betas = rng.integers(0, 2**shape.beta_bits, 1500) >> rng.integers(0, shape.beta_bits + 1, 1500)
    surprisals = rng.integers(0, MOST + 1, 1500)
    barriers = rng.integers(0, MOST + 1, 1500) >> rng.integers(0, 15, 1500)
    betas[:3], surprisals[:3], barriers[:3] = (0, 1, 2**shape.beta_bits - 1), (MOST, MOST, 0), 0
    golden = [
        int(allowance(shape, np.array([s], np.int32), int(e), int(b))[0])
        for s, e, b in zip(surprisals, barriers, betas, strict=True)
    ]
    dut = Barrier(shape)

    async def bench(ctx) -> None:
        ctx.set(dut.en, 1)
        for clock in range(len(golden) + dut.latency):
            if clock < len(golden):
                ctx.set(dut.surprisal, int(surprisals[clock]))
                ctx.set(dut.barrier, int(barriers[clock]))
            if 1 <= clock <= len(golden):
                beta = int(betas[clock - 1])
                ctx.set(dut.reciprocal, reciprocal(shape, beta))
                ctx.set(dut.flat, beta == 0)
            if clock >= dut.latency:
                k = clock - dut.latency
                allowed = golden[k]
                assert ctx.get(dut.open) == (allowed >= 0)
                if allowed >= 0:
                    assert ctx.get(dut.allowance) == allowed, (surprisals[k], barriers[k], betas[k])
            await ctx.tick()

    simulate(dut, bench)


@pytest.mark.parametrize("shape", [Shape(4), SHAPES[1], SHAPES[5]], ids=str)
def test_reciprocal_equals_division(shape: Shape) -> None:
    rng = np.random.default_rng(2)
    betas = [1, 2, 3, 2**shape.beta_bits - 1, *map(int, rng.integers(1, 2**shape.beta_bits, 500))]
    dut = Reciprocal(shape)
    latency = Reciprocal.latency(shape)

    async def bench(ctx) -> None:
        ctx.set(dut.en, 1)
        for clock in range(len(betas) + latency):
            ctx.set(dut.beta, betas[min(clock, len(betas) - 1)])
            if clock >= latency:
                assert ctx.get(dut.reciprocal) == reciprocal(shape, betas[clock - latency])
            await ctx.tick()

    simulate(dut, bench)


@pytest.mark.parametrize(
    "shape", [Shape(4), Shape(4, beta_bits=6, beta_frac=11), Shape(4, bits=8, coupling_bits=8, beta_frac=20)], ids=str
)
def test_the_reciprocal_is_exact_for_every_surprisal(shape: Shape) -> None:
    """Where an error would show: at each beta, for every y that the barrier's theorem admits."""
    y = 2 * np.arange(2**SURPRISAL_BITS, dtype=np.uint64) + 1
    half = 1 << (shape.product_shift - 1)
    most = 2**shape.beta_bits - 1
    for beta in {*range(1, min(most, 300) + 1), *(most - k for k in range(min(most, 100))), *range(1, most, 997)}:
        r = reciprocal(shape, beta)
        # y * r may exceed 64 bits
        high, low = divmod(r, 1 << shape.reciprocal_frac)
        found = y * high + (y * low >> shape.reciprocal_frac)
        assert (found == (y * half - 1) // beta).all(), beta
