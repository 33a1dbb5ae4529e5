"""Two tasks one after the other: their exact accuracies, and the experiment's checks."""

from copy import deepcopy

import numpy as np
import pytest

from limulator.experiments.consolidation import EXPERIMENT, FIXED, OVERWRITTEN, RISING
from limulator.experiments.gaussians import best_accuracy
from limulator.experiments.two_tasks import FEATURES, FIRST, RIDGE, SECOND, GaussianTask, least_squares


@pytest.fixture(scope="module")
def tasks():
    return GaussianTask.draw(FIRST, 20_000, 1), GaussianTask.draw(SECOND, 20_000, 2)


def test_accuracy_is_that_of_samples(tasks):
    weights = np.random.default_rng(3).normal(size=(4, FEATURES)) + 2 * tasks[0].mean + 2 * tasks[1].mean
    for task in tasks:
        right = (task.samples @ weights.T) * task.targets[:, None] > 0
        assert np.abs(right.mean(axis=0) - task.accuracy(weights)).max() < 4.9 * np.sqrt(0.25 / 20_000)


@pytest.mark.parametrize(("which", "own", "other"), [(0, FIRST, SECOND), (1, SECOND, FIRST)])
def test_each_has_its_features(tasks, which, own, other):
    task = tasks[which]
    silent = np.setdiff1d(other, own)
    assert len(silent) == 10
    assert len(np.intersect1d(own, other)) == 2
    assert not task.samples[:, silent].any()
    assert not task.mean[silent].any()
    fisher = np.zeros(FEATURES)
    fisher[own] = np.linalg.solve(task.covariance[np.ix_(own, own)], task.mean[own])
    assert task.accuracy(fisher) == pytest.approx(best_accuracy())


def test_least_squares_is_that_of_numpy(tasks):
    samples = np.vstack([*(task.samples for task in tasks), np.sqrt(RIDGE) * np.eye(FEATURES)])
    targets = np.concatenate([*(task.targets for task in tasks), np.zeros(FEATURES)])
    qp = least_squares(*tasks)
    assert qp.minimum == pytest.approx(np.linalg.lstsq(samples, targets, rcond=None)[0], abs=1e-9)
    assert np.abs(qp.minimum).max() < 1


def failed(numbers):
    return [check.what for check in EXPERIMENT.checks(numbers) if not check.passed]


def test_checks_pass(numbers):
    assert failed(numbers) == []


def test_the_second_task_costs_the_first_little(numbers):
    """Less behind rising barriers than behind a fixed one, for the same accuracy on B, and by far more than by chance."""
    match = numbers["match"][RISING]
    (lost, error), (lost_fixed, error_fixed) = match["lost"], match["lost_fixed"]
    assert lost + 4.9 * error < lost_fixed - 4.9 * error_fixed
    assert match["lost_fixed"][0] > 0.03
    assert numbers["arms"][FIXED]["raised_bits"] == [0]
    assert numbers["arms"][RISING]["raised_bits"] == [0, 9, 10]
    assert numbers["exact"][OVERWRITTEN][0] < numbers["exact"]["both"][0] < numbers["exact"]["A"][0]


def test_wrong_numbers_are_caught(numbers):
    wrong = deepcopy(numbers)
    wrong["trained_excess"][0] -= 0.01
    wrong["match"][RISING]["lost"][0] += 0.1
    for name in (FIXED, RISING):
        arm = wrong["arms"][name]
        arm["closure"] += 1e-4
        arm["resting_excess"][0] += 0.003
    wrong["arms"][FIXED]["points"][-1]["A"] = [0.89, 0.001]
    wrong["arms"][RISING]["points"][-1]["A"] = [0.85, 0.001]
    assert len(failed(wrong)) == 8


def test_figures_and_tables(numbers):
    assert len(EXPERIMENT.figures(numbers)) == 2
    for table in EXPERIMENT.tables(numbers):
        assert all(len(row) == len(table.columns) and all(isinstance(cell, str) for cell in row) for row in table.rows)
