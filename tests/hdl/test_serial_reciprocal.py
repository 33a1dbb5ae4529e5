"""The reciprocal of a beta that stays for a while: the same as of one that changes in every clock, to the clock."""

from __future__ import annotations

import numpy as np
import pytest

from limulator_hdl.formats import Shape
from limulator_hdl.reciprocal import Reciprocal
from limulator_hdl.serial_reciprocal import SerialReciprocal
from stepping import simulate

SHAPES = [
    Shape(17),
    Shape(64, beta_bits=15, beta_frac=11),
    Shape(64, beta_bits=2, beta_frac=12),
    Shape(64, beta_bits=30, beta_frac=28),
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_equals_division_to_the_clock(shape: Shape) -> None:
    """Valid betas stay for at least as many enabled clocks as the latency; what is not valid may be anything."""
    rng = np.random.default_rng(3)
    latency = Reciprocal.latency(shape)
    most = 2**shape.beta_bits - 1
    given: list[tuple[int, int]] = []
    for beta in [1, most, 2, 2, 3, *map(int, rng.integers(1, most + 1, 60))]:
        given += [(1, beta)] * int(latency + rng.integers(0, 3) * rng.integers(0, latency))
        given += [(0, int(junk)) for junk in rng.integers(0, most + 1, rng.integers(0, 4))]
    dut = SerialReciprocal(shape)

    async def bench(ctx) -> None:
        for clock in range(len(given)):
            valid, beta = given[clock]
            ctx.set(dut.valid, valid)
            ctx.set(dut.beta, beta)
            if clock >= latency:
                valid, beta = given[clock - latency]
                if valid:
                    assert ctx.get(dut.reciprocal) == (2**shape.reciprocal_bits - 1) // beta, (clock, beta)
            ctx.set(dut.en, 0)
            for _ in range(rng.integers(0, 2)):
                await ctx.tick()
            ctx.set(dut.en, 1)
            await ctx.tick()

    simulate(dut, bench)


def test_a_division_that_is_cut_off() -> None:
    """As a restart does: the next one, of another beta or of the same, is in time."""
    shape = SHAPES[1]
    latency = Reciprocal.latency(shape)
    dut = SerialReciprocal(shape)

    async def bench(ctx) -> None:
        ctx.set(dut.en, 1)
        ctx.set(dut.valid, 1)
        for beta, clocks in ((1000, latency), (77, 5), (1000, latency), (5, latency - 1), (5, latency)):
            ctx.set(dut.beta, beta)
            await ctx.tick().repeat(clocks)
            if clocks == latency:
                assert ctx.get(dut.reciprocal) == (2**shape.reciprocal_bits - 1) // beta

    simulate(dut, bench)


def test_serves() -> None:
    latency = Reciprocal.latency(Shape(1))
    assert not SerialReciprocal.serves(Shape(latency - 1))
    assert SerialReciprocal.serves(Shape(latency))
