"""Time to solution: how long a machine must be run, again and again, to have found the solution at least once.

A run takes the time t and succeeds with probability p. With 99 % certainty one of R = ln(1 - 0.99) / ln(1 - p) runs
succeeds, and TTS99 = t max(1, R): Roennow et al., Science 345, 420 (2014), who round R up; as is usual since, R is not
rounded here, and at least one run is counted.

The intervals are Bayesian bootstraps (Rubin, Ann. Stat. 9, 130, 1981) over the replicas: p is drawn from its
distribution given s successes of n, Beta(s + 1/2, n - s + 1/2). The halves are Jeffreys' prior. It keeps the interval open
where the replicas themselves cannot tell, at s = 0 and s = n, where resampling them would find no spread at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import SweepError

__all__ = ["Optimum", "TimeToSolution", "optimal_time", "time_to_solution"]

RESAMPLES = 10_000


class TimeToSolution(NamedTuple):
    """A time to solution and the ends of its interval, in the unit of the time of a run; without a success, infinite."""

    value: float
    low: float
    high: float


class Optimum(NamedTuple):
    """The run time that gives the shortest time to solution, the ends of its interval, and that time to solution."""

    time: float
    time_low: float
    time_high: float
    tts: TimeToSolution


def time_to_solution(
    outcomes: ArrayLike,
    time: float,
    *,
    target: float | None = None,
    confidence: float = 0.99,
    level: float = 0.95,
    seed: int = 0,
) -> TimeToSolution:
    """Time to solution of runs that take ``time`` each, with its interval.

    Without a success the value and the upper end are infinite, and the lower end is finite; where all succeed the value is
    the time of one run.

    Parameters
    ----------
    outcomes : array_like, shape (replicas,)
        Whether each replica succeeded; with ``target``, the lowest energy that each one found.
    time : float
        Of one run, in any unit: attempts, sweeps, clocks, seconds.
    target : float, optional
        The energy that counts as solved, or anything lower.
    confidence : float
        Probability with which the solution is to be found, 0.99 for TTS99.
    level : float
        Probability that the interval is to cover.
    seed : int
        Fixes the bootstrap.

    Raises
    ------
    SweepError
        Without replicas, and for a time, a confidence or a level that is none.
    """
    successes, replicas = _count(outcomes, time, target, confidence, level)
    drawn = _draw(successes, replicas, np.random.default_rng(seed))
    low, high = np.quantile(_times(drawn, time, confidence), [(1 - level) / 2, (1 + level) / 2])
    value = _times(np.array(successes / replicas), time, confidence)
    return TimeToSolution(float(value), float(low), float(high) if successes else np.inf)


def optimal_time(
    outcomes: Mapping[float, ArrayLike],
    *,
    target: float | None = None,
    confidence: float = 0.99,
    level: float = 0.95,
    seed: int = 0,
) -> Optimum:
    """The shortest time to solution over runs of several lengths, with its interval, and the length that gives it.

    The bootstrap draws p twice at every length that had a success: from the first draws it picks the best length, from
    the second it takes the time to solution there. The least of one set of draws would be too short, and by more the more
    lengths there are. The value itself is the least of the estimates, and so too short by the same bias, but once; the
    interval allows for it. Where several lengths are as good, the interval of the length holds them all.

    Parameters
    ----------
    outcomes : mapping
        The outcomes of :func:`time_to_solution` by the time of a run.
    target, confidence, level, seed
        As in :func:`time_to_solution`.

    Raises
    ------
    SweepError
        As in :func:`time_to_solution`, and without any run time.
    """
    if not outcomes:
        raise SweepError("an optimum needs runs of at least one length, got none")
    times = sorted(outcomes)
    counts = [_count(outcomes[time], time, target, confidence, level) for time in times]
    solved = [(time, *count) for time, count in zip(times, counts, strict=True) if count[0]]
    ends = (1 - level) / 2, (1 + level) / 2
    if not solved:
        options: dict[str, Any] = {"target": target, "confidence": confidence, "level": level, "seed": seed}
        lowest = min(time_to_solution(outcomes[time], time, **options).low for time in times)
        return Optimum(np.nan, times[0], times[-1], TimeToSolution(np.inf, lowest, np.inf))
    lengths, successes, replicas = np.array(solved, np.float64).T
    rng = np.random.default_rng(seed)
    first, second = (_times(_draw(successes, replicas, rng), lengths, confidence) for _ in range(2))
    chosen = first.argmin(axis=1)
    low, high = np.quantile(second[np.arange(RESAMPLES), chosen], ends)
    time_low, time_high = np.quantile(lengths[chosen], ends, method="nearest")
    estimates = _times(successes / replicas, lengths, confidence)
    best = int(estimates.argmin())
    found = TimeToSolution(float(estimates[best]), float(low), float(high))
    return Optimum(float(lengths[best]), float(time_low), float(time_high), found)


def _count(outcomes: ArrayLike, time: float, target: float | None, confidence: float, level: float) -> tuple[int, int]:
    """Successes and replicas."""
    if not 0 < time < np.inf:
        raise SweepError(f"the time of a run must be positive and finite, got time={time}")
    for name, share in (("confidence", confidence), ("level", level)):
        if not 0 < share < 1:
            raise SweepError(f"{name} must be between 0 and 1, got {name}={share}")
    found = np.asarray(outcomes)
    if found.ndim != 1 or not found.size:
        raise SweepError(f"outcomes must have shape (replicas,), with one replica or more, got {found.shape}")
    if target is not None:
        found = found <= target
    elif found.dtype.kind != "b":
        raise SweepError(f"outcomes must be true or false, got {found.dtype}: give target= with energies")
    return int(found.sum()), found.size


def _draw(successes: ArrayLike, replicas: ArrayLike, rng: np.random.Generator) -> NDArray[np.float64]:
    """Success probabilities as they may be, (resamples, ...)."""
    s, n = np.asarray(successes), np.asarray(replicas)
    return rng.beta(s + 0.5, n - s + 0.5, (RESAMPLES, *s.shape))


def _times(p: NDArray[np.float64], time: ArrayLike, confidence: float) -> NDArray[Any]:
    """Times to solution for success probabilities."""
    with np.errstate(divide="ignore"):  # none succeeds, or all do
        runs = np.log1p(-confidence) / np.log1p(-p)
    return np.asarray(time * np.maximum(runs, 1))
