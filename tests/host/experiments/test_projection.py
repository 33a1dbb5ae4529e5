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


def test_the_references_are_worked_by_hand():
    bit = 1.380649e-23 * 300 * 0.693147180560  # kT ln 2
    assert bit == pytest.approx(2.87098e-21, rel=2e-6)
    assert 1e28 * 16 * bit == pytest.approx(4.5936e8, abs=0.5e4)
    assert 1e15 * 16 * bit == pytest.approx(4.5936e-5, abs=0.5e-9)


@pytest.mark.parametrize(
    ("model", "key", "factor", "failures"),
    [
        ("brain scale", "lim_J", 3, 2),
        ("brain scale", "lim_J", 1.0001, 1),
        ("brain scale", "storage_J", 1.0001, 1),
        ("GPT-3", "digital_J", 1.01, 1),
        ("GPT-3", "digital_J", 10, 2),
    ],
)
def test_a_wrong_number_is_caught(numbers, model, key, factor, failures):
    next(row for row in numbers["models"] if row["name"] == model)[key] *= factor
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
