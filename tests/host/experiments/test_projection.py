"""The projection experiment: its checks hold, and would not with a wrong number."""

import json

import pytest

from limulator.experiments.experiment import Setting
from limulator.experiments.projection import EXPERIMENT


@pytest.fixture
def numbers():
    return json.loads(json.dumps(EXPERIMENT.measure(Setting())))


def test_checks_pass(numbers):
    assert [check.what for check in EXPERIMENT.checks(numbers) if not check.passed] == []


@pytest.mark.parametrize(("key", "factor", "failures"), [("lim_J", 3, 2), ("digital_J", 1.01, 1), ("storage_J", 1.01, 1)])
def test_a_wrong_number_is_caught(numbers, key, factor, failures):
    numbers["models"][-1][key] *= factor
    assert sum(not check.passed for check in EXPERIMENT.checks(numbers)) == failures


def test_energy_grows_with_the_operations(numbers):
    models = numbers["models"]
    for key in ("operations", "digital_J", "lim_J"):
        values = [model[key] for model in models]
        assert values == sorted(values)
    assert all(model["storage_J"] < model["lim_J"] < model["digital_J"] for model in models)


def test_energy_rises_as_the_error_falls(numbers):
    pairs = sorted(zip(numbers["errors"], numbers["brain_lim_J"], strict=True))
    assert [lim for _, lim in pairs] == sorted(numbers["brain_lim_J"], reverse=True)


def test_figures_and_tables(numbers):
    assert len(EXPERIMENT.figures(numbers)) == 2
    for table in EXPERIMENT.tables(numbers):
        assert all(len(row) == len(table.columns) and all(isinstance(cell, str) for cell in row) for row in table.rows)
