"""Schedules: what the curves are, and what becomes of them as segments that the array walks through."""

import numpy as np
import pytest

from limulator.errors import ScheduleError
from limulator.problem import Problem
from limulator.schedule import CURVES, Schedule, beta_range
from limulator_hdl.formats import PENALTY_FRAC, RAMP_BITS, Shape
from limulator_sim.schedule import walk

BETA_BITS = 16
RISING = sorted(set(CURVES) - {"constant"})


def shape_for(schedule, segments=256):
    return Shape(cells=8, beta_bits=BETA_BITS, beta_frac=schedule.beta_format(BETA_BITS), segments=segments)


def walked(schedule, segments=256):
    """Barrier in bits and beta in bits per unit of E, sweep by sweep as the array uses them, and the segments."""
    shape = shape_for(schedule, segments)
    compiled = schedule.compile(shape)
    knobs = list(walk(shape, compiled))
    barrier = np.array([knob.barrier for knob in knobs]) * 2.0**-PENALTY_FRAC
    beta = np.array([knob.beta for knob in knobs]) * 2.0**-shape.beta_frac
    return barrier, beta, compiled


@pytest.mark.parametrize("falling", [False, True])
@pytest.mark.parametrize("curve", RISING)
def test_curves_run_from_end_to_end_without_turning(curve, falling):
    ends = (3.0, 0.25) if falling else (0.25, 3.0)
    betas = Schedule(curve, 1000, *ends).betas(np.arange(1000))
    assert betas[[0, -1]] == pytest.approx(ends, rel=1e-12)
    assert np.all(np.sign(np.diff(betas)) == (-1 if falling else 1))


def test_curves_are_what_they_are_called():
    sweeps = np.arange(1001)
    betas = {curve: Schedule(curve, 1001, 1.0, 16.0).betas(sweeps) for curve in CURVES}
    assert np.all(betas["constant"] == 16)
    assert np.diff(betas["linear"]) == pytest.approx(0.015)
    assert betas["geometric"][1:] / betas["geometric"][:-1] == pytest.approx(2**0.004)
    assert betas["log"] == pytest.approx(1 + 15 * np.log(1 + sweeps) / np.log(1001))
    assert betas["fowler-nordheim"] == pytest.approx(1 + 15 * np.log(1 + sweeps / 10) / np.log(101))


def test_a_barrier_changes_linearly():
    schedule = Schedule("constant", 5, 1.0, 1.0, barrier=8.0, barrier_end=2.0)
    assert schedule.barriers(np.arange(5)).tolist() == [8.0, 6.5, 5.0, 3.5, 2.0]
    assert Schedule("constant", 5, 1.0, 1.0, barrier=3.0).barriers(np.arange(5)).tolist() == [3.0] * 5


@pytest.mark.parametrize("sweeps", [1, 2, 5, 255, 256, 257, 12_500])
@pytest.mark.parametrize("ends", [(0.03, 12.0), (12.0, 0.03), (2.0**-9, 0.7), (5.0, 5.0)])
@pytest.mark.parametrize("curve", CURVES)
def test_the_segments_follow_the_curve(curve, ends, sweeps):
    """To a unit of beta in use (it is truncated), and between knots to 1 % of the range.

    Steps are truncated as well, but lose at most an accumulator unit each sweep: 50 sweeps lose less than a unit of beta.
    """
    schedule = Schedule(curve, sweeps, *ends)
    _, beta, segments = walked(schedule)
    assert len(segments) <= 256
    assert all(segment.sweeps >= 1 for segment in segments)
    assert len(beta) == sum(segment.sweeps for segment in segments) == sweeps
    unit = 2.0 ** -schedule.beta_format(BETA_BITS)
    between = 0 if sweeps <= 256 else 0.01 * abs(ends[1] - ends[0])
    assert np.abs(beta - schedule.betas(np.arange(sweeps))).max() <= 1.01 * unit + between


@pytest.mark.parametrize("sweeps", [3, 100, 257, 9_999])
@pytest.mark.parametrize("curve", sorted(set(CURVES) - {"constant", "geometric"}))
@pytest.mark.parametrize("ends", [(7.3, 0.0), (0.0, 7.3)])
def test_a_ramp_to_or_from_zero_never_wraps(curve, ends, sweeps):
    barrier, beta, _ = walked(Schedule(curve, sweeps, *ends, barrier=ends[0] * 4, barrier_end=ends[1] * 4))
    direction = np.sign(ends[1] - ends[0])
    assert np.all(np.diff(beta) * direction >= 0)
    assert np.all(np.diff(barrier) * direction >= 0)
    assert beta.max() <= 7.3
    assert barrier.max() <= 29.2


@pytest.mark.parametrize(("first", "last"), [(0.0, 20.0), (20.0, 0.0), (2.5, 2.5), (31.999, 0.001), (0.0, 31.9999999999)])
@pytest.mark.parametrize("sweeps", [1, 7, 1000])
def test_barrier_ramps_follow_a_line(first, last, sweeps):
    schedule = Schedule("linear", sweeps, 0.5, 2.0, barrier=first, barrier_end=last)
    barrier, _, _ = walked(schedule)
    assert np.abs(barrier - schedule.barriers(np.arange(sweeps))).max() <= 1.01 * 2.0**-PENALTY_FRAC


