"""The page of a sweep: what came out, by problem and configuration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from ..report.page import render
from ..report.text import quantity
from ..tts import TimeToSolution
from .figures import MOST_SERIES, quality_figure, time_figure
from .grid import Sweep
from .summary import ProblemSummary, shown, summarise
from .tasks import Failure, Plan, Record

__all__ = ["Outcome", "sweep_page"]


@dataclass(frozen=True)
class Outcome:
    """What has been done of a sweep."""

    file: Path
    sweep: Sweep
    plan: Plan
    records: Sequence[Record]
    """In the order of the plan."""
    failures: Sequence[Failure]

    @property
    def complete(self) -> bool:
        """Whether every task has been done."""
        return len(self.records) == self.plan.size

    @property
    def done(self) -> str:
        """How much, in words."""
        words = f"{len(self.records)} of {self.plan.size} tasks done"
        failed = sum(failure.tasks for failure in self.failures)
        return f"{words}, {failed} failed" if failed else words

    @property
    def seconds(self) -> float:
        """That all tasks took, one after the other."""
        return sum(record.wall_s for record in self.records)


def sweep_page(outcome: Outcome, command: str) -> str:
    """Tables and figures of each problem, the configuration, and the command that goes on, as one HTML page."""
    sections = [_section(problem) for problem in summarise(outcome.sweep, outcome.records)]
    versions = {", ".join(f"{name} {version}" for name, version in r.versions.items()): None for r in outcome.records}
    sweep = outcome.sweep
    configuration = [
        ("experiment file", str(outcome.file)),
        ("seeds", f"{sweep.seed} to {sweep.seed + sweep.replicas - 1}, in tasks of {min(sweep.block, sweep.replicas)}"),
        ("problems", ", ".join(f"{name}: {problem.digest()}" for name, problem in outcome.plan.problems.items())),
        ("work", f"{sum(r.task.attempts for r in outcome.records):.3g} attempts in {outcome.seconds:.3g} s of one worker"),
        *(("versions", words) for words in versions),
    ]
    names = list(outcome.plan.problems)
    title = f"Sweep of {', '.join(names) if len(names) <= 3 else f'{len(names)} problems'}"
    return render(
        "sweep.html", title=title, outcome=outcome, sections=sections, configuration=configuration, command=command
    )


def _section(problem: ProblemSummary) -> dict[str, Any]:
    """What the template shows of a problem."""
    c = problem.configuration
    origin = "as given" if problem.given else "the best of this sweep"
    count = len(problem.series)
    note = f" Of {count} series the {MOST_SERIES} with the shortest TTS99 are shown." if count > MOST_SERIES else ""
    return {
        "name": problem.name,
        "about": f"{c.kind}, {c.cells} cells of {c.bits} {'bit' if c.bits == 1 else 'bits'}; "
        f"solved: {problem.quality} {problem.target:g}, {origin}",
        "common": ", ".join(shown(name, value) for name, value in problem.common.items()),
        "figures": [
            (
                time_figure(problem),
                "Time to solution, in sweeps: how long to run, again and again, to have solved it once with 99 % "
                f"certainty; 95 % intervals. Triangles: where no replica solved it, the lower end.{note}",
            ),
            (
                quality_figure(problem),
                f"The best {problem.quality} of a replica against its heat: means with standard errors. Dashed: "
                f"what counts as solved.{note}",
            ),
        ],
        "table": _table(problem),
        "optima": _optima(problem),
        "given": problem.given,
    }


def _table(problem: ProblemSummary) -> tuple[list[str], list[list[str]]]:
    """Columns and rows, a row for each configuration."""
    columns = [name.replace("_", " ") for name in problem.varied]
    columns += [f"mean best {problem.quality}", "best", "success", "TTS99, sweeps", "95 % interval", "heat, bits"]
    rows = []
    for point in problem.points:
        settings = [_plain(getattr(point.configuration, name)) for name in problem.varied]
        best = point.best.max() if problem.quality == "cut" else point.best.min()
        found = [
            quantity(*point.mean_best),
            f"{best:.6g}",
            f"{point.solved.mean():.3f} ({point.solved.sum()}/{point.solved.size})",
        ]
        rows.append([*settings, *found, *_interval(point.tts), quantity(*point.heat_bits)])
    return columns, rows


def _optima(problem: ProblemSummary) -> tuple[list[str], list[list[str]]] | None:
    """The best number of sweeps for each series, where it varies."""
    if problem.axis != "sweeps" or "sweeps" not in problem.varied:
        return None
    columns = ["", "best sweeps", "their 95 % interval", "TTS99, sweeps", "95 % interval"]
    rows = []
    for series in problem.series:
        optimum = series.optimum
        found = isfinite(optimum.time)
        length = (f"{optimum.time:g}", f"{optimum.time_low:g} to {optimum.time_high:g}") if found else ("-", "-")
        rows.append([series.label or problem.name, *length, *_interval(optimum.tts)])
    return columns, rows


def _interval(tts: TimeToSolution) -> tuple[str, str]:
    """A time to solution and its interval in words."""
    if not isfinite(tts.value):
        return "-", f"above {_rounded(tts.low)}"
    return _rounded(tts.value), f"{_rounded(tts.low)} to {_rounded(tts.high)}"


def _rounded(value: float) -> str:
    """Three digits, and noughts if need be."""
    return f"{float(f'{value:.3g}'):,.12g}"


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
