"""The barrier: the allowance against the penalty's definition, and the gateware against the golden model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limulator_hdl.barrier import Barrier
from limulator_hdl.formats import PENALTY_FRAC, RUN_BITS, Shape
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
    latency = 1 + dut.stages

    async def bench(ctx) -> None:
        ctx.set(dut.en, 1)
        for clock in range(len(golden) + latency):
            if clock < len(golden):
                ctx.set(dut.surprisal, int(surprisals[clock]))
                ctx.set(dut.barrier, int(barriers[clock]))
            stages = [clock - 1 - stage for stage in range(dut.stages)]
            present = [int(betas[k]) if 0 <= k < len(golden) else 0 for k in stages]
            ctx.set(dut.betas, sum(beta << shape.beta_bits * stage for stage, beta in enumerate(present)))
            if clock >= latency:
                k = clock - latency
                allowed = golden[k]
                assert ctx.get(dut.open) == (allowed >= 0)
                if allowed >= 0:
                    assert ctx.get(dut.allowance) == allowed, (surprisals[k], barriers[k], betas[k])
            await ctx.tick()

    simulate(dut, bench)