def test_few_segments_are_enough_for_a_line():
    schedule = Schedule("linear", 1000, 0.0, 4.0)
    _, beta, segments = walked(schedule, segments=2)
    assert len(segments) == 2
    assert np.abs(beta - schedule.betas(np.arange(1000))).max() <= 1.01 * 2.0 ** -schedule.beta_format(BETA_BITS)


def test_a_million_sweeps_follow_a_logarithm_from_its_steep_beginning():
    schedule = Schedule("log", 1_000_000, 0.0, 10.0)
    segments = schedule.compile(shape_for(schedule))
    knots = np.cumsum([0] + [segment.sweeps for segment in segments])[:-1]
    assert sum(segment.sweeps for segment in segments) == 1_000_000
    assert np.diff(schedule.betas(knots)).max() < 0.8  # the first sweep alone makes 0.5


@pytest.mark.parametrize("beta", [2.0**-30, 1e-3, 0.999999, 1.0, 1.99999, 2.0, 31.999])
def test_beta_uses_the_whole_width(beta):
    schedule = Schedule("constant", 1, beta, beta)
    (segment,) = schedule.compile(shape_for(schedule))
    assert (1 << RAMP_BITS - 2) <= segment.beta < 1 << RAMP_BITS


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("staircase", 10, 1, 2), "'staircase'.*linear"),
        (("linear", 0, 1, 2), "sweeps=0"),
        (("linear", -3, 1, 2), "sweeps=-3"),
        (("linear", 2.5, 1, 2), "sweeps=2.5"),
        (("linear", 1 << 32, 1, 2), "sweeps=4294967296"),
        (("linear", 10, -1.5, 2), "beta_min=-1.5"),
        (("linear", 10, 1, -2), "beta_max=-2"),
        (("linear", 10, float("nan"), 2), "beta_min=nan"),
        (("linear", 10, 1, float("nan")), "beta_max=nan"),
        (("linear", 10, 1, float("inf")), "beta_max=inf"),
        (("constant", 10, 1, 2, 32), "E0 < 32 bits, got 32"),
        (("constant", 10, 1, 2, -0.5), "got -0.5"),
        (("constant", 10, 1, 2, float("nan")), "got nan"),
        (("constant", 10, 1, 2, 0, 33), "got 33"),
        (("geometric", 10, 0, 2), "got 0 and 2: use linear"),
        (("geometric", 10, 2, 0), "got 2 and 0: use linear"),
    ],
)
def test_what_is_no_schedule_is_refused(arguments, said):
    with pytest.raises(ScheduleError, match=said):
        Schedule(*arguments)


@pytest.mark.parametrize("ends", [(1, 32), (32, 1)])
def test_a_beta_that_no_array_holds_is_refused(ends):
    schedule = Schedule("linear", 10, *ends)
    with pytest.raises(ScheduleError, match=r"beta=32 is more than the array holds \(31.9\d+ .*lower"):
        schedule.compile(shape_for(schedule))


def test_beta_range_of_max_cut_with_unit_weights():
    weights = np.ones((17, 17)) - np.eye(17)  # degree 16: sigma 4, J 1
    assert beta_range(Problem.max_cut(weights)) == pytest.approx((3.5 / 4, 9.0))


def test_beta_range_ignores_cells_without_couplings():
    couplings = np.zeros((2000, 2000))
    couplings[0, 1] = couplings[1, 0] = 2
    assert beta_range(Problem(couplings, [-1] * 2 + [0] * 1998, kind="max-cut")) == pytest.approx((3.5, 9.0))


def test_beta_range_scales_with_the_problem():
    rng = np.random.default_rng(1)
    upper = np.triu(rng.integers(-5, 6, (20, 20)), 1)
    small, large = (np.array(beta_range(Problem(k * (upper + upper.T)))) for k in (1, 1000))
    assert 1000 * large == pytest.approx(small)


def test_beta_range_without_couplings():
    assert beta_range(Problem(np.zeros((3, 3)), [4, 0, -2])) == pytest.approx((3.5 / 3, 3.0))
    assert beta_range(Problem(np.zeros((3, 3)))) == (3.5, 9.0)


def test_the_automatic_schedule_keeps_to_what_is_given():
    problem = Problem.max_cut(np.ones((17, 17)) - np.eye(17))
    assert Schedule.automatic(problem, 10) == Schedule("geometric", 10, 0.875, 9.0)
    assert Schedule.automatic(problem, 10, "log", 0.5, 2.0, 1.0) == Schedule("log", 10, 0.5, 2.0, 1.0)
    assert Schedule.automatic(problem, 10, beta_max=0.5) == Schedule("geometric", 10, 0.5, 0.5)
    assert Schedule.automatic(problem, 10, beta_min=20.0) == Schedule("geometric", 10, 20.0, 9.0)
    assert Schedule(**Schedule.automatic(problem, 10).as_dict()) == Schedule.automatic(problem, 10)
