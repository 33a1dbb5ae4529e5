"""Friction and minimum dissipation against cells whose relaxation is known."""

import numpy as np
import pytest

from limulator import Problem, Stages, solve
from limulator.errors import ScheduleError
from limulator.friction import Friction, measure_friction

CELLS, BARRIER = 40, 1.0
FREE = Problem(np.zeros((CELLS, CELLS)), np.ones(CELLS))
BETAS = np.linspace(0.0, 6.0, 13)


def exact(betas):
    """Cells of energy 0 and 1: occupation p, and a memory that loses the share u (1 + 2**-beta) in a sweep."""
    high = 2.0**-betas / (1 + 2.0**-betas)
    lost = 2.0**-BARRIER * (1 + 2.0**-betas)
    return Friction(betas, CELLS * high * (1 - high), 1 / lost - 0.5)


def test_friction_of_free_cells():
    """1000 replicas of 80 sweeps, each as good as 30 independent samples: standard errors of variances are 0.8 %, of
    relaxation times 2 % at most. Five of those.
    """
    found = measure_friction(FREE, BETAS[:9].tolist(), barrier=BARRIER, sweeps=80, replicas=1000)
    wanted = exact(BETAS[:9])
    assert found.variance == pytest.approx(wanted.variance, rel=0.04)
    assert found.relaxation == pytest.approx(wanted.relaxation, rel=0.1)


def test_length_and_least_dissipation():
    flat = Friction(np.array([0.0, 1.0, 3.0]), np.full(3, 4.0), np.full(3, 0.5))
    assert flat.length == pytest.approx(np.sqrt(2 * np.log(2)) * np.array([0, 1, 3]))
    assert flat.least_bits(10) == pytest.approx(2 * np.log(2) * 9 / 10)
    betas = flat.schedule(30).betas(np.arange(30))
    assert betas == pytest.approx(np.arange(1, 31) / 10)


def work(betas):
    """Exact mean work of a free cell, charged before each sweep: bits."""
    high, total, last = 0.5, 0.0, 0.0
    for beta in betas:
        total += (beta - last) * high
        rate = 2.0**-BARRIER
        high += (1 - high) * rate * 2.0**-beta - high * rate
        last = beta
    return total


@pytest.mark.parametrize("sweeps", [100, 1000])
def test_linear_response_predicts_the_least_work_of_free_cells(sweeps):
    friction = exact(np.linspace(0, 6, 200))
    betas = friction.schedule(sweeps).betas(np.arange(sweeps))
    free = CELLS * (1 - np.log2(1 + 2.0**-6))
    excess = CELLS * work(betas) - free
    # exact, but for the next order of response: it is smaller by another 1 / sweeps, times a few relaxation times and betas
    assert excess == pytest.approx(friction.least_bits(sweeps), rel=30 / sweeps)
    assert excess < CELLS * work(np.arange(1, sweeps + 1) * 6 / sweeps) - free


def test_the_schedule_runs():
    schedule = exact(BETAS).schedule(400, BARRIER)
    assert isinstance(schedule, Stages)
    assert schedule.sweeps == 400
    assert schedule.betas(np.array([399])) == pytest.approx([6.0])
    result = solve(FREE, schedule, replicas=200)
    found = result.work_bits.mean() / CELLS
    error = result.work_bits.std() / CELLS / np.sqrt(200)
    assert abs(found - work(schedule.betas(np.arange(400)))) < 4.9 * error + 1e-3


def test_too_few_sweeps():
    with pytest.raises(ScheduleError, match="at least 2 sweeps, got sweeps=1"):
        exact(BETAS).schedule(1)
