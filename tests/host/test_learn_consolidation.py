"""A barrier of its own for each cell: its rate law, its energy balance, and how high it is."""

import numpy as np
import pytest
from scipy import sparse

from limulator import Problem, solve
from limulator.anneal import shape_for
from limulator.errors import ProblemError, ScheduleError
from limulator.experiments.master import acceptance
from limulator.learn.consolidation import _restricted, _runs, raised_bits, solve_held
from limulator.stages import Stage, Stages
from limulator_sim.schedule import walk
from simulators import needs

SIGMAS = 4.9
"""Of a normal law: one in 1e6 is farther off by chance."""


def random_box(cells=9, bits=4, seed=1):
    generator = np.random.default_rng(seed)
    root = generator.integers(-3, 4, (cells, cells))
    return Problem(root @ root.T, generator.integers(-200, 50, cells), bits), generator


def test_barriers_of_samples():
    assert raised_bits([0, 1, 3, 511, 512, 1e6], 1.0).tolist() == [0, 1, 2, 9, 9, 20]
    assert raised_bits([0, 800, 1e9], 100.0).tolist() == [0, 3, 23]
    assert raised_bits([0, 1e9], np.inf).tolist() == [0, 0]
    # twice the mutual information of a Gaussian weight of variance 1 and samples of its value in unit noise
    assert raised_bits(15, 1.0) == round(2 * 0.5 * np.log2(np.linalg.det(np.eye(15) + 1)))
    for plasticity in (0.0, -1.0, np.nan):
        with pytest.raises(ProblemError, match="plasticity must be positive"):
            raised_bits([1], plasticity)


def test_a_cell_takes_part_as_if_by_tosses_of_its_own_coin():
    bits, sweeps = np.array([0, 1, 1, 3, 6, 40]), 200_000
    part = np.zeros((sweeps, len(bits)), bool)
    at = 0
    generator = np.random.default_rng(2)
    for free, length in _runs(bits, sweeps, generator):
        part[at : at + length, free] = True
        at += length
    assert at == sweeps  # with a cell of no extra barrier, every sweep is run
    assert np.array_equal(part[:, 1], part[:, 2])
    assert not part[:, 5].any()
    for k, mine in zip(bits[:5], part.T, strict=False):
        share = 0.5 ** int(k)
        for seen, p in ((mine, share), (mine[1:] & mine[:-1], share**2)):
            # neighbouring pairs overlap, which widens the law of their number by less than a factor of 3 in variance
            assert abs(seen.sum() - p * len(seen)) <= SIGMAS * np.sqrt(3 * sweeps * p * (1 - p))


def test_sweeps_in_which_no_cell_takes_part_are_left_out():
    lengths = [length for _, length in _runs(np.array([2, 4]), 100_000, np.random.default_rng(3))]
    assert abs(sum(lengths) - 25_000) <= SIGMAS * np.sqrt(100_000 * 0.25 * 0.75)


def test_the_rate_is_that_of_the_higher_barrier():
    """Drift of cells on a slope, against the exact probabilities of the gate at each cell's own barrier.

    In a sweep a cell steps up with probability p u / 2 and down with p v / 2, p = 2**-k, u and v the gate's for E0. As
    cells of one k take part together, the sum over m of them has the variance m (p s - (p d)**2) + m (m - 1) p (1 - p) d**2
    a sweep, with d = (u - v) / 2 and s = (u + v) / 2.
    """
    each, sweeps, beta, barrier = 10, 1500, 4.0, 0.5
    bits = np.repeat([0, 1, 3], each)
    slope = Problem(sparse.csr_array((len(bits), len(bits))), np.full(len(bits), -1), 16)
    start = np.full(len(bits), 1 << 15)
    run = solve_held(slope, start, bits, sweeps=sweeps, beta=beta, barrier=barrier, seed=4)
    stages = Stages([Stage(1, beta, barrier)])
    shape = shape_for(slope, stages)
    up, down = acceptance(shape, next(walk(shape, stages.compile(shape))), [-1, 1])
    drift, spread = (up - down) / 2, (up + down) / 2
    for k in (0, 1, 3):
        moved = (run.x - start)[bits == k].sum()
        p = 0.5**k
        own, common = p * spread - (p * drift) ** 2, p * (1 - p) * drift**2
        expected, error = sweeps * each * p * drift, np.sqrt(sweeps * each * (own + (each - 1) * common))
        assert abs(moved - expected) <= SIGMAS * error
        assert SIGMAS * error < (2**0.5 - 1) * expected  # sharp enough to tell half a bit of barrier
    assert run.heat_bits == beta * (run.x - start).sum()


