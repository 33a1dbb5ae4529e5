"""The fast model against the golden one, every bit: states, fields, counters, segments and best states."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import sparse

from cosim.cases import ROUNDING, make
from instances import random_color_problem, random_problem, random_schedule
from limulator_hdl.color_shape import ColorShape
from limulator_hdl.formats import DIRECTION_BITS, MANTISSA_BITS, RAMP_BITS, RUN_BITS, Shape
from limulator_sim.fast import Fast
from limulator_sim.fast.gate import CLOSED, FRACTION_LEVELS, level_of, rank_of
from limulator_sim.fast.model import FEW
from limulator_sim.fast.vectors import LANES
from limulator_sim.gate import surprisal
from limulator_sim.golden import RECORD, Golden
from limulator_sim.schedule import Segment

REPLICAS = (1, FEW - 1, FEW, LANES, LANES + 1, 2 * LANES + FEW)
"""One by one, in blocks, and both."""

SHAPES = [
    Shape(1),
    Shape(2, 2, segments=16),
    Shape(3, 3, bits=2, coupling_bits=4, segments=16),
    Shape(7, 1, bits=4, coupling_bits=3, coupling_shift=2, segments=16),
    Shape(16, 4, coupling_bits=4, segments=16),
    Shape(33, 11, bits=8, coupling_bits=8, beta_bits=20, beta_frac=20, segments=16),
    Shape(64, 8, coupling_bits=2, coupling_shift=1, segments=16),
    Shape(130, 26, coupling_bits=2, field_bits=8, segments=16),
    Shape(24, 8, coupling_bits=16, coupling_shift=3, beta_bits=32, beta_frac=40, segments=16),
    Shape(5, 5, bits=16, coupling_bits=10, beta_bits=12, beta_frac=30, segments=16),
]
"""Binary cells with fields of 8 bits and of more, fields of up to 32 bits, and cells of up to 16 bits."""


def same(fast: Fast, golden: Golden) -> None:
    for name in ("x", "g", "best"):
        np.testing.assert_array_equal(getattr(fast, name), getattr(golden, name), name)
    assert len(fast.log) == len(golden.log)
    for record, wanted in zip([*fast.log, fast.records], [*golden.log, golden.records], strict=True):
        for name in RECORD.names:
            np.testing.assert_array_equal(record[name], wanted[name], name)


def run_both(
    shape: Shape,
    couplings: np.ndarray | sparse.csr_array,
    linear: np.ndarray,
    seeds: Sequence[int],
    schedules: Sequence[Sequence[Segment]],
    x: np.ndarray | None = None,
    empty: Sequence[int] = (),
    **options: int,
) -> Fast:
    problem = (shape, couplings, linear, seeds, x, empty)
    fast, golden = Fast(*problem, **options), Golden(*problem)
    for segments in schedules:
        for model in (fast, golden):
            model.run(segments)
        same(fast, golden)
    return fast


@pytest.mark.parametrize(
    "shape", SHAPES, ids=lambda s: f"{s.cells}x{s.lanes}-b{s.bits}-q{s.coupling_bits}<<{s.coupling_shift}"
)
def test_every_bit_equals_golden_in_the_cases_of_the_cosimulation(shape: Shape) -> None:
    for number in range(ROUNDING + 1 if shape.cells <= 33 else 18):
        case = make(shape, number)
        replicas = REPLICAS[number % len(REPLICAS)] if shape.cells <= 33 else (1, FEW)[number % 2]
        seeds = range(case.seed, case.seed + replicas)
        segments = [s._replace(sweeps=min(s.sweeps, 50)) for s in case.segments]
        run_both(shape, case.couplings, case.linear, seeds, [segments], case.x)


@pytest.mark.parametrize("replicas", REPLICAS)
@pytest.mark.parametrize("bits", [1, 3])
def test_a_second_schedule_goes_on_from_the_first(replicas: int, bits: int) -> None:
    rng = np.random.default_rng([replicas, bits])
    shape = Shape(60, 4, bits=bits)
    schedules = [random_schedule(rng, shape, 3) for _ in range(2)]
    run_both(shape, *random_problem(rng, shape), range(replicas), schedules)


@pytest.mark.parametrize("replicas", REPLICAS)
@pytest.mark.parametrize("lanes", [1, 6, 7])
@pytest.mark.parametrize(
    ("coupling_bits", "degree", "top", "field"), [(3, 6, 17, np.int8), (6, 12, 299, np.int16), (10, 4, 1199, np.int32)]
)
def test_every_bit_of_a_colour_array_equals_golden(
    coupling_bits: int, degree: int, top: int, field: type, lanes: int, replicas: int
) -> None:
    """With positions that are empty, and without; ``top`` is a field that takes so many bits."""
    rng = np.random.default_rng([coupling_bits, lanes, replicas])
    shape = ColorShape(16 * lanes, lanes, coupling_bits=coupling_bits, coupling_shift=1, degree=degree)
    graph, couplings, linear = random_color_problem(rng, shape)
    cell = couplings.any(axis=0).argmax()
    linear[cell] = 2 * top - couplings[cell].clip(0).sum()
    schedules = [random_schedule(rng, shape, 3) for _ in range(2)]
    x = rng.integers(0, 2, (replicas, shape.cells))
    for empty in (graph.empty, ()):
        fast = run_both(shape, couplings, linear, range(replicas), schedules, x, empty)
        assert fast._parts[0]._problem.field is field
        assert not fast.x[:, empty].any()


def test_the_gate_is_that_of_golden() -> None:
    """For every length of a word's run and every mantissa: its surprisal is the last penalty whose level is above."""
    lengths, mantissas = np.meshgrid(np.arange(RUN_BITS + 1), np.arange(1 << MANTISSA_BITS), indexing="ij")
    runs = (1 << lengths) >> 1
    words = ((runs << MANTISSA_BITS | mantissas) << DIRECTION_BITS).astype(np.uint32).ravel()
    ranks = np.array([rank_of(word) for word in words])
    levels = np.array([level_of(penalty, FRACTION_LEVELS) for penalty in range(CLOSED + 1)])
    last = surprisal(words)
    assert (ranks < levels[last]).all()
    assert (ranks >= levels[last + 1]).all()
    assert (np.diff(levels) <= 0).all()


