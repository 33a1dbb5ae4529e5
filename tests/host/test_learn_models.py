"""The box QPs that models are trained by, against exact solutions."""

import json

import numpy as np
import pytest
from scipy.optimize import lsq_linear

from limulator.experiments.gaussians import Task
from limulator.learn.consolidation import Held
from limulator.learn.least_squares import continue_training, resting_beta, ridge_qp, train
from limulator.learn.support_vectors import dual_qp, dual_weights
from limulator.learn.training import Machine, held_account, training_account

MACHINE = Machine(replicas=8)


@pytest.fixture(scope="module")
def samples():
    task = Task.draw(200, 2)
    Z = (task.training - task.training.mean(axis=0)) / task.training.std(axis=0)
    return np.column_stack([Z, np.ones(len(Z))]), task.targets


def test_the_program_is_ridge_regression(samples):
    Z, targets = samples
    qp = ridge_qp(Z, targets, 3.0, 2.0)
    rows = np.vstack([Z, np.sqrt(3.0) * np.eye(17)[:16]])
    exact = lsq_linear(rows, np.append(targets, np.zeros(16)), (qp.lb, qp.ub)).x
    assert qp.minimum == pytest.approx(exact, abs=1e-6)
    assert qp.ub.tolist() == [2.0] * 16 + [1.0]
    loss = (np.sum((Z @ exact - targets) ** 2) + 3.0 * np.sum(exact[:16] ** 2)) / 400
    assert qp.objective(exact) == pytest.approx(loss - targets @ targets / 400)


def test_training_ends_near_the_minimum(samples):
    Z, targets = samples
    trained = train(Z, targets, 1.0, None, MACHINE, 1)
    (solution,) = trained.solutions
    qp = solution.qp
    gap = solution.objective - qp.objective(qp.minimum)
    # the solver's own bound for the best state there is; its annealing may stop a little above
    assert 0 <= gap <= 2 * solution.quantisation_error
    assert qp.minimum[:-1] == pytest.approx(ridge_qp(Z, targets, 1.0, 100.0).minimum[:-1], abs=1e-9)


def test_the_box_grows_with_the_weights(samples):
    generator = np.random.default_rng(2)
    cause = generator.normal(size=(200, 2))
    Z = np.column_stack([cause[:, 0], cause[:, 0] + 0.2 * cause[:, 1], np.ones(200)])
    Z[:, :2] = (Z[:, :2] - Z[:, :2].mean(axis=0)) / Z[:, :2].std(axis=0)
    targets = cause[:, 1] - cause[:, 1].mean()  # told by the small difference of two features that are much alike
    exact = ridge_qp(Z, targets, 1e-3, 100.0).minimum[:2]
    assert np.abs(exact).max() > 4
    trained = train(Z, targets, 1e-3, None, MACHINE, 3)
    assert len(trained.solutions) > 1
    assert 0.75 * trained.w_max > np.abs(exact).max()
    alone = np.abs(Z[:, :2].T @ targets / 200).max()
    assert np.abs(trained.solutions[0].y).max() <= 1.5 * alone < 1
    assert trained.solutions[-1].y[:2] == pytest.approx(exact, rel=0.2)
    assert len(train(Z, targets, 1e-3, 1.0, MACHINE, 3).solutions) == 1


def test_a_feature_that_never_changes_has_no_weight(samples):
    Z, targets = samples
    Z = np.insert(Z, 5, 0.0, axis=1)
    solution = train(Z, targets, 1e-6, None, MACHINE, 4).solutions[-1]
    assert abs(solution.y[5]) <= solution.qp.step(8)[5]
    nothing = train(Z, np.full(len(Z), -1.0), 1.0, None, MACHINE, 5)
    assert nothing.w_max == 1.0
    assert nothing.solutions[-1].y == pytest.approx(np.append(np.zeros(17), -1.0), abs=2 / 255)


def test_at_rest_the_stiffest_direction_spreads_by_half_a_step(samples):
    """Its variance over many runs, in steps: 1/4 by equipartition; of n runs it is known within sqrt(2 / n) of that."""
    Z, targets = samples
    qp = ridge_qp(Z, targets, 1.0, 1.0)
    values, vectors = np.linalg.eigh(qp.curvature(8).toarray())
    assert resting_beta(qp, 8) * values[-1] * np.log(2) == pytest.approx(4)
    x, bits, ended = qp.states(qp.minimum, 8), np.zeros(17, int), []
    for seed in range(200):
        run = continue_training(qp, x, bits, Machine(sweeps=40), seed)
        ended.append(run.x)
        x = run.x
    variance = np.var(np.array(ended) @ vectors[:, -1], ddof=1)
    # successive runs are all but independent: this direction relaxes within two sweeps
    assert abs(4 * variance - 1) <= 4.9 * np.sqrt(2 / 200)


def test_the_dual_is_that_of_the_support_vector_machine(samples):
    """Weak duality, exact: no dual is above any primal; near the optimum they meet."""
    Z, targets = samples
    for C in (0.01, 0.1):
        solution = MACHINE.solve(dual_qp(Z, targets, C), 6)
        weights = dual_weights(Z, targets, solution.y)
        primal = weights @ weights / 2 + C * np.maximum(0, 1 - targets * (Z @ weights)).sum()
        assert 0 <= primal + solution.objective <= 0.02 * primal
        assert solution.objective == pytest.approx(weights @ weights / 2 - solution.y.sum())


def test_accounts_are_plain_data(samples):
    Z, targets = samples
    trained = train(Z, targets, 1.0, None, MACHINE, 7)
    account = json.loads(json.dumps(training_account(trained.solutions, strictly_convex=True), allow_nan=False))
    (solution,) = trained.solutions
    assert account["heat_bits"] == pytest.approx(sum(result.heat_bits.sum() for result in solution.results))
    assert account["heat_J"] == pytest.approx(account["heat_bits"] * 2.870979e-21)
    assert account["updates"] == solution.updates
    assert account["attempts"] == sum(result.records["attempts"].sum() for result in solution.results)
    assert account["replicas"] == 8
    first = account["first_stage"]
    assert first["heat_bits"] == pytest.approx(solution.results[0].heat_bits.sum())
    # 8 replicas of 17 cells of 2 bits cannot lose more entropy than they have
    assert 0 < first["bound_bits"] <= 8 * 17 * 2
    assert first["heat_bits"] >= first["bound_bits"]
    held = held_account([Held(np.zeros(3, int), 1.5, 2, 10), Held(np.zeros(3, int), 2.0, 3, 10)])
    assert json.loads(json.dumps(held)) == held
    assert (held["heat_bits"], held["updates"], held["attempts"], held["first_stage"]) == (3.5, 5, 20, None)
