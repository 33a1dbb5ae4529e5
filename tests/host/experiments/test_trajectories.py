import copy

import numpy as np
import pytest

from limulator.experiments.experiment import Setting
from limulator.experiments.trajectories import EXPERIMENT, SWEEPS, TRAJECTORIES


@pytest.fixture(scope="module")
def numbers():
    return EXPERIMENT.measure(Setting())


def test_quick_version_passes(numbers):
    assert [check.what for check in EXPERIMENT.checks(numbers) if not check.passed] == []
    assert all(len(row) == len(table.columns) for table in EXPERIMENT.tables(numbers) for row in table.rows)
    assert len(EXPERIMENT.figures(numbers)) == 3


def by_hand(barrier, difference):
    """One cell, ideal probabilities: occupation, heat, rates and net steps."""
    p, heat, net = 0.5, 0.0, []
    for height, drive in zip(barrier, difference, strict=True):
        step = p * 2**-height - (1 - p) * 2 ** -(height + drive)
        p -= step
        heat += drive * step
        net.append(step)
    return p, heat, net


def test_exact_values_are_those_of_ideal_probabilities(numbers):
    for found, ((e0, e1), (d0, d1)) in zip(numbers["trajectories"], TRAJECTORIES.values(), strict=True):
        p, heat, net = by_hand(np.linspace(e0, e1, SWEEPS), np.linspace(d0, d1, SWEEPS))
        # the gate's probabilities are right within 9e-4
        assert found["occupation_exact"] == pytest.approx(p, rel=2e-3)
        assert found["heat_exact_bits"] == pytest.approx(heat, rel=2e-3)
        assert found["net_exact"] == pytest.approx(net, abs=2e-4)
        entropy = -p * np.log2(p) - (1 - p) * np.log2(1 - p)
        assert found["entropy_drop_bits"] == pytest.approx(1 - entropy, abs=2e-3)


def test_net_steps_add_up_to_the_change_of_occupation(numbers):
    for found in numbers["trajectories"]:
        assert 0.5 - sum(found["net_exact"]) == pytest.approx(found["occupation_exact"])
        start = sum(found["net"]) + found["occupation"]
        assert start == pytest.approx(0.5, abs=4.9 * 0.5 / (64 * numbers["replicas"]) ** 0.5)


def test_bounds_are_not_empty(numbers):
    for found in numbers["trajectories"]:
        bound = found["entropy_drop_bits"] + found["finite_rate_exact_bits"]
        assert 0.75 * found["heat_exact_bits"] < bound < found["heat_exact_bits"]
        value, error = found["finite_rate_bits"]
        assert abs(value - found["finite_rate_exact_bits"]) < 4.9 * error


@pytest.mark.parametrize("change", [{"heat_bits": [1.0, 0.02]}, {"occupation": 0.2}, {"margin_bits": [-0.1, 0.01]}])
def test_a_wrong_number_fails(numbers, change):
    wrong = copy.deepcopy(numbers)
    wrong["trajectories"][0].update(change)
    assert any(not check.passed for check in EXPERIMENT.checks(wrong))


def test_a_wrong_rate_fails(numbers):
    wrong = copy.deepcopy(numbers)
    wrong["trajectories"][1]["rate"] = [1.1 * rate for rate in wrong["trajectories"][1]["rate"]]
    assert any(not check.passed for check in EXPERIMENT.checks(wrong))