def test_threads_do_not_show() -> None:
    rng = np.random.default_rng(5)
    shape = Shape(40, 8)
    problem, schedule = random_problem(rng, shape), random_schedule(rng, shape, 2)
    run_both(shape, *problem, range(3 * LANES + 2), [schedule], threads=3)


@pytest.mark.parametrize(
    ("linear", "dtype"),
    [
        ([126, -5], np.int8),
        ([-127, 5], np.int8),
        ([127, -5], np.int16),
        ([-128, 5], np.int16),
        ([510, -5], np.int16),
        ([-511, 5], np.int16),
        ([511, -5], np.int32),
        ([-512, 5], np.int32),
    ],
)
def test_fields_are_as_narrow_as_they_can_be(linear: list[int], dtype: type) -> None:
    """In units of what divides all coefficients, here 8: up to 127 in 8 bits, up to 511 in 16."""
    shape = Shape(2, coupling_bits=10, coupling_shift=3, field_bits=20)
    couplings = 8 * np.array([[0, 1], [1, 0]])
    hot = 1 << RAMP_BITS - 4
    schedule = [[Segment(0, hot, 0, -hot // 20, 20)]]
    fast = run_both(shape, couplings, 8 * np.array(linear), range(FEW), schedule)
    assert fast._parts[0]._problem.field is dtype


def test_many_free_deltas() -> None:
    """At beta = 0 every delta is free, and with a barrier that nothing passes not even a step down."""
    rng = np.random.default_rng(9)
    shape = Shape(100, 20, coupling_bits=2)
    upper = sparse.random_array((100, 100), density=0.02, rng=rng, data_sampler=lambda size: np.ones(size))
    couplings = sparse.triu(upper, 1).astype(int)
    linear = rng.integers(-100, 100, 100)
    schedule = [Segment(0, 0, 0, 0, 3), Segment((1 << RAMP_BITS) - 1, 0, 0, 0, 2), Segment(0, 1 << 20, 0, 1 << 20, 50)]
    run_both(shape, couplings + couplings.T, linear, range(LANES), [schedule])


def test_a_barrier_that_closes_within_a_segment() -> None:
    """Then not even a step down passes, whatever the sweep before let through; fields of 16 bits, and of 8."""
    for linear in ([400, -300, 511, -511], [100, -100, 127, -127]):
        shape = Shape(4, field_bits=11)
        schedule = [Segment(0, 0, (1 << RAMP_BITS) - 1, 0, 2), Segment(0, 1 << 20, 1 << 31, 1 << 20, 9)]
        run_both(shape, np.zeros((4, 4), int), np.array(linear), range(LANES), [schedule])


def test_the_largest_product_of_beta_and_delta() -> None:
    """2**63 less a little, to which the rounding adds half: it is refused, not wrapped around."""
    shape = Shape(2, bits=2, field_bits=32, coupling_bits=2, beta_bits=32, beta_frac=48)
    linear = np.array([shape.g_max, -shape.g_max])
    run_both(shape, np.zeros((2, 2), int), linear, range(FEW), [[Segment(0, (1 << RAMP_BITS) - 1, 0, 0, 3)]])


def test_nothing_to_do() -> None:
    fast = Fast(Shape(4), np.zeros((4, 4)), np.ones(4), range(3))
    fast.run([])
    assert (fast.log, fast.advance(1)) == ([], 0)
    fast.start([Segment(0, 0, 0, 0, 5)])
    assert (fast.advance(0), fast.advance(9)) == (0, 5)


def test_stopping_between_sweeps() -> None:
    """`advance` stops at the ends of segments and never goes beyond what it was asked for."""
    shape = Shape(4)
    fast = Fast(shape, np.zeros((4, 4)), np.ones(4), range(3))
    fast.start([Segment(0, 0, 0, 0, 5), Segment(0, 0, 0, 0, 2)])
    assert [fast.advance(3) for _ in range(5)] == [3, 2, 2, 0, 0]
    assert [record["attempts"].tolist() for record in fast.log] == [[20] * 3, [28] * 3]
