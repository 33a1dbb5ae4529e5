"""The erasure experiment: its exact numbers, and that its checks hold and would not with a wrong number."""

import json

import numpy as np
import pytest

from limulator.experiments.erasure import EXACT_WORK, EXPERIMENT, LEAST_WORK, _run, ramp
from limulator.experiments.experiment import Setting
from simulators import needs


@pytest.fixture(scope="module")
def numbers():
    runs = [_run(Setting(), sweeps, 1600 if sweeps <= 32 else 0, seed=1000 * sweeps) for sweeps in EXACT_WORK]
    return json.loads(json.dumps({"least_work_bits": LEAST_WORK, "runs": runs}))


@pytest.fixture
def copy(numbers):
    return json.loads(json.dumps(numbers))


def failures(numbers):
    # fewer cells than in the experiment: the standard error of the fastest run is larger than it allows
    return [c.what for c in EXPERIMENT.checks(numbers) if not c.passed and "standard error" not in c.what]


def master(sweeps, barrier=1.0, last=10.0):
    """Work, heat and final share at 1 of one cell, by a recursion of its own."""
    high, work, heat = 0.5, 0.0, 0.0
    for k in range(1, sweeps + 1):
        beta = last * k / sweeps
        work += last / sweeps * high
        change = (1 - high) * 2 ** -(barrier + beta) - high * 2**-barrier
        heat -= beta * change
        high += change
    return work, heat, high


@pytest.mark.parametrize("sweeps", EXACT_WORK)
def test_the_exact_work_is_that_of_a_recursion(numbers, sweeps):
    run = next(run for run in numbers["runs"] if run["sweeps"] == sweeps)
    work, heat, high = master(sweeps)
    assert work == pytest.approx(EXACT_WORK[sweeps], abs=0.5001e-4)
    assert run["ideal_work_bits"] == pytest.approx(work, abs=1e-12)
    assert run["exact_work_bits"] == pytest.approx(work, abs=2e-4)
    assert run["exact_heat_bits"] == pytest.approx(heat, abs=1e-3)
    assert run["exact_drop_bits"] == pytest.approx(1 + high * np.log2(high) + (1 - high) * np.log2(1 - high), abs=1e-3)


def test_the_formula_for_continuous_time_is_no_bound_here(numbers):
    fast = numbers["runs"][0]
    assert fast["exact_heat_bits"] == pytest.approx(2.1728, abs=1e-4)
    assert fast["exact_drop_bits"] + fast["exact_continuous_bits"] == pytest.approx(2.4277, abs=1e-4)
    assert fast["exact_drop_bits"] + fast["exact_finite_rate_bits"] == pytest.approx(1.3900, abs=1e-4)
    for run in numbers["runs"]:
        assert run["exact_drop_bits"] + run["exact_finite_rate_bits"] < run["exact_heat_bits"]


def test_excess_work_falls_as_one_over_the_time(numbers):
    excess = {run["sweeps"]: run["ideal_work_bits"] - LEAST_WORK for run in numbers["runs"]}
    assert excess[4096] * 4096 == pytest.approx(excess[1024] * 1024, rel=0.02)


@pytest.mark.parametrize("sweeps", [4, 256, 1024])
def test_every_step_of_the_ramp_is_charged(sweeps):
    schedule = ramp(sweeps)
    assert schedule.sweeps == sweeps
    wanted = 10 * np.arange(1, sweeps + 1) / sweeps
    np.testing.assert_allclose(schedule.betas(np.arange(sweeps)), wanted, rtol=1e-12)


def test_checks_pass(numbers):
    assert failures(numbers) == []


@pytest.mark.parametrize(
    ("key", "change", "caught"),
    [
        ("work_bits", 0.04, "work in 16 sweeps"),
        ("work_bits", -0.04, "work in 16 sweeps"),
        ("heat_over_bound", -0.2, "heat in 16 sweeps, of its bound"),
    ],
)
def test_a_wrong_number_is_caught(copy, key, change, caught):
    copy["runs"][2][key][0] += change
    assert failures(copy) == [caught]


def test_the_work_is_within_four_standard_errors(copy):
    run = copy["runs"][2]
    slack = 0.5001e-4 + abs(run["exact_work_bits"] - run["ideal_work_bits"])
    for allowed, caught in ((3.99, []), (4.01, ["work in 16 sweeps"])):
        run["work_bits"][0] = EXACT_WORK[16] + slack + allowed * run["work_bits"][1]
        assert failures(copy) == caught


def test_too_few_cells_are_noticed(copy):
    copy["runs"][2]["work_bits"][1] = 0.006
    assert "standard error of the work in 16 sweeps" in [c.what for c in EXPERIMENT.checks(copy) if not c.passed]


def test_figures_and_tables(numbers):
    assert len(EXPERIMENT.figures(numbers)) == 2
    for table in EXPERIMENT.tables(numbers):
        assert all(len(row) == len(table.columns) and all(isinstance(cell, str) for cell in row) for row in table.rows)


@pytest.mark.slow
def test_the_quick_version_passes():
    assert [c.what for c in EXPERIMENT.checks(EXPERIMENT.measure(Setting())) if not c.passed] == []


@pytest.mark.slow
def test_the_gateware_gives_the_same_numbers():
    needs("verilator")
    found = {run["sweeps"]: run for run in EXPERIMENT.measure(Setting(backend="verilator"))["runs"]}
    assert [sweeps for sweeps, run in found.items() if run["cells"]] == [4, 16]
    assert found[16]["cells"] >= 1e5
    assert failures({"least_work_bits": LEAST_WORK, "runs": list(found.values())}) == []
    golden = {run["sweeps"]: run for run in EXPERIMENT.measure(Setting())["runs"]}
    assert all(found[sweeps] == golden[sweeps] for sweeps in (4, 16))
