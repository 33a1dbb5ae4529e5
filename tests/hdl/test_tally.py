"""The tally of a window against sums in Python."""

from __future__ import annotations

import numpy as np
import pytest

from limulator_hdl.color_shape import ColorShape
from limulator_hdl.tally import Tally
from stepping import simulate


def window(rng: np.random.Generator, shape: ColorShape, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Which cells step, and the deltas of all, in units of 2**field_shift; first the largest sums there can be."""
    lanes, most = shape.lanes, shape.levels
    if number < 2:
        return np.ones(lanes, bool), np.full(lanes, -most if number else most)
    reach = int(rng.integers(0, most + 1))
    return rng.random(lanes) < rng.random(), rng.integers(-reach, reach + 1, lanes)


def packed(values: np.ndarray, width: int) -> int:
    """The first in the low bits."""
    return sum(int(value) << k * width for k, value in enumerate(values))


def expected(stepped: np.ndarray, all_deltas: np.ndarray, field_shift: int) -> dict[str, int]:
    """What the outputs must be."""
    deltas = all_deltas[stepped]
    sums = {"lower": deltas[deltas < 0].sum(), "higher": deltas[deltas > 0].sum(), "change": deltas.sum()}
    sums = {name: value << field_shift for name, value in sums.items()}
    counts = {"down": (deltas < 0).sum(), "up": (deltas > 0).sum(), "flat": (deltas == 0).sum()}
    return {name: int(value) for name, value in (counts | sums).items()}


@pytest.mark.parametrize(
    "shape",
    [
        ColorShape(1, degree=1, levels=1),
        ColorShape(3, 3, degree=2, levels=2),
        ColorShape(4, 4, levels=4),
        ColorShape(5, 5, degree=3, field_bits=5, levels=3),
        ColorShape(13, 13),
        ColorShape(17, 17, degree=5, coupling_bits=4, coupling_shift=1, levels=60),
        ColorShape(9, 9, coupling_shift=3, field_shift=2, levels=6),
        ColorShape(64, 64, degree=20, coupling_bits=2),
    ],
    ids=lambda shape: f"{shape.lanes}lanes-{shape.levels}levels",
)
def test_windows_are_counted_one_a_clock(shape: ColorShape) -> None:
    """Exactly ``latency`` clocks later."""
    rng = np.random.default_rng(shape.lanes)
    windows = [window(rng, shape, number) for number in range(300)]
    dut = Tally(shape)

    async def bench(ctx) -> None:
        for clock in range(len(windows) + dut.latency):
            if clock < len(windows):
                stepped, deltas = windows[clock]
                excess = np.where(deltas, abs(deltas) - 1, rng.integers(1 << shape.excess_bits))
                ctx.set(dut.stepped, packed(stepped, 1))
                ctx.set(dut.climbs, packed(deltas > 0, 1))
                ctx.set(dut.level, packed(deltas == 0, 1))
                ctx.set(dut.excess, packed(excess, shape.excess_bits))
            if clock >= dut.latency:
                for name, value in expected(*windows[clock - dut.latency], shape.field_shift).items():
                    assert ctx.get(getattr(dut, name)) == value, (clock, name)
            await ctx.tick()

    simulate(dut, bench)
