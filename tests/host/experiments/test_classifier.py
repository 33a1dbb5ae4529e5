"""The classifier: its exact accuracies, its references, and the experiment's checks."""

from copy import deepcopy

import numpy as np
import pytest
from scipy.special import ndtr

from limulator.experiments.classifier import EXPERIMENT, continuous_minimum
from limulator.experiments.gaussians import DISTANCE, FEATURES, Task, best_accuracy


@pytest.fixture(scope="module")
def task():
    return Task.draw(512, 20_000)


def test_bayes_accuracy_is_reached_by_fishers_weights_alone(task):
    fisher = np.linalg.solve(task.covariance, task.mean)
    assert task.accuracy(fisher) == pytest.approx(best_accuracy())
    assert best_accuracy() == pytest.approx(0.9)
    assert ndtr(DISTANCE) == best_accuracy()
    others = fisher + 0.3 * np.random.default_rng(1).normal(size=(100, FEATURES))
    assert np.all(task.accuracy(others) < best_accuracy())


def test_accuracy_is_that_of_samples(task):
    weights = np.random.default_rng(4).normal(size=(3, FEATURES)) + 2 * task.mean
    exact = task.accuracy(weights)
    counted = [task.correct(w[None]).mean() for w in weights]
    assert np.abs(counted - exact).max() < 4.9 * np.sqrt(0.25 / 20_000)


def test_least_squares_is_that_of_numpy(task):
    qp = task.least_squares()
    exact = np.linalg.lstsq(task.training, task.targets, rcond=None)[0]
    assert np.abs(exact).max() < 1
    assert qp.minimum == pytest.approx(exact, abs=1e-9)


def test_continuous_minimum_of_the_array(task):
    qp = task.least_squares()
    problem = qp.problem(8, levels=2047)
    x, energy = continuous_minimum(problem)
    assert qp.values(x, 8) == pytest.approx(qp.minimum, abs=0.01)
    near = np.rint(x).astype(int)
    assert problem.energy(near) - energy == pytest.approx((near - x) @ problem.couplings.toarray() @ (near - x) / 2)


def failed(numbers):
    return [check.what for check in EXPERIMENT.checks(numbers) if not check.passed]


def test_checks_pass(numbers):
    assert failed(numbers) == []


def test_wrong_numbers_are_caught(numbers):
    wrong = deepcopy(numbers)
    wrong["least_squares"] -= 0.02
    for run in wrong["runs"]:
        run["energy_kt"][0] *= 1.3
        run["accuracy_exact"][0] -= 0.003
        run["accuracy_loss"][0] += 0.01
        if run["bits"] == 4 and run["sweeps"] >= 1024:
            run["heat_bits"][0] *= 0.6
    assert len(failed(wrong)) == 6


def test_figures_and_tables(numbers):
    assert len(EXPERIMENT.figures(numbers)) == 2
    for table in EXPERIMENT.tables(numbers):
        assert all(len(row) == len(table.columns) and all(isinstance(cell, str) for cell in row) for row in table.rows)
