"""What an experiment is: numbers out of a machine, checks of them, and pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from ..anneal import solve
from ..backends import Watch, default_backend
from ..problem import Problem
from ..result import Result
from ..stages import Stages

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from ..schedule import Schedule

__all__ = ["MODELS", "SIGMAS", "Check", "Experiment", "Figure", "Setting", "Table"]

MODELS = ("fast", "golden")
"""Machines that every experiment runs on."""

SIGMAS = 4.9
"""Standard errors by which a measured mean may miss its reference: one in 1e6 does by chance, on either side."""

T = TypeVar("T")

Numbers = dict[str, Any]
"""What an experiment has measured, as plain data for JSON: names with their units as suffixes."""


@dataclass(frozen=True)
class Setting:
    """How an experiment is to be run."""

    full: bool = False
    """The long version, for the error bars of a publication."""
    backend: str = field(default_factory=default_backend)
    seed: int = 1
    watch: Watch = field(default_factory=Watch)
    array: str = "event"

    def pick(self, quick: T, full: T) -> T:
        """The one for the version that is run."""
        return full if self.full else quick

    def solve(
        self, problem: Problem, schedule: Schedule | Stages, *, replicas: int, seed: int = 0, lanes: int | None = None
    ) -> Result:
        """Run on the setting's machine. ``seed`` tells the runs of one experiment apart: give each a range of its own,
        as replica k uses ``seed + k``.
        """
        first = self.seed * 1_000_000 + seed
        return solve(
            problem,
            schedule,
            backend=self.backend,
            array=self.array,
            lanes=lanes,
            replicas=replicas,
            seed=first,
            watch=self.watch,
        )


@dataclass(frozen=True)
class Check:
    """A measured value beside what it must be.

    ``standard_error`` is that of ``value - reference``; ``slack`` what may be off for other reasons, named in ``source``.
    """

    what: str
    value: float
    relation: Literal["=", "<=", ">="]
    reference: float
    standard_error: float = 0.0
    unit: str = ""
    source: str = ""
    slack: float = 0.0
    sigmas: float = SIGMAS
    """Standard errors that chance may explain."""

    @property
    def deviation(self) -> float:
        """How far the value misses what is allowed, in its unit; 0 if it does not."""
        difference = self.value - self.reference
        missed = {"=": abs(difference), "<=": difference, ">=": -difference}[self.relation]
        return max(missed - self.slack, 0.0)

    @property
    def passed(self) -> bool:
        """Whether chance explains the deviation. Not a number never passes."""
        return self.deviation <= self.sigmas * self.standard_error

    def as_dict(self) -> dict[str, Any]:
        """Everything, as plain data for JSON."""
        return {
            "what": self.what,
            "value": self.value,
            "relation": self.relation,
            "reference": self.reference,
            "standard_error": self.standard_error,
            "unit": self.unit,
            "source": self.source,
            "slack": self.slack,
            "sigmas": self.sigmas,
            "passed": self.passed,
        }


@dataclass(frozen=True)
class Table:
    """Rows for a reader; numbers come as they should be read."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Figure:
    """A picture and what it shows."""

    caption: str
    figure: go.Figure


@dataclass(frozen=True)
class Experiment:
    """One of the experiments that must come out.

    ``measure`` runs the machine; all the others read its numbers alone, so that a saved experiment can be shown again.
    """

    number: int
    name: str
    title: str
    question: str
    """What is asked, and how it is answered, for a newcomer: one paragraph."""
    reference: str
    """Publications."""
    measure: Callable[[Setting], Numbers]
    checks: Callable[[Numbers], list[Check]]
    figures: Callable[[Numbers], list[Figure]]
    tables: Callable[[Numbers], list[Table]]
    backends: tuple[str, ...] = MODELS
    """Machines it can be run on in reasonable time, with the same numbers to the bit."""
    arrays: tuple[str, ...] = ("event",)
    """Arrays it can be run on; their numbers differ as those of two seeds do."""
