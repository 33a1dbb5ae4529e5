"""Box QPs: the mapping, the exact references against brute force, the bounds, and the experiment's checks."""

from copy import deepcopy
from itertools import product

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import entr

from limulator.box import BoxQP
from limulator.errors import ProblemError
from limulator.experiments.box_qp import EXPERIMENT, random_qp

P3 = np.array([[3.0, -1.0, 0.5], [-1.0, 2.0, 0.25], [0.5, 0.25, 1.5]])


def small(q=(-1.0, 0.4, -9.0)):
    return BoxQP(P3, q, [-1.0, -2.0, 0.0], [1.5, 2.0, 3.0])


def every_state(bits, cells=3):
    return np.array(list(product(range(1 << bits), repeat=cells)))


@pytest.mark.parametrize("seed", range(5))
def test_minimum_is_that_of_another_solver(seed):
    qp = random_qp(seed)
    box = list(zip(qp.lb, qp.ub, strict=True))
    found = minimize(qp.objective, np.full(8, 0.5), jac=lambda y: qp.P @ y + qp.q, bounds=box, method="L-BFGS-B", tol=1e-14)
    assert qp.kkt_residual(qp.minimum) < 1e-10
    assert qp.objective(qp.minimum) <= found.fun + 1e-9
    assert qp.minimum == pytest.approx(found.x, abs=1e-4)


def test_the_energy_is_the_objective():
    qp, x = small(), every_state(3)
    problem = qp.problem(3, levels=1 << 20)
    assert problem.value(x) == pytest.approx(qp.objective(qp.values(x, 3)), abs=1e-4)
    assert qp.values(0 * x[0], 3) == pytest.approx(qp.lb)
    assert qp.values(0 * x[0] + 7, 3) == pytest.approx(qp.ub)


def test_the_experiment_rounds_no_coefficient():
    for bits in (2, 8, 12):
        problem = random_qp().problem(bits)
        assert problem.quantisation_error < 1e-12
        x = np.random.default_rng(0).integers(1 << bits, size=(20, 8))
        assert problem.value(x) == pytest.approx(random_qp().objective(random_qp().values(x, bits)))


@pytest.mark.parametrize("bits", [2, 3, 4])
@pytest.mark.parametrize("q", [(-1.0, 0.4, -9.0), (-1.0, 0.4, -1.0), (9.0, -9.0, 0.3), (0.1, 0.0, -0.7)])
def test_lattice_minimum_by_brute_force(bits, q):
    qp = small(q)
    best = qp.objective(qp.values(every_state(bits), bits)).min()
    assert qp.objective(qp.values(qp.lattice_minimum(bits), bits)) == pytest.approx(best, abs=1e-12)
    assert best - qp.objective(qp.minimum) <= qp.rounding_gap(bits) + 1e-12


@pytest.mark.parametrize("bits", [2, 4])
def test_no_thermal_law_has_more_entropy_than_the_bound(bits):
    qp = small()
    gaps = qp.objective(qp.values(every_state(bits), bits)) - qp.objective(qp.minimum)
    for b in np.geomspace(1e-3, 300, 12):
        weights = np.exp(-b * (gaps - gaps.min()))
        weights /= weights.sum()
        assert entr(weights).sum() / np.log(2) <= qp.entropy_bits(float(weights @ gaps), bits) + 1e-9


def test_the_bound_of_a_smooth_law_is_tight():
    """Without couplings, in the middle of the box and with a spread of many steps, the law is a Gaussian."""
    qp = BoxQP(np.diag([1.0, 2.0]), 0.0, -1.0, 1.0)
    gaps = qp.objective(qp.values(every_state(8, 2), 8))
    weights = np.exp(-200 * gaps)
    weights /= weights.sum()
    assert qp.entropy_bits(float(weights @ gaps), 8) == pytest.approx(entr(weights).sum() / np.log(2), abs=1e-2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([[1.0, 2.0], [0.0, 1.0]], 0.0, 0.0, 1.0), "symmetric"),
        ((np.eye(2), [1.0, 2.0, 3.0], 0.0, 1.0), "length 2"),
        ((np.eye(2), 0.0, [0.0, 2.0], 1.0), r"lb\[1\]=2.0 ub\[1\]=1.0"),
        ((np.eye(2), 0.0, 0.0, np.inf), "finite"),
        (([1.0, 2.0], 0.0, 0.0, 1.0), "shape"),
    ],
)
def test_what_is_no_program_is_named(arguments, message):
    with pytest.raises(ProblemError, match=message):
        BoxQP(*arguments)


def test_a_gap_is_positive():
    with pytest.raises(ProblemError, match="gap of 0"):
        small().entropy_bits(0.0, 4)


def failed(numbers):
    return [check.what for check in EXPERIMENT.checks(numbers) if not check.passed]


def test_checks_pass(numbers):
    assert failed(numbers) == []


def test_wrong_numbers_are_caught(numbers):
    wrong = deepcopy(numbers)
    wrong["precision"][3]["gap_best"] *= 1.1
    wrong["precision"][1]["gap_lattice"] = wrong["precision"][1]["gap_best"] = wrong["precision"][1]["gap_bound"] * 1.1
    for point in wrong["speeds"][-1]["points"]:
        point["heat_bits"][0] *= 0.6
    assert failed(wrong) == [
        "relative gap of the best state, 4 bits",
        "best relative gap at 8 bits",
        f"least heat above its bound, {wrong['speeds'][-1]['sweeps']} sweeps",
    ]


def test_figures_and_tables(numbers):
    assert len(EXPERIMENT.figures(numbers)) == 2
    for table in EXPERIMENT.tables(numbers):
        assert all(len(row) == len(table.columns) and all(isinstance(cell, str) for cell in row) for row in table.rows)
