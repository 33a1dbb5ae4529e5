"""The golden model against the plain-Python scan, and against Boltzmann's law by exact enumeration."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from scipy import sparse, stats

from instances import random_color_problem, random_problem, random_schedule
from limulator_hdl.color_shape import ColorShape
from limulator_hdl.formats import BARRIER_BITS, PENALTY_FRAC, RAMP_BITS, Shape
from limulator_sim.cells import random_cells
from limulator_sim.golden import RECORD, Golden
from limulator_sim.noise import stream_states
from limulator_sim.quad_noise import generator_states
from limulator_sim.scan import SerialScan
from limulator_sim.schedule import Segment

ONE_BIT = 1 << (RAMP_BITS - BARRIER_BITS + PENALTY_FRAC)
"""A barrier of one bit in accumulator units."""

COLOR_CASES = 60

FALSE_ALARM = 1e-6
"""The chance that a statistical test here fails if its law holds, were the seeds not fixed."""


def random_shape(rng: np.random.Generator) -> Shape:
    lanes, bits = int(rng.integers(1, 5)), int(rng.choice([1, 1, 2, 3, 5]))
    windows = int(rng.integers(1, 8)) if rng.random() < 0.8 else 130 // lanes
    return Shape(
        cells=lanes * windows,
        lanes=lanes,
        bits=bits,
        coupling_bits=int(rng.integers(2, 5)),
        coupling_shift=int(rng.integers(0, 3)),
        beta_bits=int(rng.integers(12, 21)),
        beta_frac=int(rng.integers(14, 20)),
    )


def random_color_shape(rng: np.random.Generator) -> ColorShape:
    lanes = int(rng.integers(1, 17))
    return ColorShape(
        cells=lanes * int(rng.integers(1, 9)),
        lanes=lanes,
        coupling_bits=int(rng.integers(2, 5)),
        coupling_shift=int(rng.integers(0, 3)),
        degree=int(rng.integers(1, 7)),
        compact=int(rng.integers(2)),
    )


def plain_scans(
    shape: Shape, couplings: np.ndarray, linear: np.ndarray, seeds: Sequence[int], empty: Sequence[int] = ()
) -> list[SerialScan]:
    def states(seed: int) -> list[tuple[int, ...]]:
        if isinstance(shape, ColorShape):
            return list(generator_states(seed, shape.lanes, shape.noise_steps))
        return [tuple(state) for state in stream_states(seed, shape.lanes).T.tolist()]

    return [
        SerialScan(
            shape,
            couplings.tolist(),
            linear.tolist(),
            [0 if i in empty else x for i, x in enumerate(random_cells(seed, shape).tolist())],
            states(seed),
            empty,
        )
        for seed in seeds
    ]


@pytest.mark.parametrize("case", range(30))
def test_every_bit_equals_the_plain_scan(case: int) -> None:
    rng = np.random.default_rng(case)
    shape = random_shape(rng)
    compare_with_plain_scans(rng, case, shape, *random_problem(rng, shape))


@pytest.mark.parametrize("case", range(COLOR_CASES))
def test_every_bit_of_a_colour_array_equals_the_plain_scan(case: int) -> None:
    rng = np.random.default_rng([1, case])
    shape = random_color_shape(rng)
    graph, couplings, linear = random_color_problem(rng, shape)
    compare_with_plain_scans(rng, case, shape, couplings, linear, graph.empty)


def test_the_random_colour_arrays_are_of_every_kind() -> None:
    """Lanes that fill their quads or do not, of one step a window and two; empty positions and none, in every lane of a
    quad."""
    kinds = set()
    for case in range(COLOR_CASES):
        rng = np.random.default_rng([1, case])
        shape = random_color_shape(rng)
        empty = random_color_problem(rng, shape)[0].empty
        kinds.add(("lanes", shape.lanes % (4 * shape.noise_steps), shape.noise_steps))
        kinds.add(("gaps", bool(empty)))
        kinds |= {("quad", i % shape.lanes % 4) for i in empty}
    assert len(kinds) == 4 + 8 + 2 + 4


def compare_with_plain_scans(
    rng: np.random.Generator,
    case: int,
    shape: Shape,
    couplings: np.ndarray,
    linear: np.ndarray,
    empty: Sequence[int] = (),
) -> None:
    """One replica is scanned by looking ahead, 20 all at once; a second schedule goes on from where the first ended."""
    seeds = range(100 * case, 100 * case + 20)
    scans = plain_scans(shape, couplings, linear, seeds, empty)
    alone = Golden(shape, couplings, linear, seeds[:1], empty=empty)
    together = Golden(shape, sparse.csr_array(couplings), linear, seeds, empty=empty)
    for _ in range(2):
        segments = random_schedule(rng, shape, int(rng.integers(1, 5)))
        for scan in scans:
            scan.log.clear()
            scan.run(segments)
        for golden in (alone, together):
            golden.run(segments)
            assert len(golden.log) == len(segments)
            for replica, scan in enumerate(scans[: len(golden.x)]):
                assert golden.x[replica].tolist() == scan.x
                assert golden.g[replica].tolist() == scan.g
                assert golden.best[replica].tolist() == scan.best
                for record, counters in zip(golden.log, scan.log, strict=True):
                    assert {name: int(record[replica][name]) for name in RECORD.names} == counters


def test_the_random_runs_see_every_kind_of_event() -> None:
    """Lest the comparison above be empty."""
    total = np.zeros(1, RECORD)
    for case in range(30):
        rng = np.random.default_rng(case)
        shape = random_shape(rng)
        golden = Golden(shape, *random_problem(rng, shape), [case])
        golden.run(random_schedule(rng, shape, 4))
        for name in RECORD.names:
            total[name] += golden.records[name]
    assert all(total[name][0] > 30 for name in ("void", "down", "up", "flat", "toggles"))


def beta_units(shape: Shape, beta: float) -> int:
    return round(beta * 2**shape.beta_frac) << shape.beta_guard


@pytest.mark.parametrize("barrier_bits", [0.5, 2.0])
@pytest.mark.parametrize(
    ("shape", "beta"),
    [
        (Shape(4, 2, coupling_bits=3), 0.6),
        (Shape(2, bits=2, coupling_bits=3), 0.3),
        (ColorShape(6, 2, coupling_bits=3), 0.4),
    ],
    ids=["b=1", "b=2", "colour"],
)
def test_the_stationary_law_is_boltzmann(shape: Shape, beta: float, barrier_bits: float) -> None:
    """The final states of independent replicas, by chi-square.

    The roundings of the gate change a step's probability by less than 1e-3, which adds less than replicas * 1e-6 = 0.03
    to the statistic, and 400 sweeps leave less than 1e-6 of the start.
    """
    replicas, sweeps = 30_000, 400
    empty: Sequence[int] = ()
    if isinstance(shape, ColorShape):
        graph, couplings, linear = random_color_problem(np.random.default_rng(12), shape)
        empty = graph.empty
        assert empty
    else:
        couplings, linear = random_problem(np.random.default_rng(11), shape)
    golden = Golden(shape, couplings, linear, range(replicas), empty=empty)
    golden.run([Segment(int(barrier_bits * ONE_BIT), beta_units(shape, beta), 0, 0, sweeps)])

    values = [[0] if i in empty else range(shape.x_max + 1) for i in range(shape.cells)]
    boxes = np.array(list(product(*values)))
    squares = (boxes @ couplings * boxes).sum(axis=1) - boxes @ couplings.diagonal()
    weights = 2.0 ** (-beta * (boxes @ linear + squares / 2))
    law = weights / weights.sum()
    assert law.max() > 4 * law.min()
    assert replicas * law.min() > 10  # where the statistic is close to chi-square's law
    places = (shape.x_max + 1) ** np.arange(shape.cells)[::-1]
    counts = np.bincount(golden.x @ places, minlength=(shape.x_max + 1) ** shape.cells)[boxes @ places]
    assert counts.sum() == replicas
    statistic = ((counts - replicas * law) ** 2 / (replicas * law)).sum()
    assert statistic < stats.chi2.isf(FALSE_ALARM, len(boxes) - 1)


def test_a_step_is_accepted_with_probability_2_to_the_minus_t() -> None:
    """t = barrier + max(0, beta * delta): uncoupled cells at 0, one attempt each, every count binomial."""
    replicas, barriers = 20_000, (0, 333, 1024, 3500)
    shape = Shape(cells=64, lanes=64, field_bits=9)
    deltas = np.arange(-8, 56) * 3
    beta = 77 / 2**PENALTY_FRAC  # so that t is a multiple of 2**-PENALTY_FRAC
    seeds = range(replicas)
    for number, barrier in enumerate(barriers):
        golden = Golden(shape, np.zeros((64, 64), int), deltas, [len(barriers) * seed + number for seed in seeds], 0)
        golden.run([Segment(barrier * ONE_BIT >> PENALTY_FRAC, beta_units(shape, beta), 0, 0, 1)])
        law = 2.0 ** -(barrier / 2**PENALTY_FRAC + beta * np.maximum(0, deltas))
        for accepted, probability in zip(golden.x.sum(axis=0).tolist(), law.tolist(), strict=True):
            chance = stats.binomtest(accepted, replicas, probability).pvalue
            assert chance > FALSE_ALARM / (len(barriers) * len(deltas))