def test_without_barriers_it_is_the_array():
    problem, generator = random_box()
    start = generator.integers(0, 16, problem.cells)
    run = solve_held(problem, start, np.zeros(problem.cells, int), sweeps=50, beta=0.0625, barrier=1.5, seed=5)
    noise = np.random.default_rng(5)
    noise.geometric(0.5, 50)
    whole = solve(problem, Stages([Stage(50, 0.0625, 1.5)]), seed=int(noise.integers(1 << 62)), initial_states=start)
    assert np.array_equal(run.x, whole.outcomes[0].x)
    assert run.heat_bits == whole.heat_bits[0]
    assert run.attempts == whole.records["attempts"][0]


def test_the_energy_of_the_parts_is_that_of_the_whole():
    for seed, bits in ((6, 4), (7, 1)):
        generator = np.random.default_rng(seed)
        root = generator.integers(-3, 4, (9, 9))
        couplings = root @ root.T if bits > 1 else np.triu(root, 1) + np.triu(root, 1).T
        problem = Problem(couplings, generator.integers(-20, 20, 9), bits)
        free = np.array([1, 2, 5, 8])
        x = generator.integers(0, problem.x_max + 1, 9)
        y = x.copy()
        y[free] = generator.integers(0, problem.x_max + 1, 4)
        part = _restricted(problem, x, free)
        assert part.energy(x[free]) - part.energy(y[free]) == problem.energy(x) - problem.energy(y)
        assert np.array_equal(part.local_field(x[free]), problem.local_field(x)[free])


def test_heat_is_beta_times_the_fall_of_the_energy():
    problem, generator = random_box(bits=8)
    start = generator.integers(0, 256, problem.cells)
    raised = np.arange(9) % 4
    run = solve_held(problem, start, raised, sweeps=100, beta=0.03125, seed=8)
    assert run.heat_bits == 0.03125 * (problem.energy(start) - problem.energy(run.x))
    assert 0 < run.updates < run.attempts
    again = solve_held(problem, start, raised, sweeps=100, beta=0.03125, seed=8)
    assert np.array_equal(again.x, run.x)
    assert again[1:] == run[1:]


def test_behind_barriers_beyond_the_gate_nothing_moves():
    problem, generator = random_box()
    start = generator.integers(0, 16, problem.cells)
    run = solve_held(problem, start, np.full(problem.cells, 21), sweeps=1000, beta=0.1, seed=9)
    assert np.array_equal(run.x, start)
    assert run[1:] == (0.0, 0, 0)


def test_it_is_the_same_on_gateware():
    needs("icarus")
    problem, generator = random_box(cells=4, bits=3)
    start = generator.integers(0, 8, 4)
    raised = np.array([0, 0, 3, 3])
    arguments = {"sweeps": 24, "beta": 0.02, "barrier": 0.5, "seed": 10}
    golden, gateware = (solve_held(problem, start, raised, **arguments, backend=name) for name in ("golden", "icarus"))
    assert np.array_equal(golden.x, gateware.x)
    assert golden[1:] == gateware[1:]
    assert golden.attempts < 24 * 4  # the two were held for a while


def test_what_cannot_be_run():
    problem, _ = random_box()
    start, bits = np.zeros(problem.cells, int), np.zeros(problem.cells, int)
    for wrong in (bits - 1, bits + 0.5, bits[:-1]):
        with pytest.raises(ProblemError, match="raised must be 9 whole numbers of bits"):
            solve_held(problem, start, wrong, sweeps=10, beta=0.1)
    with pytest.raises(ProblemError, match="x must be"):
        solve_held(problem, start + 16, bits, sweeps=10, beta=0.1)
    with pytest.raises(ScheduleError, match="sweeps must be"):
        solve_held(problem, start, bits, sweeps=0, beta=0.1)
    with pytest.raises(ScheduleError, match="beta must be"):
        solve_held(problem, start, bits, sweeps=10, beta=-1.0)
