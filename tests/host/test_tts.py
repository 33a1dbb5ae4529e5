"""Time to solution: exact values, and how often the intervals hold the truth."""

import numpy as np
import pytest
from scipy import stats

from limulator.errors import SweepError
from limulator.tts import RESAMPLES, optimal_time, time_to_solution

RARE = 1e-6


def outcomes(successes, replicas):
    return np.arange(replicas) < successes


def truth(time, p):
    return time * np.maximum(1, np.log(0.01) / np.log1p(-p))


def test_exact_values():
    assert time_to_solution(outcomes(5, 10), 10).value == pytest.approx(10 * np.log(0.01) / np.log(0.5), rel=1e-12)
    assert time_to_solution(outcomes(9, 10), 3, confidence=0.999).value == pytest.approx(9, rel=1e-12)
    # one run is as certain as is asked for, and no fewer than one can be run
    assert time_to_solution(outcomes(99, 100), 7).value == pytest.approx(7, rel=1e-12)
    assert time_to_solution(outcomes(999, 1000), 7).value == 7


def test_none_and_all():
    never = time_to_solution(outcomes(0, 50), 10)
    assert (never.value, never.high) == (np.inf, np.inf)
    assert 10 < never.low < np.inf
    always = time_to_solution(outcomes(50, 50), 10)
    assert (always.value, always.low) == (10, 10)
    assert 10 < always.high < truth(10, 0.8)
    assert time_to_solution(outcomes(0, 500), 10).low > 5 * never.low  # more replicas tell more


def test_energies_with_a_target():
    energies = np.array([-5, -4, -5, -7, 0])
    assert time_to_solution(energies, 10, target=-5) == time_to_solution(energies <= -5, 10)


def test_the_unit_is_that_of_the_time():
    sweeps, clocks = (time_to_solution(outcomes(20, 64), time) for time in (30, 30 * 125))
    np.testing.assert_allclose(np.array(clocks), 125 * np.array(sweeps), rtol=1e-12)


@pytest.mark.parametrize(("successes", "replicas"), [(1, 20), (10, 20), (30, 64), (63, 64)])
def test_the_interval_is_that_of_jeffreys(successes, replicas):
    """Of so many draws, the share beyond each end is binomial: 4.9 standard errors, one false alarm in 1e6."""
    found = time_to_solution(outcomes(successes, replicas), 1)
    law = stats.beta(successes + 0.5, replicas - successes + 0.5)
    for end, share in ((found.low, 0.975), (found.high, 0.025)):
        if end > 1:
            p = 1 - 0.01 ** (1 / end)
            assert law.cdf(p) == pytest.approx(share, abs=4.9 * np.sqrt(0.025 * 0.975 / RESAMPLES))


def held(p, replicas):
    """For each number of successes, whether the interval holds the truth."""
    found = (time_to_solution(outcomes(s, replicas), 1) for s in range(replicas + 1))
    return np.array([tts.low <= truth(1, p) <= tts.high for tts in found])


@pytest.mark.parametrize("p", [0.02, 0.1, 0.35, 0.7, 0.95])
def test_coverage(p):
    """On Bernoulli trials, drawn and summed over all that can come out; Jeffreys' intervals are known to hold the truth in
    88 % or more of all cases at these p, in 95 % on the average over p (Brown, Cai, DasGupta, Stat. Sci. 16, 101, 2001).
    """
    replicas, trials = 40, 5000
    holds = held(p, replicas)
    exact = stats.binom.pmf(np.arange(replicas + 1), replicas, p) @ holds
    assert 0.88 <= exact <= 1
    drawn = holds[np.random.default_rng(3).binomial(replicas, p, trials)].sum()
    assert stats.binom.ppf(RARE / 2, trials, exact) <= drawn <= stats.binom.isf(RARE / 2, trials, exact)


def test_mean_coverage():
    """Over p as Jeffreys' prior has it, 95 % by construction. At each end, 0 or all of 30, the interval is left open on one
    side, which adds 2.5 % of the probability of that end, 10 %.
    """
    u = (np.arange(100) + 0.5) / 100
    prior = np.sin(np.pi * u / 2) ** 2
    found = [time_to_solution(outcomes(s, 30), 1) for s in range(31)]
    held = [[tts.low <= truth(1, p) <= tts.high for tts in found] for p in prior]
    likely = [stats.binom.pmf(np.arange(31), 30, p) for p in prior]
    assert np.mean([weight @ hold for weight, hold in zip(likely, held, strict=True)]) == pytest.approx(0.955, abs=0.005)


def test_the_optimum():
    found = {10: outcomes(1, 64), 30: outcomes(40, 64), 100: outcomes(60, 64), 300: outcomes(64, 64)}
    optimum = optimal_time(found)
    each = {time: time_to_solution(solved, time) for time, solved in found.items()}
    assert optimum.time == min(each, key=lambda time: each[time].value) == 30
    assert optimum.tts.value == each[30].value
    assert optimum.time_low <= 30 <= optimum.time_high
    assert optimum.tts.low < optimum.tts.value < optimum.tts.high
    assert optimal_time({30: found[30]})[:3] == (30, 30, 30)
    # a length that never solved leaves no doubt that would make the optimum shorter
    assert optimal_time({3: outcomes(0, 64), **found}) == optimum


def test_no_optimum():
    optimum = optimal_time({10: outcomes(0, 64), 30: outcomes(0, 64)})
    assert np.isnan(optimum.time)
    assert (optimum.tts.value, optimum.tts.high) == (np.inf, np.inf)
    assert optimum.tts.low == time_to_solution(outcomes(0, 64), 10).low


@pytest.mark.parametrize("steps", [6, 20])
def test_coverage_of_the_optimum(steps):
    """The interval holds the best time of the true curve in 95 % of all cases or more, be the lengths few or many."""
    trials, replicas = 100, 64
    times = np.geomspace(10, 3000, steps).round()
    p = 1 - np.exp(-((times / 100) ** 1.6) / (1 + (times / 100) ** 1.1))
    rng = np.random.default_rng(1)
    best = truth(times, p).min()
    holds = 0
    for _ in range(trials):
        successes = rng.binomial(replicas, p)
        found = optimal_time({time: outcomes(s, replicas) for time, s in zip(times, successes, strict=True)})
        holds += found.tts.low <= best <= found.tts.high
    assert holds >= stats.binom.ppf(RARE, trials, 0.95)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([], 1), {}, r"shape \(replicas,\), with one replica or more, got \(0,\)"),
        (([[True]], 1), {}, r"got \(1, 1\)"),
        (([True], 0), {}, "time=0"),
        (([True], np.inf), {}, "time=inf"),
        (([True], 1), {"confidence": 1.0}, "confidence=1.0"),
        (([True], 1), {"level": 0}, "level=0"),
        (([-3.0], 1), {}, "got float64: give target="),
    ],
)
def test_refusals(arguments, options, message):
    with pytest.raises(SweepError, match=message):
        time_to_solution(*arguments, **options)
    with pytest.raises(SweepError, match="at least one length"):
        optimal_time({})
