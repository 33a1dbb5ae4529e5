"""Partition functions, against sums over all states done apart and against known laws."""

from itertools import product
from math import inf, log, log2

import numpy as np
import pytest

from limulator import Problem, Schedule, solve
from limulator.energy.free_energy import annealed_log2_partition, density_of_states, log2_partition
from limulator.errors import RangeError


def random_problem(cells, bits, seed=0):
    rng = np.random.default_rng(seed)
    couplings = rng.integers(-4, 5, (cells, cells))
    couplings += couplings.T
    if bits == 1:
        np.fill_diagonal(couplings, 0)
    return Problem(couplings, rng.integers(-5, 6, cells), bits)


@pytest.mark.parametrize(("cells", "bits"), [(1, 1), (7, 1), (10, 1), (3, 2), (2, 4), (1, 6)])
def test_every_state_is_counted_once(cells, bits):
    problem = random_problem(cells, bits)
    energies = problem.energy(np.array(list(product(range(2**bits), repeat=cells))))
    levels, counts = np.unique(energies, return_counts=True)
    found = density_of_states(problem)
    assert found[0].tolist() == levels.tolist()
    assert found[1].tolist() == counts.tolist()


@pytest.mark.parametrize("beta", [0.0, 0.03, 0.5, 4.0])
def test_thermal_means_are_those_of_all_states(beta):
    problem = random_problem(3, 3)
    energies = problem.energy(np.array(list(product(range(8), repeat=3)))).astype(np.longdouble)
    law = np.exp2(-beta * (energies - energies.min()))
    z, law = law.sum(), law / law.sum()
    thermal = log2_partition(problem, [beta])
    assert thermal.log2_z[0] == pytest.approx(float(np.log2(z) - beta * energies.min()), rel=1e-12)
    assert thermal.energy[0] == pytest.approx(float(law @ energies), rel=1e-12)
    occupied = law[law > 0]
    assert thermal.entropy_bits[0] == pytest.approx(float(-occupied @ np.log2(occupied)), abs=1e-9)


def test_free_cells():
    thermal = log2_partition(Problem(np.zeros((20, 20)), np.ones(20)), [0.0, 1.0, 10.0])
    high = np.exp2([0.0, -1.0, -10.0])
    np.testing.assert_allclose(thermal.log2_z, 20 * np.log2(1 + high), rtol=1e-13)
    np.testing.assert_allclose(thermal.energy, 20 * high / (1 + high), rtol=1e-13)
    assert thermal.entropy_bits[0] == pytest.approx(20)


def test_large_energies_neither_overflow_nor_lose_the_ground_state():
    problem = Problem([[0, 1 << 30], [1 << 30, 0]], [-(1 << 30), 0])
    thermal = log2_partition(problem, [1000.0])
    assert thermal.log2_z[0] == 1000.0 * (1 << 30)
    assert thermal.energy[0] == -(1 << 30)
    assert thermal.entropy_bits[0] == 0


@pytest.mark.parametrize(("cells", "bits"), [(25, 1), (2, 13)])
def test_too_many_states_are_refused(cells, bits):
    with pytest.raises(RangeError, match=f"{cells * bits} bits are too many .* annealed importance sampling"):
        log2_partition(random_problem(cells, bits), [1.0])


def test_the_works_of_a_run_tell_its_partition_function():
    problem = random_problem(8, 1)
    result = solve(problem, Schedule("linear", 16, 1 / 32, 0.5), replicas=4000)
    exact = log2_partition(problem, result.last_beta[:1]).log2_z[0]
    found = annealed_log2_partition(result.work_bits, 8)
    assert found.value == pytest.approx(exact, abs=4 * found.standard_error + 1e-3)
    assert found.standard_error < 0.05
    assert 1000 < found.effective_samples < 4000
    naive = 8 - result.work_bits.mean()
    assert naive < exact - 10 * found.standard_error


def test_normal_works_have_a_known_exponential_mean():
    # <2**-W> of a normal W of variance s**2 is 2**-(mean - s**2 ln 2 / 2), and the estimate has a known variance
    spread, count = 0.8, 4000
    works = np.random.default_rng(3).normal(1000.0, spread, (300, count))
    estimates = [annealed_log2_partition(row, 5) for row in works]
    values = np.array([e.value for e in estimates])
    exact = 5 - 1000 + spread**2 * log(2) / 2
    expected_error = np.sqrt(np.expm1((spread * log(2)) ** 2) / count) / log(2)
    assert values.mean() == pytest.approx(exact, abs=4 * expected_error / np.sqrt(300))
    assert np.mean([e.standard_error for e in estimates]) == pytest.approx(expected_error, rel=0.03)
    assert values.std() == pytest.approx(expected_error, rel=0.2)


def test_equal_works_are_exact():
    found = annealed_log2_partition(np.full(10, 3.5), 8)
    assert found.value == pytest.approx(4.5, abs=1e-12)
    assert found.standard_error == pytest.approx(0, abs=1e-12)
    assert found.effective_samples == pytest.approx(10)


def test_where_one_replica_makes_up_the_mean_its_error_is_infinite():
    found = annealed_log2_partition([0.0, *[2000.0] * 9], 8)
    assert found.effective_samples == 1
    assert found.value == pytest.approx(8 - log2(10))
    assert found.standard_error == inf


@pytest.mark.parametrize("works", [[], [1.0], [[1.0, 2.0]]])
def test_an_estimate_needs_two_works(works):
    with pytest.raises(RangeError, match="at least 2 replicas"):
        annealed_log2_partition(works, 8)
