import copy

import numpy as np
import pytest

from limulator.experiments.retention import EXPERIMENT, _fit, _flips, _slope


def test_quick_version_passes(numbers):
    assert [check.what for check in EXPERIMENT.checks(numbers) if not check.passed] == []
    assert all(len(row) == len(table.columns) for table in EXPERIMENT.tables(numbers) for row in table.rows)
    assert len(EXPERIMENT.figures(numbers)) == 2


def test_flips_by_the_transition_matrix():
    one = np.array([[0.9, 0.1], [0.1, 0.9]])
    for sweeps in (0, 1, 2, 7):
        assert _flips(0.1, sweeps) == pytest.approx(np.linalg.matrix_power(one, sweeps)[0, 1])


def test_fit_finds_the_rate_of_synthetic_cells_and_its_error():
    generator = np.random.default_rng(4)
    times, cells, p = np.array([0, 4, 8, 16, 30]), 3000, 1 / 20
    deviations = []
    for _ in range(300):
        wrong = [0]
        for q in _flips(p, np.diff(times)):
            wrong.append(generator.binomial(wrong[-1], 1 - q) + generator.binomial(cells - wrong[-1], q))
        found, error = _fit(np.array(wrong), times, cells)
        deviations.append((found - p) / error)
    assert abs(np.mean(deviations)) < 4.9 / 300**0.5
    assert np.std(deviations) == pytest.approx(1, abs=4.9 / 600**0.5)


def test_each_bit_doubles_the_lifetime(numbers):
    exact = [
        {"barrier_bits": e, "lifetime_sweeps": 2.0**e, "lifetime_error_sweeps": 0.01 * 2.0**e * (1 + e)}
        for e in range(2, 8)
    ]
    assert _slope(exact)[0] == pytest.approx(1.0)
    rows = numbers["barriers"]
    assert [row["sweeps"][-1] for row in rows] == [1.5 * 2 ** row["barrier_bits"] for row in rows]


def test_what_is_written_is_there(numbers):
    for row in numbers["barriers"]:
        assert row["overlap"][0] > 1 - 2e-3


@pytest.mark.parametrize("what", ["lifetime_sweeps", "steps"])
def test_a_wrong_lifetime_fails(numbers, what):
    wrong = copy.deepcopy(numbers)
    wrong["barriers"][4][what] *= 1.15
    assert sum(not check.passed for check in EXPERIMENT.checks(wrong)) >= 1


def test_a_wrong_decay_fails(numbers):
    wrong = copy.deepcopy(numbers)
    for row in wrong["barriers"]:
        row["deviations"] = [2 * z for z in row["deviations"]]
    assert not EXPERIMENT.checks(wrong)[-1].passed
