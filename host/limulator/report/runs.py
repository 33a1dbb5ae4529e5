"""The report of runs: what was run, what was found, and what it cost on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from shlex import join
from typing import Any

import numpy as np

from ..energy.estimate import Estimate, mean_of
from ..energy.ledger import Ledger
from ..energy.units import bit_J
from ..energy.walls import Cost, Rung, Technology, emulator_costs, ladder
from ..figure import trace_figure
from ..result import Result
from ..schedule import Schedule
from .figures import bound_figure, distinct, ladder_figure
from .page import render

__all__ = ["Run", "run_page"]


@dataclass(frozen=True)
class Run:
    """A run to be shown: its directory, what was found there, the versions it was made with, and prices."""

    directory: str
    result: Result
    versions: dict[str, str]
    technology: Technology

    @cached_property
    def ledger(self) -> Ledger:
        """Made when it is first asked for."""
        return Ledger.of(self.result)

    @cached_property
    def rungs(self) -> list[Rung]:
        """From Landauer's bound to DRAM."""
        return ladder(self.result, self.ledger, self.technology)

    @property
    def bounded(self) -> bool:
        """Whether there is a bound to compare heat with: one that is distinct from zero."""
        return distinct(self.ledger.bound_bits) and isfinite(self.ledger.heat_over_bound.value)

    @property
    def costs(self) -> list[Cost]:
        """Of the emulator."""
        return emulator_costs(self.result, self.technology)

    @property
    def title(self) -> str:
        """The problem's name."""
        return self.result.problem.name or self.directory

    @property
    def done(self) -> str:
        """How much was run, in words."""
        result = self.result
        sweeps, _ = result.trace
        of = "" if result.complete else f" of {result.schedule.sweeps}"
        return (
            f"{len(result.outcomes)} x {sweeps[-1]}{of} sweeps of {result.problem.cells} cells on {result.backend}, "
            f"{result.wall_s:.2f} s"
        )

    @property
    def quality(self) -> str:
        """What the result is measured by."""
        return "cut" if self.result.problem.kind == "max-cut" else "value"

    @property
    def best(self) -> float:
        """Cut or value of the best state of all replicas, user units."""
        return self._of(self.result.best_energy)

    @property
    def mean_best(self) -> Estimate:
        """The best of each replica: mean over the replicas, user units."""
        return mean_of(np.array([self._of(int(energy)) for energy in self.result.records["best_energy"]]))

    @property
    def closure(self) -> str:
        """What was checked, exactly, when the result was made and again for its ledger."""
        count = len(self.result.outcomes)
        return f"counters close: U_end - U_start = sum_down + sum_up for all {count} replicas, exact"

    @property
    def energies(self) -> list[tuple[str, Estimate, Estimate, str]]:
        """The ledger's rows: name, bits, joules, remark."""
        bit = bit_J(self.result.temperature_K)
        return [
            (name, bits, Estimate(bits.value * bit, bits.standard_error * bit), remark)
            for name, bits, remark in self.ledger.rows()
        ]

    @property
    def configuration(self) -> list[tuple[str, str]]:
        """Name and value of all that decides the outcome."""
        result = self.result
        problem, shape = result.problem, result.shape
        rows: dict[str, Any] = {
            "problem": f"{problem.name} ({problem.kind}, {problem.cells} cells of {problem.bits} bits, "
            f"{problem.couplings.nnz // 2} couplings)",
            "digest": problem.digest(),
            "quantisation error": f"{problem.quantisation_error:g}",
            "schedule": _schedule(result),
            "backend": result.backend,
            "seeds": f"{result.seeds[0]} to {result.seeds[-1]}",
            "array": ", ".join([result.array, *(f"{name} {value}" for name, value in shape.as_dict().items())]),
            "temperature": f"{result.temperature_K:g} K",
            "technology": self.technology.name,
            "versions": ", ".join(f"{name} {version}" for name, version in self.versions.items()),
        }
        return list(rows.items())

    @property
    def again(self) -> str:
        """The commands that run it again, and write its page."""
        return "\n".join(join(["limulator", command, self.directory]) for command in ("rerun", "report"))

    def figures(self) -> list[tuple[Any, str]]:
        """Figures with their captions; the first is the ladder."""
        return [
            (
                ladder_figure(self.rungs, self.result.temperature_K),
                "The energy of one run on six machines: mean over the replicas, with standard errors. Blue: the "
                "physics of this run. Red: the same events at the prices of other memories. What is not "
                "distinct from zero is left out.",
            ),
            (
                trace_figure(self.result, self.ledger),
                "The run against the sweep: mean over the replicas; shaded, the range of U. Flux: net steps down per "
                "attempt, in each segment.",
            ),
            (
                bound_figure(self.result, self.ledger),
                "Heat against the sweep, and the part of it that speed costs at least: mean over the replicas, with "
                "standard errors. The rest is entropy that left the cells and dissipation above the bound.",
            ),
        ]

    def _of(self, energy: int) -> float:
        problem = self.result.problem
        return float(-energy * problem.scale if problem.kind == "max-cut" else energy * problem.scale + problem.offset)


def _schedule(result: Result) -> str:
    schedule = result.schedule
    if isinstance(schedule, Schedule):
        return ", ".join(f"{name} {value}" for name, value in schedule.as_dict().items())
    return f"{len(schedule.stages)} stages, {schedule.sweeps} sweeps"


def run_page(runs: Sequence[Run]) -> str:
    """The report of one or more runs as one HTML page."""
    title = runs[0].title if len(runs) == 1 else f"{len(runs)} runs"
    return render("run.html", title=title, runs=runs)
