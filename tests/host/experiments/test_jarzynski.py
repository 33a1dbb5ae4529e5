"""The Jarzynski experiment: its checks hold, and would not with a wrong number."""

import json
from itertools import product

import numpy as np
import pytest

from limulator.experiments.experiment import Setting
from limulator.experiments.jarzynski import CELLS, EXPERIMENT, _run, random_problem


@pytest.fixture(scope="module")
def measured():
    return EXPERIMENT.measure(Setting())


@pytest.fixture
def numbers(measured):
    return json.loads(json.dumps(measured))


def failures(numbers):
    return [check.what for check in EXPERIMENT.checks(numbers) if not check.passed]


def test_checks_pass(numbers):
    assert failures(numbers) == []


def test_the_free_energy_is_that_of_all_states(numbers):
    energies = random_problem().energy(np.array(list(product((0, 1), repeat=CELLS))))
    difference = CELLS - np.log2(np.exp2(-1.0 * energies).sum())
    assert all(ramp["difference_bits"] == pytest.approx(difference, abs=1e-12) for ramp in numbers["ramps"])


def test_the_ramps_are_far_from_and_near_equilibrium(numbers):
    fast, slow = numbers["ramps"]
    assert 1 < fast["work_spread_bits"] < 2 > 4 * slow["work_spread_bits"]
    assert fast["exact_work_bits"] - fast["difference_bits"] > 10 * (slow["exact_work_bits"] - slow["difference_bits"])
    assert all(abs(ramp["gate_bits"]) < 1e-4 for ramp in numbers["ramps"])
    assert all(ramp["effective_replicas"] > 3000 for ramp in numbers["ramps"])


def test_the_standard_error_is_that_of_independent_repetitions(numbers):
    runs = [_run(Setting(), 4, 1000, seed=k * 1000) for k in range(10)]
    spread = np.std([run["estimate_bits"] for run in runs], ddof=1)
    assert np.mean([run["estimate_error_bits"] for run in runs]) == pytest.approx(spread, rel=0.7)
    assert runs[0]["estimate_error_bits"] == pytest.approx(10**0.5 * numbers["ramps"][0]["estimate_error_bits"], rel=0.3)


def test_histograms_hold_all_runs(numbers):
    for ramp in numbers["ramps"]:
        assert sum(ramp["histogram_share"]) == pytest.approx(1)
        mean = np.dot(ramp["histogram_share"], ramp["histogram_work_bits"])
        assert mean == pytest.approx(ramp["work_bits"][0], abs=0.02)
        assert ramp["partial_bits"][-1] == ramp["estimate_bits"]


@pytest.mark.parametrize(
    ("ramp", "key", "change", "caught"),
    [
        (0, "estimate_bits", 0.1, ["log2 <2^-(W - dF)>, fast ramp"]),
        (1, "estimate_bits", -0.03, ["log2 <2^-(W - dF)>, slow ramp"]),
        (1, "work_bits", -0.08, ["mean work, slow ramp", "mean work is no less than dF, slow ramp"]),
    ],
)
def test_a_wrong_number_is_caught(numbers, ramp, key, change, caught):
    value = numbers["ramps"][ramp][key]
    numbers["ramps"][ramp][key] = [value[0] + change, value[1]] if isinstance(value, list) else value + change
    assert failures(numbers) == caught


def test_the_equality_is_within_four_standard_errors(numbers):
    ramp = numbers["ramps"][0]
    for allowed, caught in ((3.99, []), (4.01, ["log2 <2^-(W - dF)>, fast ramp"])):
        off = allowed * ramp["estimate_error_bits"] + abs(ramp["gate_bits"])
        ramp["estimate_bits"] = ramp["difference_bits"] + off
        assert failures(numbers) == caught


def test_figures_and_tables(numbers):
    assert len(EXPERIMENT.figures(numbers)) == 2
    for table in EXPERIMENT.tables(numbers):
        assert all(len(row) == len(table.columns) and all(isinstance(cell, str) for cell in row) for row in table.rows)
