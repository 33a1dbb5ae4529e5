"""What a sweep says: for each configuration how good its best states are, how often it solves, and at what heat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..energy.estimate import Estimate, mean_of
from ..tts import Optimum, TimeToSolution, optimal_time, time_to_solution
from .grid import Sweep
from .tasks import Configuration, Record, Replica

__all__ = ["Point", "ProblemSummary", "Series", "summarise"]

AXES = ("sweeps", "barrier", "beta_max", "beta_min", "lanes")
"""What a figure may be drawn against: the first of these that varies."""

_VARIED = ("curve", "sweeps", "beta_min", "beta_max", "barrier", "array", "lanes", "backend")


@dataclass(frozen=True)
class Point:
    """All replicas of one configuration."""

    configuration: Configuration
    replicas: Sequence[Replica]
    target: float

    @cached_property
    def best(self) -> NDArray[np.float64]:
        """The best of each replica, user units: cut or value."""
        return np.array([_quality(replica) for replica in self.replicas])

    @cached_property
    def solved(self) -> NDArray[np.bool_]:
        """Whether each replica reached the target."""
        margin = 1e-9 * max(1.0, abs(self.target))  # values are scaled integers, rounded
        if self.configuration.maximised:
            return self.best >= self.target - margin
        return self.best <= self.target + margin

    @property
    def mean_best(self) -> Estimate:
        """Mean of the best, with its standard error."""
        return mean_of(self.best)

    @property
    def heat_bits(self) -> Estimate:
        """Mean of the heat, with its standard error."""
        return mean_of(np.array([replica.heat_bits for replica in self.replicas]))

    @cached_property
    def tts(self) -> TimeToSolution:
        """TTS99 in sweeps."""
        return time_to_solution(self.solved, self.configuration.sweeps)


@dataclass(frozen=True)
class Series:
    """Points that differ in one thing alone, in its order; the label says in what they differ from other series."""

    label: str
    points: Sequence[Point]

    @cached_property
    def optimum(self) -> Optimum:
        """The number of sweeps with the shortest TTS99."""
        return optimal_time({point.configuration.sweeps: point.solved for point in self.points})


@dataclass(frozen=True)
class ProblemSummary:
    """What was found on one problem."""

    name: str
    points: Sequence[Point]
    given: bool
    """Whether the target was given; otherwise it is the best that was found here."""

    @property
    def configuration(self) -> Configuration:
        """The first."""
        return self.points[0].configuration

    @property
    def target(self) -> float:
        """Cut or value that counts as solved."""
        return self.points[0].target

    @property
    def quality(self) -> str:
        """What the result is measured by."""
        return "cut" if self.configuration.kind == "max-cut" else "value"

    @cached_property
    def varied(self) -> list[str]:
        """In what the configurations differ."""
        return [name for name in _VARIED if len({getattr(point.configuration, name) for point in self.points}) > 1]

    @property
    def common(self) -> dict[str, Any]:
        """In what they agree."""
        return {name: getattr(self.configuration, name) for name in _VARIED if name not in self.varied}

    @property
    def axis(self) -> str:
        """What figures are drawn against."""
        return next((name for name in AXES if name in self.varied), "sweeps")

    @cached_property
    def series(self) -> list[Series]:
        """The points, by all that varies but the axis."""
        others = [name for name in self.varied if name != self.axis]
        groups: dict[str, list[Point]] = {}
        for point in self.points:
            label = ", ".join(shown(name, getattr(point.configuration, name)) for name in others)
            groups.setdefault(label, []).append(point)
        place = self.axis
        return [
            Series(label, sorted(points, key=lambda point: float(getattr(point.configuration, place))))
            for label, points in groups.items()
        ]


def shown(name: str, value: Any) -> str:
    """A setting in words."""
    words = f"{value:g}" if isinstance(value, float) else str(value)
    return words if name in ("curve", "backend") else f"{name.replace('_', ' ')} {words}"


def summarise(sweep: Sweep, records: Sequence[Record]) -> list[ProblemSummary]:
    """A summary of each problem of which there are records."""
    grouped: dict[str, dict[Configuration, list[Replica]]] = {}
    for record in records:
        configuration = record.task.configuration
        grouped.setdefault(configuration.problem, {}).setdefault(configuration, []).extend(record.replicas)
    targets = {problem.title: problem.target for problem in sweep.problems}
    summaries = []
    for name, points in grouped.items():
        found = [_quality(replica) for replicas in points.values() for replica in replicas]
        most = max if next(iter(points)).maximised else min
        given = targets[name]
        target = most(found) if given is None else given
        summaries.append(ProblemSummary(name, [Point(*point, target) for point in points.items()], given is not None))
    return summaries


def _quality(replica: Replica) -> float:
    return replica.best_value if replica.best_cut is None else replica.best_cut
