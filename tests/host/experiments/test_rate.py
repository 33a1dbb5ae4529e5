import copy

import numpy as np
import pytest

from limulator.experiments.experiment import Setting
from limulator.experiments.rate import EXPERIMENT, RESET, attempts_by_state, chi_square_check, free_cells, rate_error
from limulator.stages import Stage, Stages


def test_quick_version_passes(numbers):
    assert [check.what for check in EXPERIMENT.checks(numbers) if not check.passed] == []
    assert all(len(row) == len(table.columns) for table in EXPERIMENT.tables(numbers) for row in table.rows)
    assert len(EXPERIMENT.figures(numbers)) == 2


@pytest.mark.parametrize("point", [0, 35])
def test_a_wrong_rate_fails(numbers, point):
    wrong = copy.deepcopy(numbers)
    wrong["points"][point]["rate"] += 8 * wrong["points"][point]["rate_error"]
    assert not EXPERIMENT.checks(wrong)[point].passed


def test_rates_that_are_all_a_little_off_fail_together(numbers):
    wrong = copy.deepcopy(numbers)
    for point in wrong["points"]:
        point["rate"] += 2.5 * point["rate_error"]
    single, together = EXPERIMENT.checks(wrong)[:-1], EXPERIMENT.checks(wrong)[-1]
    assert sum(check.passed for check in single) > 30
    assert not together.passed


def test_rates_do_not_enter_the_inadmissible_region(numbers):
    assert all(point["rate_exact"] < 2 ** -point["barrier_bits"] for point in numbers["points"])


def test_attempts_are_told_apart_by_the_state():
    # E0 = 0 and a drive of 12 bits: every cell at 1 goes down
    result = Setting().solve(free_cells(), Stages([RESET, Stage(1, 12.0)]), replicas=20)
    high, low, down, _ = attempts_by_state(result)
    assert np.all(high + low == 64)
    assert np.array_equal(down[:, 1], high[:, 1])


def test_reset_is_uniform_whatever_was_before():
    result = Setting(seed=3).solve(free_cells(), Stages([Stage(1, 12.0), RESET]), replicas=400)
    ones = result.records["energy"]
    assert abs(ones.mean() - 32) < 4.9 * 4 / 20
    # the variance of a binomial is 16; its estimate from 400 has a relative standard error of sqrt(2 / 399)
    assert abs(ones.var(ddof=1) / 16 - 1) < 4.9 * (2 / 399) ** 0.5


def test_standard_error_is_the_binomial_one():
    generator = np.random.default_rng(1)
    rates = generator.binomial(400, 0.3, 20_000) / 400 - generator.binomial(300, 0.1, 20_000) / 300
    assert rates.std() == pytest.approx(rate_error(0.3, 0.1, 400, 300), rel=4.9 / 200)


def test_chi_square_as_a_deviate_is_normal():
    generator = np.random.default_rng(2)
    deviates = [chi_square_check("", z, "").value for z in generator.standard_normal((4000, 36))]
    assert np.mean(deviates) == pytest.approx(0, abs=0.08)
    assert np.std(deviates) == pytest.approx(1, abs=0.06)
    assert not chi_square_check("", 1.8 * generator.standard_normal(60), "").passed
    assert not chi_square_check("", np.zeros(60), "").passed
